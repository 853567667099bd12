"""Patches: a method of somebody's class is replaced, and given back."""

import threading
from collections.abc import Callable
from typing import Any

_MARK = "__headwater__"
_lock = threading.Lock()
_patches: list[tuple[type, str, Any, Any]] = []


def replace(owner: type, name: str, wrap: Callable[[Any], Any]) -> None:
    """Put `wrap(method)` in the place of a method that the class itself defines; once, however often it is asked."""
    with _lock:
        original = owner.__dict__[name]
        if getattr(original, _MARK, False):
            return
        ours = wrap(original)
        setattr(ours, _MARK, True)
        setattr(owner, name, ours)
        _patches.append((owner, name, original, ours))


def restore() -> None:
    """Give every method back. What somebody else has put over it since stays: it calls ours, which only passes on."""
    with _lock:
        while _patches:
            owner, name, original, ours = _patches.pop()
            if owner.__dict__.get(name) is ours:
                setattr(owner, name, original)
