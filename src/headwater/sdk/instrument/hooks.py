"""Which HTTP clients are observed, and the response hook in each of them.

A copy of a vendor's client shares the HTTP client of the original, so that this is what is remembered. Only weakly:
clients end when the program lets go of them.
"""

import os
import threading
from collections.abc import Iterator
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


def is_observed(http_client: Any) -> bool:
    """Whether the requests of this HTTP client are recorded."""
    return _is_everything or http_client in _observed


def observe_one(http_client: Any) -> None:
    """Record the requests of this HTTP client from now on."""
    with _lock:
        _observed.add(http_client)


def observe_everything() -> None:
    """Record the requests of every HTTP client of the vendors."""
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
    hooks = http_client.event_hooks["response"]
    if hook in hooks:
        return
    with _lock:
        if hook not in hooks:
            hooks.append(hook)
        _hooked.add(http_client)


def _remove(http_client: Any) -> None:
    try:
        hooks = http_client.event_hooks["response"]
        for hook in (_on_response, _on_async_response):
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
