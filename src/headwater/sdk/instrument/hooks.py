"""Which HTTP clients and WebSocket connections are observed, and the hooks in the clients.

A copy of a vendor's client shares the HTTP client of the original, so that this is what is remembered. Only weakly:
clients end when the program lets go of them.
"""

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any
from weakref import ref

from headwater.sdk.guest import report
from headwater.sdk.instrument.calling import current
from headwater.sdk.instrument.tee import tee


class _Weakly:
    """Objects by identity, as long as they live. A look costs a tenth of what it costs in a `WeakSet`."""

    def __init__(self) -> None:
        self._refs: dict[int, ref[Any]] = {}

    def add(self, thing: Any) -> None:
        """Remember an object."""
        key = id(thing)
        if key not in self._refs:
            self._refs[key] = ref(thing, lambda _: self._refs.pop(key, None))

    def __contains__(self, thing: Any) -> bool:
        return id(thing) in self._refs

    def __iter__(self) -> Iterator[Any]:
        return iter([thing for known in tuple(self._refs.values()) if (thing := known()) is not None])

    def clear(self) -> None:
        """Forget all."""
        self._refs.clear()


_lock = threading.Lock()
_observed = _Weakly()
_hooked = _Weakly()
_is_everything = False


def is_observed(thing: Any) -> bool:
    """Whether what passes through this HTTP client or connection is recorded."""
    return _is_everything or thing in _observed


def observe_one(thing: Any) -> None:
    """Record what passes through this HTTP client or connection from now on."""
    with _lock:
        _observed.add(thing)


def observe_everything() -> None:
    """Record the requests of every HTTP client of the vendors, and every connection."""
    global _is_everything
    _is_everything = True


def observe_nothing() -> None:
    """Forget what was observed, and take the hooks away."""
    global _is_everything
    with _lock:
        _is_everything = False
        _observed.clear()
        for http_client in _hooked:
            _remove(http_client)
        _hooked.clear()


def ensure_hook(http_client: Any, is_async: bool) -> None:
    """Put our hook behind the program's own. Asked for on every request, because a program may set its hooks anew.

    Raises what a client raises that is not shaped as expected.
    """
    hook = _on_async_response if is_async else _on_response
    if hook not in http_client.event_hooks["response"]:
        _ensure(http_client, "response", hook)


def ensure_request_hook(http_client: Any, is_async: bool) -> None:
    """The same for what goes out; only clients that speak with our own server have it."""
    _ensure(http_client, "request", _on_async_request if is_async else _on_request)


def _ensure(http_client: Any, event: str, hook: Callable[[Any], Any]) -> None:
    hooks = http_client.event_hooks[event]
    if hook in hooks:
        return
    with _lock:
        if hook not in hooks:
            hooks.append(hook)
        _hooked.add(http_client)


def _remove(http_client: Any) -> None:
    try:
        for hooks in http_client.event_hooks.values():
            for hook in (_on_response, _on_async_response, _on_request, _on_async_request):
                while hook in hooks:
                    hooks.remove(hook)
    except Exception as error:  # noqa: BLE001 - the others are still to be undone
        report(error, "removing a hook")


def _on_response(response: Any) -> None:
    """Runs in the HTTP client when the headers of a response are there."""
    _take(response, "SyncByteStream")


async def _on_async_response(response: Any) -> None:
    """The same in an asynchronous client."""
    _take(response, "AsyncByteStream")


def _on_request(request: Any) -> None:
    """Runs in the HTTP client when a request is about to go."""
    calling = current.get()
    if calling is None or calling.introduction is None:
        return
    try:
        calling.introduction.give(request)
    except Exception as error:  # noqa: BLE001 - nothing of ours leaves
        report(error, "introducing a call")


async def _on_async_request(request: Any) -> None:
    """The same in an asynchronous client."""
    _on_request(request)


def _take(response: Any, kind: str) -> None:
    calling = current.get()
    if calling is None:
        return
    try:
        answer = calling.answered(response)
        if answer:
            tee(response, calling, answer, kind)
    except Exception as error:  # noqa: BLE001 - nothing of ours leaves
        report(error, "taking a response")


def _after_fork() -> None:
    # Another thread may have held it when the process was forked; that thread does not exist here.
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
