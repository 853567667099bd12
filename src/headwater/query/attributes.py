"""Attributes: which names came on the newest spans, how often, and where one of them can be seen.

Whether a name is wanted is the caller's knowledge; here names are only counted. Numbers in a name count as one: what
spreads a list over many names is one line.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from headwater.clock import now_ns
from headwater.query.answers import Answer
from headwater.query.ask import Asker
from headwater.query.times import DAY_NS, MINUTE_NS, Time, read_time, show_time

_SPANS = 10_000
_NAMES = 5_000
_SHOWN_CHARACTERS = 200
_NUMBER = re.compile(r"\.\d+(?=\.|$)")

Wanted = Callable[[str], bool]


class AttributeSeen(Answer, frozen=True, kw_only=True):
    """An attribute's name, `*` standing for numbers in it, and on how many of the spans it was (counted once for each
    number). `source`, `scope` and `scope_version` tell who sent the newest, which is the span named; `example` is its
    value there, cut to 200 characters, None where it is so long that it is kept as content.
    """

    name: str
    count: int
    last_seen: str
    source: str
    scope: str
    scope_version: str
    trace_id: str
    span_id: str
    example: str | None = None


class AttributesSeen(Answer, frozen=True, kw_only=True):
    """Names, those of most spans first. `spans` of the newest were looked at, begun from `start` until before `end`;
    `total` names were wanted, `is_partial` says that older spans, or more names, were left out."""

    items: tuple[AttributeSeen, ...]
    total: int
    spans: int
    start: str
    end: str
    is_partial: bool


class _Name(msgspec.Struct, kw_only=True):
    """Names that differ in numbers only; `key` is the newest of them."""

    key: str
    count: int
    last_ns: int
    place: Sequence[Any]


def list_attributes(
    ask: Asker, start: Time | None, end: Time | None, wanted: Wanted, limit: int, offset: int
) -> AttributesSeen:
    """Return the wanted names on the newest spans within times, of the last day by default; raises BadRequest."""
    end_ns, start_ns = read_time(end, "end"), read_time(start, "start")
    end_ns = now_ns() if end_ns is None else end_ns
    start_ns = end_ns - DAY_NS if start_ns is None else start_ns
    low, spans, is_cut = _newest(ask, start_ns, end_ns)
    bounds = {"low": low, "high": end_ns}
    rows = ask.rows(_COUNTED, {**bounds, "names": _NAMES})
    named = _gathered(rows, wanted)
    shown = sorted(named.items(), key=lambda each: (-each[1].count, each[0]))[offset : offset + limit]
    values = _examples(ask, bounds, [found for _, found in shown])
    return AttributesSeen(
        items=tuple(_seen(name, found, values) for name, found in shown),
        total=len(named),
        spans=spans,
        start=show_time(low),
        end=show_time(end_ns),
        is_partial=is_cut or len(rows) >= _NAMES,
    )


_IN_TIME = (
    "project = {project:String} AND start_time >= fromUnixTimestamp64Nano({low:Int64})"
    " AND start_time < fromUnixTimestamp64Nano({high:Int64})"
)
_MINUTES = (
    f"SELECT toUnixTimestamp(toStartOfMinute(start_time)) AS at, count() FROM headwater.spans WHERE {_IN_TIME}"
    " GROUP BY at ORDER BY at DESC"
)
_COUNTED = (
    "SELECT key, count() AS spans, max(toUnixTimestamp64Nano(start_time)),"
    " argMax((source, scope, scope_version, trace_id, span_id), start_time) FROM"
    " (SELECT start_time, source, scope, scope_version, trace_id, span_id,"
    " arrayJoin(arrayConcat(mapKeys(attributes), mapKeys(content_attributes))) AS key"
    f" FROM headwater.spans FINAL WHERE {_IN_TIME}) GROUP BY key ORDER BY spans DESC LIMIT {{names:UInt32}}"
)
_VALUES = (
    "SELECT trace_id, span_id, arrayMap(pair -> (pair.1, substringUTF8(pair.2, 1, {characters:UInt32})),"
    " arrayFilter(pair -> has({keys:Array(String)}, pair.1), attributes::Array(Tuple(String, String))))"
    f" FROM headwater.spans FINAL WHERE {_IN_TIME} AND span_id IN {{spans:Array(String)}}"
)


def _newest(ask: Asker, start_ns: int, end_ns: int) -> tuple[int, int, bool]:
    """From when on there are about as many spans as are looked at, how many these are, and whether there are older
    ones. A minute is looked at whole."""
    spans, low = 0, start_ns
    for at, count in ask.rows(_MINUTES, {"low": start_ns, "high": end_ns}):
        if spans and spans + int(count) > _SPANS:
            return low, spans, True
        spans += int(count)
        low = max(start_ns, int(at) * 1_000_000_000)
    return (low, spans, False) if spans else (max(start_ns, end_ns - MINUTE_NS), 0, False)


def _gathered(rows: Iterable[Sequence[Any]], wanted: Wanted) -> dict[str, _Name]:
    """Add up names that differ in numbers only."""
    named: dict[str, _Name] = {}
    for key, count, last_ns, place in rows:
        if not wanted(str(key)):
            continue
        name = _NUMBER.sub(".*", str(key))
        known = named.get(name)
        if known is None:
            named[name] = _Name(key=str(key), count=int(count), last_ns=int(last_ns), place=place)
            continue
        known.count += int(count)
        if int(last_ns) > known.last_ns:
            known.key, known.last_ns, known.place = str(key), int(last_ns), place
    return named


def _examples(ask: Asker, bounds: dict[str, int], named: Sequence[_Name]) -> dict[tuple[str, str], dict[str, str]]:
    """The values of those names on the spans where they were seen last."""
    if not named:
        return {}
    rows = ask.rows(
        _VALUES,
        {
            **bounds,
            "characters": _SHOWN_CHARACTERS,
            "keys": [found.key for found in named],
            "spans": sorted({str(found.place[4]) for found in named}),
        },
    )
    return {(str(row[0]), str(row[1])): {str(key): str(value) for key, value in row[2]} for row in rows}


def _seen(name: str, found: _Name, values: dict[tuple[str, str], dict[str, str]]) -> AttributeSeen:
    source, scope, scope_version, trace_id, span_id = (str(each) for each in found.place)
    return AttributeSeen(
        name=name,
        count=found.count,
        last_seen=show_time(found.last_ns),
        source=source,
        scope=scope,
        scope_version=scope_version,
        trace_id=trace_id,
        span_id=span_id,
        example=values.get((trace_id, span_id), {}).get(found.key),
    )
