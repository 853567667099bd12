"""What can be set about tokens of an outside issuer."""

from urllib.parse import urlsplit

import msgspec

from headwater.errors import HeadwaterError

_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})


class OidcSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Whose tokens are taken in the place of keys. An issuer, its address for keys and an audience belong together."""

    issuer: str = ""
    """Issuer of OpenID Connect whose tokens are taken in the place of keys, as its tokens write it; for Keycloak
    https://<host>/realms/<realm>; empty for none (env HEADWATER_OIDC_ISSUER)."""

    jwks_url: str = ""
    """Address of the issuer's public keys, the only one that is asked; for Keycloak
    <issuer>/protocol/openid-connect/certs (env HEADWATER_OIDC_JWKS_URL)."""

    audience: str = ""
    """What a token's `aud` must name, so that tokens for others open nothing here (env HEADWATER_OIDC_AUDIENCE)."""

    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256", "EdDSA")
    """Signatures that are taken, as a JSON array; those with a shared secret cannot be
    (env HEADWATER_OIDC_ALGORITHMS)."""

    project_claim: str = "azp"
    """Claim that tells which project a token is for; `azp` is the client that asked for it
    (env HEADWATER_OIDC_PROJECT_CLAIM)."""

    projects: dict[str, str] = {}
    """JSON object from what the claim says to a project's name or id, `*` for all that is not named; empty: the claim
    itself is a project's name or id (env HEADWATER_OIDC_PROJECTS)."""

    def check(self) -> None:
        """Raise HeadwaterError for what cannot be meant."""
        if not (self.issuer or self.jwks_url or self.audience):
            return
        for name in ("issuer", "jwks_url", "audience", "project_claim", "algorithms"):
            if not getattr(self, name):
                raise HeadwaterError(f"tokens of an outside issuer need HEADWATER_OIDC_{name.upper()} as well: set it")
        address = urlsplit(self.jwks_url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise HeadwaterError(f"HEADWATER_OIDC_JWKS_URL {self.jwks_url!r} is no address: it begins with https://")
        if unknown := sorted({*self.algorithms} - _ALGORITHMS):
            raise HeadwaterError(
                f"HEADWATER_OIDC_ALGORITHMS names {unknown[0]!r}: choose among {', '.join(sorted(_ALGORITHMS))}"
            )
