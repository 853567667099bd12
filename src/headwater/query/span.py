"""One span, with all that is known of it: content put back, price explained, log records joined, duplicates named."""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import msgspec

from headwater.errors import NotFound
from headwater.pricing import PriceBook
from headwater.query.ask import Asker, Column, select_list, shaped
from headwater.query.breaks import break_of_span, prices_of
from headwater.query.content import (
    Contents,
    attribute_text,
    contents_of,
    hash_of,
    json_or,
    mapping_or_empty,
    said,
    with_endings,
)
from headwater.query.found import CACHE_WRITE, COST, DURATION, START, TTFT
from headwater.query.prefixes import Break, Sent
from headwater.query.previous import find_previous
from headwater.query.said import JUDGEMENTS, said_in
from headwater.query.times import show_time
from headwater.query.trace import IN_TRACE, OF_TRACE
from headwater.query.traced import EventShown, PriceLine, SpanShown

_AT_ONCE = 3


def _flag(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _json_object(text: str) -> dict[str, Any]:
    return mapping_or_empty(json_or(text, {}))


def _json_array(text: str) -> tuple[Any, ...]:
    value = json_or(text, [])
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else ()


_COLUMNS: Mapping[str, Column] = {
    "trace_id": Column("trace_id"),
    "span_id": Column("span_id"),
    "parent_span_id": Column("parent_span_id"),
    "name": Column("name"),
    "kind": Column("kind"),
    "status": Column("status"),
    "status_message": Column("status_message"),
    "error_type": Column("error_type"),
    "stacktrace": Column("stacktrace"),
    "start_time": START,
    "end_time": Column("toUnixTimestamp64Nano(end_time)", show_time),
    "duration_ms": DURATION,
    "ttft_ms": TTFT,
    "source": Column("source"),
    "scope": Column("scope"),
    "scope_version": Column("scope_version"),
    "service_name": Column("service_name"),
    "environment": Column("environment"),
    "release": Column("release"),
    "session_id": Column("session_id"),
    "user_id": Column("user_id"),
    "tags": Column("tags", tuple),
    "metadata": Column("metadata"),
    "tool_name": Column("tool_name"),
    "agent_name": Column("agent_name"),
    "operation": Column("operation"),
    "provider": Column("provider"),
    "request_model": Column("request_model"),
    "model": Column("model"),
    "response_id": Column("response_id"),
    "is_stream": Column("is_stream", _flag),
    "service_tier": Column("service_tier"),
    "finish_reasons": Column("finish_reasons", tuple),
    "parameters": Column("parameters", _json_object),
    "attempts": Column("attempts"),
    "input_tokens": Column("input_tokens"),
    "output_tokens": Column("output_tokens"),
    "cache_read_tokens": Column("cache_read_tokens"),
    "cache_write_tokens": Column(CACHE_WRITE),
    "reasoning_tokens": Column("reasoning_tokens"),
    "usage_estimated": Column("usage_estimated", bool),
    "usage_reported": Column("usage_reported", _json_object),
    "cost_usd": COST,
    "price_version": Column("price_version"),
    "reported_cost_usd": Column("reported_cost_usd"),
    "links": Column("links", _json_array),
    "resource": Column("resource"),
    "folded_into": Column("folded_into"),
}
_MORE = (
    "price_lines, events, attributes, content_attributes, input, output, tools, toUnixTimestamp64Nano(start_time),"
    " kind = 'call', toUnixTimestamp64Nano(end_time), cache_write_5m_tokens, cache_write_1h_tokens"
)

_CONTENT = (
    "SELECT hash, content FROM headwater.messages WHERE project = {project:String} AND hash IN ("
    "SELECT arrayJoin(arrayConcat(input, output, tools, arrayFlatten(mapValues(content_attributes))))"
    " FROM headwater.spans FINAL WHERE " + IN_TRACE + " AND span_id = {span_id:String})"
)
_LOGS = (
    "SELECT name, toUnixTimestamp64Nano(time), attributes, body, severity, scope, span_id,"
    " lower(hex(event_id)) FROM headwater.log_events FINAL"
    " WHERE project = {project:String} AND trace_id = {trace_id:String} AND span_id = {span_id:String}"
    " ORDER BY time, event_id"
)


def show_span(ask: Asker, book: PriceBook, trace_id: str, span_id: str) -> SpanShown:
    """Return one span; raises NotFound."""
    key = {"trace_id": trace_id, "span_id": span_id}
    one = f"{OF_TRACE}SELECT {select_list(_COLUMNS)}, {_MORE} FROM headwater.spans FINAL WHERE {IN_TRACE}"
    rows = ask.rows(f"{one} AND span_id = {{span_id:String}} ORDER BY version DESC LIMIT 1", key)
    if not rows:
        raise NotFound(f"no span {span_id[:80]!r} in trace {trace_id[:80]!r}; it may not have arrived yet")
    more = rows[0][len(_COLUMNS) :]
    price_lines, events, attributes, content_attributes, given, gave, tools, start_ns, is_call = more[:9]
    has_content = bool(given or gave or tools or content_attributes)

    def shown(**fields: Any) -> SpanShown:
        session_id = fields["session_id"]
        # They do not need each other, and the store answers several at once.
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            reading = pool.submit(_contents, ask, key) if has_content else None
            seeking = pool.submit(find_previous, ask, OF_TRACE, key, start_ns, session_id, given) if is_call else None
            breaking = pool.submit(_break, ask, book, fields, more) if is_call else None
            folding = pool.submit(_folded_spans, ask, key)
            logs = ask.rows(_LOGS, key)
        contents: Contents = reading.result() if reading else {}
        told = said_in([(log[0], log[1], log[2], log[3], *log[5:]) for log in logs])
        return SpanShown(
            price_lines=_price_lines(price_lines),
            events=(*_span_events(events), *[_log_event(log) for log in logs if log[0] not in JUDGEMENTS]),
            scores=told.scores,
            comments=told.comments,
            previous=seeking.result() if seeking else None,
            cache_break=breaking.result() if breaking else None,
            attributes=_attributes(attributes, content_attributes, contents),
            input=said(given, contents),
            output=with_endings(said(gave, contents), fields["finish_reasons"]),
            tools=said(tools, contents),
            folded_spans=folding.result(),
            **fields,
        )

    return shaped(shown, _COLUMNS, rows[0])


def _contents(ask: Asker, key: Mapping[str, str]) -> Contents:
    return contents_of(ask.rows(OF_TRACE + _CONTENT, key))


def _break(ask: Asker, book: PriceBook, fields: Mapping[str, Any], more: Sequence[Any]) -> Break | None:
    price_lines, _, _, _, given, gave, tools, start_ns, _, end_ns, written_5m, written_1h = more
    call = Sent(
        trace_id=fields["trace_id"],
        span_id=fields["span_id"],
        provider=fields["provider"],
        model=fields["model"],
        start_ns=start_ns,
        end_ns=end_ns,
        tools=[hash_of(each) for each in tools],
        input=[hash_of(each) for each in given],
        output=[hash_of(each) for each in gave],
        input_tokens=fields["input_tokens"] or 0,
        read=fields["cache_read_tokens"],
        written_5m=written_5m,
        written_1h=written_1h,
        usd_per_million=prices_of(price_lines),
    )
    return break_of_span(ask, book, call, fields["session_id"])


def _folded_spans(ask: Asker, key: Mapping[str, str]) -> tuple[str, ...]:
    sql = (
        f"{OF_TRACE}SELECT span_id FROM headwater.spans FINAL WHERE {IN_TRACE}"
        " AND folded_into = {span_id:String} ORDER BY start_time, span_id"
    )
    return tuple([str(row[0]) for row in ask.rows(sql, key)])


def _price_lines(text: str) -> tuple[PriceLine, ...]:
    try:
        return msgspec.json.decode(text, type=tuple[PriceLine, ...]) if text else ()
    except msgspec.MsgspecError:
        return ()


def _attributes(short: Mapping[str, str], long: Mapping[str, Sequence[Any]], contents: Contents) -> dict[str, Any]:
    return dict(sorted({**short, **{name: attribute_text(hashes, contents) for name, hashes in long.items()}}.items()))


def _span_events(text: str) -> Iterable[EventShown]:
    for event in _json_array(text):
        told = mapping_or_empty(event)
        time_ns = told.get("time_ns")
        yield EventShown(
            name=str(told.get("name", "")),
            time=show_time(time_ns) if isinstance(time_ns, int) else "",
            attributes=mapping_or_empty(told.get("attributes")),
        )


def _log_event(row: Sequence[Any]) -> EventShown:
    name, time_ns, attributes, body, severity, *_ = row
    told = json_or(body, body) if body else None
    return EventShown(name=name, time=show_time(time_ns), attributes=attributes, body=told, severity=severity)
