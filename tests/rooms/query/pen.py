"""A pen that writes rows into a store as the loader would."""

import itertools
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from headwater.query import Questions
from headwater.store import LogRow, MessageRow, SpanRow, Store, TraceRow

SECOND = 1_000_000_000
NOON = 1_795_003_200 * SECOND
"""2026-11-18T12:00:00Z, the time at which the first span of every project starts."""

_numbers = itertools.count(1)


class Pen:
    """Writes rows of one project. Ids are counted, times are seconds after noon, costs nano-dollars."""

    def __init__(self, store: Store) -> None:
        self.project = f"p{next(_numbers)}"
        self.store = store
        self._rows: list[SpanRow] = []
        self._tokens = itertools.count()
        self._versions = itertools.count(1)
        self._written: dict[str, TraceRow] = {}

    def span(self, trace: int, span: int, at_s: float = 0, took_s: float = 1, **fields: Any) -> SpanRow:
        """Prepare a span; `parent` is a number too."""
        parent = fields.pop("parent", 0)
        told: dict[str, Any] = {"name": f"span {span}", "status": "ok", "source": "otel", **fields}
        row = SpanRow(
            project=self.project,
            trace_id=trace_id(trace),
            span_id=span_id(span),
            parent_span_id=span_id(parent) if parent else "",
            start_ns=NOON + int(at_s * SECOND),
            end_ns=NOON + int((at_s + took_s) * SECOND),
            version=next(self._versions),
            **told,
        )
        self._rows.append(row)
        return row

    def call(self, trace: int, span: int, at_s: float = 0, took_s: float = 1, **fields: Any) -> SpanRow:
        """Prepare a call."""
        told: dict[str, Any] = {"kind": "call", "operation": "chat", "provider": "openai", "model": "gpt-5", **fields}
        return self.span(trace, span, at_s, took_s, **told)

    def message(self, text: str, role: str = "user") -> bytes:
        """Store a message now and return its hash."""
        content = f'{{"parts":[{{"content":"{text}","type":"text"}}],"role":"{role}"}}'
        return self.content(content, "message", role, text)

    def content(self, content: str, kind: str, role: str = "", text: str = "") -> bytes:
        """Store any content now and return its hash."""
        digest = secrets.token_bytes(16)
        row = MessageRow(
            project=self.project, hash=digest, kind=kind, role=role, content=content, text=text, first_seen_ns=NOON
        )
        self.store.insert_messages([row], self._token())
        return digest

    def log(self, row: LogRow) -> None:
        """Store a log record now."""
        self.store.insert_logs([row], self._token())

    def write(self) -> Questions:
        """Store the prepared spans and the totals of their traces, and return the questions of the project."""
        rows, self._rows = self._rows, []
        self.store.mark_pending(self.project, {row.start_ns // (60 * SECOND) * 60 * SECOND for row in rows})
        self.store.insert_spans(rows, self._token())
        traces: dict[str, list[SpanRow]] = {}
        for row in rows:
            traces.setdefault(row.trace_id, []).append(row)
        totals = [totals_of([span for span in spans if not span.is_deleted]) for spans in traces.values()]
        self.store.insert_traces([*self._moved(totals), *totals], self._token())
        return Questions(self.store, self.project)

    def _moved(self, totals: Sequence[TraceRow]) -> list[TraceRow]:
        """What takes away the rows of traces whose start has moved."""
        before = [self._written.get(row.trace_id, row) for row in totals]
        self._written.update({row.trace_id: row for row in totals})
        return [
            msgspec.structs.replace(old, is_deleted=1, version=new.version)
            for old, new in zip(before, totals, strict=True)
            if old.start_ns != new.start_ns
        ]

    def _token(self) -> str:
        return f"{self.project}-{next(self._tokens)}"


def trace_id(number: int) -> str:
    """The id of a trace by its number."""
    return f"{number:032x}"


def span_id(number: int) -> str:
    """The id of a span by its number."""
    return f"{number:016x}"


def score_row(pen: Pen, attributes: dict[str, str], span: int, trace: int = 1) -> LogRow:
    """A judgement of a span, or of a whole trace with `span` 0."""
    return LogRow(
        project=pen.project,
        trace_id=trace_id(trace),
        span_id=span_id(span) if span else "",
        event_id=span.to_bytes(16, "big"),
        time_ns=NOON + (10 - span) * SECOND,
        name="gen_ai.evaluation.result",
        severity="",
        scope="judge",
        body="",
        attributes=attributes,
        resource={},
        input=(),
        output=(),
        version=1,
    )


def totals_of(spans: Sequence[SpanRow]) -> TraceRow:
    """The totals of a trace, as plainly as they can be counted."""
    shown = [span for span in spans if not span.folded_into]
    calls = [span for span in shown if span.kind == "call"]
    costs = [span.cost_nanousd for span in calls if span.cost_nanousd is not None]
    root = min(spans, key=lambda span: (span.parent_span_id != "", span.start_ns))
    errors = [span for span in shown if span.status == "error"]
    return TraceRow(
        project=root.project,
        trace_id=root.trace_id,
        start_ns=min(span.start_ns for span in spans),
        end_ns=max(span.end_ns for span in spans),
        name=root.name,
        root_span_id=root.span_id,
        status=root.status,
        span_count=len(spans),
        call_count=len(calls),
        error_count=len(errors),
        folded_count=len(spans) - len(shown),
        orphan_count=0,
        input_tokens=sum(span.input_tokens or 0 for span in calls),
        output_tokens=sum(span.output_tokens or 0 for span in calls),
        cache_read_tokens=sum(span.cache_read_tokens for span in calls),
        cache_write_tokens=sum(span.cache_write_5m_tokens + span.cache_write_1h_tokens for span in calls),
        reasoning_tokens=sum(span.reasoning_tokens for span in calls),
        cost_nanousd=sum(costs) if costs else None,
        unpriced_calls=len(calls) - len(costs),
        ttft_ns=next((span.ttft_ns for span in calls if span.ttft_ns is not None), None),
        session_id=next((span.session_id for span in spans if span.session_id), ""),
        user_id=next((span.user_id for span in spans if span.user_id), ""),
        environment=root.environment,
        service_name=root.service_name,
        tags=_distinct(tag for span in shown for tag in span.tags),
        kinds=_distinct(span.kind for span in shown),
        models=_distinct(span.model for span in calls),
        providers=_distinct(span.provider for span in calls),
        sources=_distinct(span.source for span in shown),
        error_types=_distinct(span.error_type for span in errors),
        input_preview=root.input_preview,
        output_preview=root.output_preview,
        version=max(span.version for span in spans),
    )


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value}))
