"""A trace's totals over its folded calls, from the briefs of all its spans."""

from collections.abc import Iterable, Mapping

from headwater.store import SpanBrief, SpanRow, TraceRow


def brief_of(row: SpanRow, is_log_span: bool = False) -> SpanBrief:
    """The part of a row that is remembered while its trace is live."""
    return SpanBrief(
        span_id=row.span_id,
        parent_span_id=row.parent_span_id,
        name=row.name,
        kind=row.kind,
        status=row.status,
        error_type=row.error_type,
        start_ns=row.start_ns,
        end_ns=row.end_ns,
        source=row.source,
        scope=row.scope,
        service_name=row.service_name,
        environment=row.environment,
        session_id=row.session_id,
        user_id=row.user_id,
        tags=row.tags,
        operation=row.operation,
        provider=row.provider,
        model=row.model,
        request_model=row.request_model,
        response_id=row.response_id,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cache_read_tokens=row.cache_read_tokens,
        cache_write_tokens=row.cache_write_5m_tokens + row.cache_write_1h_tokens,
        reasoning_tokens=row.reasoning_tokens,
        cost_nanousd=row.cost_nanousd,
        ttft_ns=row.ttft_ns,
        has_input=bool(row.input),
        has_output=bool(row.output),
        input_preview=row.input_preview,
        output_preview=row.output_preview,
        folded_into=row.folded_into,
        is_log_span=is_log_span,
        version=row.version,
    )


def totals_of(project: str, trace_id: str, briefs: Mapping[str, SpanBrief]) -> TraceRow:
    """Make the row of a trace. A trace is in error when its root is, or, without a status there, when a span is that
    stands for itself."""
    shown = [brief for brief in briefs.values() if not brief.folded_into]
    calls = [brief for brief in shown if brief.kind == "call"]
    top = _top(shown, briefs)
    errors = [brief for brief in shown if brief.status == "error"]
    priced = [brief.cost_nanousd for brief in calls if brief.cost_nanousd is not None]
    first_token = [brief.start_ns + brief.ttft_ns for brief in calls if brief.ttft_ns is not None]
    start_ns = min(brief.start_ns for brief in briefs.values())
    speaker = top if top.input_preview or top.output_preview or not calls else min(calls, key=_by_start)
    return TraceRow(
        project=project,
        trace_id=trace_id,
        start_ns=start_ns,
        end_ns=max(brief.end_ns for brief in briefs.values()),
        name=top.name,
        root_span_id=top.span_id if not top.parent_span_id else "",
        status=top.status if top.status == "error" else ("error" if errors and top.status == "unset" else top.status),
        span_count=len(briefs),
        call_count=len(calls),
        error_count=len(errors),
        folded_count=len(briefs) - len(shown),
        orphan_count=sum(1 for brief in shown if brief.parent_span_id and brief.parent_span_id not in briefs),
        input_tokens=sum(brief.input_tokens or 0 for brief in calls),
        output_tokens=sum(brief.output_tokens or 0 for brief in calls),
        cache_read_tokens=sum(brief.cache_read_tokens for brief in calls),
        cache_write_tokens=sum(brief.cache_write_tokens for brief in calls),
        reasoning_tokens=sum(brief.reasoning_tokens for brief in calls),
        cost_nanousd=sum(priced) if priced else None,
        unpriced_calls=len(calls) - len(priced),
        ttft_ns=max(0, min(first_token) - start_ns) if first_token else None,
        session_id=_first(brief.session_id for brief in (top, *shown)),
        user_id=_first(brief.user_id for brief in (top, *shown)),
        environment=_first(brief.environment for brief in (top, *shown)),
        service_name=_first(brief.service_name for brief in (top, *shown)),
        tags=_distinct(tag for brief in shown for tag in brief.tags),
        kinds=_distinct(brief.kind for brief in shown),
        models=_distinct(brief.model for brief in calls),
        providers=_distinct(brief.provider for brief in calls),
        sources=_distinct(brief.source for brief in shown),
        error_types=_distinct(brief.error_type for brief in errors),
        input_preview=speaker.input_preview,
        output_preview=speaker.output_preview or top.output_preview,
        version=max(brief.version for brief in briefs.values()),
    )


def _top(shown: list[SpanBrief], briefs: Mapping[str, SpanBrief]) -> SpanBrief:
    """The root; else the earliest span whose parent never came; else the earliest."""
    roots = [brief for brief in shown if not brief.parent_span_id]
    orphans = [brief for brief in shown if brief.parent_span_id not in briefs]
    return min(roots or orphans or shown or list(briefs.values()), key=_by_start)


def _by_start(brief: SpanBrief) -> tuple[int, int, str]:
    return brief.start_ns, -brief.end_ns, brief.span_id


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value}))
