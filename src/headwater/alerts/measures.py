"""Measures: the table of series that an alert can watch, and the tables of what they can be compared with.

A value is in the unit in which it is kept: a share from 0 to 1, milliseconds, US dollars, a count. People type and read
per cent and seconds: `scale` is how much of the kept unit one of the typed is.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from headwater.query import Rolled

Read = Callable[[Rolled], float | None]
Words = tuple[tuple[str, str], ...]

WINDOWS: Mapping[str, int] = {"5m": 300, "15m": 900, "1h": 3_600, "6h": 21_600, "1d": 86_400, "month": 0}
"""What each value is of, in seconds; 0 is the month so far."""

WINDOW_NAMES: Mapping[str, str] = {
    "5m": "5 minutes",
    "15m": "15 minutes",
    "1h": "1 hour",
    "6h": "6 hours",
    "1d": "24 hours",
    "month": "the month so far",
}

COMPARISONS: Mapping[str, str] = {
    "above": "is above",
    "below": "is below",
    "unusually_high": "is unusually high for the hour",
    "unusually_low": "is unusually low for the hour",
}

SEVERITIES: Mapping[str, str] = {"info": "Info", "warning": "Warning", "critical": "Critical"}


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """How a kind of number is typed and written. `least` is the smallest spread that counts as one."""

    name: str
    scale: float = 1.0
    show: Callable[[float], str]
    least: float


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """A series. `read` takes its value from a window, None where the window has none; `of` says what it is a number of.

    `digest` names the quantiles that it needs, `is_sum` whether a month so far can have it; `typed` is a threshold to
    begin with, in the typed unit; `leads` narrow and order the calls that a notice links to. A measure with a `fixed`
    comparison and threshold takes no other.
    """

    key: str
    name: str
    of: str
    unit: Unit
    read: Read
    typed: float
    digest: Literal["", "duration", "ttft"] = ""
    is_sum: bool = False
    leads: Words = ()
    fixed: tuple[str, float] | None = None


def _share(value: float) -> str:
    return f"{_figure(100 * value)} %"


def _time(milliseconds: float) -> str:
    if milliseconds < 1_000:
        return f"{_figure(milliseconds)} ms"
    return f"{_figure(milliseconds / 1_000)} s" if milliseconds < 120_000 else f"{_figure(milliseconds / 60_000)} min"


def _dollars(usd: float) -> str:
    return f"${usd:,.2f}" if usd == 0 or abs(usd) >= 1 else f"${usd:.4f}"


def _figure(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


SHARE = Unit(name="%", scale=0.01, show=_share, least=0.005)
TIME = Unit(name="seconds", scale=1_000.0, show=_time, least=50.0)
DOLLARS = Unit(name="US dollars", show=_dollars, least=0.01)
COUNT = Unit(name="", show=_figure, least=1.0)


def _quantile(at: int) -> Read:
    return lambda window: None if window.quantiles_ms is None else window.quantiles_ms[at]


_SLOWEST: Words = (("sort", "-duration"),)
_COSTLIEST: Words = (("sort", "-cost"),)
_TABLE = (
    Measure(
        key="error_rate",
        name="Error rate",
        of="of the calls failed",
        unit=SHARE,
        read=lambda window: window.errors / window.calls if window.calls else None,
        typed=5,
        leads=(("has_error", "true"),),
    ),
    Measure(
        key="errors",
        name="Failed calls",
        of="calls failed",
        unit=COUNT,
        read=lambda window: window.errors,
        typed=10,
        is_sum=True,
        leads=(("has_error", "true"),),
    ),
    Measure(
        key="p50",
        name="Latency, p50",
        of="took half of the calls, or less",
        unit=TIME,
        read=_quantile(0),
        typed=5,
        digest="duration",
        leads=_SLOWEST,
    ),
    Measure(
        key="p95",
        name="Latency, p95",
        of="took 95 of 100 calls, or less",
        unit=TIME,
        read=_quantile(1),
        typed=20,
        digest="duration",
        leads=_SLOWEST,
    ),
    Measure(
        key="p99",
        name="Latency, p99",
        of="took 99 of 100 calls, or less",
        unit=TIME,
        read=_quantile(2),
        typed=60,
        digest="duration",
        leads=_SLOWEST,
    ),
    Measure(
        key="ttft_p95",
        name="First token, p95",
        of="took 95 of 100 first tokens, or less",
        unit=TIME,
        read=_quantile(1),
        typed=5,
        digest="ttft",
        leads=(("sort", "-ttft"),),
    ),
    Measure(
        key="calls",
        name="Calls",
        of="calls came",
        unit=COUNT,
        read=lambda window: window.calls,
        typed=1000,
        is_sum=True,
    ),
    Measure(
        key="cost",
        name="Cost",
        of="was spent",
        unit=DOLLARS,
        read=lambda window: window.cost_usd,
        typed=100,
        is_sum=True,
        leads=_COSTLIEST,
    ),
    Measure(
        key="tokens",
        name="Tokens",
        of="tokens went in and out",
        unit=COUNT,
        read=lambda window: window.tokens,
        typed=1_000_000,
        is_sum=True,
        leads=(("sort", "-tokens"),),
    ),
    Measure(
        key="unpriced_calls",
        name="Calls of unknown price",
        of="calls have no known price",
        unit=COUNT,
        read=lambda window: window.unpriced_calls,
        typed=1,
        is_sum=True,
    ),
    Measure(
        key="no_data",
        name="Nothing comes",
        of="calls came",
        unit=COUNT,
        read=lambda window: window.calls,
        typed=1,
        fixed=("below", 1.0),
    ),
)
MEASURES: Mapping[str, Measure] = {measure.key: measure for measure in _TABLE}
