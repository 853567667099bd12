"""Tokens of our own: a key of a project traded for a short-lived JWT, which clients of OAuth know how to ask for.

A token names its key and is signed with a secret that is made from that key's digest, in the catalog, and from the
vault's key, which is not there. So every process that serves the project can check it, a copy of the catalog alone can
forge none, and it ends with its key: with the key revoked, nothing is left that it could be checked with.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from headwater import clock
from headwater.access.nouns import Principal, Signer
from headwater.access.secrets import digest_of
from headwater.access.vault import Vault

LIFETIME_S = 900
_ISSUER = "urn:headwater"
_ALGORITHM = "HS256"
_NS = 10**9
_REMEMBERED = 10_000
_TOKEN_BYTES = 16 * 1024


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token at its making."""

    text: str
    lifetime_s: int


def is_token(presented: str) -> bool:
    """Whether what was presented looks like a JWT: three parts, of which the first begins as JSON in base64 does."""
    return presented.startswith("eyJ") and presented.count(".") == 2 and len(presented) <= _TOKEN_BYTES


def signed(vault: Vault, signer: Signer) -> Token:
    """A new token of a key. Raises HeadwaterError where there is no secret to sign it with."""
    # Imported when the first token is made or shown: it brings 8 MB of cryptography.
    import jwt

    now_s = clock.now_ns() // _NS
    claims = {"iss": _ISSUER, "sub": signer.principal.project_id, "iat": now_s, "exp": now_s + LIFETIME_S}
    secret = vault.derive(_purpose(signer))[0]
    text = jwt.encode(claims, secret, algorithm=_ALGORITHM, headers={"kid": signer.principal.key_id})
    return Token(text=text, lifetime_s=LIFETIME_S)


class Tokens:
    """Checks tokens, and remembers those that were good. Safe from any thread: each step is one operation on a dict."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._good: dict[str, tuple[str, int]] = {}

    def recall(self, presented: str) -> str | None:
        """The id of the key of a token that was found good before and has not expired: no I/O."""
        found = self._good.get(digest_of(presented))
        return found[0] if found is not None and clock.now_ns() < found[1] * _NS else None

    def principal_of(self, presented: str, signer_of: Callable[[str], Signer | None]) -> Principal | None:
        """Whom a token speaks for; None where it is none of ours, expired, or its key is unknown or revoked."""
        key_id = self.recall(presented) or _key_named(presented)
        signer = signer_of(key_id) if key_id else None
        if signer is None:
            return None
        if self.recall(presented) is None:
            expires_s = self._checked(presented, signer)
            if expires_s is None:
                return None
            if len(self._good) >= _REMEMBERED:
                self._good.clear()
            self._good[digest_of(presented)] = (signer.principal.key_id, expires_s)
        return signer.principal

    def _checked(self, presented: str, signer: Signer) -> int | None:
        """When a token that is signed right expires (Unix seconds); None for one that is wrong or has expired."""
        for secret in self._vault.derive(_purpose(signer)):
            claims = _claims(presented, secret)
            expires_s = claims.get("exp")
            if isinstance(expires_s, int) and claims.get("sub") == signer.principal.project_id:
                return expires_s if clock.now_ns() < expires_s * _NS else None
        return None


def _purpose(signer: Signer) -> bytes:
    return f"headwater token {signer.digest}".encode()


def _key_named(presented: str) -> str:
    """The key that a token says it is of, "" where it does not say that it is ours."""
    import jwt

    try:
        claims = jwt.decode(presented, options={"verify_signature": False})
        key_id = jwt.get_unverified_header(presented).get("kid")
    except (jwt.PyJWTError, RecursionError, ValueError):
        return ""
    return key_id if claims.get("iss") == _ISSUER and isinstance(key_id, str) else ""


def _claims(presented: str, secret: bytes) -> dict[str, Any]:
    """What a token says that is signed with a secret, {} for any other. Its time is looked at by `_checked`."""
    import jwt

    needed = ["exp", "iss", "sub"]
    options: Any = {"require": needed, "verify_exp": False, "verify_iat": False}
    try:
        return jwt.decode(presented, secret, algorithms=[_ALGORITHM], issuer=_ISSUER, options=options)
    except (jwt.PyJWTError, RecursionError, ValueError):
        return {}
