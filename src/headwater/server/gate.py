"""The gate over the catalog: whose request is it, by key or by token, with dev mode's one exception."""

from collections.abc import Mapping

from headwater.access import Catalog, OidcSettings, OutsideIssuer, is_token, key_from_headers
from headwater.errors import Unauthorized


class CatalogGate:
    """Tells projects from keys, from our own tokens and from those of the issuer in the settings, if there is one.

    In dev mode a request without a good key is the default project's.
    """

    def __init__(self, catalog: Catalog, dev_project: str | None, oidc: OidcSettings | None = None) -> None:
        self._catalog = catalog
        self._dev_project = dev_project
        has_issuer = oidc is not None and oidc.issuer
        self._issuer = OutsideIssuer(oidc, lambda name: catalog.project(name).id) if oidc and has_issuer else None

    def recall(self, headers: Mapping[str, str]) -> str | None:
        """The project as far as it is remembered."""
        presented = key_from_headers(headers)
        if presented is None:
            return self._dev_project
        principal = self._catalog.recall(presented)
        if principal is None and is_token(presented):
            principal = self._catalog.recall_token(presented)
            if principal is None and self._issuer is not None:
                return self._issuer.recall(presented)
        return principal.project_id if principal is not None else None

    def key_id(self, headers: Mapping[str, str]) -> str:
        """The id of the key that was admitted, as far as it is remembered; "" in dev mode and for an issuer's token."""
        presented = key_from_headers(headers)
        if presented is None:
            return ""
        principal = self._catalog.recall(presented)
        if principal is None and is_token(presented):
            principal = self._catalog.recall_token(presented)
        return principal.key_id if principal is not None else ""

    def admit(self, headers: Mapping[str, str]) -> str:
        """The project, asked of the catalog, and of the issuer for its keys. Raises Unauthorized, Unavailable."""
        presented = key_from_headers(headers)
        if presented is None:
            if self._dev_project is not None:
                return self._dev_project
            raise Unauthorized("no key came with the request: send it as x-headwater-key or as a bearer token")
        try:
            return self._project_of(presented)
        except Unauthorized:
            if self._dev_project is None:
                raise
            return self._dev_project

    def _project_of(self, presented: str) -> str:
        principal = None
        if is_token(presented):
            principal = self._catalog.token_principal(presented)
            if principal is None and self._issuer is not None:
                return self._issuer.admit(presented)
        principal = principal or self._catalog.authenticate(presented)
        if principal is None:
            raise Unauthorized(_unknown(presented))
        return principal.project_id


def _unknown(presented: str) -> str:
    if is_token(presented):
        return "the token is unknown, expired, or its key is revoked: ask for another at /oauth/token"
    return "the key is unknown or revoked: make one with `headwater keys create`"
