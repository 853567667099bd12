"""Times as people send them and as answers show them.

In:  Unix nanoseconds, as a number or as digits, or RFC 3339 text (UTC where no zone is given, a date alone is its
midnight).   Out: Unix nanoseconds; RFC 3339 text in UTC with nanoseconds.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

from headwater.errors import BadRequest

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS

Time = int | str
"""Unix nanoseconds, or RFC 3339 text."""

# What a DateTime64(9) column holds: the years 1900 to 2262.
_MIN_NS = -2_208_988_800 * SECOND_NS
_MAX_NS = 9_214_646_400 * SECOND_NS

_RFC_3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9})\d*)?)?\s*([Zz]|[+-]\d{2}:?\d{2})?", re.ASCII
)
_DIGITS = re.compile(r"-?\d{1,20}", re.ASCII)


def read_time(value: Time | None, field: str) -> int | None:
    """Return Unix nanoseconds; raises BadRequest that names `field`."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = int(value) if _DIGITS.fullmatch(value) else _read_text(value, field)
    if not _MIN_NS <= value <= _MAX_NS:
        raise BadRequest(f"{field}: time {value!r} is not in the years 1900 to 2262; send unix nanoseconds or rfc 3339")
    return value


def show_time(time_ns: int) -> str:
    """Return RFC 3339 text in UTC with nine digits of a second."""
    seconds, nanoseconds = divmod(time_ns, SECOND_NS)
    moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def milliseconds(duration_ns: int) -> float:
    """Return a duration in milliseconds."""
    return duration_ns / 1_000_000


def milliseconds_or_none(duration_ns: int | None) -> float | None:
    """Return a duration in milliseconds, None where it is unknown."""
    return None if duration_ns is None else duration_ns / 1_000_000


def _read_text(text: str, field: str) -> int:
    found = _RFC_3339.fullmatch(text.strip())
    if found is None:
        raise BadRequest(
            f"{field}: cannot read time {text!r}; send unix nanoseconds or rfc 3339 (2026-01-31T09:30:00Z)"
        )
    day, clock, fraction, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}").replace(tzinfo=_zone(zone))
        seconds = int((moment - datetime.fromtimestamp(0, UTC)).total_seconds())
    except (ValueError, OverflowError) as error:
        raise BadRequest(f"{field}: no such time {text!r}; {error}") from error
    return seconds * SECOND_NS + int((fraction or "").ljust(9, "0"))


def _zone(text: str | None) -> timezone:
    if text is None or text in "Zz":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
