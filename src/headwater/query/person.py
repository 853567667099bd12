"""Person: one end user of the observed program: what a period cost and how it failed, beside the one before it.

All is summed over whole traces of the user, because a sender may name the user on a trace's first span only.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from headwater.errors import NotFound
from headwater.query.answers import Answer
from headwater.query.ask import Asker, Row
from headwater.query.conditions import IN_WINDOW, IS_CALL, Conditions, trace_conditions
from headwater.query.filters import TraceFilters
from headwater.query.periods import periods_of
from headwater.query.steps import in_traces
from headwater.query.stretches import Stretch, stretch_of
from headwater.query.times import SECOND_NS, show_time
from headwater.query.windows import Window

_MAX_MODELS = 100
_AT_ONCE = 3


class UserSums(Answer, frozen=True, kw_only=True):
    """What the traces of a user come to. `failed_traces` have a step in error; durations are of whole traces."""

    traces: int
    failed_traces: int
    sessions: int
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    unpriced_calls: int
    p50_ms: float | None
    p95_ms: float | None


class UserPoint(Answer, frozen=True, kw_only=True):
    """A bucket of time."""

    time: str
    traces: int
    failed_traces: int
    cost_usd: float
    tokens: int


class UserModel(Answer, frozen=True, kw_only=True):
    """A model that was asked in the user's traces."""

    provider: str
    model: str
    calls: int
    errors: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None


class UserShown(Answer, frozen=True, kw_only=True):
    """A user: the period, the one of the same length before it (None where the period has no beginning), and all.

    `cost_share` is of the cost of all traces of the period that the other filters leave, from 0 to 1. `points` are
    buckets of `step_s` seconds. `first_seen` and `last_seen` are of all time.
    """

    user_id: str
    first_seen: str
    last_seen: str
    start: str
    end: str
    step_s: int
    now: UserSums
    before: UserSums | None
    cost_share: float | None
    points: tuple[UserPoint, ...]
    models: tuple[UserModel, ...]


_SUMS = (
    "count(), countIf(error_count > 0), uniqExactIf(session_id, session_id != ''), sum(call_count), sum(input_tokens),"
    " sum(output_tokens), toFloat64(ifNull(sum(cost_usd), 0)), sum(unpriced_calls),"
    " quantilesTDigest(0.5, 0.95)(duration_ns)"
)
_SEEN = (
    "SELECT count(), min(toUnixTimestamp64Nano(start_time)), max(toUnixTimestamp64Nano(end_time))"
    " FROM headwater.traces FINAL WHERE project = {project:String} AND user_id = {user:String}"
)


def show_user(ask: Asker, user_id: str, filters: TraceFilters) -> UserShown:
    """Return a user and their traces that the filters leave; raises NotFound, BadRequest."""
    count, first_ns, last_ns = ask.rows(_SEEN, {"user": user_id})[0]
    if not count:
        raise NotFound(f"no user {user_id[:80]!r} in this project; a user is known by the user.id on spans")
    periods = periods_of(filters)
    own = msgspec.structs.replace(filters, users=(user_id,))
    conditions, stretch = trace_conditions(own), stretch_of(ask, periods.now)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        now = pool.submit(_sums, ask, conditions, periods.now)
        before = None if periods.before is None else pool.submit(_sums, ask, conditions, periods.before)
        whole_usd = pool.submit(_cost_of_all, ask, filters, periods.now)
        points = pool.submit(_points, ask, conditions, stretch)
        models = pool.submit(_models, ask, own, periods.now)
    return UserShown(
        user_id=user_id,
        first_seen=show_time(int(first_ns)),
        last_seen=show_time(int(last_ns)),
        start=show_time(stretch.window.low),
        end=show_time(stretch.window.high),
        step_s=stretch.step_s,
        now=now.result(),
        before=None if before is None else before.result(),
        cost_share=now.result().cost_usd / whole_usd.result() if whole_usd.result() else None,
        points=points.result(),
        models=models.result(),
    )


def _sums(ask: Asker, conditions: Conditions, window: Window) -> UserSums:
    sql = f"SELECT {_SUMS} FROM headwater.traces FINAL WHERE {conditions.sql(IN_WINDOW)}"
    *sums, times = ask.rows(sql, {**conditions.parameters, "low": window.low, "high": window.high})[0]
    p50, p95 = [None if each != each else float(each) / 1e6 for each in times]
    names = UserSums.__struct_fields__[:-2]
    return UserSums(**dict(zip(names, sums, strict=True)), p50_ms=p50, p95_ms=p95)


def _cost_of_all(ask: Asker, filters: TraceFilters, window: Window) -> float:
    conditions = trace_conditions(msgspec.structs.replace(filters, users=()))
    sql = f"SELECT toFloat64(ifNull(sum(cost_usd), 0)) FROM headwater.traces FINAL WHERE {conditions.sql(IN_WINDOW)}"
    return float(ask.rows(sql, {**conditions.parameters, "low": window.low, "high": window.high})[0][0])


def _points(ask: Asker, conditions: Conditions, stretch: Stretch) -> tuple[UserPoint, ...]:
    sql = (
        f"SELECT {stretch.bucket()} AS bucket, count(), countIf(error_count > 0), toFloat64(ifNull(sum(cost_usd), 0)),"
        f" sum(input_tokens) + sum(output_tokens) FROM headwater.traces FINAL WHERE {conditions.sql(IN_WINDOW)}"
        " GROUP BY bucket"
    )
    bounds = {"low": stretch.window.low, "high": stretch.window.high}
    found: dict[int, Row] = {int(row[0]): row for row in ask.rows(sql, {**conditions.parameters, **bounds})}
    nothing: Row = (0, 0, 0, 0.0, 0)

    def point(at: int) -> UserPoint:
        _, traces, failed, cost, tokens = found.get(at, nothing)
        time = show_time(at * stretch.step_s * SECOND_NS)
        return UserPoint(time=time, traces=traces, failed_traces=failed, cost_usd=cost, tokens=tokens)

    return tuple([point(at) for at in stretch.times])


def _models(ask: Asker, filters: TraceFilters, window: Window) -> tuple[UserModel, ...]:
    conditions = in_traces(filters)
    sql = (
        "SELECT toString(provider), toString(model), count() AS calls, countIf(status = 'error'),"
        " sum(ifNull(input_tokens, 0)), sum(ifNull(output_tokens, 0)), toFloat64(sum(cost_usd)) AS cost"
        f" FROM headwater.spans FINAL WHERE {conditions.sql(IN_WINDOW, IS_CALL)} GROUP BY provider, model"
        f" ORDER BY ifNull(cost, 0) DESC, calls DESC, model LIMIT {_MAX_MODELS}"
    )
    parameters: dict[str, Any] = {**conditions.parameters, "low": window.low, "high": window.high}
    names = UserModel.__struct_fields__
    return tuple([UserModel(**dict(zip(names, row, strict=True))) for row in ask.rows(sql, parameters)])
