"""Prices: at what prices calls were priced, and what the next one costs."""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from headwater.clock import now_ns
from headwater.event import Call
from headwater.pricing import PriceBook, Tariff
from headwater.query.ask import Asker
from headwater.query.conditions import IN_WINDOW, IS_CALL, Conditions, given_fields, span_conditions
from headwater.query.filters import CallFilters
from headwater.query.found import bounds_of
from headwater.query.measures import Scope, source_of
from headwater.query.priced import ModelPriced, ModelsPriced, PriceNow, PriceUsed
from headwater.query.times import DAY_NS
from headwater.query.windows import Window

_MOST_MODELS = 500
_SUMS = ("calls", "input_tokens", "output_tokens", "cost_usd", "unpriced_calls")
_Model = tuple[str, str]


class _Version(NamedTuple):
    """The calls of a model that were priced at one version, and the last of them."""

    version: str
    calls: int
    untold: int
    minute_s: int
    request_model: str
    operation: str


def list_prices(ask: Asker, filters: CallFilters, book: PriceBook) -> ModelsPriced:
    """Return the models of the calls that the filters leave with their prices; raises BadRequest."""
    window, conditions = bounds_of(filters), span_conditions(filters)
    scope = Scope(window, conditions, given_fields(filters), "provider", 0)
    source = source_of(ask, scope)
    sums = ", ".join(source.measured(name) for name in _SUMS)
    rows = ask.rows(
        f"SELECT toString(provider), toString(model), {sums} FROM {source.sql} GROUP BY provider, model"
        f" ORDER BY {source.measured('calls')} DESC, provider, model LIMIT {{rows:UInt32}}",
        {**conditions.parameters, **source.parameters, "rows": _MOST_MODELS + 1},
    )
    versions = _versions(ask, window, conditions)
    lines = _lines(ask, window, conditions, versions)
    found = [_priced(row, versions.get((row[0], row[1]), []), lines, book) for row in rows[:_MOST_MODELS]]
    return ModelsPriced(models=tuple(sorted(found, key=_order)), is_partial=len(rows) > _MOST_MODELS)


def _order(found: ModelPriced) -> tuple[bool, bool, bool, float, int]:
    is_told = any(each.calls > each.untold_calls for each in found.used)
    is_priced = found.now is not None
    return not is_told, is_priced, not found.unpriced_calls, -(found.cost_usd or 0), -found.calls


def _versions(ask: Asker, window: Window, conditions: Conditions) -> dict[_Model, list[_Version]]:
    rows = ask.rows(
        "SELECT toString(provider), toString(model), toString(price_version), count() AS calls,"
        " countIf(input_tokens IS NULL), toInt64(toUnixTimestamp(toStartOfMinute(max(start_time)))),"
        " toString(argMax(request_model, start_time)), toString(argMax(operation, start_time))"
        f" FROM headwater.spans FINAL WHERE {conditions.sql(IN_WINDOW, IS_CALL)}"
        " GROUP BY provider, model, price_version ORDER BY calls DESC LIMIT {rows:UInt32}",
        {**conditions.parameters, "low": window.low, "high": window.high, "rows": 4 * _MOST_MODELS},
    )
    found: dict[_Model, list[_Version]] = {}
    for provider, model, *version in rows:
        found.setdefault((provider, model), []).append(_Version(*version))
    return found


_Lines = Mapping[tuple[str, str, str], Mapping[str, float]]


def _lines(ask: Asker, window: Window, conditions: Conditions, versions: Mapping[_Model, Sequence[_Version]]) -> _Lines:
    """The prices by bucket of the last call of each model at each version; only the minutes of those are read."""
    minutes = {each.minute_s for found in versions.values() for each in found if each.version}
    if not minutes:
        return {}
    rows = ask.rows(
        "SELECT toString(provider), toString(model), toString(price_version), argMax(price_lines, start_time)"
        f" FROM headwater.spans FINAL WHERE {conditions.sql(IN_WINDOW, IS_CALL)} AND price_version != ''"
        " AND toStartOfMinute(start_time) IN (SELECT toDateTime(arrayJoin({minutes:Array(Int64)}), 'UTC'))"
        " GROUP BY provider, model, price_version",
        {**conditions.parameters, "low": window.low, "high": window.high, "minutes": sorted(minutes)},
    )
    return {(provider, model, version): _usd_of(lines) for provider, model, version, lines in rows}


def _usd_of(lines: str) -> dict[str, float]:
    told: list[dict[str, Any]] = msgspec.json.decode(lines) if lines else []
    return {str(line["bucket"]): float(line["usd_per_million"]) for line in told}


def _priced(row: Sequence[Any], versions: Sequence[_Version], lines: _Lines, book: PriceBook) -> ModelPriced:
    provider, model, calls, input_tokens, output_tokens, cost_usd, unpriced = row
    last = max(versions, key=lambda each: each.minute_s, default=None)
    now = price_now(
        book,
        Call(
            provider=provider,
            response_model=model,
            request_model=last.request_model if last else model,
            operation=last.operation if last else "chat",
        ),
    )
    return ModelPriced(
        provider=provider,
        model=model,
        calls=calls,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_usd=None if unpriced == calls else cost_usd,
        unpriced_calls=unpriced,
        used=tuple(
            [
                PriceUsed(
                    version=each.version,
                    calls=each.calls,
                    untold_calls=each.untold,
                    usd_per_million=lines.get((provider, model, each.version), {}),
                )
                for each in versions
            ]
        ),
        now=now,
    )


def price_now(book: PriceBook, call: Call) -> PriceNow | None:
    """The price of such a call at this moment."""
    at_ns = now_ns()
    turns = [tariff for from_ns, tariff in book.tariffs(call, [at_ns // DAY_NS]) if from_ns <= at_ns]
    return None if turns[-1] is None else _shown(turns[-1])


def _shown(tariff: Tariff) -> PriceNow:
    usd = [
        {bucket: float(amount) for bucket, amount in tariff.usd_per_million(stretch).items()}
        for stretch in range(len(tariff.units))
    ]
    return PriceNow(
        version=tariff.version, usd_per_million=usd[0], above=dict(zip(tariff.bounds, usd[1:], strict=True))
    )
