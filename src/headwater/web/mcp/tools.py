"""Tools: the table of what can be called, each a question of the query room."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from pydantic import BaseModel

from headwater.query import Questions, UserLimits
from headwater.web.asked import CALL_ONLY, TRACE_ONLY, call_filters, span_filters, trace_filters
from headwater.web.mcp.arguments import (
    Facet,
    Listed,
    Narrowed,
    Nothing,
    OneSession,
    OneSpan,
    OneTrace,
    Replayed,
    Statement,
    schema_of,
)
from headwater.web.pages.query_views import VIEWS

Question = Callable[[Questions], Any]

# The key says which project it is.
_NEVER = frozenset({"project"})
_NOT_OF_TRACES = _NEVER | CALL_ONLY
_NOT_OF_CALLS = _NEVER | TRACE_ONLY
_ALL_TIME = "All time when no range, start or end is given."
_NEWEST = "-start_time"
_LATEST = "-end_time"


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool: `question` makes a question of its arguments and the time (Unix nanoseconds)."""

    name: str
    title: str
    description: str
    arguments: type[BaseModel]
    question: Callable[[Any, int], Question]
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
        name="list_errors",
        title="List errors",
        description="Failed steps in groups of one error, place and message, the most frequent first, each with its"
        " newest trace and span. sort: count, last_seen, first_seen, users or sessions, with - before it.",
        arguments=Listed,
        question=_errors,
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
