"""Re-pricing: calls with what their price depends on, and the rows that other prices make untrue."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from headwater.store.client import Client
from headwater.store.columns import SPANS, TRACES
from headwater.store.migrations import DATABASE
from headwater.store.reading import NEWEST, bounds_of_traces
from headwater.store.rows import SpanRow

_AT_ONCE = 1_000
_SECOND_NS = 1_000_000_000
_DAY_NS = 86_400 * _SECOND_NS


class PricedCall(msgspec.Struct, kw_only=True, gc=False):
    """The part of a call's row that a price depends on or makes; `priced_as` is the attribute of that name."""

    trace_id: str
    span_id: str
    start_ns: int
    operation: str
    provider: str
    request_model: str
    model: str
    service_tier: str
    priced_as: str
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    reasoning_tokens: int
    input_audio_tokens: int
    output_audio_tokens: int
    cost_nanousd: int | None
    price_version: str
    price_lines: str


_SQL = {
    "start_ns": "toUnixTimestamp64Nano(start_time)",
    "priced_as": "attributes[{priced_as:String}]",
    "cost_nanousd": "toInt64(toDecimal128(cost_usd, 9) * 1000000000)",
}
_NAMES = PricedCall.__struct_fields__
_SELECTED = ", ".join(_SQL.get(name, name) for name in _NAMES)
_CALLS = (
    "project = {project:String} AND kind = 'call'"
    " AND start_time >= fromUnixTimestamp64Nano({first:Int64}, 'UTC')"
    " AND start_time < fromUnixTimestamp64Nano({end:Int64}, 'UTC')"
)
_READ = f"SELECT {_SELECTED} FROM {DATABASE}.spans FINAL WHERE {_CALLS}"
_PART = " AND xxHash32(trace_id) % {parts:UInt32} = {part:UInt32}"
_MINUTES = (
    "SELECT toInt64(toUnixTimestamp(toStartOfMinute(start_time))) AS minute, count()"
    f" FROM {DATABASE}.spans WHERE {_CALLS} GROUP BY minute ORDER BY minute"
)
_FIRST = f"SELECT count(), toUnixTimestamp64Nano(min(start_time)) FROM {DATABASE}.spans WHERE {_CALLS}"
_WHOLE = (
    f"SELECT {SPANS.select_list()} FROM {DATABASE}.spans FINAL WHERE {_CALLS} AND span_id IN {{span_ids:Array(String)}}"
)
_OF_TRACES = (
    "project = {project:String} AND trace_id IN {ids:Array(String)}"
    " AND start_time >= fromUnixTimestamp64Nano({first:Int64}, 'UTC')"
    " AND start_time <= fromUnixTimestamp64Nano({last:Int64}, 'UTC')"
)
_IS_SHOWN = "kind = 'call' AND folded_into = ''"
_SUMMED = (
    f"SELECT trace_id, sumOrNullIf(cost_usd, {_IS_SHOWN}) AS cost_sum,"
    f" toUInt32(countIf({_IS_SHOWN} AND cost_usd IS NULL)) AS unpriced, max(version) AS last_version"
    f" FROM {DATABASE}.spans FINAL WHERE {_OF_TRACES} GROUP BY trace_id"
)
_PUT_RIGHT: Mapping[str, str] = {
    "cost_usd": "CAST(summed.cost_sum AS Nullable(Decimal(18, 9)))",
    "unpriced_calls": "summed.unpriced",
    "version": "greatest(held.version, summed.last_version)",
}


def _trace_columns() -> list[str]:
    """The columns of a trace's row as they are stored: the integer of its cost is not."""
    return ["cost_usd" if column.name == "cost_nanousd" else column.name for column in TRACES.columns]


_PUT_COSTS_RIGHT = (
    f"INSERT INTO {DATABASE}.traces ({', '.join(_trace_columns())})"
    f" SELECT {', '.join(_PUT_RIGHT.get(name, f'held.{name}') for name in _trace_columns())}"
    f" FROM (SELECT * FROM {DATABASE}.traces FINAL WHERE {_OF_TRACES}) AS held"
    f" INNER JOIN ({_SUMMED}) AS summed ON held.trace_id = summed.trace_id"
)


class Repricing:
    """What a re-pricing asks of the store and does to it. Every method raises Unavailable."""

    def __init__(self, client: Client, insert_settings: Mapping[str, Any]) -> None:
        self._client = client
        self._settings = {**NEWEST, **insert_settings}

    def count_calls(self, project: str, first_ns: int, end_ns: int) -> tuple[int, int]:
        """About how many calls start in [first, end), and when the first of them does (Unix nanoseconds; of no use
        where there are none)."""
        count, first = self._client.rows(_FIRST, {"project": project, "first": first_ns, "end": end_ns})[0]
        return int(count), int(first)

    def minutes(self, project: str, first_ns: int, end_ns: int) -> list[tuple[int, int]]:
        """The minutes (Unix nanoseconds) in [first, end) in which calls start, and about how many, in their order:
        those of the first day that has any."""
        while first_ns < end_ns:
            day_end = min(end_ns, (first_ns // _DAY_NS + 1) * _DAY_NS)
            found = self._client.rows(_MINUTES, {"project": project, "first": first_ns, "end": day_end})
            if found:
                return [(int(minute) * _SECOND_NS, int(count)) for minute, count in found]
            left, next_ns = self.count_calls(project, day_end, end_ns)
            first_ns = next_ns if left else end_ns
        return []

    def calls(
        self, project: str, within_ns: tuple[int, int], priced_as: str, part: tuple[int, int] = (0, 1)
    ) -> list[PricedCall]:
        """The newest version of the calls that start within [first, end), folded ones too; `part` (number, of how
        many) picks some of their traces. `priced_as` is the name of that attribute."""
        rows = self._client.rows(
            _READ + (_PART if part[1] > 1 else ""),
            {**_within(project, within_ns), "priced_as": priced_as, "part": part[0], "parts": part[1]},
            NEWEST,
        )
        return [PricedCall(**dict(zip(_NAMES, row, strict=True))) for row in rows]

    def rows(self, project: str, within_ns: tuple[int, int], keys: Sequence[tuple[str, str]]) -> list[SpanRow]:
        """Whole rows of some of the calls (trace id, span id) that start within [first, end)."""
        wanted = set(keys)
        found: list[SpanRow] = []
        for ids in _portions(sorted({span_id for _, span_id in keys})):
            values = self._client.rows(_WHOLE, {**_within(project, within_ns), "span_ids": ids}, NEWEST)
            spans = (SPANS.read(each) for each in values)
            found += [span for span in spans if (span.trace_id, span.span_id) in wanted]
        return found

    def put_costs_right(self, project: str, trace_ids: Sequence[str]) -> None:
        """Give the rows of these traces the sums of their calls' costs. May be done twice."""
        for ids in _portions(trace_ids):
            bounds = bounds_of_traces(self._client, project, ids)
            if bounds:
                first, last = min(each[0] for each in bounds.values()), max(each[1] for each in bounds.values())
                parameters = {"project": project, "ids": sorted(bounds), "first": first, "last": last}
                self._client.command(_PUT_COSTS_RIGHT, parameters, self._settings)


def _within(project: str, within_ns: tuple[int, int]) -> dict[str, Any]:
    return {"project": project, "first": within_ns[0], "end": within_ns[1]}


def _portions(items: Sequence[str]) -> Iterable[list[str]]:
    return (list(items[start : start + _AT_ONCE]) for start in range(0, len(items), _AT_ONCE))
