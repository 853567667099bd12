"""WebSocket connections of OpenAI's library: Realtime and Responses. What passes through them is shown to `Frames`.

A connection is told from its first frame on, and known weakly: it ends when it is closed, when it breaks, or when the
program lets go of it. Whose it is, only the manager knows that opens it: it has the vendor's client.
"""

import functools
import inspect
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import ModuleType
from typing import Any, Literal, cast
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary, finalize

from headwater.capture import Frames, Scope
from headwater.sdk.client import begin, client, record
from headwater.sdk.guest import report
from headwater.sdk.instrument import hooks, patches
from headwater.sdk.instrument.own import is_own_connection

MODULES = (
    "openai._websocket_connection",
    "openai.resources.realtime.realtime",
    "openai.resources.beta.realtime.realtime",
    "openai.resources.responses.responses",
    "openai.resources.beta.responses.responses",
)
_BASES = ("WebSocketConnectionBase", "AsyncWebSocketConnectionBase")
_CONNECTIONS = ("RealtimeConnection", "AsyncRealtimeConnection", "ResponsesConnection", "AsyncResponsesConnection")
_MANAGERS = tuple(f"{name}Manager" for name in _CONNECTIONS)
_PATHS = {"realtime": "/realtime", "responses": "/responses"}
_SOUND_SENT = "input_audio_buffer.append"

_known: WeakKeyDictionary[Any, Frames] = WeakKeyDictionary()


def patch_connections(module: ModuleType) -> None:
    """Patch the classes of connections that a module defines. A module of an older version may define none."""
    for name in _BASES + _CONNECTIONS + _MANAGERS:
        owner = vars(module).get(name)
        if not isinstance(owner, type) or owner.__module__ != module.__name__:
            continue
        # Newer versions send through a method of a base class; older ones have it in each class, twice.
        has_base = any(kin.__name__ in _BASES for kin in owner.__mro__)
        for method, wrap in (_OPENING if name in _MANAGERS else _PASSING).items():
            if method in vars(owner) and not (has_base and method == "send"):
                patches.replace(owner, method, wrap)


def forget() -> None:
    """Look at no connection any more; a response under way is told as far as it came."""
    for frames in tuple(_known.values()):
        _do(frames, "ended", "closed")
    _known.clear()


def _frames_of(connection: Any) -> Frames | None:
    """What is told of a connection; None where it is not observed. Never raises."""
    try:
        frames = _known.get(connection)
        if frames is not None or not hooks.is_observed(connection) or client().outbox is None:
            return frames
        host, port = _server_of(connection)
        path = next((path for word, path in _PATHS.items() if f".{word}" in type(connection).__module__), "")
        if not path or _is_proxied(connection, host, port):
            return None
        frames = Frames(_begun, record, path, host, port, client().settings.call_limit_bytes)
        _known[connection] = frames
        finalize(connection, _do, frames, "ended", "abandoned").atexit = False
        return frames
    except Exception as error:  # noqa: BLE001 - nothing of ours leaves
        report(error, "looking at a connection")
        return None


def _begun() -> tuple[Scope, int, int] | None:
    begun = begin()
    return begun[:3] if begun is not None and begun[3] else None


def _server_of(connection: Any) -> tuple[str, int | None]:
    """Host and port, as far as the WebSocket library tells them."""
    with suppress(Exception):
        request = connection._connection.request
        place = urlsplit(f"//{request.headers['Host']}")
        return place.hostname or "", place.port
    return "", None


def _is_proxied(connection: Any, host: str, port: int | None) -> bool:
    """Whether the connection leads through our own server, which records each response itself: it would be told twice,
    because no frame can say whose call it is."""
    with suppress(Exception):
        request = connection._connection.request
        return is_own_connection(host, port, request.path, request.headers)
    return False


def _do(frames: Frames, what: Literal["sent", "received", "failed", "ended"], value: Any) -> None:
    """Show something to a connection's frames. Never raises."""
    try:
        getattr(frames, what)(value)
    except Exception as error:  # noqa: BLE001 - nothing of ours leaves
        report(error, "telling a frame")


def _text_of(event: Any) -> str | bytes | None:
    """A frame that is given as an object, as it goes out; None where it is sound, which is not kept."""
    if isinstance(event, str | bytes):
        return event
    if isinstance(event, Mapping):
        told = cast(Mapping[str, Any], event)
        return None if told.get("type") == _SOUND_SENT else json.dumps(told, default=str)
    return None if getattr(event, "type", None) == _SOUND_SENT else event.to_json(exclude_unset=True)


def _show(connection: Any, event: Any) -> None:
    frames = _frames_of(connection)
    if frames is None:
        return
    try:
        text = _text_of(event)
        if text is not None:
            frames.sent(text)
    except Exception as error:  # noqa: BLE001 - nothing of ours leaves
        report(error, "telling a frame")


def _lost(connection: Any, error: BaseException) -> None:
    """Receiving raised: the connection is closed, broken, or the program was interrupted while it waited."""
    frames = _known.get(connection)
    if frames is None or not isinstance(error, Exception) or isinstance(error, TimeoutError):
        return
    is_closed = type(error).__name__ == "ConnectionClosedOK"
    if not is_closed:
        _do(frames, "failed", error)
    _do(frames, "ended", "closed" if is_closed else "cut")


def _sending(original: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def send_async(self: Any, *args: Any, **kwargs: Any) -> Any:
            _show(self, args[0] if args else next(iter(kwargs.values()), None))
            return await original(self, *args, **kwargs)

        return send_async

    @functools.wraps(original)
    def send(self: Any, *args: Any, **kwargs: Any) -> Any:
        _show(self, args[0] if args else next(iter(kwargs.values()), None))
        return original(self, *args, **kwargs)

    return send


def _receiving(original: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def recv_async(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                data = await original(self, *args, **kwargs)
            except BaseException as error:
                _lost(self, error)
                raise
            frames = _frames_of(self)
            if frames is not None:
                _do(frames, "received", data)
            return data

        return recv_async

    @functools.wraps(original)
    def recv(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            data = original(self, *args, **kwargs)
        except BaseException as error:
            _lost(self, error)
            raise
        frames = _frames_of(self)
        if frames is not None:
            _do(frames, "received", data)
        return data

    return recv


def _closing(original: Callable[..., Any]) -> Callable[..., Any]:
    def closed(connection: Any) -> None:
        frames = _known.get(connection)
        if frames is not None:
            _do(frames, "ended", "closed")

    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def close_async(self: Any, *args: Any, **kwargs: Any) -> Any:
            closed(self)
            return await original(self, *args, **kwargs)

        return close_async

    @functools.wraps(original)
    def close(self: Any, *args: Any, **kwargs: Any) -> Any:
        closed(self)
        return original(self, *args, **kwargs)

    return close


def _opening(original: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def open_async(self: Any, *args: Any, **kwargs: Any) -> Any:
            connection = await original(self, *args, **kwargs)
            _opened(self, connection)
            return connection

        return open_async

    @functools.wraps(original)
    def open_(self: Any, *args: Any, **kwargs: Any) -> Any:
        connection = original(self, *args, **kwargs)
        _opened(self, connection)
        return connection

    return open_


def _opened(manager: Any, connection: Any) -> None:
    """Observe a connection if its client is observed. Never raises."""
    try:
        # The manager's own name for its client is `__client`, before which Python writes the class's name.
        held = cast(dict[str, Any], vars(manager))
        if any([name.endswith("__client") and hooks.is_observed(held[name]._client) for name in held]):
            hooks.observe_one(connection)
    except Exception as error:  # noqa: BLE001 - nothing of ours leaves
        report(error, "opening a connection")


_PASSING = {"send": _sending, "send_raw": _sending, "recv_bytes": _receiving, "close": _closing}
_OPENING = dict.fromkeys(("enter", "__enter__", "__aenter__"), _opening)
