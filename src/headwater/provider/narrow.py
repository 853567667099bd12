"""Reading JSON that may be of any shape: each function gives what was wanted or says that it is not there.

Nothing here raises. Booleans are not numbers, and counts are never negative.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

import msgspec

JSONObject = Mapping[str, Any]

_EMPTY: dict[str, Any] = {}
_MAX_DEPTH = 100


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a value is a JSON object."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether a value is a JSON array."""
    return isinstance(value, list)


def object_of(value: Any) -> dict[str, Any]:
    """The object itself, or an empty one that must not be written to."""
    return value if is_object(value) else _EMPTY


def list_of(value: Any) -> list[Any]:
    """The array itself, or an empty one."""
    return value if is_list(value) else []


def objects_of(value: Any) -> list[dict[str, Any]]:
    """Those items of an array that are objects."""
    return [item for item in list_of(value) if is_object(item)]


def text_of(value: Any) -> str:
    """The text itself, or an empty one."""
    return value if isinstance(value, str) else ""


def text_or_none(value: Any) -> str | None:
    """The text itself, or None where there is none to show."""
    return value if isinstance(value, str) and value else None


def word_of(value: Any) -> str:
    """A name or an id as text; numbers are taken as such, anything else is empty."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def count_of(value: Any) -> int | None:
    """A count: an integer, an integral float or digits in a text; None for all else."""
    if value.__class__ is int:
        return value if value >= 0 else None
    if isinstance(value, float):
        return int(value) if value >= 0 and value.is_integer() else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return None


def decoded(value: Any) -> Any:
    """What a text holds as JSON, or the text where it holds none; any other value as it is.

    JSON nested deeper than `_MAX_DEPTH` stays text too: what can just be decoded may be too deep to be encoded again.
    """
    if not isinstance(value, str) or not value:
        return value
    try:
        found = msgspec.json.decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return value
    may_be_deep = value.count("[") + value.count("{") > _MAX_DEPTH
    return value if may_be_deep and _is_deep(found) else found


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    if is_object(value):
        return value.values()
    return value if is_list(value) else ()
