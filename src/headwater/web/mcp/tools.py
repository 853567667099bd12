"""Tools: the table of what can be called, each a question of the query room."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from pydantic import BaseModel

from headwater.access import Catalog
from headwater.query import VIEWS, Questions, UserLimits
from headwater.web.alerting import alerts_kept, firings_kept
from headwater.web.api.compare import pair_of
from headwater.web.asked import CALL_ONLY, TRACE_ONLY, Asked, call_filters, span_filters, trace_filters
from headwater.web.mcp.arguments import (
    Facet,
    Listed,
    Narrowed,
    Nothing,
    OneAlert,
    OneSession,
    OneSpan,
    OneTrace,
    OneUser,
    Replayed,
    Scored,
    Statement,
    Traded,
    TwoSpans,
    schema_of,
)

Question = Callable[[Questions], Any]
Kept = Callable[[Catalog, str], Any]
"""What the catalog is asked about a project."""

# The key says which project it is.
_NEVER = frozenset({"project"})
_NOT_OF_TRACES = _NEVER | CALL_ONLY
_NOT_OF_CALLS = _NEVER | TRACE_ONLY
_ALL_TIME = "All time when no range, start or end is given."
_NEWEST = "-start_time"
_LATEST = "-end_time"


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool: `question` makes a question of its arguments and the time (Unix nanoseconds), or `kept` one of the
    catalog."""

    name: str
    title: str
    description: str
    arguments: type[BaseModel]
    question: Callable[[Any, int], Question] = lambda asked, now_ns: lambda q: None
    kept: Callable[[Any], Kept] | None = None
    without: frozenset[str] = _NEVER

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its arguments."""
        return schema_of(self.arguments, self.without)


def _traces(asked: Listed, now_ns: int) -> Question:
    filters, sort = trace_filters(asked, now_ns), asked.sort or _NEWEST
    return lambda q: q.traces(filters, sort, asked.cursor, asked.limit)


def _calls(asked: Listed, now_ns: int) -> Question:
    filters, sort = call_filters(asked, now_ns), asked.sort or _NEWEST
    return lambda q: q.calls(filters, sort, asked.cursor, asked.limit)


def _spans(asked: Listed, now_ns: int) -> Question:
    filters, sort = span_filters(asked, now_ns), asked.sort or _NEWEST
    return lambda q: q.spans(filters, sort, asked.cursor, asked.limit)


def _sessions(asked: Listed, now_ns: int) -> Question:
    filters, sort = trace_filters(asked, now_ns), asked.sort or _LATEST
    return lambda q: q.sessions(filters, sort, asked.cursor, asked.limit)


def _users(asked: Listed, now_ns: int) -> Question:
    filters, sort = trace_filters(asked, now_ns), asked.sort or _LATEST
    return lambda q: q.users(filters, sort, asked.cursor, asked.limit)


def _totals(asked: Narrowed, now_ns: int) -> Question:
    filters = call_filters(asked, now_ns)
    return lambda q: q.totals(filters=filters)


def _errors(asked: Listed, now_ns: int) -> Question:
    filters, sort = span_filters(asked, now_ns), asked.sort or "-count"
    return lambda q: q.failures(filters, sort, asked.cursor, asked.limit)


def _models(asked: Narrowed, now_ns: int) -> Question:
    filters, sort = call_filters(asked, now_ns), asked.sort or "-cost"
    return lambda q: q.models(filters, sort)


def _used_tools(asked: Narrowed, now_ns: int) -> Question:
    filters, sort = trace_filters(asked, now_ns), asked.sort or "-calls"
    return lambda q: {"loops": q.loops(filters, 20), **msgspec.structs.asdict(q.tools(filters, sort))}


def _agents(asked: Narrowed, now_ns: int) -> Question:
    filters, sort = trace_filters(asked, now_ns), asked.sort or "-calls"
    return lambda q: q.agents(filters, sort)


def _scores(asked: Scored, now_ns: int) -> Question:
    filters, sort = trace_filters(asked, now_ns), asked.sort or "scaled"
    return lambda q: {
        "scores": q.scores(filters),
        "by_model": q.scores_by("model", filters),
        **msgspec.structs.asdict(q.judgements(filters, asked.score, sort, asked.cursor, asked.limit)),
    }


def _compared(asked: TwoSpans, now_ns: int) -> Question:
    a, b = pair_of(asked.a, "a"), pair_of(asked.b, "b")
    return lambda q: q.compare(a, b)


def _broken(asked: Narrowed, now_ns: int) -> Question:
    filters = call_filters(asked, now_ns)
    return lambda q: q.broken_prefixes(filters, 20)


def _prices(asked: Narrowed, now_ns: int) -> Question:
    filters = call_filters(asked, now_ns)
    return lambda q: q.prices(filters)


def _what_if(asked: Traded, now_ns: int) -> Question:
    filters = call_filters(Asked(**{name: getattr(asked, name) for name in Asked.model_fields}), now_ns)
    return lambda q: q.what_if(filters, asked.at_provider, asked.at_model)


def _user(asked: OneUser, now_ns: int) -> Question:
    filters = trace_filters(asked, now_ns)
    return lambda q: q.user(asked.user_id, filters)


def _facets(asked: Facet, now_ns: int) -> Question:
    return lambda q: {"items": q.facets(asked.facet, asked.contains, asked.start, asked.limit)}


def _sql(asked: Statement, now_ns: int) -> Question:
    return lambda q: q.sql(asked.sql, UserLimits(rows=asked.limit))


def _views(asked: Nothing, now_ns: int) -> Question:
    views = {
        view.name: {"what": view.what, "columns": [f"{name} {kind}: {what}" for name, kind, what in view.columns]}
        for view in VIEWS
    }
    return lambda q: views


_TABLE = (
    Tool(
        name="search_traces",
        title="Search traces",
        description="Find traces (one run of a program each), newest first, by text in their messages, user, session,"
        f" model, tool, error, cost, duration and more. {_ALL_TIME} sort: start_time, duration, cost, tokens or errors,"
        " with - before it for descending.",
        arguments=Listed,
        question=_traces,
        without=_NOT_OF_TRACES,
    ),
    Tool(
        name="get_trace",
        title="Show a trace",
        description="One trace: its sums and its spans in tree order, with previews of what went in and came out.",
        arguments=OneTrace,
        question=lambda asked, now_ns: lambda q: q.trace(asked.trace_id, asked.offset, asked.limit, is_outlined=False),
    ),
    Tool(
        name="get_span",
        title="Show a span",
        description="One span with its messages, tool calls, parameters, tokens, the lines of its cost, and its error.",
        arguments=OneSpan,
        question=lambda asked, now_ns: lambda q: q.span(asked.trace_id, asked.span_id),
    ),
    Tool(
        name="search_calls",
        title="Search calls",
        description="Find requests to models, newest first; each counts once, however many instruments saw it."
        f" {_ALL_TIME} sort: start_time, duration, cost, tokens or ttft, with - before it for descending.",
        arguments=Listed,
        question=_calls,
        without=_NOT_OF_CALLS,
    ),
    Tool(
        name="search_spans",
        title="Search spans",
        description=f"Find steps of any kind (calls, tools, agents, retrievals, …), newest first. {_ALL_TIME}"
        " sort: start_time, duration, cost, tokens or ttft, with - before it for descending.",
        arguments=Listed,
        question=_spans,
    ),
    Tool(
        name="list_sessions",
        title="List sessions",
        description="Sessions (conversations) with their traces, calls, errors, tokens and cost, last active first."
        " sort: end_time, start_time, traces, errors, tokens or cost, with - before it for descending.",
        arguments=Listed,
        question=_sessions,
        without=_NOT_OF_TRACES,
    ),
    Tool(
        name="get_session",
        title="Show a session",
        description="One session's sums; its traces are those of search_traces with session.",
        arguments=OneSession,
        question=lambda asked, now_ns: lambda q: q.session(asked.session_id),
    ),
    Tool(
        name="get_conversation",
        title="Replay a session",
        description="A session from its beginning: its calls in all its traces, each with its new messages only.",
        arguments=Replayed,
        question=lambda asked, now_ns: (
            lambda q: q.conversation(asked.session_id, cursor=asked.cursor, limit=asked.limit)
        ),
    ),
    Tool(
        name="list_users",
        title="List users",
        description="End users with their traces, sessions, calls, errors, tokens and cost, last active first."
        " sort: end_time, start_time, traces, errors, tokens or cost, with - before it for descending.",
        arguments=Listed,
        question=_users,
        without=_NOT_OF_TRACES,
    ),
    Tool(
        name="get_user",
        title="Show a user",
        description="One end user: cost and its share of all, failed traces, tokens and times of a period beside the"
        f" one before it, models, a trend. {_ALL_TIME}",
        arguments=OneUser,
        question=_user,
        without=_NOT_OF_TRACES | {"sort", "user"},
    ),
    Tool(
        name="get_totals",
        title="Sum calls",
        description=f"Calls, errors, tokens, cost and latencies over what the filters leave. {_ALL_TIME}",
        arguments=Narrowed,
        question=_totals,
        without=_NOT_OF_CALLS | {"sort"},
    ),
    Tool(
        name="list_models",
        title="List models",
        description="Models and providers with calls, errors, tokens, cost, what the cache saved, and latencies."
        " sort: cost, calls, tokens, errors, cached, saved, p50, p95 and more, with - before it for descending.",
        arguments=Narrowed,
        question=_models,
        without=_NOT_OF_CALLS,
    ),
    Tool(
        name="list_prices",
        title="List prices",
        description="Models with the prices per million tokens that their calls were priced at, the price of the next"
        " call (null where none is known) and where it comes from; those without a price first.",
        arguments=Narrowed,
        question=_prices,
        without=_NOT_OF_CALLS | {"sort"},
    ),
    Tool(
        name="what_if_model",
        title="Price calls as another model's",
        description="What the calls that the filters leave would have cost at the model at_model, by the tokens that"
        " they really used; read the caveat that comes with it.",
        arguments=Traded,
        question=_what_if,
        without=_NOT_OF_CALLS | {"sort"},
    ),
    Tool(
        name="list_errors",
        title="List errors",
        description="Failed steps in groups of one error, place and message, the most frequent first, each with its"
        " newest trace and span. sort: count, last_seen, first_seen, users or sessions, with - before it.",
        arguments=Listed,
        question=_errors,
    ),
    Tool(
        name="list_tools",
        title="List tools",
        description="The tools that programs called: calls, failures, times, newest failure; and the worst loops, where"
        " one was called with the same arguments three times or more in a trace."
        " sort: name, calls, errors, p50, p95, total or traces, with - before it for descending.",
        arguments=Narrowed,
        question=_used_tools,
        without=_NOT_OF_TRACES,
    ),
    Tool(
        name="list_agents",
        title="List agents",
        description="Agents with runs, failures, times, steps, calls, tokens, cost and the tools they used; a step"
        " counts for the nearest agent above it."
        " sort: name, calls (runs), errors, p50, p95, total, steps, cost or tokens, with - before it for descending.",
        arguments=Narrowed,
        question=_agents,
        without=_NOT_OF_TRACES,
    ),
    Tool(
        name="list_scores",
        title="List scores and feedback",
        description="Scores and feedback: by name with count, mean, labels, likes and dislikes; by model; and singly"
        " with their comments, the worst first. sort: scaled (worst first) or time, with - before it for descending.",
        arguments=Scored,
        question=_scores,
        without=_NOT_OF_TRACES,
    ),
    Tool(
        name="compare_spans",
        title="Compare two spans",
        description="Two calls (or any spans) side by side: parameters, tokens, cost and times, and of their messages"
        " and tools only what changed, was added or was left out.",
        arguments=TwoSpans,
        question=_compared,
    ),
    Tool(
        name="list_broken_prefixes",
        title="List broken prefixes",
        description="Calls whose prompt was in the provider's cache and was not read from it: why (model, tools,"
        " system, message, expired, provider), from which message on, and what it cost; those that cost most first.",
        arguments=Narrowed,
        question=_broken,
        without=_NOT_OF_CALLS | {"sort"},
    ),
    Tool(
        name="list_alerts",
        title="List alerts",
        description="The alerts of the project and how each stands (ok, pending, firing), those that fire first, with"
        " the value and the bound of the window that was looked at last.",
        arguments=Nothing,
        kept=lambda asked: lambda catalog, project: {"items": alerts_kept(catalog, project)},
    ),
    Tool(
        name="alert_history",
        title="History of an alert",
        description="When an alert fired, the newest first, its values, the calls to look at, and who was told.",
        arguments=OneAlert,
        kept=lambda asked: lambda catalog, project: firings_kept(catalog, project, asked.alert, asked.limit),
    ),
    Tool(
        name="list_facet_values",
        title="List values of a facet",
        description="The values that a facet has had, such as all models, users, tags or error types.",
        arguments=Facet,
        question=_facets,
    ),
    Tool(
        name="describe_sql",
        title="Describe the SQL views",
        description="The views that query_sql reads (calls, spans, traces, sessions, messages), each with its columns.",
        arguments=Nothing,
        question=_views,
    ),
    Tool(
        name="query_sql",
        title="Query with SQL",
        description="Run one read-only SELECT in ClickHouse's dialect over the views of describe_sql. Bound start_time,"
        " aggregate, and leave input and output out where they are not needed.",
        arguments=Statement,
        question=_sql,
    ),
)
TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in _TABLE}
