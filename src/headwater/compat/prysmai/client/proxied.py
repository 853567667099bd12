"""Proxied: a vendor's client whose calls go through the server, and which is otherwise as it was.

It is a copy that the vendor's own `with_options` makes, so retries, timeouts, headers, organization and the HTTP client
with its proxies stay. Its class is made from the client's own, so what is copied from it again is proxied too.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import urlsplit

from headwater.compat.prysmai.client.answered import LastAnswer
from headwater.compat.prysmai.client.config import PrysmConnectionConfig, is_plain, logger, root_of
from headwater.compat.prysmai.client.context import current_context

C = TypeVar("C")

_OF_VENDORS = ("openai", "anthropic")
_CREDENTIALS = ("authorization", "api-key", "x-api-key")


class Route(NamedTuple):
    """Through which server, with which key, and what else each call says."""

    connection: PrysmConnectionConfig
    headers: Mapping[str, str]
    last: LastAnswer

    def prepare(self, request: Any) -> None:
        """Tell a request to the server who it is for. Requests elsewhere are told nothing. Never raises."""
        try:
            if _place(str(request.url)) != _place(self.connection.base_url):
                return
            for name, value in {**current_context().to_headers(), **self.headers}.items():
                request.headers[name] = value
            key = self.connection.prysm_key
            # A credential of the program's own, such as a token of Azure's, goes on; ours then needs another place.
            if not any(key in request.headers.get(name, "") for name in _CREDENTIALS):
                request.headers["x-headwater-key"] = key
        except Exception:  # noqa: BLE001 - a call goes on without what could not be said
            logger.debug("a call could not be told who it is for", exc_info=True)

    def note(self, response: Any) -> None:
        """Take note of what an answer's headers say. Never raises."""
        try:
            self.last.note(response.headers)
        except Exception:  # noqa: BLE001 - an answer is the program's, whatever we make of it
            logger.debug("the headers of an answer could not be read", exc_info=True)


def _place(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def told_headers(upstream_api_key: str | None, forward_headers: Mapping[str, str] | None) -> dict[str, str]:
    """The headers that every call of a client has. Raises ValueError for a key that no header can carry."""
    headers: dict[str, str] = {}
    if upstream_api_key and upstream_api_key.strip():
        headers["X-Prysm-Upstream-Key"] = upstream_api_key.strip()
        if not is_plain(upstream_api_key.strip()):
            raise ValueError(
                "upstream_api_key holds characters that no header can carry: give the provider's key alone"
            )
    if forward_headers:
        headers["X-Prysm-Forward-Headers"] = json.dumps(dict(forward_headers), default=str)
    return headers


def vendor_of(client: Any) -> str:
    """Which vendor's library a client is from. Raises TypeError for what is no client of one that is known."""
    vendors = {kind.__module__.partition(".")[0] for kind in type(client).__mro__}
    found = next((vendor for vendor in _OF_VENDORS if vendor in vendors), None)
    if found is None or not hasattr(client, "with_options"):
        raise TypeError(f"monitor() takes a client of openai or anthropic, not {type(client).__name__!r}")
    return found


def is_async(client: Any) -> bool:
    """Whether a client is awaited."""
    return any(kind.__name__ == "AsyncAPIClient" for kind in type(client).__mro__)


def proxied(client: C, route: Route, timeout: float | None) -> C:
    """Copy a client so that its calls take a route. One that is proxied already takes the new route only."""
    plain: Any = client
    options: dict[str, Any] = {
        "api_key": route.connection.prysm_key,
        "base_url": _base_url_for(plain, route.connection.base_url),
    }
    made = plain.with_options(**options if timeout is None else {**options, "timeout": timeout})
    return through(made, route)


def through(made: C, route: Route) -> C:
    """Have a client of our own making take a route."""
    own = type(made)
    plain = getattr(own, "_prysm_plain", own)
    names: dict[str, Any] = {"__module__": plain.__module__, "__qualname__": plain.__qualname__, "_prysm_plain": plain}
    made.__class__ = cast("type[C]", type(plain.__name__, (plain,), names | _methods(plain, route, is_async(made))))
    return made


def _methods(plain: Any, route: Route, awaits: bool) -> dict[str, Any]:
    """The three places where the vendors' clients let requests and answers be seen.

    `_prepare_request` is theirs for headers; `_process_response` has every good answer, `_make_status_error` every bad.
    """

    def prepare(self: Any, request: Any) -> None:
        plain._prepare_request(self, request)
        route.prepare(request)

    async def prepare_async(self: Any, request: Any) -> None:
        await plain._prepare_request(self, request)
        route.prepare(request)

    def process(self: Any, *args: Any, **kwargs: Any) -> Any:
        route.note(kwargs.get("response"))
        return plain._process_response(self, *args, **kwargs)

    def make_error(self: Any, *args: Any, **kwargs: Any) -> Any:
        route.note(kwargs.get("response"))
        return plain._make_status_error(self, *args, **kwargs)

    prepared = prepare_async if awaits else prepare
    return {"_prepare_request": prepared, "_process_response": process, "_make_status_error": make_error}


def _base_url_for(client: Any, base_url: str) -> str:
    """Where a client's calls go: Azure's and Anthropic's have paths of their own, below upstreams of these names."""
    if vendor_of(client) == "anthropic":
        return root_of(base_url) + "/anthropic"
    if hasattr(client, "_api_version"):
        path = urlsplit(str(client.base_url)).path.rstrip("/")
        return root_of(base_url) + (path if path.startswith("/azure/") else "/azure" + path)
    return base_url
