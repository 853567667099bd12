"""Tiles: the totals strip over a list of traces."""

import msgspec

from headwater.query import Totals
from headwater.web.shown.numbers import UNKNOWN, cost, count, duration, exact, exact_cost, share


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """One number of the totals strip; `hint` says on hover what it means, exactly."""

    name: str
    value: str
    hint: str
    beside: str = ""
    is_bad: bool = False


def tiles(totals: Totals, *, is_narrowed: bool) -> list[Tile]:
    """Return the strip. Traces are counted over the whole time only, so a narrowed strip shows first tokens instead."""
    first = _first_token(totals) if is_narrowed else _traces(totals)
    return [first, _calls(totals), _errors(totals), _tokens(totals), _cost(totals), _latency(totals)]


def call_tiles(totals: Totals) -> list[Tile]:
    """Return the strip over a list of calls, whose sums are of exactly these calls."""
    return [_calls(totals), _errors(totals), _tokens(totals), _cost(totals), _latency(totals), _first_token(totals)]


def _traces(totals: Totals) -> Tile:
    users = f"{count(totals.users)} user{'s' * (totals.users != 1)}" if totals.users else ""
    return Tile(
        name="Traces",
        value=count(totals.traces),
        hint=f"{totals.traces:,} traces of {totals.users:,} users in {totals.sessions:,} sessions",
        beside=users,
    )


def _calls(totals: Totals) -> Tile:
    return Tile(name="Calls", value=count(totals.calls), hint=f"{totals.calls:,} requests to models, each counted once")


def _errors(totals: Totals) -> Tile:
    return Tile(
        name="Failed calls",
        value=count(totals.errors),
        hint=f"{totals.errors:,} of {totals.calls:,} calls failed",
        beside=share(totals.errors, totals.calls) if totals.errors else "",
        is_bad=totals.errors > 0,
    )


def _tokens(totals: Totals) -> Tile:
    cached = totals.cache_read_tokens
    return Tile(
        name="Tokens",
        value=count(totals.input_tokens + totals.output_tokens),
        hint=f"{exact(totals.input_tokens)} in, of which {cached:,} were read from a provider's cache;"
        f" {totals.output_tokens:,} out, of which {totals.reasoning_tokens:,} were reasoning",
        beside=f"{share(cached, totals.input_tokens)} cached" if cached else "",
    )


def _cost(totals: Totals) -> Tile:
    left_out = (
        f"; {totals.unpriced_calls:,} calls have no known price and are left out" if totals.unpriced_calls else ""
    )
    is_unknown = totals.calls > 0 and totals.unpriced_calls == totals.calls
    return Tile(
        name="Cost",
        value=UNKNOWN if is_unknown else cost(totals.cost_usd),
        hint=f"{exact_cost(totals.cost_usd)}{left_out}",
        beside=f"{count(totals.unpriced_calls)} unpriced" if totals.unpriced_calls else "",
    )


def _latency(totals: Totals) -> Tile:
    first = totals.ttft_p95_ms
    return Tile(
        name="Call p95",
        value=duration(totals.p95_ms),
        hint=f"95 of 100 calls took at most this, half of them at most {duration(totals.p50_ms)};"
        f" 95 of 100 first tokens came within {duration(first)}",
        beside=f"p50 {duration(totals.p50_ms)}" if totals.p50_ms is not None else "",
    )


def _first_token(totals: Totals) -> Tile:
    return Tile(
        name="First token p95",
        value=duration(totals.ttft_p95_ms),
        hint=f"95 of 100 first tokens came within this, half of them within {duration(totals.ttft_p50_ms)}",
        beside=f"p50 {duration(totals.ttft_p50_ms)}" if totals.ttft_p50_ms is not None else "",
    )
