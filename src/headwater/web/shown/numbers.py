"""Numbers: short text for the eye; the templates put the exact value beside it for the hovering hand."""

UNKNOWN = "—"

_MAGNITUDES = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k"))
_SIZES = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def count(value: float | None) -> str:
    """Shorten a count: 950, 12.3k, 4.56M."""
    if value is None:
        return UNKNOWN
    for size, letter in _MAGNITUDES:
        if abs(value) >= size:
            return f"{_three_digits(value / size)}{letter}"
    return f"{value:,.0f}"


def exact(value: float | None) -> str:
    """Write a count out with thousands marked: 12,345."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def rate(value: float | None) -> str:
    """Write a number per second: 0.4, 17, 12.3k."""
    if value is None:
        return UNKNOWN
    return f"{value:.1f}" if 0 < abs(value) < 10 else count(value)


def cost(usd: float | None) -> str:
    """Write dollars with the digits that matter: $12.34, $0.0123, <$0.0001."""
    if usd is None:
        return UNKNOWN
    if usd == 0:
        return "$0"
    if abs(usd) < 0.0001:
        return "<$0.0001"
    if abs(usd) < 1:
        return f"${usd:.4f}"
    return f"${usd:,.2f}" if abs(usd) < 10_000 else f"${count(usd)}"


def exact_cost(usd: float | None) -> str:
    """Write dollars to the nano: $0.012345678."""
    if usd is None:
        return UNKNOWN
    whole, _, part = f"{usd:,.9f}".partition(".")
    return f"${whole}.{part.rstrip('0').ljust(2, '0')}"


def duration(milliseconds: float | None) -> str:
    """Write a duration in the unit that fits: 0.42 ms, 843 ms, 2.41 s, 3 min 12 s, 2 h 5 min."""
    if milliseconds is None:
        return UNKNOWN
    if milliseconds < 1:
        return "0 ms" if milliseconds <= 0 else f"{milliseconds:.2g} ms"
    if milliseconds < 999.5:
        return f"{_three_digits(milliseconds)} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"
    return span_of_seconds(milliseconds / 1000)


def span_of_seconds(seconds: float | None) -> str:
    """Write seconds in the unit that fits: 2.41 s, 3 min 12 s, 2 h 5 min, 4 d 3 h."""
    if seconds is None:
        return UNKNOWN
    if seconds < 59.95:
        return f"{_three_digits(seconds)} s" if seconds > 0 else "0 s"
    whole = round(seconds)
    for size, unit, part_size, part_unit in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            part = whole % size // part_size
            return f"{whole // size} {unit} {part} {part_unit}" if part else f"{whole // size} {unit}"
    return f"{whole} s"


def per(seconds: int) -> str:
    """Write the width of a bucket as what a rate is per: minute, 5 min, hour, day."""
    return {1: "second", 60: "minute", 3600: "hour", 86400: "day"}.get(seconds) or span_of_seconds(seconds)


def size(size_bytes: float | None) -> str:
    """Write bytes in the unit that fits: 812 B, 3.4 MiB."""
    if size_bytes is None:
        return UNKNOWN
    for unit_bytes, unit in _SIZES:
        if size_bytes >= unit_bytes:
            return f"{_three_digits(size_bytes / unit_bytes)} {unit}"
    return f"{size_bytes:.0f} B"


def share(part: float, whole: float) -> str:
    """Write a part of a whole in per cent: 3.2 %; a dash of nothing."""
    if not whole:
        return UNKNOWN
    per_cent = 100 * part / whole
    return f"{per_cent:.0f} %" if per_cent in (0, 100) or per_cent >= 10 else f"{per_cent:.1f} %"


def figure(value: float) -> str:
    """Write a number that has no unit: 0.87, 4, 12.5."""
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def _three_digits(value: float) -> str:
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
