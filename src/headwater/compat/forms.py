"""Forms: how other products' clients write numbers, texts, objects, spans of time and ids. For both sides of a product.

Nothing here raises: what cannot be read is None, or "" for a text.
"""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, cast

import msgspec

_NS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "min": 60 * 10**9, "h": 3600 * 10**9}
_UNITS = {
    **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("us", "µs", "microsecond", "microseconds"), "us"),
    **dict.fromkeys(("ns", "nanosecond", "nanoseconds"), "ns"),
}
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([a-zµ]+)?\s*,?\s*")
_LONGEST_NS = 2**62
_HEX = re.compile(r"[0-9a-f]+")


def number_in(value: Any) -> float | None:
    """A finite number, also one that was written as a text; no boolean."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = int(value) if value.isdecimal() else float(value)
        except ValueError:
            return None
    if not isinstance(value, int | float) or value != value or value in (float("inf"), float("-inf")):
        return None
    return value


def count_in(value: Any) -> int | None:
    """A number of things: 0 or more."""
    number = number_in(value)
    return int(number) if number is not None and 0 <= number < 2**63 else None


def text_in(value: Any) -> str:
    """A text as it is, a number as text, "" for all else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def object_in(value: Any) -> dict[str, Any]:
    """A JSON object, also one that was written as a text; {} for all else."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def list_in(value: Any) -> list[Any]:
    """A JSON array; [] for all else."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def metadata_in(value: Any) -> dict[str, str]:
    """A JSON object as metadata: texts as they are, all else as JSON; nulls left out."""
    return {
        str(name): each if isinstance(each, str) else _json_text(each)
        for name, each in object_in(value).items()
        if each is not None
    }


def _json_text(value: Any) -> str:
    """As JSON; what JSON has no form for, such as a program's own objects, as its own text."""
    try:
        return msgspec.json.encode(value, enc_hook=str).decode()
    except (TypeError, ValueError, RecursionError):
        return str(value)


def duration_in(value: Any, unit: str) -> int | None:
    """A span of time in nanoseconds: a number of `unit` (ns, us, ms, s, min, h), or "0 min 2.50 sec", "350ms" ..."""
    number = number_in(value)
    if number is None:
        return _spoken(value.strip().lower()) if isinstance(value, str) else None
    length = number * _NS[unit]
    return round(length) if 0 <= length < _LONGEST_NS else None


def _spoken(text: str) -> int | None:
    total, at = 0.0, 0
    while at < len(text):
        found = _AMOUNT.match(text, at)
        unit = _UNITS.get(found[2] or "") if found is not None else None
        if found is None or unit is None:
            return None
        total += float(found[1]) * _NS[unit]
        at = found.end()
    return round(total) if text and total < _LONGEST_NS else None


def merged(*objects: Mapping[str, Any]) -> dict[str, Any]:
    """Objects laid over one another, the first with a value for a name winning."""
    found: dict[str, Any] = {}
    for each in objects:
        found.update({name: value for name, value in each.items() if name not in found and value is not None})
    return found


def trace_id_from(*named: str) -> str:
    """The trace of a thing that others name: one trace for one name. The last name itself where that is one already
    (32 hex digits, also as a UUID)."""
    return _id(named, 32)


def span_id_from(*named: str) -> str:
    """The span of a thing that others name; the last name itself where that is one already (16 hex digits)."""
    return _id(named, 16)


def _id(named: tuple[str, ...], digits: int) -> str:
    plain = named[-1].lower().replace("-", "")
    if len(plain) == digits and _HEX.fullmatch(plain) and plain.strip("0"):
        return plain
    # Each name behind its length, so that ("a", "bc") is not ("ab", "c").
    told = b"".join(b"%d:%b" % (len(each), each) for each in (name.encode("utf-8", "replace") for name in named))
    return blake2b(told, digest_size=digits // 2).hexdigest()
