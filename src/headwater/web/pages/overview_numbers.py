"""Numbers of the overview: what each card counts, how it is written, what its chart draws and where it leads."""

from collections.abc import Callable

import msgspec

from headwater.query import SeriesPoint, Sums
from headwater.web.shown.graph import Show
from headwater.web.shown.numbers import UNKNOWN, cost, count, duration, exact_cost

Read = Callable[[Sums | SeriesPoint], float | None]
Pairs = tuple[tuple[str, str], ...]

_LEAST_PER_CENT = 0.01


def per_cent(share: float | None) -> str:
    """Write a share as per cent, with as many digits as a small one needs."""
    if share is None:
        return UNKNOWN
    value = 100 * share
    if 0 < value < _LEAST_PER_CENT:
        return f"<{_LEAST_PER_CENT} %"
    return f"{value:.0f} %" if value in (0, 100) or value >= 10 else f"{value:.2g} %"


def _exact_count(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.0f}"


def _exact_ms(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.1f} ms"


def _exact_share(share: float | None) -> str:
    return UNKNOWN if share is None else f"{100 * share:.3f} %"


def _round_cost(usd: float) -> str:
    """Write a round number of dollars without the zeros behind it."""
    return cost(usd) if usd < 0.0001 or usd >= 10_000 else f"${usd:,.6g}"


class Unit(msgspec.Struct, frozen=True):
    """How a kind of number is written: for the eye, exactly, and at the top of a scale."""

    show: Show
    exact: Show
    scale: Callable[[float], str]


_COUNT = Unit(count, _exact_count, count)
_COST = Unit(cost, exact_cost, _round_cost)
_TIME = Unit(duration, _exact_ms, duration)
SHARE = Unit(per_cent, _exact_share, per_cent)


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A number of a card. `name` stands beside it where a card has several; `leads` narrows the traces it links to.

    `is_bad_up`: more of it is worse; None where that is for the reader to judge.
    """

    name: str
    means: str
    read: Read
    tone: str = "t-0"
    is_bad_up: bool | None = None
    leads: Pairs = ()


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A card: its numbers, the parts of its chart, and what a line is of when the chart is split by a facet.

    `says` stands beside the heading and tells what the chart counts; `{}` in it is the width of a bucket.
    """

    key: str
    name: str
    says: str
    split_says: str
    unit: Unit
    numbers: tuple[Number, ...]
    parts: tuple[Number, ...] = ()
    split: Read
    is_stacked: bool = True


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _error_share(of: Sums | SeriesPoint) -> float | None:
    return _ratio(of.errors, of.calls)


def _known_cost(of: Sums | SeriesPoint) -> float | None:
    return None if of.calls and of.unpriced_calls == of.calls else of.cost_usd


def _tokens(of: Sums | SeriesPoint) -> float:
    return of.input_tokens + of.output_tokens


_FAILED: Pairs = (("has_error", "true"),)
_SLOWEST: Pairs = (("sort", "-duration"),)
_LARGEST: Pairs = (("sort", "-tokens"),)

CARDS: tuple[Card, ...] = (
    Card(
        key="calls",
        name="Calls",
        says="calls per {}",
        split_says="calls per {}",
        unit=_COUNT,
        numbers=(Number(name="", means="requests to models, each counted once", read=lambda of: of.calls),),
        parts=(
            Number(name="Went well", means="", read=lambda of: of.calls - of.errors),
            Number(name="Failed", means="", read=lambda of: of.errors, tone="t-bad", leads=_FAILED),
        ),
        split=lambda of: of.calls,
    ),
    Card(
        key="errors",
        name="Error rate",
        says="failed calls in per cent, per {}",
        split_says="failed calls in per cent, per {}",
        unit=SHARE,
        numbers=(
            Number(
                name="", means="of the calls failed", read=_error_share, is_bad_up=True, tone="t-bad", leads=_FAILED
            ),
        ),
        split=_error_share,
        is_stacked=False,
    ),
    Card(
        key="cost",
        name="Cost",
        says="US dollars per {}",
        split_says="US dollars per {}",
        unit=_COST,
        numbers=(
            Number(
                name="",
                means="for the calls of known price",
                read=_known_cost,
                leads=(("sort", "-cost"),),
            ),
        ),
        parts=(Number(name="Cost", means="", read=lambda of: of.cost_usd),),
        split=lambda of: of.cost_usd,
    ),
    Card(
        key="tokens",
        name="Tokens",
        says="tokens per {}",
        split_says="tokens per {}, in and out",
        unit=_COUNT,
        numbers=(
            Number(
                name="In", means="input tokens, cached ones among them", read=lambda of: of.input_tokens, leads=_LARGEST
            ),
            Number(
                name="Cached",
                means="input tokens that were read from the provider's cache",
                read=lambda of: of.cache_read_tokens,
                leads=_LARGEST,
            ),
            Number(
                name="Out",
                means="output tokens, reasoning among them",
                read=lambda of: of.output_tokens,
                leads=_LARGEST,
            ),
            Number(
                name="Reasoning",
                means="output tokens that the model thought with",
                read=lambda of: of.reasoning_tokens,
                leads=_LARGEST,
            ),
        ),
        parts=(
            Number(name="In, not cached", means="", read=lambda of: max(0, of.input_tokens - of.cache_read_tokens)),
            Number(name="In, cached", means="", read=lambda of: of.cache_read_tokens, tone="t-3"),
            Number(name="Out", means="", read=lambda of: max(0, of.output_tokens - of.reasoning_tokens), tone="t-2"),
            Number(name="Out, reasoning", means="", read=lambda of: of.reasoning_tokens, tone="t-1"),
        ),
        split=_tokens,
    ),
    Card(
        key="latency",
        name="Latency",
        says="time of calls, per {}",
        split_says="p95 of calls, per {}",
        unit=_TIME,
        numbers=(
            Number(
                name="p50",
                means="half of the calls took at most this",
                read=lambda of: of.p50_ms,
                is_bad_up=True,
                leads=_SLOWEST,
            ),
            Number(
                name="p95",
                means="95 of 100 calls took at most this",
                read=lambda of: of.p95_ms,
                is_bad_up=True,
                tone="t-2",
                leads=_SLOWEST,
            ),
            Number(
                name="p99",
                means="99 of 100 calls took at most this",
                read=lambda of: of.p99_ms,
                is_bad_up=True,
                tone="t-4",
                leads=_SLOWEST,
            ),
        ),
        split=lambda of: of.p95_ms,
        is_stacked=False,
    ),
    Card(
        key="ttft",
        name="Time to first token",
        says="of streamed calls, per {}",
        split_says="p95 of streamed calls, per {}",
        unit=_TIME,
        numbers=(
            Number(
                name="p50",
                means="half of the first tokens came within this",
                read=lambda of: of.ttft_p50_ms,
                is_bad_up=True,
                leads=_SLOWEST,
            ),
            Number(
                name="p95",
                means="95 of 100 first tokens came within this",
                read=lambda of: of.ttft_p95_ms,
                is_bad_up=True,
                tone="t-2",
                leads=_SLOWEST,
            ),
        ),
        split=lambda of: of.ttft_p95_ms,
        is_stacked=False,
    ),
)
