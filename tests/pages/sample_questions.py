"""Sample questions: a project held in memory that answers as the query room does."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from headwater.errors import BadRequest, NotFound
from headwater.query import (
    Arrivals,
    Arrived,
    AttributesSeen,
    CallFilters,
    CallListed,
    Charted,
    Conversation,
    FacetValue,
    Failures,
    Hit,
    ListFile,
    ModelsPriced,
    ModelsUsed,
    Movers,
    Overview,
    Page,
    PriceChange,
    Rolled,
    Selection,
    Series,
    SessionListed,
    SpanFilters,
    SpanFound,
    SpanShown,
    Table,
    Time,
    TimeSeries,
    Totals,
    TraceFilters,
    TraceListed,
    TraceShown,
    UserListed,
    WhatIf,
    read_time,
    show_time,
)
from tests.pages.sample_analysis import SampleAnalysis
from tests.pages.sample_loss import Wanted, attributes_of
from tests.pages.sample_points import point_of as _point
from tests.pages.sample_prices import SamplePrices
from tests.pages.sample_replay import conversation_of, failures_of
from tests.pages.sample_reports import SampleReports
from tests.pages.sample_rolled import rolled_of
from tests.pages.sample_spans import preview
from tests.pages.sample_trees import hits_of, shown_trace

_ALL_TRACES = TraceFilters()
_ALL_CALLS = CallFilters()
_ALL_SPANS = SpanFilters()
_FACETS = {
    "model": "model",
    "provider": "provider",
    "user": "user_id",
    "session": "session_id",
    "environment": "environment",
    "service": "service_name",
    "tool": "tool_name",
    "error_type": "error_type",
    "source": "source",
}
_SPAN_FIELDS = {"models": "model", "providers": "provider", "kinds": "kind", "tools": "tool_name", "sources": "source"}
_TRACE_SORTS: dict[str, Callable[[TraceListed], Any]] = {
    "start_time": lambda trace: trace.start_time,
    "duration": lambda trace: trace.duration_ms,
    "cost": lambda trace: -1 if trace.cost_usd is None else trace.cost_usd,
    "tokens": lambda trace: trace.input_tokens + trace.output_tokens,
    "errors": lambda trace: trace.error_count,
}


_CALL_SORTS: dict[str, Callable[[CallListed], Any]] = {
    "start_time": lambda call: call.start_time,
    "duration": lambda call: call.duration_ms,
    "cost": lambda call: -1 if call.cost_usd is None else call.cost_usd,
    "tokens": lambda call: (call.input_tokens or 0) + (call.output_tokens or 0),
    "ttft": lambda call: -1 if call.ttft_ms is None else call.ttft_ms,
}


class SampleQuestions(SampleAnalysis):
    """Answers from spans in memory. The present is `now_ns`."""

    def __init__(self, spans: Iterable[SpanShown], now_ns: int) -> None:
        self._now_ns = now_ns
        self._traces: dict[str, list[SpanShown]] = {}
        for span in spans:
            self._traces.setdefault(span.trace_id, []).append(span)
        self._received_ns: dict[str, int] = {}
        self._sums = {trace_id: _summed(own) for trace_id, own in self._traces.items()}
        self.priced = SamplePrices(self._calls, now_ns)

    def traces(
        self,
        filters: TraceFilters = _ALL_TRACES,
        sort: str = "-start_time",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[TraceListed]:
        if sort.removeprefix("-") not in _TRACE_SORTS:
            raise BadRequest(f"sort: unknown order {sort!r}; use one of {', '.join(_TRACE_SORTS)}")
        found = sorted(self._found(filters), key=_TRACE_SORTS[sort.removeprefix("-")], reverse=sort.startswith("-"))
        return _page(found, cursor, limit)

    def selection(self, filters: TraceFilters = _ALL_TRACES) -> Selection:
        found = self._found(filters)
        sums = _sums(found)
        return Selection(
            traces=len(found),
            calls=sums["call_count"],
            failed_traces=sum(trace.status == "error" for trace in found),
            input_tokens=sums["input_tokens"],
            output_tokens=sums["output_tokens"],
            cost_usd=sums["cost_usd"] or 0.0,
            unpriced_calls=sum(trace.unpriced_calls for trace in found),
        )

    def change(self, trace_id: str, change: Callable[[SpanShown], SpanShown | None]) -> None:
        """Make something else of each span of a trace; of all of them nothing, and the trace is gone."""
        own = [changed for span in self._traces.pop(trace_id, []) if (changed := change(span)) is not None]
        self._sums.pop(trace_id, None)
        if own:
            self._traces[trace_id], self._sums[trace_id] = own, _summed(own)

    def arrive(self, spans: Iterable[SpanShown], received_ns: int) -> None:
        """Take in a trace's spans now, as all of it that there is."""
        own = list(spans)
        trace_id = own[0].trace_id
        self._traces[trace_id], self._sums[trace_id] = own, _summed(own)
        self._received_ns[trace_id] = received_ns

    def arrivals(self, filters: TraceFilters, after_ns: int, limit: int = 200) -> Arrivals:
        fresh = [trace for trace in self._found(filters) if self._received_ns.get(trace.trace_id, 0) > after_ns]
        items = [Arrived(received_ns=self._received_ns[trace.trace_id], trace=trace) for trace in fresh]
        items.sort(key=lambda item: item.received_ns)
        return Arrivals(items=tuple(items[-limit:]), is_partial=len(items) > limit)

    def calls(
        self,
        filters: CallFilters = _ALL_CALLS,
        sort: str = "-start_time",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[CallListed]:
        if sort.removeprefix("-") not in _CALL_SORTS:
            raise BadRequest(f"sort: unknown order {sort!r}; use one of {', '.join(_CALL_SORTS)}")
        found = [_cut(CallListed, call) for call in self._calls(filters)]
        found.sort(key=_CALL_SORTS[sort.removeprefix("-")], reverse=sort.startswith("-"))
        return _page(found, cursor, limit)

    def calls_file(
        self, filters: CallFilters, sort: str = "-start_time", fields: Sequence[str] = ("span_id",), limit: int = 1000
    ) -> ListFile:
        return _file(self.calls(filters, sort, limit=limit), fields)

    def traces_file(
        self, filters: TraceFilters, sort: str = "-start_time", fields: Sequence[str] = ("trace_id",), limit: int = 1000
    ) -> ListFile:
        return _file(self.traces(filters, sort, limit=limit), fields)

    def spans(
        self,
        filters: SpanFilters = _ALL_SPANS,
        sort: str = "-start_time",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[SpanFound]:
        found = [_cut(SpanFound, span) for spans in self._traces.values() for span in spans]
        return _page(sorted(found, key=lambda span: span.start_time, reverse=True), cursor, limit)

    def trace(
        self, trace_id: str, offset: int = 0, limit: int = 500, focus: str | None = None, is_outlined: bool = True
    ) -> TraceShown:
        return shown_trace(self._spans(trace_id), self._sums[trace_id], (offset, limit, focus), is_outlined)

    def span(self, trace_id: str, span_id: str) -> SpanShown:
        found = next((span for span in self._spans(trace_id) if span.span_id == span_id), None)
        if found is None:
            raise NotFound(f"no span {span_id!r} in this trace")
        return found

    def sessions(
        self,
        filters: TraceFilters = _ALL_TRACES,
        sort: str = "-end_time",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[SessionListed]:
        return _page(list(_sessions(self._found(filters))), cursor, limit)

    def session(self, session_id: str) -> SessionListed:
        found = self.sessions(TraceFilters(sessions=(session_id,))).items
        if not found:
            raise NotFound(f"no session {session_id!r} in this project")
        return found[0]

    def conversation(
        self, session_id: str, sort: str = "start_time", cursor: str | None = None, limit: int = 50
    ) -> Conversation:
        calls = list(self._calls(CallFilters(sessions=(session_id,))))
        return conversation_of(self.session(session_id), calls, sort, cursor, limit)

    def failures(
        self, filters: SpanFilters = _ALL_SPANS, sort: str = "-count", cursor: str | None = None, limit: int = 50
    ) -> Failures:
        failed = [span for spans in self._traces.values() for span in spans if span.status == "error"]
        left = [span for span in failed if _fits(span, filters) and _holds([span], filters)]
        return failures_of(left, self._now_ns, sort, cursor, limit)

    def users(
        self,
        filters: TraceFilters = _ALL_TRACES,
        sort: str = "-end_time",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[UserListed]:
        return _page(list(_users(self._found(filters))), cursor, limit)

    def facets(
        self, facet: str, contains: str | None = None, start: Time | None = None, limit: int = 100
    ) -> tuple[FacetValue, ...]:
        if facet not in (*_FACETS, "tag"):
            raise BadRequest(f"facet: unknown facet {facet!r}; use one of {', '.join(_FACETS)}")
        seen: dict[str, set[str]] = {}
        for trace_id, spans in self._traces.items():
            for span in spans:
                for value in span.tags if facet == "tag" else (getattr(span, _FACETS[facet]),):
                    if value and (contains or "").lower() in value.lower():
                        seen.setdefault(value, set()).add(trace_id)
        ordered = sorted(seen, key=lambda value: (-len(seen[value]), value))
        last = show_time(self._now_ns)
        return tuple(FacetValue(value=value, traces=len(seen[value]), last_seen=last) for value in ordered[:limit])

    def series(
        self,
        filters: CallFilters = _ALL_CALLS,
        by: str | None = None,
        start: Time | None = None,
        end: Time | None = None,
        step_s: int | None = None,
        top: int = 8,
    ) -> TimeSeries:
        low = _ns(start or filters.start, self._now_ns - 86_400 * 10**9)
        high = _ns(end or filters.end, self._now_ns)
        wide = (high - low) // 10**9 // 100 or 1
        step = step_s or next(
            (nice for nice in (1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 10800, 21600) if nice >= wide), 86_400
        )
        low -= low % (step * 10**9)
        calls = list(self._calls(msgspec.structs.replace(filters, start=low, end=high)))
        points = tuple(
            _point(at, [call for call in calls if at <= _ns(call.start_time, 0) < at + step * 10**9])
            for at in range(low, high, step * 10**9)
        )
        series = (Series(value="", points=points),)
        return TimeSeries(start=show_time(low), end=show_time(high), step_s=step, by=by, series=series)

    def rolled(
        self, filters: CallFilters, start_ns: int, end_ns: int, step_s: int, window_s: int, digest: str = ""
    ) -> tuple[Rolled, ...]:
        return rolled_of(self._calls(filters), start_ns, end_ns, step_s, window_s, digest)

    def totals(self, start: Time | None = None, end: Time | None = None, filters: CallFilters = _ALL_CALLS) -> Totals:
        calls = list(self._calls(filters))
        traces = self._found(TraceFilters(start=filters.start, end=filters.end))
        point = _point(0, calls)
        numbers = {name: getattr(point, name) for name in Totals.__struct_fields__ if hasattr(point, name)}
        return Totals(
            start=None if filters.start is None else str(filters.start),
            end=None,
            traces=len(traces),
            sessions=len({trace.session_id for trace in traces if trace.session_id}),
            users=len({trace.user_id for trace in traces if trace.user_id}),
            **numbers,
        )

    def charted(self, filters: CallFilters = _ALL_CALLS) -> Charted:
        first = self.traces(sort="start_time", limit=1).items if filters.start is None else ()
        series = self.series(filters, start=first[0].start_time if first else None)
        return Charted(totals=self.totals(filters=filters), series=series)

    def overview(
        self,
        filters: CallFilters = _ALL_CALLS,
        by: str | None = None,
        step_s: int | None = None,
        top: int = 6,
        points: int = 60,
    ) -> Overview:
        return self._reports.overview(filters, by, lambda narrowed: self.series(narrowed, step_s=step_s))

    def movers(
        self,
        calls: CallFilters = _ALL_CALLS,
        traces: TraceFilters = _ALL_TRACES,
        by: str | None = None,
        limit: int = 8,
    ) -> Movers:
        return self._reports.movers(calls, by, limit)

    def models(self, filters: CallFilters = _ALL_CALLS, sort: str = "-cost") -> ModelsUsed:
        return self._reports.models(filters, sort)

    def prices(self, filters: CallFilters = _ALL_CALLS) -> ModelsPriced:
        return self.priced.prices(filters)

    def price_change(self, start: Time | None = None, end: Time | None = None) -> PriceChange:
        return self.priced.change(start, end)

    def what_if(self, filters: CallFilters = _ALL_CALLS, provider: str = "", model: str = "") -> WhatIf:
        return self.priced.what_if(filters, provider, model)

    def find(self, text: str) -> tuple[Hit, ...]:
        return hits_of([span for each in self._traces.values() for span in each], text)

    def attributes(
        self, wanted: Wanted, start: Time | None = None, end: Time | None = None, limit: int = 50, offset: int = 0
    ) -> AttributesSeen:
        spans = [span for each in self._traces.values() for span in each]
        return attributes_of(spans, wanted, self._now_ns, limit, offset)

    def sql(self, statement: str, limits: Any = None) -> Table:
        if not statement.lower().startswith("select"):
            raise BadRequest(f"sql: {statement[:40]!r} is no SELECT statement")
        rows = tuple((trace_id, len(spans), None) for trace_id, spans in list(self._traces.items())[:2])
        return Table(
            columns=("trace_id", "spans", "cost_usd"),
            types=("String", "UInt64", "Nullable(Float64)"),
            rows=rows,
            elapsed_ms=1.5,
            is_truncated=False,
        )

    def _spans(self, trace_id: str) -> list[SpanShown]:
        if trace_id not in self._traces:
            raise NotFound(f"no trace {trace_id!r} in this project; it may not have arrived yet")
        return self._traces[trace_id]

    @property
    def _reports(self) -> SampleReports:
        return SampleReports(self._calls, lambda calls: _point(0, calls), self._now_ns)

    def _found(self, filters: TraceFilters) -> list[TraceListed]:
        return [
            trace
            for trace_id, spans in self._traces.items()
            if _fits(trace := self._sums[trace_id], filters) and _holds(spans, filters)
        ]

    def _calls(self, filters: CallFilters) -> Iterable[SpanShown]:
        calls = (
            span for spans in self._traces.values() for span in spans if span.kind == "call" and not span.folded_into
        )
        return (call for call in calls if _fits(call, filters) and _holds([call], filters))


def _fits(thing: TraceListed | SpanShown, filters: TraceFilters | CallFilters) -> bool:
    start_ns = _ns(thing.start_time, 0)
    return (
        _ns(filters.start, 0) <= start_ns < _ns(filters.end, 2**62)
        and (not filters.statuses or thing.status in filters.statuses)
        and (not (wanted := getattr(filters, "trace_ids", ())) or thing.trace_id in wanted)
        and (not filters.among or thing.trace_id in filters.among)
        and (not (marks := getattr(filters, "marks", ())) or f"{thing.trace_id}:{_span_id(thing)}" in marks)
        and (not filters.users or thing.user_id in filters.users)
        and (not filters.sessions or thing.session_id in filters.sessions)
        and (not filters.environments or thing.environment in filters.environments)
        and (not filters.tags or bool(set(filters.tags) & set(thing.tags)))
        and (filters.min_duration_ms is None or thing.duration_ms >= filters.min_duration_ms)
        and (filters.min_cost_usd is None or (thing.cost_usd is not None and thing.cost_usd >= filters.min_cost_usd))
    )


def _span_id(thing: TraceListed | SpanShown) -> str:
    return thing.span_id if isinstance(thing, SpanShown) else ""


def _holds(spans: list[SpanShown], filters: TraceFilters | CallFilters) -> bool:
    for name, field in _SPAN_FIELDS.items():
        wanted = getattr(filters, name, ())
        if wanted and not any(getattr(span, field) in wanted for span in spans):
            return False
    needle = filters.text.lower()
    return not needle or any(needle in str((span.input, span.output)).lower() for span in spans)


def _summed(spans: list[SpanShown]) -> TraceListed:
    root = next((span for span in spans if not span.parent_span_id), spans[0])
    calls = [span for span in spans if span.kind == "call" and not span.folded_into]
    known = [call.cost_usd for call in calls if call.cost_usd is not None]
    errors = [span for span in spans if span.status == "error" and not span.folded_into]
    point = _point(0, calls)
    begin = min(_ns(span.start_time, 0) for span in spans)
    finish = max(_ns(span.end_time, 0) for span in spans)
    return TraceListed(
        trace_id=root.trace_id,
        name=root.name,
        start_time=root.start_time,
        duration_ms=(finish - begin) / 1e6,
        status="error" if root.status == "error" else root.status,
        span_count=len(spans),
        call_count=len(calls),
        error_count=len(errors),
        input_tokens=point.input_tokens,
        output_tokens=point.output_tokens,
        cache_read_tokens=point.cache_read_tokens,
        cache_write_tokens=0,
        reasoning_tokens=point.reasoning_tokens,
        cost_usd=sum(known) if known else None,
        unpriced_calls=len(calls) - len(known),
        ttft_ms=next((call.ttft_ms for call in calls if call.ttft_ms is not None), None),
        session_id=root.session_id,
        user_id=root.user_id,
        environment=root.environment,
        service_name=root.service_name,
        tags=root.tags,
        models=tuple(dict.fromkeys(call.model for call in calls)),
        providers=tuple(dict.fromkeys(call.provider for call in calls)),
        sources=tuple(dict.fromkeys(span.source for span in spans)),
        error_types=tuple(dict.fromkeys(span.error_type for span in errors)),
        input_preview=preview(root.input),
        output_preview=preview(root.output),
    )


def _sessions(traces: list[TraceListed]) -> Iterable[SessionListed]:
    for session_id in dict.fromkeys(trace.session_id for trace in traces if trace.session_id):
        own = [trace for trace in traces if trace.session_id == session_id]
        yield SessionListed(
            session_id=session_id,
            start_time=min(trace.start_time for trace in own),
            end_time=max(trace.start_time for trace in own),
            user_ids=tuple(dict.fromkeys(trace.user_id for trace in own)),
            models=tuple(dict.fromkeys(model for trace in own for model in trace.models)),
            **_sums(own),
        )


def _users(traces: list[TraceListed]) -> Iterable[UserListed]:
    for user_id in dict.fromkeys(trace.user_id for trace in traces if trace.user_id):
        own = [trace for trace in traces if trace.user_id == user_id]
        yield UserListed(
            user_id=user_id,
            first_seen=min(trace.start_time for trace in own),
            last_seen=max(trace.start_time for trace in own),
            session_count=len({trace.session_id for trace in own}),
            **_sums(own),
        )


def _sums(traces: list[TraceListed]) -> dict[str, Any]:
    known = [trace.cost_usd for trace in traces if trace.cost_usd is not None]
    return {
        "trace_count": len(traces),
        "call_count": sum(trace.call_count for trace in traces),
        "error_count": sum(trace.error_count for trace in traces),
        "input_tokens": sum(trace.input_tokens for trace in traces),
        "output_tokens": sum(trace.output_tokens for trace in traces),
        "cost_usd": sum(known) if known else None,
    }


def _cut(shape: type[Any], span: SpanShown) -> Any:
    previews = {"input_preview": preview(span.input), "output_preview": preview(span.output)}
    return shape(**{name: previews.get(name) or getattr(span, name, "") for name in shape.__struct_fields__})


def _file(page: Page[Any], fields: Sequence[str]) -> ListFile:
    """A file between Parquet's marks that holds the names of its fields alone; the store writes real ones."""
    data = f"PAR1{' '.join(fields)}PAR1".encode()
    return ListFile(data=data, rows=len(page.items), matching=len(page.items))


def _page(found: list[Any], cursor: str | None, limit: int) -> Page[Any]:
    if cursor is not None and not cursor.isdigit():
        raise BadRequest(f"cursor: cannot read {cursor!r}; send the next of an earlier page, or none")
    begin = int(cursor or 0)
    more = str(begin + limit) if len(found) > begin + limit else None
    return Page(items=tuple(found[begin : begin + limit]), next=more)


def _ns(time: Time | None, otherwise: int) -> int:
    if time is None:
        return otherwise
    return read_time(time, "time") or 0
