"""Times that a sender got wrong, made usable.

Nanoseconds are what OTLP asks for; seconds, milliseconds and microseconds are told by their size (a time before 1973 in
a finer unit is a time of ours in a coarser one). What was sent is kept beside.
"""

from datetime import UTC, datetime
from typing import Any

from headwater.otlp.values import text_of

_NS_MIN = 10**17
_UNITS = ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3))
_NS_MAX = 2**63 - 1


def times_of(start: int, end: int, received_ns: int) -> tuple[int, int, dict[str, Any]]:
    """Return start and end in Unix nanoseconds, and what was sent where that differs.

    A missing start is the end, a missing or earlier end the start; where both are missing, it is `received_ns`.
    """
    if _NS_MIN <= start <= end <= _NS_MAX:
        return start, end, {}
    start_ns, end_ns = in_nanoseconds(start), in_nanoseconds(end)
    start_ns = start_ns or end_ns or received_ns
    end_ns = max(start_ns, end_ns)
    sent: dict[str, Any] = {}
    if start_ns != start:
        sent["otlp.start_time_unix_nano"] = start
    if end_ns != end:
        sent["otlp.end_time_unix_nano"] = end
    return start_ns, end_ns, sent


def in_nanoseconds(value: int) -> int:
    """Return a Unix time in nanoseconds whatever unit it was in; 0 where it is no time that can be stored."""
    if value <= 0 or value > _NS_MAX:
        return 0
    for bound, factor in _UNITS:
        if value < bound:
            return value * factor if value * factor <= _NS_MAX else 0
    return value


def moment_ns(value: Any) -> int | None:
    """Return an ISO 8601 time (JSON quotes or not, to the microsecond) in Unix nanoseconds; None where it is none."""
    text = text_of(value)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    except (ValueError, OverflowError):
        return None
    found_ns = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
    return found_ns if -_NS_MAX <= found_ns <= _NS_MAX else None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
