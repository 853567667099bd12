"""Times: RFC 3339 in, words for people out."""

from datetime import UTC, datetime

from headwater.web.shown.numbers import UNKNOWN

_STEPS = ((86400 * 365, "y"), (86400 * 30, "mo"), (86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def parse_ns(text: str) -> int | None:
    """Read an RFC 3339 time (any number of fractional digits) as Unix nanoseconds; None when it is none."""
    head, dot, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))] if dot else ""
    zone = rest[len(digits) :] if dot else ""
    try:
        moment = datetime.fromisoformat(head + zone)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp()) * 1_000_000_000 + int(digits[:9].ljust(9, "0") or 0)


def rfc3339(time_ns: int) -> str:
    """Write Unix nanoseconds as RFC 3339 in UTC, whole seconds where it is whole."""
    seconds, part = divmod(time_ns, 1_000_000_000)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{part:09d}Z" if part else f"{text}Z"


def ago(text: str, now_ns: int) -> str:
    """Say how long ago a time was: 5 s ago, 3 min ago; a time to come is said as such."""
    time_ns = parse_ns(text)
    if time_ns is None:
        return text or UNKNOWN
    seconds = (now_ns - time_ns) // 1_000_000_000
    if abs(seconds) < 1:
        return "now"
    for size, unit in _STEPS:
        if abs(seconds) >= size:
            amount = f"{abs(seconds) // size} {unit}"
            return f"{amount} ago" if seconds > 0 else f"in {amount}"
    return "now"


def absolute(text: str) -> str:
    """Write a time out to the millisecond: 2026-11-21 09:30:12.345 UTC."""
    time_ns = parse_ns(text)
    if time_ns is None:
        return text or UNKNOWN
    moment = datetime.fromtimestamp(time_ns // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time_ns // 1_000_000 % 1000:03d} UTC"


def axis_label(text: str, range_s: float, step_s: float) -> str:
    """Write a time as short as an axis allows: the clock, or the day, or both where buckets are parts of days."""
    time_ns = parse_ns(text)
    if time_ns is None:
        return text
    moment = datetime.fromtimestamp(time_ns // 1_000_000_000, UTC)
    if range_s <= 6 * 3600:
        return f"{moment:%H:%M}"
    is_daily = step_s >= 86400 or range_s > 14 * 86400
    return f"{moment:%b} {moment.day}" if is_daily else f"{moment:%b} {moment.day}, {moment:%H:%M}"


def moment(time: str) -> str:
    """Return an RFC 3339 time as HTML has it: with milliseconds at most."""
    return f"{time[:23]}Z" if len(time) > 24 and time.endswith("Z") else time
