"""Step: a span of the program's own while it runs, its handle, and then the item that the outbox sends."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec.structs import replace

from headwater import clock
from headwater.capture import Raised, Scope, raised_from, snapshot
from headwater.event import Failure, Span, SpanEvent, SpanLink
from headwater.sdk import context, otel
from headwater.sdk.client import begin, count_dropped, record
from headwater.sdk.guest import guest, report
from headwater.sdk.scores import SpanLike, score
from headwater.sdk.times import told_times
from headwater.sdk.traceparent import traceparent_from, traceparent_text

# What a step takes with nothing in it, about.
_EMPTY_BYTES = 600
# Bounds on what one span may gather.
_ATTRIBUTES = 200
_EVENTS = 200
_LINKS = 100
_YIELDED = 200
_YIELDED_TEXTS = 20_000
_YIELDED_BYTES = 1024 * 1024

# What a span may be. A call to a model is none of these: it is observed by its client, or told by `headwater.log`.
StepKind = Literal["agent", "tool", "chain", "retrieval", "reranker", "guardrail", "evaluator", "span"]

_Told = tuple[str, int, dict[str, Any]]


class Step:
    """A running span. Its methods say what it did; none of them raises, and none does anything after its end."""

    __slots__ = (
        "_attributes",
        "_began",
        "_events",
        "_input",
        "_is_within",
        "_kind",
        "_links",
        "_name",
        "_otel_before",
        "_outer_scope",
        "_outer_step",
        "_output",
        "_parent_id",
        "_raised",
        "_scope",
        "_told_end_ns",
        "_yielded",
        "end_ns",
        "is_ended",
        "is_recorded",
        "size_bytes",
        "start_ns",
    )

    def __init__(self, name: str, kind: StepKind, parent: Scope, trace_id: int, span_id: int, is_sampled: bool) -> None:
        self._name = name
        self._kind: StepKind = kind
        self._parent_id = parent.span_id
        self._scope = replace(parent, trace_id=trace_id, span_id=span_id, is_sampled=is_sampled)
        self._input: Any = None
        self._output: Any = None
        self._yielded: list[Any] | None = None
        self._attributes: dict[str, Any] | None = None
        self._events: list[_Told] | None = None
        self._links: list[SpanLink] | None = None
        self._raised: Raised | Failure | None = None
        self._outer_scope: Scope | None = None
        self._outer_step: Step | None = None
        self._otel_before: Any = None
        self._is_within = False
        self.is_ended = False
        self.is_recorded = is_sampled
        self.size_bytes = _EMPTY_BYTES
        self.end_ns = 0
        self._told_end_ns = 0
        self.start_ns = clock.now_ns()
        self._began = clock.ticks_ns()

    # What a user calls.

    @property
    def trace_id(self) -> str:
        """32 hex digits; empty where the SDK is off."""
        return f"{self._scope.trace_id:032x}" if self._scope.trace_id else ""

    @property
    def span_id(self) -> str:
        """16 hex digits; empty where the SDK is off."""
        return f"{self._scope.span_id:016x}" if self._scope.span_id else ""

    @property
    def traceparent(self) -> str:
        """This span as a W3C `traceparent` header; empty where the SDK is off."""
        scope = self._scope
        return traceparent_text(scope.trace_id, scope.span_id, scope.is_sampled) if scope.trace_id else ""

    @guest
    def input(self, value: Any) -> None:
        """Say what the step was given; any value, kept as a bounded copy."""
        if self._is_open():
            self._input, size = snapshot(value)
            self.size_bytes += size

    @guest
    def output(self, value: Any) -> None:
        """Say what the step gave; any value, kept as a bounded copy."""
        if self._is_open():
            self._output, size = snapshot(value)
            self.size_bytes += size

    @guest
    def set(self, attributes: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        """Add attributes: `span.set(user_plan="pro")`, or a mapping for names with dots."""
        if not self._is_open():
            return
        kept = self._attributes = self._attributes or {}
        for name, value in {**(attributes or {}), **more}.items():
            if len(kept) < _ATTRIBUTES or name in kept:
                kept[str(name)], size = snapshot(value)
                self.size_bytes += size + len(name)

    @guest
    def event(self, name: str, **attributes: Any) -> None:
        """Note that something happened now."""
        if not self._is_open():
            return
        events = self._events = self._events or []
        if len(events) < _EVENTS:
            told, size = snapshot(attributes)
            events.append((str(name), self._now_ns(), told))
            self.size_bytes += size + 100

    @guest
    def link(self, to: "SpanLike | str") -> None:
        """Point to a span of another trace: a handle, or its `traceparent`."""
        if not self._is_open():
            return
        links = self._links = self._links or []
        if isinstance(to, str):
            named = traceparent_from(to)
            link = SpanLink(trace_id=f"{named.trace_id:032x}", span_id=f"{named.span_id:016x}") if named else None
        else:
            link = SpanLink(trace_id=to.trace_id, span_id=to.span_id)
        if link is not None and link.trace_id and len(links) < _LINKS:
            links.append(link)

    @guest
    def fail(self, error: BaseException | str) -> None:
        """Mark the step as failed, where its failure does not leave it as an exception."""
        if self._is_open():
            self._raised = Failure(type="error", message=error) if isinstance(error, str) else raised_from(error)
            self.size_bytes += 1000

    @guest
    def at(
        self,
        start: float | datetime | None = None,
        end: float | datetime | None = None,
        duration: float | None = None,
    ) -> None:
        """Say when the step was, where it is told after it happened: `start` and `end` are seconds since 1970 or
        datetimes, `duration` seconds. Of the three any two are enough; without any of them it ended now."""
        if self._is_open():
            self.start_ns, self._told_end_ns = told_times(start, end, duration)

    def score(self, name: str, value: float | bool | str, *, comment: str | None = None) -> None:
        """Judge this span; works after its end too."""
        if self.is_recorded:
            score(name, value, comment=comment, span=self)

    # What the wrappers call.

    def enter(self) -> None:
        """Become the current span of this thread or task."""
        scope_here, step_here = context.scope_here, context.step_here
        self._outer_scope = scope_here.get()
        self._outer_step = step_here.get()
        self._is_within = True
        scope_here.set(self._scope)
        step_here.set(self)
        if otel.is_loaded():
            self._otel_before = _attached(self._scope)

    def leave(self) -> None:
        """Give the place back to whoever had it, if it is still ours; else whoever has it now keeps it."""
        if context.scope_here.get() is not self._scope:
            if self._otel_before is not None:
                _released(self._scope, self._otel_before)
            return
        scope, step, theirs = self._outer_scope, self._outer_step, self._otel_before
        # A span around us may have ended in the meantime without leaving, as we had the place.
        while step is not None and step.is_ended and step._is_within:
            theirs = theirs if step._otel_before is None else step._otel_before
            scope, step = step._outer_scope, step._outer_step
        context.scope_here.set(scope)
        context.step_here.set(step)
        if theirs is not None:
            _released(self._scope, theirs)
        self._outer_scope = self._outer_step = self._otel_before = None
        self._is_within = False

    def returned(self, value: Any) -> None:
        """Take what a decorated function returned as the output, unless the function said another."""
        if value is not None and self._output is None and self.is_recorded:
            self.output(value)

    @guest
    def yielded(self, value: Any) -> None:
        """Take one thing that a decorated generator yielded."""
        kept = self._yielded = self._yielded if self._yielded is not None else []
        bound = _YIELDED_TEXTS if type(value) is str else _YIELDED
        if len(kept) < bound and self.size_bytes < _YIELDED_BYTES:
            told, size = snapshot(value)
            kept.append(told)
            self.size_bytes += size + 8

    def end(self, error: BaseException | None = None) -> None:
        """End it and hand it to the outbox; the first end counts. A generator that was closed has not failed."""
        if self.is_ended:
            return
        self.end_ns = self._told_end_ns or self._now_ns()
        if error is not None and not isinstance(error, GeneratorExit):
            self.fail(error)
        self.is_ended = True
        if self.is_recorded:
            record(self)

    def given_up(self) -> tuple[Scope, int, int, bool] | None:
        """End it unrecorded, for who records its place as something else; returns what `begin` gave it, or None where
        there is nothing to record."""
        if self.is_ended or not self.is_recorded:
            return None
        self.end_ns = self._told_end_ns or self._now_ns()
        self.is_ended = True
        scope = self._scope
        return replace(scope, span_id=self._parent_id), scope.trace_id, scope.span_id, True

    # What the outbox calls.

    def told(self) -> Span:
        """Tell it as a span; in the outbox's thread."""
        scope, raised = self._scope, self._raised
        failure = raised.failure() if isinstance(raised, Raised) else raised
        return Span(
            trace_id=self.trace_id,
            span_id=self.span_id,
            parent_span_id=f"{self._parent_id:016x}" if self._parent_id else "",
            name=self._name,
            kind=self._kind,
            start_ns=self.start_ns,
            end_ns=self.end_ns,
            status="error" if failure else "unset",
            failure=failure,
            source="headwater",
            scope="headwater",
            session_id=scope.session_id,
            user_id=scope.user_id,
            tags=scope.tags,
            metadata=scope.metadata,
            tool_name=self._name if self._kind == "tool" else "",
            agent_name=self._name if self._kind == "agent" else "",
            input=self._input,
            output=_joined(self._yielded) if self._output is None and self._yielded else self._output,
            events=tuple(SpanEvent(name=name, time_ns=at, attributes=told) for name, at, told in self._events or ()),
            links=tuple(self._links or ()),
            attributes=dict(self._attributes or {}),
        )

    def _is_open(self) -> bool:
        return self.is_recorded and not self.is_ended

    def _now_ns(self) -> int:
        # The wall clock may be set while a span runs: its length is taken from one that cannot.
        return self.start_ns + clock.ticks_ns() - self._began


def _joined(yielded: list[Any]) -> Any:
    return "".join(yielded) if all(type(item) is str for item in yielded) else yielded


@guest
def _attached(scope: Scope) -> Any:
    return otel.attach(scope)


@guest
def _released(scope: Scope, before: Any) -> None:
    otel.release(scope, before)


class _Off(Step):
    """The handle that a program gets where the SDK is off: it does nothing, and everybody may share it."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("", "span", Scope(), 0, 0, is_sampled=False)
        self.is_ended = True

    def enter(self) -> None:
        """Nothing becomes current."""

    def leave(self) -> None:
        """Nothing was current."""


OFF = _Off()


def begun(name: str, kind: StepKind) -> Step:
    """Begin a step where the program is now; `OFF` where nothing is recorded. Never raises."""
    try:
        found = begin()
        return OFF if found is None else Step(name, kind, *found)
    except Exception as error:  # noqa: BLE001 - the guard, written out: a call less for each span
        report(error, "beginning a span")
        count_dropped("unreadable")
        return OFF
