"""Times that a program tells of what has happened already."""

from datetime import datetime

from headwater import clock


def told_times(start: float | datetime | None, end: float | datetime | None, duration: float | None) -> tuple[int, int]:
    """Start and end in Unix nanoseconds, of seconds since 1970 or datetimes and a duration in seconds: of the three any
    two are enough, and without any it ended now."""
    start_ns, end_ns = _moment_ns(start), _moment_ns(end)
    length_ns = 0 if duration is None else int(duration * 1e9)
    if end_ns is None:
        end_ns = clock.now_ns() if start_ns is None or duration is None else start_ns + length_ns
    return end_ns - length_ns if start_ns is None else start_ns, end_ns


def _moment_ns(moment: float | datetime | None) -> int | None:
    if moment is None:
        return None
    # By microseconds: the nanoseconds of a time of this century do not fit a float.
    seconds = moment.timestamp() if isinstance(moment, datetime) else moment
    return round(seconds * 1e6) * 1000
