"""Sample answers to what the pages of a session and of errors ask, from spans in memory."""

from collections.abc import Sequence
from typing import Any

from headwater.errors import BadRequest
from headwater.query import Conversation, FailureGroup, Failures, SessionListed, SpanShown, Turn, read_time, show_time

_STEP_S = 3600
_SORTS = ("count", "last_seen", "first_seen", "users", "sessions")


def conversation_of(
    session: SessionListed, calls: Sequence[SpanShown], sort: str, cursor: str | None, limit: int
) -> Conversation:
    """Replay calls, of each what no earlier one of them was given or gave."""
    ordered = sorted(calls, key=lambda call: call.start_time)
    turns = [_turn(ordered, at) for at in range(len(ordered))]
    if sort.startswith("-"):
        turns.reverse()
    begin = _begin(cursor)
    following = str(begin + limit) if len(turns) > begin + limit else None
    return Conversation(session=session, turns=tuple(turns[begin : begin + limit]), next=following)


def failures_of(failed: Sequence[SpanShown], now_ns: int, sort: str, cursor: str | None, limit: int) -> Failures:
    """Group failed spans by error, place and message; `trend` is by hour, from the first of them on."""
    if sort.removeprefix("-") not in _SORTS:
        raise BadRequest(f"sort: unknown order {sort!r}; use one of {', '.join(_SORTS)}")
    first = min((_ns(span) for span in failed), default=now_ns)
    groups: dict[tuple[str, ...], list[SpanShown]] = {}
    for span in sorted(failed, key=_ns):
        where = span.model or span.tool_name or span.name
        groups.setdefault((span.error_type, span.kind, span.provider, where, span.status_message), []).append(span)
    items = [_group(key, spans, first, now_ns, len(failed)) for key, spans in groups.items()]
    items.sort(key=lambda group: (getattr(group, sort.removeprefix("-")), group.fingerprint))
    if sort.startswith("-"):
        items.reverse()
    begin = _begin(cursor)
    return Failures(
        start=show_time(first),
        end=show_time(now_ns),
        step_s=_STEP_S,
        total=len(failed),
        grouped=len(failed),
        groups=len(items),
        trend=_trend(failed, first, now_ns),
        items=tuple(items[begin : begin + limit]),
        next=str(begin + limit) if len(items) > begin + limit else None,
    )


def _turn(calls: Sequence[SpanShown], at: int) -> Turn:
    call, earlier = calls[at], calls[:at]
    known = [message for each in earlier for message in (*each.input, *each.output)]
    new = {place: message for place, message in enumerate(call.input) if message not in known}
    before = next((n for n in range(at, 0, -1) if calls[n - 1].input and calls[n - 1].input[-1] in call.input), None)
    costs = [each.cost_usd for each in calls[: at + 1] if each.cost_usd is not None]
    same: dict[str, Any] = {name: getattr(call, name) for name in Turn.__struct_fields__ if hasattr(call, name)}
    gap = (_ns(call) - (read_time(earlier[-1].end_time, "end") or 0)) / 1e6 if earlier else None
    same |= {"input": tuple(new.values())}
    return Turn(
        **same,
        number=at + 1,
        gap_ms=gap,
        tokens_so_far=sum((each.input_tokens or 0) + (each.output_tokens or 0) for each in calls[: at + 1]),
        cost_so_far_usd=sum(costs) if costs else None,
        goes_on_from=before,
        repeated=len(call.input) - len(new),
        left_out=0,
        input_at=tuple(new),
    )


def _group(key: tuple[str, ...], spans: Sequence[SpanShown], first: int, now_ns: int, total: int) -> FailureGroup:
    error_type, kind, provider, where, message = key
    return FailureGroup(
        fingerprint=f"{hash(key) & 0xFFFF:016x}",
        error_type=error_type,
        kind=kind,
        provider=provider,
        where=where,
        message=message,
        sample=message,
        count=len(spans),
        share=len(spans) / total,
        traces=len({span.trace_id for span in spans}),
        users=len({span.user_id for span in spans if span.user_id}),
        sessions=len({span.session_id for span in spans if span.session_id}),
        first_seen=spans[0].start_time,
        last_seen=spans[-1].start_time,
        last_trace_id=spans[-1].trace_id,
        last_span_id=spans[-1].span_id,
        trend=_trend(spans, first, now_ns),
    )


def _trend(spans: Sequence[SpanShown], first: int, now_ns: int) -> tuple[int, ...]:
    buckets = [_ns(span) // (_STEP_S * 10**9) for span in spans]
    return tuple(buckets.count(at) for at in range(first // (_STEP_S * 10**9), -(-(now_ns + 1) // (_STEP_S * 10**9))))


def _begin(cursor: str | None) -> int:
    if cursor is not None and not cursor.isdigit():
        raise BadRequest(f"cursor: cannot read {cursor!r}; send the next of an earlier page, or none")
    return int(cursor or 0)


def _ns(span: SpanShown) -> int:
    return read_time(span.start_time, "start_time") or 0
