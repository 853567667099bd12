"""Models: what every model at every provider was asked, what it cost, and what the provider's cache saved."""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from headwater.errors import BadRequest
from headwater.query.ask import Asker
from headwater.query.conditions import IN_WINDOW, IS_CALL, given_fields, span_conditions
from headwater.query.filters import CallFilters
from headwater.query.found import bounds_of
from headwater.query.hours import HOUR_S, IN_HOURS
from headwater.query.measures import Scope, source_of
from headwater.query.partly import in_parts, together
from headwater.query.reports import ModelsUsed, ModelUsed
from headwater.query.series import NAMES, numbers_of
from headwater.query.times import SECOND_NS
from headwater.query.windows import Window

MAX_MODELS = 500

# Unknown costs, savings and times stand below every known one.
SORTS: Mapping[str, Callable[[ModelUsed], Any]] = {
    "model": lambda used: (used.model, used.provider),
    "provider": lambda used: (used.provider, used.model),
    "calls": lambda used: used.calls,
    "cost": lambda used: _known(used.cost_usd),
    "tokens": lambda used: used.input_tokens + used.output_tokens,
    "cached": lambda used: used.cached_share,
    "saved": lambda used: _known(used.saved_usd),
    "errors": lambda used: used.error_share,
    "p50": lambda used: _known(used.p50_ms),
    "p95": lambda used: _known(used.p95_ms),
    "ttft_p50": lambda used: _known(used.ttft_p50_ms),
    "ttft_p95": lambda used: _known(used.ttft_p95_ms),
}
"""The orders by their names."""


def _known(value: float | None) -> float:
    return float("-inf") if value is None else value


class _Row(NamedTuple):
    provider: str
    model: str
    cached_at_s: tuple[int, int]
    numbers: Mapping[str, Any]


Rates = Mapping[tuple[str, str], Mapping[str, float]]
"""US dollars per million tokens, by bucket, of a model at a provider."""


def list_models(ask: Asker, filters: CallFilters, sort: str) -> ModelsUsed:
    """Return the models and providers of the calls that the filters leave; raises BadRequest."""
    key = SORTS.get(sort.removeprefix("-"))
    if key is None:
        allowed = ", ".join(SORTS)
        raise BadRequest(f"sort: unknown order {sort[:80]!r}; use one of {allowed}, with - before it for descending")
    window = bounds_of(filters)
    rows, sums = _rows(ask, filters, window)
    rates = _rates(ask, window, {at_s // HOUR_S * HOUR_S for row in rows for at_s in row.cached_at_s if at_s})
    whole_usd = sum(row.numbers["cost_usd"] for row in rows)
    used = [_used(row, whole_usd, _saved(row, rates)) for row in rows[:MAX_MODELS]]
    providers = [
        _used(row, whole_usd, _sum(each.saved_usd for each in used if each.provider == row.provider)) for row in sums
    ]
    turned = sort.startswith("-")
    return ModelsUsed(
        models=tuple(sorted(used, key=key, reverse=turned)),
        providers=tuple(sorted(providers, key=key, reverse=turned)),
        is_partial=len(rows) > MAX_MODELS,
    )


def _rows(ask: Asker, filters: CallFilters, window: Window) -> tuple[list[_Row], list[_Row]]:
    """Calls put together by provider and model, and by provider alone (the model is "" then), most calls first."""
    scope = Scope(window, span_conditions(filters), given_fields(filters), "provider", 0)
    source = source_of(ask, scope)
    at_s = f"toInt64(toUnixTimestamp(toDateTime({source.time}, 'UTC')))"
    written = "cache_write_tokens" if source.is_rolled_up else "(cache_write_5m_tokens + cache_write_1h_tokens)"
    cached = {"read_at": f"maxIf({at_s}, cache_read_tokens > 0)", "written_at": f"maxIf({at_s}, {written} > 0)"}
    parts = in_parts(source, {"provider": "provider", "model": "model"}, NAMES, cached)
    rows = ask.rows(
        "SELECT grouping(model) = 1 AS is_sum, toString(provider), if(is_sum, '', toString(model)), (max(read_at),"
        " max(written_at)),"
        f" {', '.join(together(name) for name in NAMES)} FROM {parts}"
        " GROUP BY GROUPING SETS ((provider, model), (provider))"
        f" ORDER BY is_sum, {together('calls')} DESC, provider, model LIMIT {{rows:UInt32}} BY is_sum",
        {**scope.conditions.parameters, **source.parameters, "rows": MAX_MODELS + 1},
    )
    made = [
        (row[0], _Row(str(row[1]), str(row[2]), (int(row[3][0]), int(row[3][1])), numbers_of(row[4:]))) for row in rows
    ]
    return [row for is_sum, row in made if not is_sum], [row for is_sum, row in made if is_sum]


def _used(row: _Row, whole_usd: float, saved_usd: float | None) -> ModelUsed:
    numbers = dict(row.numbers)
    calls, input_tokens, cost_usd = numbers["calls"], numbers["input_tokens"], numbers.pop("cost_usd")
    return ModelUsed(
        provider=row.provider,
        model=row.model,
        error_share=numbers["errors"] / calls if calls else 0.0,
        cached_share=min(1.0, numbers["cache_read_tokens"] / input_tokens) if input_tokens else 0.0,
        cost_usd=None if calls and numbers["unpriced_calls"] == calls else cost_usd,
        cost_share=cost_usd / whole_usd if whole_usd else 0.0,
        saved_usd=saved_usd,
        **numbers,
    )


_BUCKETS = ("input", "cache_read", "cache_write_5m", "cache_write_1h")
_LINES = (
    "SELECT provider, model, start_time, arrayJoin("
    "JSONExtract(price_lines, 'Array(Tuple(bucket String, usd_per_million Float64))')) AS line"
    f" FROM headwater.spans FINAL WHERE {IN_WINDOW} AND {IS_CALL} AND {IN_HOURS}"
    " AND price_lines != '' AND (cache_read_tokens > 0 OR cache_write_5m_tokens + cache_write_1h_tokens > 0)"
)


def _rates(ask: Asker, window: Window, hours: set[int]) -> Rates:
    """The prices of the last calls that read from a cache, and of those that wrote to it, an hour of each."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    if not hours:
        return found
    low, high = max(window.low, min(hours) * SECOND_NS), min(window.high, (max(hours) + HOUR_S) * SECOND_NS)
    rows = ask.rows(
        f"SELECT toString(provider), toString(model), line.1 AS bucket, argMax(line.2, start_time) FROM ({_LINES})"
        " WHERE bucket IN {buckets:Array(String)} GROUP BY provider, model, bucket",
        {"low": low, "high": high, "hours": sorted(hours), "buckets": list(_BUCKETS)},
    )
    for provider, model, bucket, usd in rows:
        found.setdefault((str(provider), str(model)), {})[str(bucket)] = float(usd)
    return found


def _saved(row: _Row, rates: Rates) -> float | None:
    """What reads saved, less what writes cost more, read or not. Of two prices of writes the higher holds for all."""
    price = rates.get((row.provider, row.model), {})
    reads, writes = row.numbers["cache_read_tokens"], row.numbers["cache_write_tokens"]
    if not (reads or writes) or "input" not in price or (reads and "cache_read" not in price):
        return None
    plain = price["input"]
    written = max([price[bucket] for bucket in _BUCKETS[2:] if bucket in price], default=plain)
    return (reads * (plain - price.get("cache_read", plain)) - writes * (written - plain)) / 1e6


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
