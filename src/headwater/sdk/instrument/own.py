"""Own: requests that go to our own server, as those do that reach a model through its proxy.

They carry the call's span in `traceparent`, so that what the server records of them is known to be that call. Nobody
else is told of our ids, and a header of another trace that is there already stays. (One of the same trace is that of
the vendor's own span around its requests: Anthropic's client makes one where OpenTelemetry is set up.)
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from headwater.sdk.client import client

_HEADER = "traceparent"
_TRACE = len("00-") + 32
_OURS = "x-headwater-"
_KEY_IN_PATH = b"/p/hw_"
_PORTS = {"http": 80, "https": 443}
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class Introduction(NamedTuple):
    """What a server of ours is told of a call: `text` is the header, `host` and `port` are where it may go."""

    host: str
    port: int | None
    text: str

    def give(self, request: Any) -> None:
        """Put the header on a request to that server; take it off one that was redirected elsewhere."""
        url, headers = request.url, request.headers
        if (url.host, url.port) == (self.host, self.port):
            if headers.get(_HEADER, self.text)[:_TRACE] == self.text[:_TRACE]:
                headers[_HEADER] = self.text
        elif headers.get(_HEADER) == self.text:
            del headers[_HEADER]


def is_own(base: Any, *headers: Any) -> bool:
    """Whether requests below this URL go to a server of ours: the one that the SDK sends to, or one that is given a key
    or another header of ours.
    """
    for told in headers:
        # Most have none, and for that the vendors have an object of their own, which is false too.
        if told and _has_ours(told):
            return True
    url = client().settings.url
    known = _asked.get(id(base))
    if known is not None and known[0] is base and known[1] == url:
        return known[2]
    return _ask(base, url)


def _has_ours(headers: Any) -> bool:
    if not isinstance(headers, Mapping):
        return False
    return any(str(name).lower().startswith(_OURS) for name in cast(Mapping[Any, Any], headers))


# A URL takes long to be asked for its parts, and a client has the same one for all of its calls.
_asked: dict[int, tuple[Any, str, bool]] = {}
_MOST = 64


def _ask(base: Any, url: str) -> bool:
    is_ours = _leads_to(url, base.scheme, base.host, base.port) or _KEY_IN_PATH in base.raw_path
    if len(_asked) >= _MOST:
        _asked.clear()
    _asked[id(base)] = (base, url, is_ours)
    return is_ours


def is_own_connection(host: str, port: int | None, path: str, headers: Any) -> bool:
    """The same of a WebSocket connection, by its first request."""
    url = client().settings.url
    is_ours = _leads_to(url, urlsplit(url).scheme, host, port) or _KEY_IN_PATH in path.encode()
    return is_ours or _has_ours(headers)


def _leads_to(url: str, scheme: str, host: str, port: int | None) -> bool:
    ours = urlsplit(url)
    return _place(ours.scheme, ours.hostname or "", ours.port) == _place(scheme, host, port)


def _place(scheme: str, host: str, port: int | None) -> tuple[str, int | None]:
    """Host and port; this machine has several names."""
    return ("localhost" if host in _THIS_MACHINE else host.lower(), port or _PORTS.get(scheme.lower()))
