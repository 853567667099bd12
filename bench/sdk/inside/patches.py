"""Patches: what an instrumentation changed in the classes of openai and httpx2, to take it off and put it on again.

Not every peer can be taken off by itself; undone in this way, "without" is the client as it was, for all alike.
"""

import sys
from collections.abc import Iterator
from typing import Any

_OF = ("openai", "httpx2")
_ABSENT = object()
_State = dict[tuple[int, str], Any]


class Patches:
    """Made before the instrumentation; `found()` after it."""

    def __init__(self) -> None:
        self._owners: dict[int, Any] = {id(owner): owner for owner in _owners()}
        self._before = self._state()
        self._changes: list[tuple[Any, str, Any, Any]] = []
        self._is_on = True

    def found(self) -> int:
        """See what was changed since; how many attributes that are."""
        after = self._state()
        for key in self._before.keys() | after.keys():
            was, now = self._before.get(key, _ABSENT), after.get(key, _ABSENT)
            if was is not now:
                self._changes.append((self._owners[key[0]], key[1], was, now))
        return len(self._changes)

    def turn(self, is_on: bool) -> None:
        """The classes as the instrumentation left them, or as they were before it."""
        if is_on is self._is_on:
            return
        self._is_on = is_on
        for owner, name, was, now in self._changes:
            value = now if is_on else was
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)

    def _state(self) -> _State:
        return {
            (key, name): value
            for key, owner in self._owners.items()
            for name, value in vars(owner).items()
            if not name.startswith(("__", "_abc_")) or name in ("__init__", "__iter__", "__next__", "__stream__")
        }


def _owners() -> Iterator[Any]:
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in _OF and module is not None:
            for value in vars(module).values():
                if isinstance(value, type) and value.__module__.split(".")[0] in _OF:
                    yield value
