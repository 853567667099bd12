"""Patches: a method of somebody's class is replaced, and given back."""

import os
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


def _after_fork() -> None:
    # Another thread may have held it when the process was forked; that thread does not exist here.
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
