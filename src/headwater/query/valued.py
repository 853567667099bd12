"""Valued: what stored calls cost by a price book, summed in the store.

In:  conditions on calls, a price book, and whose prices are to hold.   Out: sums by model, exact to the nano-dollar.
Rule 1: the book says which prices hold for which calls and from when; the store only multiplies. A test holds the two
to each other.
Rule 2: what has no price is counted as that, and in no sum.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any, NamedTuple

from headwater.errors import BadRequest
from headwater.event import Call
from headwater.pricing import PRICED_AS, WITHOUT_OUTPUT, PriceBook, Tariff
from headwater.query.ask import Asker
from headwater.query.conditions import IN_WINDOW, IS_CALL, Conditions
from headwater.query.windows import Window

_MOST_KINDS = 5_000
_MOST_DAYS = 50_000
_AT_NS = "toUnixTimestamp64Nano(start_time)"
_IS_IMAGE = "operation = 'image_generation'"
_PRICED_AS = f"attributes['{PRICED_AS}']"
_NANOUSD = 10**9


class Kind(NamedTuple):
    """What decides on the price of a call, apart from its tokens and its time."""

    provider: str
    model: str
    request_model: str
    service_tier: str
    is_image: bool
    priced_as: str


class Valued(NamedTuple):
    """Calls of one model at one provider, at what they cost as they are stored (`before`) and by the book (`after`).

    Costs are in 10^-9 US dollars over the calls that have a price; `both_…` are over those that have one before and
    after, the `compared` calls. `changed` calls cost something else after, or are without a price on one side only.
    """

    provider: str
    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    before: int
    unpriced_before: int
    after: int
    unpriced_after: int
    changed: int
    compared: int
    both_before: int
    both_after: int


Priced = Callable[[Kind], Call]
"""The call whose prices are to hold for calls of a kind."""


def value_calls(ask: Asker, window: Window, conditions: Conditions, book: PriceBook, priced: Priced) -> list[Valued]:
    """Value the calls of a window that meet the conditions; raises BadRequest where they are of too many kinds."""
    where = conditions.sql(IN_WINDOW, IS_CALL)
    given = {**conditions.parameters, "low": window.low, "high": window.high}
    columns = _kind_columns(_has_priced_as(ask, window))
    kinds = _kinds(ask, columns, where, given)
    if not kinds:
        return []
    rows = ask.rows(_STATEMENT.format(kind=_hash(columns), where=where), {**given, **_tables(kinds, book, priced)})
    return [Valued(str(row[0]), str(row[1]), *(int(each) for each in row[2:])) for row in rows]


def _has_priced_as(ask: Asker, window: Window) -> bool:
    """Whether any call says what it is priced as: hardly any does, and attributes are heavy to read."""
    return bool(
        ask.rows(
            f"SELECT 1 FROM headwater.spans WHERE {IN_WINDOW} AND has(mapKeys(attributes), '{PRICED_AS}') LIMIT 1",
            {"low": window.low, "high": window.high},
        )
    )


def _kind_columns(has_priced_as: bool) -> tuple[str, ...]:
    told = ("provider", "model", "request_model", "service_tier")
    return (*(f"toString({column})" for column in told), f"toUInt8({_IS_IMAGE})", _PRICED_AS if has_priced_as else "''")


def _hash(columns: tuple[str, ...]) -> str:
    return f"cityHash64({', '.join(columns)})"


class _OfKind(NamedTuple):
    name: int
    kind: Kind
    days: list[int]


def _kinds(ask: Asker, columns: tuple[str, ...], where: str, given: Mapping[str, Any]) -> list[_OfKind]:
    day = f"toUInt32(intDiv({_AT_NS}, 86400000000000))"
    rows = ask.rows(
        f"SELECT {_hash(columns)} AS name, {', '.join(f'any({column})' for column in columns)},"
        f" groupUniqArray({_MOST_DAYS})({day}) FROM headwater.spans FINAL WHERE {where}"
        " GROUP BY name LIMIT {kinds:UInt32}",
        {**given, "kinds": _MOST_KINDS + 1},
    )
    if len(rows) > _MOST_KINDS or sum(len(row[-1]) for row in rows) > _MOST_DAYS:
        raise BadRequest("start: the calls of so long a time are of too many models and days; choose a shorter one")
    return [
        _OfKind(
            int(row[0]),
            Kind(str(row[1]), str(row[2]), str(row[3]), str(row[4]), bool(row[5]), str(row[6])),
            [int(each) for each in row[7]],
        )
        for row in rows
    ]


def _tables(kinds: list[_OfKind], book: PriceBook, priced: Priced) -> dict[str, Any]:
    """The prices as arrays. Places are counted from 1, 0 is no price, and a unit of -1 is none."""
    places: dict[Tariff, int] = {}
    starts: list[list[int]] = []
    held: list[list[int]] = []
    for each in kinds:
        turns = book.tariffs(priced(each.kind), each.days)
        starts.append([at_ns for at_ns, _ in turns])
        held.append([0 if tariff is None else places.setdefault(tariff, len(places) + 1) for _, tariff in turns])
    tariffs = list(places)
    return {
        "names": [each.name for each in kinds],
        "places": list(range(1, len(kinds) + 1)),
        "starts": starts,
        "held": held,
        "bounds": [list(tariff.bounds) for tariff in tariffs],
        "first": list(accumulate((len(tariff.units) for tariff in tariffs), initial=1))[:-1],
        "units": [[-1 if each is None else each for each in units] for tariff in tariffs for units in tariff.units],
        "audio_in": [int(tariff.has_audio_in) for tariff in tariffs],
        "reasoning": [int(tariff.has_reasoning) for tariff in tariffs],
        "audio_out": [int(tariff.has_audio_out) for tariff in tariffs],
        "without_output": sorted(WITHOUT_OUTPUT),
    }


_FOUND = f"""
    SELECT provider, model, input_tokens AS told_input, output_tokens AS told_output,
        toInt64(toDecimal128(cost_usd, 9) * {_NANOUSD}) AS before,
        cache_read_tokens AS cache_read, cache_write_5m_tokens AS write_5m, cache_write_1h_tokens AS write_1h,
        cache_read + write_5m + write_1h AS cached,
        greatest(0, toInt64(ifNull(told_input, 0)) - cached) AS plain, toInt64(ifNull(told_output, 0)) AS gave,
        transform({{kind}}, {{{{names:Array(UInt64)}}}}, {{{{places:Array(UInt32)}}}}, toUInt32(0)) AS place,
        arrayCount(at -> at <= {_AT_NS}, {{{{starts:Array(Array(Int64))}}}}[place]) AS turn,
        {{{{held:Array(Array(UInt32))}}}}[place][turn] AS tariff,
        arrayCount(bound -> plain + cached > bound, {{{{bounds:Array(Array(Int64))}}}}[tariff]) AS stretch,
        {{{{units:Array(Array(Int128))}}}}[{{{{first:Array(UInt32)}}}}[tariff] + stretch] AS units,
        least(input_audio_tokens, plain) * {{{{audio_in:Array(UInt8)}}}}[tariff] AS audio_in,
        least(reasoning_tokens, gave) * {{{{reasoning:Array(UInt8)}}}}[tariff] AS reasoning,
        least(output_audio_tokens, gave - reasoning) * {{{{audio_out:Array(UInt8)}}}}[tariff] AS audio_out,
        tariff = 0 OR told_input IS NULL
            OR (told_output IS NULL AND operation NOT IN {{{{without_output:Array(String)}}}}) AS is_unknown
    FROM headwater.spans FINAL WHERE {{where}}"""
_MULTIPLIED = f"""
    SELECT provider, model, told_input, told_output, before,
        [plain - audio_in, audio_in, cache_read, write_5m, write_1h, gave - reasoning - audio_out, reasoning,
            audio_out, if(units[9] < 0, 0, 1)] AS tokens,
        is_unknown OR arrayExists((count, unit) -> count != 0 AND unit < 0, tokens, units) AS is_unpriced,
        intDiv(arraySum((count, unit) -> toInt128(count) * unit, tokens, if(is_unpriced, [], units)) + 500000000,
            {_NANOUSD}) AS nano,
        if(is_unpriced, NULL, nano) AS after
    FROM ({_FOUND})"""
_STATEMENT = f"""
    SELECT toString(provider), toString(model), count(), sum(ifNull(told_input, 0)), sum(ifNull(told_output, 0)),
        ifNull(sum(toInt128(before)), 0), countIf(before IS NULL), ifNull(sum(after), 0), countIf(after IS NULL),
        countIf((before IS NULL) != (after IS NULL) OR ifNull(before != after, 0)),
        countIf(before IS NOT NULL AND after IS NOT NULL),
        ifNull(sumIf(toInt128(before), after IS NOT NULL), 0), ifNull(sumIf(after, before IS NOT NULL), 0)
    FROM ({_MULTIPLIED}) GROUP BY provider, model"""
