"""The gate over the catalog: whose request is it, with dev mode's one exception."""

from collections.abc import Mapping

from headwater.access import Catalog, key_from_headers
from headwater.errors import Unauthorized


class CatalogGate:
    """Tells projects from keys; in dev mode a request without a good key is the default project's."""

    def __init__(self, catalog: Catalog, dev_project: str | None) -> None:
        self._catalog = catalog
        self._dev_project = dev_project

    def recall(self, headers: Mapping[str, str]) -> str | None:
        """The project as far as it is remembered."""
        presented = key_from_headers(headers)
        if presented is None:
            return self._dev_project
        principal = self._catalog.recall(presented)
        return principal.project_id if principal is not None else None

    def admit(self, headers: Mapping[str, str]) -> str:
        """The project, asked of the catalog. Raises Unauthorized, Unavailable."""
        presented = key_from_headers(headers)
        principal = self._catalog.authenticate(presented) if presented is not None else None
        if principal is not None:
            return principal.project_id
        if self._dev_project is not None:
            return self._dev_project
        if presented is None:
            raise Unauthorized("no key came with the request: send it as x-headwater-key or as a bearer token")
        raise Unauthorized("the key is unknown or revoked: make one with `headwater keys create`")
