"""Breaks: the calls of a project whose prefix was in the provider's cache and was not read from there.

The rule is in `prefixes`; here are the calls that it is asked of. A list looks at the newest `_LOOKED_AT` calls of long
prompts, finds among them those that read less than one of the calls before them left, and asks the rule of the dearest.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Container, Mapping, Sequence
from typing import Any, cast

import msgspec

from headwater.event import Call, Usage
from headwater.pricing import PriceBook
from headwater.query.answers import Answer
from headwater.query.ask import Asker, Row
from headwater.query.conditions import IN_WINDOW, IS_CALL, span_conditions
from headwater.query.content import Hash, hashes_of, json_or, mapping_or_empty
from headwater.query.filters import CallFilters
from headwater.query.found import bounds_of
from headwater.query.lists import read_limit
from headwater.query.prefixes import (
    BY_THEMSELVES,
    CAUSES,
    LEAST_TOKENS,
    Break,
    Sent,
    break_of,
    differing,
    goes_on_from,
)
from headwater.query.times import DAY_NS, show_time
from headwater.query.trace import IN_TRACE, OF_TRACE
from headwater.query.windows import Window

_LOOKED_AT = 50_000
_CANDIDATES = 150
_BEFORE = 8
_BEFORE_A_SPAN = 20


class BrokenPrefix(Answer, frozen=True, kw_only=True):
    """A call whose prefix was not read from the cache though it was there, and how that came."""

    trace_id: str
    span_id: str
    name: str
    provider: str
    model: str
    start_time: str
    session_id: str
    user_id: str
    input_tokens: int
    cache_read_tokens: int
    cache_break: Break


class BrokenPrefixes(Answer, frozen=True, kw_only=True):
    """The broken prefixes that cost most, and what all that were found cost, by cause and in all, in US dollars.

    `is_partial`: there are more long calls than are looked at, or more broken prefixes than are judged.
    """

    items: tuple[BrokenPrefix, ...]
    found: int
    lost_usd: float
    lost_by_cause: Mapping[str, float]
    is_partial: bool = False


SENT = (
    "trace_id, span_id, provider, model, toUnixTimestamp64Nano(start_time), toUnixTimestamp64Nano(end_time),"
    " tools, input, output, ifNull(input_tokens, 0), cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,"
    " price_lines"
)
"""The columns that `sent_of` reads."""

_WIDTH = 14
_SYSTEM = (
    "SELECT DISTINCT hex(hash) FROM headwater.messages WHERE project = {project:String} AND role IN ('system',"
    " 'developer') AND hash IN (SELECT toFixedString(unhex(arrayJoin({hashes:Array(String)})), 16))"
)
_LATEST = f" AND {IS_CALL} ORDER BY start_time DESC LIMIT {_BEFORE_A_SPAN}"
_IN_TRACE = (
    f"{OF_TRACE}SELECT {SENT} FROM headwater.spans FINAL WHERE {IN_TRACE}"
    f" AND start_time < fromUnixTimestamp64Nano({{high:Int64}}, 'UTC'){_LATEST}"
)
_IN_SESSION = (
    f"SELECT {SENT} FROM headwater.spans FINAL WHERE {IN_WINDOW} AND session_id = {{session_id:String}}{_LATEST}"
)
_CACHED = (
    "greatest(cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens,"
    " if(provider IN {by_themselves:Array(String)}, intDiv(input_tokens, 128) * 128, 0))"
)


def prices_of(price_lines: str) -> dict[str, float]:
    """Return US dollars per million tokens by bucket, of the lines of a price as they are stored."""
    lines = json_or(price_lines, [])
    told = [mapping_or_empty(line) for line in cast("list[Any]", lines)] if isinstance(lines, list) else []
    return {str(line["bucket"]): float(line["usd_per_million"]) for line in told if "usd_per_million" in line}


def sent_of(row: Row) -> Sent:
    """Read the columns of `SENT`."""
    return Sent(
        trace_id=str(row[0]),
        span_id=str(row[1]),
        provider=str(row[2]),
        model=str(row[3]),
        start_ns=int(row[4]),
        end_ns=int(row[5]),
        tools=hashes_of(row[6]),
        input=hashes_of(row[7]),
        output=hashes_of(row[8]),
        input_tokens=int(row[9]),
        read=int(row[10]),
        written_5m=int(row[11]),
        written_1h=int(row[12]),
        usd_per_million=prices_of(str(row[13])),
    )


def breaks_of(ask: Asker, book: PriceBook, pairs: Sequence[tuple[Sent, Sent]]) -> list[Break | None]:
    """Return the break of each pair of a call and the one that goes on from it.

    Where neither of them was billed for a read, the book says what one would have cost.
    """
    asked = {hash_.hex() for before, call in pairs for hash_ in differing(before, call)}
    system: set[Hash] = set()
    if asked:
        system = {bytes.fromhex(str(row[0])) for row in ask.rows(_SYSTEM, {"hashes": sorted(asked)})}
    return [_judged(book, before, call, system) for before, call in pairs]


def _judged(book: PriceBook, before: Sent, call: Sent, system: Container[Hash]) -> Break | None:
    found = break_of(before, call, system.__contains__)
    if found is None or found.lost_usd is not None:
        return found
    prices = {**_listed(book, call), **call.usd_per_million}
    return break_of(before, msgspec.structs.replace(call, usd_per_million=prices), system.__contains__)


def _listed(book: PriceBook, call: Sent) -> dict[str, float]:
    """The prices of a model's prompt by bucket, as they were when it was called."""
    usage = Usage(input=1, cache_read=1, cache_write_5m=1, cache_write_1h=1, output=0)
    told = Call(
        operation="chat", provider=call.provider, request_model=call.model, response_model=call.model, usage=usage
    )
    priced = book.price(told, call.start_ns)
    return {line.bucket: float(line.usd_per_million) for line in priced.lines} if priced else {}


def break_of_span(ask: Asker, book: PriceBook, call: Sent, session_id: str) -> Break | None:
    """Return the break of one call, which carries on one of the last calls of its trace, or else of its session."""
    if call.input_tokens - call.read < LEAST_TOKENS or not call.input:
        return None
    low = call.start_ns - DAY_NS
    asked: dict[str, Any] = {"low": low, "high": call.start_ns, "trace_id": call.trace_id, "session_id": session_id}
    for sql in (_IN_TRACE, *([_IN_SESSION] if session_id else [])):
        before = goes_on_from(call, [sent_of(row) for row in ask.rows(sql, asked)])
        if before is not None:
            return breaks_of(ask, book, [(before, call)])[0]
    return None


def list_breaks(ask: Asker, book: PriceBook, filters: CallFilters, limit: int) -> BrokenPrefixes:
    """Return the broken prefixes among the calls that the filters leave, those that cost most first."""
    wanted, window = read_limit(limit), bounds_of(filters)
    rows, looked_at = _candidates(ask, filters, window)
    spans = _spans(ask, rows, window)
    pairs: list[tuple[Sent, Sent]] = []
    told: list[Sequence[Any]] = []
    for row in rows:
        known = spans.get((str(row[0]), str(row[1])))
        earlier = [spans[key][0] for each in row[2] if (key := (str(each[0]), str(each[1]))) in spans]
        before = goes_on_from(known[0], earlier) if known else None
        if known and before is not None:
            pairs.append((before, known[0]))
            told.append(known[1])
    found = [
        _broken(call, more, broke)
        for (_, call), more, broke in zip(pairs, told, breaks_of(ask, book, pairs), strict=True)
        if broke is not None
    ]
    found.sort(key=lambda each: (-_usd(each), -each.cache_break.missed_tokens, each.start_time))
    by_cause = {cause: sum(_usd(each) for each in found if each.cache_break.cause == cause) for cause in CAUSES}
    return BrokenPrefixes(
        items=tuple(found[:wanted]),
        found=len(found),
        lost_usd=sum(by_cause.values()),
        lost_by_cause={cause: usd for cause, usd in by_cause.items() if usd},
        is_partial=looked_at >= _LOOKED_AT or len(rows) >= _CANDIDATES,
    )


def _candidates(ask: Asker, filters: CallFilters, window: Window) -> tuple[Sequence[Row], int]:
    """Rows of (trace id, span id, [(trace id, span id) of calls before], calls looked at), the dearest first."""
    conditions = span_conditions(filters)
    calls = (
        "SELECT trace_id, span_id, start_time, if(session_id != '', session_id, trace_id) AS together, input_tokens,"
        f" cache_read_tokens, {_CACHED} AS cached, toFloat64(cost_usd) / input_tokens AS usd FROM headwater.spans FINAL"
        f" WHERE {conditions.sql(IN_WINDOW, IS_CALL)} AND input_tokens >= {LEAST_TOKENS}"
        f" ORDER BY start_time DESC LIMIT {_LOOKED_AT}"
    )
    beside = (
        "SELECT *, groupArray((trace_id, span_id)) OVER before AS earlier, max(cached) OVER before AS most,"
        f" least(most, input_tokens) - cache_read_tokens AS missed, count() OVER () AS looked_at FROM ({calls})"
        f" WINDOW before AS (PARTITION BY together ORDER BY start_time, span_id ROWS BETWEEN {_BEFORE} PRECEDING AND 1"
        " PRECEDING)"
    )
    rows = ask.rows(
        f"SELECT trace_id, span_id, earlier, looked_at FROM ({beside}) WHERE missed >= {LEAST_TOKENS}"
        f" ORDER BY missed * ifNull(usd, 0) DESC, missed DESC, span_id LIMIT {_CANDIDATES}",
        {**conditions.parameters, "low": window.low, "high": window.high, "by_themselves": sorted(BY_THEMSELVES)},
    )
    return rows, int(rows[0][3]) if rows else 0


def _spans(ask: Asker, rows: Sequence[Row], window: Window) -> Mapping[tuple[str, str], tuple[Sent, Sequence[Any]]]:
    """The calls of these rows by trace and span id: what the rule asks, and what a list shows besides."""
    keys = {(str(row[0]), str(row[1])) for row in rows}
    keys |= {(str(each[0]), str(each[1])) for row in rows for each in row[2]}
    if not keys:
        return {}
    parameters = {"trace_ids": sorted({key[0] for key in keys}), "span_ids": sorted({key[1] for key in keys})}
    found = ask.rows(
        f"SELECT {SENT}, name, session_id, user_id FROM headwater.spans FINAL PREWHERE trace_id IN"
        " {trace_ids:Array(String)} AND span_id IN {span_ids:Array(String)}"
        f" WHERE {IN_WINDOW} AND {IS_CALL}",
        {**parameters, "low": window.low, "high": window.high},
    )
    return {(str(row[0]), str(row[1])): (sent_of(row), row[_WIDTH:]) for row in found}


def _broken(call: Sent, more: Sequence[Any], broke: Break) -> BrokenPrefix:
    return BrokenPrefix(
        trace_id=call.trace_id,
        span_id=call.span_id,
        name=str(more[0]),
        provider=call.provider,
        model=call.model,
        start_time=show_time(call.start_ns),
        session_id=str(more[1]),
        user_id=str(more[2]),
        input_tokens=call.input_tokens,
        cache_read_tokens=call.read,
        cache_break=broke,
    )


def _usd(broken: BrokenPrefix) -> float:
    return broken.cache_break.lost_usd or 0.0
