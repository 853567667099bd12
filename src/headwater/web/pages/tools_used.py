"""The page of tools and agents: which tool is slow, fails or goes in circles, and what each agent's runs come to."""

import asyncio
from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.errors import BadRequest
from headwater.query import AGENT_ORDERS, LOOP_TIMES, TOOL_ORDERS, AgentsUsed, AgentUsed, ToolsUsed, ToolUsed
from headwater.web.asked import Asked, query_pairs, read_asked, trace_filters
from headwater.web.desk import Desk
from headwater.web.pages.filtering import CHOICES
from headwater.web.pages.overview import has_any, narrowing
from headwater.web.pages.overview_numbers import per_cent
from headwater.web.pages.sorting import Column, sort_heads
from headwater.web.pages.start import start
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.numbers import count, exact, per
from headwater.web.shown.spark import spark

PLACE = "/tools"
BELOW = "/tools/below"
_SORT = "-calls"
_LOOPS = 20
_NAMED = 3
_CHOSEN = tuple(
    choice for choice in CHOICES if choice.key in ("tool", "model", "user", "session", "environment", "service", "tag")
)
_TOOLS = (
    Column("name", "Tool", "As its sender named it", is_number=False),
    Column("", "Trend", "Calls over time, failed ones in red", is_number=False),
    Column("calls", "Calls", "How often it was called"),
    Column("errors", "Errors", "Share of the calls that failed"),
    Column("p50", "p50", "Half of the calls took at most this"),
    Column("p95", "p95", "95 of 100 calls took at most this"),
    Column("total", "Time in all", "The time of all calls together"),
    Column("traces", "Traces", "Traces in which it was called"),
    Column("", "Last error", "The newest failure; opens its span", is_number=False),
)
_AGENTS = (
    Column("name", "Agent", "As its sender named it", is_number=False),
    Column("", "Trend", "Runs over time, failed ones in red", is_number=False),
    Column("calls", "Runs", "How often it ran"),
    Column("errors", "Errors", "Share of the runs that failed"),
    Column("p50", "p50", "Half of the runs took at most this"),
    Column("p95", "p95", "95 of 100 runs took at most this"),
    Column("steps", "Steps a run", "Spans below a run, those of agents below it left out: on average, and at most"),
    Column("tokens", "Tokens", "Input and output of its own calls"),
    Column("cost", "Cost", "US dollars for its own calls, without those of agents below it"),
    Column("", "Tools", "Tools that it used, most used first", is_number=False),
)


class ToolLine(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as it is shown."""

    used: ToolUsed
    href: str
    failed: str
    slowest: str
    last: str
    failing: str
    calls_path: str
    failed_path: str
    says: str


class AgentLine(msgspec.Struct, frozen=True, kw_only=True):
    """An agent as it is shown."""

    used: AgentUsed
    href: str
    failed: str
    longest: str
    failing: str
    steps: float
    calls_path: str
    failed_path: str
    says: str


async def tools_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /tools."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_asked(request.query_params, "7d")
    filters = trace_filters(asked, here.now_ns)
    of_tools, _ = _sorts(asked.sort or _SORT)
    tools = await desk.ask(visitor, lambda q: q.tools(filters, of_tools))
    values = {
        **narrowing(asked, here, PLACE),
        "choices": _CHOSEN,
        "panel_say": "Only tools and agents of traces that have all of these. Pick a value or type its beginning.",
        "tool_heads": sort_heads(_TOOLS, asked, here, PLACE, _SORT),
        "tools": [_tool(used, tools, asked, here) for used in tools.tools],
        "has_more_tools": tools.is_partial,
        "below": here.link_pairs(BELOW, query_pairs(asked)),
        "has_any": bool(tools.tools) or await has_any(desk, visitor),
        **start(desk, request, here),
    }
    response = renderer.page("tools.html", here, values)
    # Only htmx reads it: the address bar then shows one spelling, without what nobody filled in.
    response.headers["hx-push-url"] = here.link_pairs(PLACE, query_pairs(asked))
    return response


async def tools_below(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /tools/below: loops and agents, which take longer, fetched once the tools are there; a page where no script
    runs."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_asked(request.query_params, "7d")
    filters = trace_filters(asked, here.now_ns)
    _, of_agents = _sorts(asked.sort or _SORT)
    agents, loops = await asyncio.gather(
        desk.ask(visitor, lambda q: q.agents(filters, of_agents)),
        desk.ask(visitor, lambda q: q.loops(filters, _LOOPS)),
    )
    values = {
        "agent_heads": sort_heads(_AGENTS, asked, here, PLACE, _SORT),
        "agents": [_agent(used, agents, asked, here) for used in agents.agents],
        "loops": loops,
        "loop_times": LOOP_TIMES,
        "named": _NAMED,
        "since": agents.start if agents.is_partial else "",
        "whole": here.link_pairs(PLACE, query_pairs(asked)),
    }
    is_piece = "hx-request" in request.headers
    return renderer.page("parts/agents.html" if is_piece else "tools_below.html", here, values)


def _sorts(sort: str) -> tuple[str, str]:
    """One word sorts both tables; the one that does not know it stays as it usually is."""
    name = sort.removeprefix("-")
    if name not in TOOL_ORDERS and name not in AGENT_ORDERS:
        allowed = ", ".join(dict.fromkeys((*TOOL_ORDERS, *AGENT_ORDERS)))
        raise BadRequest(f"sort: unknown order {sort[:80]!r}; use one of {allowed}, with - before it for descending")
    return sort if name in TOOL_ORDERS else _SORT, sort if name in AGENT_ORDERS else _SORT


def _tool(used: ToolUsed, of: ToolsUsed, asked: Asked, here: Here) -> ToolLine:
    return ToolLine(
        used=used,
        href=_traces(asked, here, tool=[used.tool]),
        failed=_traces(asked, here, tool=[used.tool], has_error=True),
        slowest=_traces(asked, here, tool=[used.tool], sort="-duration"),
        last=here.link(f"/traces/{used.last_error_trace_id}", span=used.last_error_span_id),
        failing=per_cent(used.error_share),
        calls_path=spark(used.trend),
        failed_path=spark(used.failed_trend, max(used.trend, default=0)),
        says=_says(used.trend, of.step_s, "call"),
    )


def _agent(used: AgentUsed, of: AgentsUsed, asked: Asked, here: Here) -> AgentLine:
    return AgentLine(
        used=used,
        href=_traces(asked, here, agent=[used.agent]),
        failed=_traces(asked, here, agent=[used.agent], has_error=True),
        longest=here.link(f"/traces/{used.most_steps_trace_id}", span=used.most_steps_span_id),
        failing=per_cent(used.error_share),
        steps=used.steps / used.runs,
        calls_path=spark(used.trend),
        failed_path=spark(used.failed_trend, max(used.trend, default=0)),
        says=_says(used.trend, of.step_s, "run"),
    )


def _says(trend: Sequence[int], step_s: int, thing: str) -> str:
    most = max(trend, default=0)
    return f"at most {exact(most)} {thing}{'s' * (most != 1)} per {per(step_s)}, {count(sum(trend))} in all"


def _traces(asked: Asked, here: Here, **changed: object) -> str:
    return here.link_pairs("/traces", query_pairs(asked, **{"sort": None, **changed}))
