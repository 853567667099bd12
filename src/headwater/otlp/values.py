"""Narrowing attribute values, which may be of any type and may hold JSON where a plain value was meant."""

from typing import Any, TypeGuard

import msgspec

_DEPTH_MAX = 64
_COUNT_MAX = 2**53


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a value is a JSON object."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether a value is a JSON array."""
    return isinstance(value, list)


def decoded(value: Any) -> Any:
    """Return what a text holds as JSON, or the value itself where it is no text or holds none.

    JSON of more than 64 levels stays text: whoever walks it later shall not run out of stack.
    """
    if value.__class__ is not str or value[:1] not in _JSON_STARTS:
        return value
    try:
        found = msgspec.json.decode(value)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return value
    return value if may_be_deep(value) and is_deep(found) else found


def unquoted(value: Any) -> Any:
    """Return a value without the JSON quotes that some senders put around each (a JSON null becomes None)."""
    if value.__class__ is str:
        if value == "null":
            return None
        if value[:1] == '"' and value[-1:] == '"':
            return decoded(value)
    return value


def may_be_deep(text: str) -> bool:
    """Whether JSON could be nested too deeply: counting brackets rules it out for nearly every text."""
    return text.count("[") + text.count("{") > _DEPTH_MAX


def is_deep(found: Any) -> bool:
    """Whether a JSON value is nested deeper than 64 levels."""
    level: list[Any] = [found]
    for _ in range(_DEPTH_MAX + 1):
        deeper: list[Any] = []
        for value in level:
            if value.__class__ is dict:
                deeper.extend([item for item in value.values() if item.__class__ in _CONTAINERS])
            elif value.__class__ is list:
                deeper.extend([item for item in value if item.__class__ in _CONTAINERS])
        if not deeper:
            return False
        level = deeper
    return True


def text_of(value: Any) -> str:
    """Return a name or an id as text: JSON quotes taken off, numbers written out, anything else empty."""
    if value is None:
        return ""
    if value.__class__ is str:
        if value[:1] != '"' and value != "null":
            return value
        value = unquoted(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value)


def told(value: Any) -> str:
    """Return any value as text to show: texts as they are, all else as JSON; empty for nothing."""
    value = unquoted(value)
    if value is None or value == "" or value == [] or value == {}:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def count_of(value: Any) -> int | None:
    """Return a token count, however written; None where it is none."""
    if value.__class__ is str:
        value = unquoted(value)
        if isinstance(value, str):
            if not (value.isascii() and value.isdigit() and len(value) < 17):
                return None
            value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _COUNT_MAX else None


def number_of(value: Any) -> float | None:
    """Return a finite number that is not negative, however written; None where it is none."""
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = float(value.strip('"'))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _COUNT_MAX:
        return None
    return float(value)


def flag_of(value: Any) -> bool | None:
    """Return a yes or no, however written; None where it is neither."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip('"').lower())
    return value if isinstance(value, bool) else None


def texts_of(value: Any) -> tuple[str, ...]:
    """Return a list of words: a list, a JSON list in a text, words between commas, or one word."""
    value = decoded(value)
    if isinstance(value, str):
        value = value.split(",") if "," in value else [value]
    if not is_list(value):
        return ()
    words = [text_of(item).strip() for item in value]
    return tuple([word for word in words if word])


_JSON_STARTS = frozenset({"[", "{", '"'})
_CONTAINERS = (dict, list)
