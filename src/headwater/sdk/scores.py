"""Scores: a judgement of a span, a trace or a session, told as `gen_ai.evaluation.result`."""

from typing import Protocol

import msgspec

from headwater import clock
from headwater.event import LogEvent
from headwater.sdk import context
from headwater.sdk.client import client, record
from headwater.sdk.guest import guest
from headwater.sdk.traceparent import traceparent_from

_NAME = "gen_ai.evaluation.result"


class SpanLike(Protocol):
    """Whatever names a span: `headwater.current()`, or what `with headwater.span(...)` gives."""

    @property
    def trace_id(self) -> str: ...
    @property
    def span_id(self) -> str: ...


class _Score(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    value: float | bool | str
    comment: str | None
    trace_id: str
    span_id: str
    session_id: str
    time_ns: int

    @property
    def size_bytes(self) -> int:
        return 500 + len(self.name) + len(self.comment or "") + (len(self.value) if isinstance(self.value, str) else 0)

    def told(self) -> LogEvent:
        attributes: dict[str, object] = {"gen_ai.evaluation.name": self.name}
        if isinstance(self.value, str):
            attributes["gen_ai.evaluation.score.label"] = self.value
        else:
            attributes["gen_ai.evaluation.score.value"] = float(self.value)
        if isinstance(self.value, bool):
            attributes["gen_ai.evaluation.score.label"] = "true" if self.value else "false"
        if self.comment:
            attributes["gen_ai.evaluation.explanation"] = self.comment
        if self.session_id:
            attributes["session.id"] = self.session_id
        return LogEvent(
            time_ns=self.time_ns,
            name=_NAME,
            trace_id=self.trace_id,
            span_id=self.span_id,
            attributes=attributes,
            scope="headwater",
        )


@guest
def score(
    name: str,
    value: float | bool | str,
    *,
    comment: str | None = None,
    trace: str | None = None,
    span: SpanLike | str | None = None,
    session: str | None = None,
) -> None:
    """Judge something: `score("helpful", 0.8)`, `score("correct", True)`, `score("tone", "rude", comment="...")`.

    It judges the current span, unless one is named: `span` (a handle, its 16 hex digits beside `trace`, or a
    traceparent), `trace` (32 hex digits), or `session` (the id that you gave it).
    """
    if client().outbox is None:
        return
    scope = context.current_scope()
    is_elsewhere = trace is not None or span is not None or session is not None
    if not is_elsewhere and not scope.is_sampled:
        return
    around = (f"{scope.trace_id:032x}", f"{scope.span_id:016x}") if scope.trace_id else ("", "")
    trace_id, span_id = _target(trace, span) if is_elsewhere else around
    record(
        _Score(
            name=str(name),
            value=value if isinstance(value, str | bool) else float(value),
            comment=comment,
            trace_id=trace_id,
            span_id=span_id,
            session_id=scope.session_id if session is None and not is_elsewhere else session or "",
            time_ns=clock.now_ns(),
        )
    )


def _target(trace: str | None, span: SpanLike | str | None) -> tuple[str, str]:
    for text in (span, trace):
        named = traceparent_from(text) if isinstance(text, str) else None
        if named is not None:
            return f"{named.trace_id:032x}", f"{named.span_id:016x}"
    if span is None or isinstance(span, str):
        return trace or "", span or ""
    return span.trace_id, span.span_id
