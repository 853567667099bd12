"""A span as the row that is stored: content out, price in, everything else as text or number."""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.event import Call, LogEvent, Message, Span, Usage
from headwater.loader.content import INLINE_CHARACTERS, Content, json_text, preview_of, texts_of
from headwater.pricing import PRICED_AS, PriceBook, PriceBooks, Priced, stored_call
from headwater.store import LogRow, SpanRow

_MAX_NS = 4_102_444_800_000_000_000
"""The year 2100: later times are a sender's mistake of unit or clock."""

_UINT32_MAX = 2**32 - 1
_REWRITES_BITS = 10
"""The low bits of a version count how often a delivery was rewritten: each begins at 0, so that there is room."""

_encode = msgspec.json.Encoder(enc_hook=str, decimal_format="number").encode


class RowMaker:
    """Makes rows of one block: addresses content into it, asks the project's price book."""

    def __init__(self, content: Content, prices: PriceBooks) -> None:
        self._content = content
        self._prices = prices
        self._resources: dict[int, tuple[Mapping[str, Any], dict[str, str]]] = {}

    def span_row(self, span: Span, project: str, received_ns: int) -> SpanRow:
        """Make the row of a span that arrived at `received_ns`."""
        start_ns, end_ns = _times(span.start_ns, span.end_ns, received_ns)
        row = SpanRow(
            project=project,
            trace_id=span.trace_id,
            span_id=span.span_id,
            parent_span_id=span.parent_span_id,
            name=span.name,
            kind=span.kind,
            status=span.status,
            start_ns=start_ns,
            end_ns=end_ns,
            source=span.source,
            scope=span.scope,
            scope_version=span.scope_version,
            service_name=span.service_name,
            environment=span.environment,
            release=span.release,
            session_id=span.session_id,
            user_id=span.user_id,
            tags=span.tags,
            metadata=span.metadata,
            tool_name=span.tool_name,
            agent_name=span.agent_name,
            resource=self._resource(span.resource),
            events=_encode(span.events).decode() if span.events else "",
            links=_encode(span.links).decode() if span.links else "",
            received_ns=received_ns,
            version=received_ns >> _REWRITES_BITS << _REWRITES_BITS,
        )
        self._put_attributes(row, span.attributes)
        self._put_failure(row, span)
        if span.call is not None:
            self._put_call(row, span.call)
        else:
            self._put_step(row, span)
        return row

    def log_row(self, event: LogEvent, project: str, received_ns: int, event_id: bytes) -> LogRow:
        """Make the row of a log record; `event_id` tells it from every other."""
        time_ns, _ = _times(event.time_ns, event.time_ns, received_ns)
        return LogRow(
            project=project,
            trace_id=event.trace_id,
            span_id=event.span_id,
            event_id=event_id,
            time_ns=time_ns,
            name=event.name,
            severity=event.severity,
            scope=event.scope,
            body="" if event.body is None else json_text(event.body),
            attributes=texts_of(event.attributes),
            resource=texts_of(event.resource),
            input=self._content.messages(project, event.input, received_ns),
            output=self._content.messages(project, event.output, received_ns),
            version=received_ns,
        )

    def _resource(self, resource: Mapping[str, Any]) -> dict[str, str]:
        """A resource as texts; the spans of one emitter share it, and it is held so that its id stays its own."""
        known = self._resources.get(id(resource))
        if known is None:
            known = self._resources[id(resource)] = (resource, texts_of(resource))
        return known[1]

    def _put_attributes(self, row: SpanRow, attributes: Mapping[str, Any]) -> None:
        inline: dict[str, str] = {}
        long: dict[str, tuple[bytes, ...]] = {}
        for key, value in attributes.items():
            text = value if value.__class__ is str else json_text(value)
            if len(text) <= INLINE_CHARACTERS:
                inline[key] = text
            else:
                long[key] = self._content.attribute(row.project, text, row.received_ns)
        row.attributes = inline
        row.content_attributes = long

    def _put_failure(self, row: SpanRow, span: Span) -> None:
        if span.failure is not None:
            row.error_type = span.failure.type
            row.status_message = span.failure.message
            row.stacktrace = span.failure.stacktrace or ""

    def _put_step(self, row: SpanRow, span: Span) -> None:
        content, now = self._content, row.received_ns
        if span.input_messages:
            row.input = content.messages(row.project, span.input_messages, now)
        else:
            row.input = content.value(row.project, span.input, now)
        if span.output_messages:
            row.output = content.messages(row.project, span.output_messages, now)
        else:
            row.output = content.value(row.project, span.output, now)
        row.input_preview = preview_of(span.input_messages, span.input, is_last=True)
        row.output_preview = preview_of(span.output_messages, span.output, is_last=False)

    def _put_call(self, row: SpanRow, call: Call) -> None:
        row.operation = call.operation
        row.provider = call.provider
        row.request_model = call.request_model
        row.model = call.model
        row.response_id = call.response_id
        row.is_stream = None if call.is_stream is None else int(call.is_stream)
        row.service_tier = call.service_tier
        row.finish_reasons = call.finish_reasons
        row.parameters = _encode(call.parameters).decode() if call.parameters else ""
        row.attempts = min(max(call.attempts, 0), 255)
        if call.priced_as:
            row.attributes = {**row.attributes, PRICED_AS: call.priced_as}
        row.reported_cost_usd = call.reported_cost_usd
        row.ttft_ns = call.ttft_ns if call.ttft_ns is None or call.ttft_ns >= 0 else None
        row.input = self._content.messages(row.project, call.input, row.received_ns)
        row.output = self._content.messages(row.project, _without_endings(call), row.received_ns)
        row.tools = self._content.tools(row.project, call.tools, row.received_ns)
        row.input_preview = preview_of(call.input, None, is_last=True)
        row.output_preview = preview_of(call.output, None, is_last=False)
        if call.usage is not None:
            _put_usage(row, call.usage)
            put_price(row, self._prices.of(row.project).price(call, row.start_ns))


def price_again(row: SpanRow, prices: PriceBook) -> None:
    """Price a call's row from the counts that it holds now, after others were filled in."""
    call = stored_call(
        operation=row.operation,
        provider=row.provider,
        request_model=row.request_model,
        model=row.model,
        service_tier=row.service_tier,
        priced_as=row.attributes.get(PRICED_AS, ""),
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cache_read_tokens=row.cache_read_tokens,
        cache_write_5m_tokens=row.cache_write_5m_tokens,
        cache_write_1h_tokens=row.cache_write_1h_tokens,
        reasoning_tokens=row.reasoning_tokens,
        input_audio_tokens=row.input_audio_tokens,
        output_audio_tokens=row.output_audio_tokens,
    )
    put_price(row, prices.price(call, row.start_ns))


def put_price(row: SpanRow, priced: Priced | None) -> None:
    """Give a row its cost, and tell how it is made up."""
    row.cost_nanousd = None if priced is None else priced.total_nanousd
    row.price_version = "" if priced is None else priced.version
    row.price_lines = lines_of(priced)


def lines_of(priced: Priced | None) -> str:
    """The lines of a cost as they are stored, "" where nothing is known of one."""
    return "" if priced is None else _encode(priced.lines).decode()


def _without_endings(call: Call) -> tuple[Message, ...]:
    """The answer as the next turn's history will repeat it, where the call's finish reasons tell the rest."""
    if call.finish_reasons != tuple(message.finish_reason for message in call.output):
        return call.output
    return tuple(msgspec.structs.replace(message, finish_reason=None) for message in call.output)


def _put_usage(row: SpanRow, usage: Usage) -> None:
    row.input_tokens = _count(usage.input_tokens)
    row.output_tokens = _count(usage.output_tokens)
    row.usage_estimated = int(usage.estimated)
    row.usage_reported = _encode(usage.reported).decode() if usage.reported else ""
    if usage.cache_read or usage.cache_write or usage.reasoning or usage.input_audio or usage.output_audio:
        row.cache_read_tokens = _count(usage.cache_read) or 0
        row.cache_write_5m_tokens = _count(usage.cache_write_5m) or 0
        row.cache_write_1h_tokens = _count(usage.cache_write_1h) or 0
        row.reasoning_tokens = _count(usage.reasoning) or 0
        row.input_audio_tokens = _count(usage.input_audio) or 0
        row.output_audio_tokens = _count(usage.output_audio) or 0


def priced_by(row: SpanRow) -> tuple[int | str | None, ...]:
    """What of a row its price depends on, as far as others fill it in."""
    return (
        row.attributes.get(PRICED_AS),
        row.input_tokens,
        row.output_tokens,
        row.cache_read_tokens,
        row.cache_write_5m_tokens,
        row.cache_write_1h_tokens,
        row.reasoning_tokens,
        row.input_audio_tokens,
        row.output_audio_tokens,
    )


def _count(tokens: int | None) -> int | None:
    return None if tokens is None else min(max(tokens, 0), _UINT32_MAX)


def _times(start_ns: int, end_ns: int, received_ns: int) -> tuple[int, int]:
    """Times that a table can hold: nonsense becomes the time of arrival, an end before its start the start."""
    start = start_ns if 0 < start_ns < _MAX_NS else (end_ns if 0 < end_ns < _MAX_NS else received_ns)
    end = end_ns if 0 < end_ns < _MAX_NS else start
    return start, max(start, end)
