"""Walking through JSON values, text by text."""

from collections.abc import Callable
from typing import Any, cast

_MAX_DEPTH = 100
_TOO_DEEP = "[masked: nested too deeply]"
_PLAIN = frozenset({bool, float, int, type(None)})


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Put every text of a JSON value through `change`; the keys of its objects stay.

    Returns the very same object where nothing changed, and never writes into the one it was given. What is nested
    deeper than a hundred levels is replaced by a marker, because nobody could look into it.
    """
    return _walked(value, change, 0)


def _walked(value: Any, change: Callable[[str], str], depth: int) -> Any:
    if isinstance(value, str):
        return change(value)
    if not isinstance(value, dict | list | tuple):
        return value
    if depth == _MAX_DEPTH:
        return _TOO_DEEP
    if isinstance(value, dict):
        return _object(cast(dict[str, Any], value), change, depth + 1)
    return _array(cast(list[Any] | tuple[Any, ...], value), change, depth + 1)


def _object(value: dict[str, Any], change: Callable[[str], str], depth: int) -> dict[str, Any]:
    changed: dict[str, Any] | None = None
    for key, item in value.items():
        kind = item.__class__
        if kind in _PLAIN:
            continue
        new = change(item) if kind is str else _walked(item, change, depth)
        if new is not item:
            changed = changed or {**value}
            changed[key] = new
    return value if changed is None else changed


def _array(value: list[Any] | tuple[Any, ...], change: Callable[[str], str], depth: int) -> list[Any] | tuple[Any, ...]:
    changed: list[Any] | None = None
    for at, item in enumerate(value):
        kind = item.__class__
        if kind in _PLAIN:
            continue
        new = change(item) if kind is str else _walked(item, change, depth)
        if new is not item:
            changed = changed or [*value]
            changed[at] = new
    if changed is None:
        return value
    return tuple(changed) if isinstance(value, tuple) else changed
