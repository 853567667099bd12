"""Agents: what each agent's runs took, cost and used.

A step belongs to the nearest agent above it, so what a colleague of an agent does is the colleague's and sums add up.
Who is above whom is found within each trace by arrays of numbered spans; that is bounded: of the newest traces with an
agent as many as hold `_MOST_SPANS` spans, without those of more than `_LARGEST_TRACE`. The answer says since when.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from typing import Any

from headwater.query.answers import Answer
from headwater.query.ask import Asker, Row
from headwater.query.conditions import IN_WINDOW, Conditions, trace_conditions
from headwater.query.filters import TraceFilters
from headwater.query.found import bounds_of
from headwater.query.steps import Orders, known, ordered
from headwater.query.stretches import Stretch, stretch_of
from headwater.query.times import milliseconds, show_time
from headwater.query.tools import LABEL as TOOL
from headwater.query.windows import Window

_MOST_SPANS = 100_000
_LARGEST_TRACE = 1_000
_MAX_AGENTS = 500
_MAX_TOOLS = 50
# Each time whoever is above is asked who is above him: after six times up to 64 above.
_TIMES = 6


class AgentUsed(Answer, frozen=True, kw_only=True):
    """What an agent's runs came to, without what other agents did below it. Costs are US dollars.

    `steps` are the spans below its runs, of which `calls` are of models. `most_steps` is of the longest run, the span
    `most_steps_span_id` of `most_steps_trace_id`. `tools` are those that it used, most used first, `tool_times` how
    often each. `trend` counts runs by bucket from the answer's `start` on, `failed_trend` those that failed.
    """

    agent: str
    runs: int
    errors: int
    error_share: float
    p50_ms: float
    p95_ms: float
    total_ms: float
    traces: int
    steps: int
    most_steps: int
    most_steps_trace_id: str
    most_steps_span_id: str
    calls: int
    cost_usd: float | None
    unpriced_calls: int
    input_tokens: int
    output_tokens: int
    tools: tuple[str, ...]
    tool_times: tuple[int, ...]
    trend: tuple[int, ...]
    failed_trend: tuple[int, ...]


class AgentsUsed(Answer, frozen=True, kw_only=True):
    """The agents of a stretch of time, in buckets of `step_s` seconds.

    `is_partial`: only the newest runs were looked at, those of traces from `start` on, or only small traces.
    """

    start: str
    end: str
    step_s: int
    agents: tuple[AgentUsed, ...]
    is_partial: bool = False


AGENT_ORDERS: Orders = {
    "name": lambda used: used.agent.lower(),
    "calls": lambda used: used.runs,
    "errors": lambda used: used.error_share,
    "p50": lambda used: known(used.p50_ms),
    "p95": lambda used: known(used.p95_ms),
    "total": lambda used: used.total_ms,
    "traces": lambda used: used.traces,
    "steps": lambda used: used.steps / used.runs,
    "cost": lambda used: known(used.cost_usd),
    "tokens": lambda used: used.input_tokens + used.output_tokens,
}
"""The orders of agents by their names; `calls` is of runs."""

_LABEL = "if(agent_name != '', toString(agent_name), toString(name))"
_HAS_AGENT = "has(kinds, 'agent')"
_SINCE = (
    "SELECT count(), countIf(so_far <= {most_spans:UInt64}), minIf(start, so_far <= {most_spans:UInt64}) FROM"
    " (SELECT toUnixTimestamp64Nano(start_time) AS start,"
    " sum(if(span_count <= {largest:UInt32}, span_count, 0)) OVER (ORDER BY start_time DESC, trace_id) AS so_far"
    " FROM headwater.traces FINAL WHERE {where})"
)
_SPANS = (
    f"SELECT trace_id, cityHash64(span_id) AS id, cityHash64(parent_span_id) AS parent, span_id, kind = 'agent' AS"
    f" is_agent, kind, if(is_agent, {_LABEL}, if(kind = 'tool', {TOOL}, '')) AS label, status = 'error' AS failed,"
    " duration_ns, cost_usd, input_tokens, output_tokens, start_time FROM headwater.spans FINAL"
    f" WHERE {IN_WINDOW} AND folded_into = '' AND trace_id IN (SELECT trace_id FROM headwater.traces FINAL WHERE"
    " {where} AND span_count <= {largest:UInt32}) SETTINGS max_block_size = 65409"
)


def _owned() -> str:
    """The spans, each with the number of the nearest agent at or above it among its trace's spans; 0 for none."""
    above = "arrayMap((p, a, at) -> if(a, at, indexOf(ids, p)), parents, agents, arrayEnumerate(ids)) AS above_0"
    further = [f"arrayMap(at -> above_{n}[at], above_{n}) AS above_{n + 1}" for n in range(_TIMES)]
    row = "(span_id, is_agent, kind, label, failed, duration_ns, cost_usd, input_tokens, output_tokens, start_time)"
    return (
        f"SELECT trace_id, groupArray(id) AS ids, groupArray(parent) AS parents, groupArray(is_agent) AS agents,"
        f" groupArray({row}) AS rows, {', '.join([above, *further])} FROM ({_SPANS}) GROUP BY trace_id"
    )


_RUNS = (
    f"SELECT trace_id, above, anyIf(row.4, row.2) AS agent, anyIf(row.1, row.2) AS span_id, anyIf(row.5, row.2) AS"
    " failed, anyIf(row.6, row.2) AS took_ns, anyIf(row.10, row.2) AS start_time, count() - 1 AS steps,"
    " countIf(row.3 = 'call') AS calls, sumIf(row.7, row.3 = 'call') AS cost, countIf(row.3 = 'call' AND row.7 IS NULL)"
    " AS unpriced, sumIf(ifNull(row.8, 0), row.3 = 'call') AS given, sumIf(ifNull(row.9, 0), row.3 = 'call') AS gave,"
    " sumMapIf(map(row.4, 1), row.3 = 'tool') AS tools, max(row.2) AS has_agent"
    f" FROM ({_owned()}) ARRAY JOIN above_{_TIMES} AS above, rows AS row WHERE above > 0"
    " GROUP BY trace_id, above HAVING has_agent"
)


def list_agents(ask: Asker, filters: TraceFilters, sort: str) -> AgentsUsed:
    """Return the agents in the traces that the filters leave; raises BadRequest."""
    conditions = trace_conditions(filters)
    asked = stretch_of(ask, bounds_of(filters))
    stretch, is_partial = _newest(ask, conditions, asked)
    where = conditions.sql(IN_WINDOW, _HAS_AGENT)
    is_wanted = "agent IN {labels:Array(String)}" if filters.agents else "1"
    sql = (
        "SELECT agent, count() AS runs, countIf(failed), quantilesTDigest(0.5, 0.95)(took_ns), sum(took_ns),"
        " uniqExact(trace_id), sum(steps), argMax((steps, trace_id, span_id), (steps, start_time)), sum(calls),"
        " toFloat64(sum(cost)), sum(unpriced), sum(given), sum(gave), sumMap(tools),"
        f" sumMap(map({stretch.bucket()}, 1)), sumMapIf(map({stretch.bucket()}, 1), failed)"
        f" FROM ({_RUNS.replace('{where}', where)}) WHERE {is_wanted}"
        " GROUP BY agent ORDER BY runs DESC, agent LIMIT {most:UInt32}"
        # Arrays that a lambda looks into are held once an element, so few traces are held at once.
        " SETTINGS max_block_size = 512"
    )
    parameters = {**conditions.parameters, **_bounds(stretch.window), "labels": list(filters.agents)}
    rows = ask.rows(sql, {**parameters, "most": _MAX_AGENTS + 1})
    return AgentsUsed(
        start=show_time(stretch.window.low),
        end=show_time(stretch.window.high),
        step_s=stretch.step_s,
        agents=ordered([_used(row, stretch) for row in rows[:_MAX_AGENTS]], AGENT_ORDERS, sort),
        is_partial=is_partial or len(rows) > _MAX_AGENTS,
    )


def _newest(ask: Asker, conditions: Conditions, asked: Stretch) -> tuple[Stretch, bool]:
    """The part of a stretch that holds the newest traces with an agent, and whether it is a part."""
    sql = _SINCE.replace("{where}", conditions.sql(IN_WINDOW, _HAS_AGENT))
    parameters = {**conditions.parameters, **_bounds(asked.window), "most_spans": _MOST_SPANS}
    count, held, since_ns = ask.rows(sql, parameters)[0]
    if held == count:
        return asked, False
    window = Window(max(asked.window.low, int(since_ns)), asked.window.high)
    return Stretch(window, asked.step_s), True


def _bounds(window: Window) -> dict[str, Any]:
    return {"low": window.low, "high": window.high, "largest": _LARGEST_TRACE}


def _used(row: Row, stretch: Stretch) -> AgentUsed:
    runs, errors, calls, unpriced = int(row[1]), int(row[2]), int(row[8]), int(row[10])
    p50, p95 = row[3]
    most, trace_id, span_id = row[7]
    tools = sorted(dict(row[13]).items(), key=lambda each: (-each[1], each[0]))[:_MAX_TOOLS]
    trend, failed = dict(row[14]), dict(row[15])
    return AgentUsed(
        agent=str(row[0]),
        runs=runs,
        errors=errors,
        error_share=errors / runs,
        p50_ms=float(p50) / 1e6,
        p95_ms=float(p95) / 1e6,
        total_ms=milliseconds(row[4]),
        traces=int(row[5]),
        steps=int(row[6]),
        most_steps=int(most),
        most_steps_trace_id=str(trace_id),
        most_steps_span_id=str(span_id),
        calls=calls,
        cost_usd=None if calls and unpriced == calls else float(row[9] or 0),
        unpriced_calls=unpriced,
        input_tokens=int(row[11]),
        output_tokens=int(row[12]),
        tools=tuple([str(tool) for tool, _ in tools]),
        tool_times=tuple([int(times) for _, times in tools]),
        trend=tuple([int(trend.get(at, 0)) for at in stretch.times]),
        failed_trend=tuple([int(failed.get(at, 0)) for at in stretch.times]),
    )
