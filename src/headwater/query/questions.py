"""Questions: everything that pages and the API ask of one project, in one place."""

from collections.abc import Callable, Sequence

from headwater.pricing import PriceBook
from headwater.query.agents import AgentsUsed, list_agents
from headwater.query.answers import (
    CallListed,
    Charted,
    FacetValue,
    Page,
    SessionListed,
    SpanFound,
    Table,
    TimeSeries,
    Totals,
    TraceListed,
    UserListed,
)
from headwater.query.arrivals import Arrivals, list_arrivals
from headwater.query.ask import Asker
from headwater.query.attributes import AttributesSeen, Wanted, list_attributes
from headwater.query.breaks import BrokenPrefixes, list_breaks
from headwater.query.compared import Compared, compare
from headwater.query.conversation import show_conversation
from headwater.query.facets import list_values
from headwater.query.failures import Failures, list_failures
from headwater.query.files import ListFile, calls_file, traces_file
from headwater.query.filters import CallFilters, SpanFilters, TraceFilters
from headwater.query.found import list_calls, list_spans, list_traces
from headwater.query.judged import list_judgements, split_scores, sum_scores
from headwater.query.lookup import Hit, look_up
from headwater.query.models import list_models
from headwater.query.movers import list_movers
from headwater.query.otherwise import show_change, show_what_if
from headwater.query.overview import read_overview
from headwater.query.people import list_sessions, list_users, show_session
from headwater.query.person import UserShown, show_user
from headwater.query.priced import ModelsPriced, PriceChange, WhatIf
from headwater.query.prices import list_prices
from headwater.query.reports import ModelsUsed, Movers, Overview
from headwater.query.rolled import Digest, Rolled, read_rolled
from headwater.query.scored import Judgements, ScoredBy, ScoresSummed
from headwater.query.selection import Selection, sum_traces
from headwater.query.series import read_charted, read_series, read_totals
from headwater.query.span import show_span
from headwater.query.times import Time
from headwater.query.tools import Loops, ToolsUsed, list_loops, list_tools
from headwater.query.trace import show_trace
from headwater.query.traced import SpanShown, TraceShown
from headwater.query.turns import Conversation
from headwater.store import Store, UserLimits

_ALL_TRACES = TraceFilters()
_ALL_CALLS = CallFilters()
_ALL_SPANS = SpanFilters()


class Questions:
    """The questions of one project. Blocking; safe to ask from several threads.

    Every question raises BadRequest for what cannot be understood (it names the field) and Unavailable while the store
    cannot be asked. `limit` is from 1 to 1000. `sort` is an order's name, with `-` before it for descending; `cursor`
    the `next` of the page before, of the same question, filters and order. A list by start that has looked for longer
    than `patience_s` gives what it has found, says so by `is_partial`, and goes on from there with its `next`.
    """

    def __init__(
        self,
        store: Store,
        project: str,
        patience_s: float = 10.0,
        prices: Callable[[], PriceBook] = PriceBook,
    ) -> None:
        """`prices` gives the book that prices the project's calls as it is now, by itself that of the public list."""
        self._ask = Asker(store, project, patience_s)
        self._prices = prices

    def traces(
        self,
        filters: TraceFilters = _ALL_TRACES,
        sort: str = "-start_time",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[TraceListed]:
        """List traces. Orders: start_time, duration, cost, tokens, errors."""
        return list_traces(self._ask, filters, sort, cursor, limit)

    def traces_file(
        self, filters: TraceFilters, sort: str = "-start_time", fields: Sequence[str] = ("trace_id",), limit: int = 1000
    ) -> ListFile:
        """Write the list of traces, of these fields, as Parquet; `limit` is from 1 to 100,000."""
        return traces_file(self._ask, filters, sort, fields, limit)

    def calls_file(
        self, filters: CallFilters, sort: str = "-start_time", fields: Sequence[str] = ("span_id",), limit: int = 1000
    ) -> ListFile:
        """Write the list of calls, of these fields, as Parquet; `limit` is from 1 to 100,000."""
        return calls_file(self._ask, filters, sort, fields, limit)

    def selection(self, filters: TraceFilters = _ALL_TRACES) -> Selection:
        """Count the traces that the filters leave, and sum them."""
        return sum_traces(self._ask, filters)

    def arrivals(self, filters: TraceFilters, after_ns: int, limit: int = 200) -> Arrivals:
        """List the traces that came in or grew since a moment (Unix nanoseconds), first to last."""
        return list_arrivals(self._ask, filters, after_ns, limit)

    def calls(
        self, filters: CallFilters = _ALL_CALLS, sort: str = "-start_time", cursor: str | None = None, limit: int = 50
    ) -> Page[CallListed]:
        """List calls, duplicates folded. Orders: start_time, duration, cost, tokens, ttft."""
        return list_calls(self._ask, filters, sort, cursor, limit)

    def spans(
        self, filters: SpanFilters = _ALL_SPANS, sort: str = "-start_time", cursor: str | None = None, limit: int = 50
    ) -> Page[SpanFound]:
        """List spans of all kinds. Orders: start_time, duration, cost, tokens, ttft."""
        return list_spans(self._ask, filters, sort, cursor, limit)

    def trace(
        self, trace_id: str, offset: int = 0, limit: int = 500, focus: str | None = None, is_outlined: bool = True
    ) -> TraceShown:
        """Show a trace and `limit` of its spans from `offset`, or the window that holds the span `focus`.

        Its outline is left out unless it `is_outlined`: windows after the first need none. Raises NotFound.
        """
        return show_trace(self._ask, trace_id, offset, limit, focus, is_outlined)

    def span(self, trace_id: str, span_id: str) -> SpanShown:
        """Show one span with its content. Raises NotFound."""
        return show_span(self._ask, self._prices(), trace_id, span_id)

    def sessions(
        self, filters: TraceFilters = _ALL_TRACES, sort: str = "-end_time", cursor: str | None = None, limit: int = 50
    ) -> Page[SessionListed]:
        """List sessions by those of their traces that the filters leave.

        Orders: start_time, end_time, traces, errors, error_share (of its traces), tokens, cost.
        """
        return list_sessions(self._ask, filters, sort, cursor, limit)

    def session(self, session_id: str) -> SessionListed:
        """Show one session; its traces are `traces(TraceFilters(sessions=(session_id,)))`. Raises NotFound."""
        return show_session(self._ask, session_id)

    def conversation(
        self, session_id: str, sort: str = "start_time", cursor: str | None = None, limit: int = 50
    ) -> Conversation:
        """Replay a session: its calls over all its traces, of each what had not been said before. Order: start_time.

        A page may hold fewer calls than `limit` where they are heavy. Raises NotFound.
        """
        return show_conversation(self._ask, self._prices(), session_id, sort, cursor, limit)

    def failures(
        self, filters: SpanFilters = _ALL_SPANS, sort: str = "-count", cursor: str | None = None, limit: int = 50
    ) -> Failures:
        """List failed spans of all kinds in groups: by error type, provider, model (or tool, or name) and message.

        Orders: count, last_seen, first_seen, users, sessions.
        """
        return list_failures(self._ask, filters, sort, cursor, limit)

    def users(
        self, filters: TraceFilters = _ALL_TRACES, sort: str = "-end_time", cursor: str | None = None, limit: int = 50
    ) -> Page[UserListed]:
        """List users by those of their traces that the filters leave; orders as those of sessions."""
        return list_users(self._ask, filters, sort, cursor, limit)

    def facets(
        self, facet: str, contains: str | None = None, start: Time | None = None, limit: int = 100
    ) -> tuple[FacetValue, ...]:
        """List the values of a facet seen since the day of `start`, most traces first, that contain a text."""
        return list_values(self._ask, facet, contains, start, limit)

    def series(
        self,
        filters: CallFilters = _ALL_CALLS,
        by: str | None = None,
        start: Time | None = None,
        end: Time | None = None,
        step_s: int | None = None,
        top: int = 8,
    ) -> TimeSeries:
        """Chart calls over time: by default the last 24 hours, at most 120 points.

        `by` splits them by a facet: the `top` values with most calls have a series each, the rest one named
        "(other)". `start` and `end` stand before the filters' own. Times are widened to whole buckets; costs are US
        dollars, latencies milliseconds with an error of a percent or so, tokens inclusive counts.
        """
        return read_series(self._ask, filters, by, start, end, step_s, top)

    def totals(self, start: Time | None = None, end: Time | None = None, filters: CallFilters = _ALL_CALLS) -> Totals:
        """Sum calls over a stretch of time, all of it by default.

        `traces`, `sessions` and `users` are not narrowed by the filters.
        """
        return read_totals(self._ask, filters, start, end)

    def charted(self, filters: CallFilters = _ALL_CALLS) -> Charted:
        """Give the totals of a stretch and its chart together, which costs less than asking for both."""
        return read_charted(self._ask, filters)

    def overview(
        self,
        filters: CallFilters = _ALL_CALLS,
        by: str | None = None,
        step_s: int | None = None,
        top: int = 6,
        points: int = 60,
    ) -> Overview:
        """Sum a period and the one of the same length before it, and chart it, split by a facet, in `points` or fewer.

        Totals are of exactly the period, the chart is widened to whole buckets.
        """
        return read_overview(self._ask, filters, by, step_s, top, points)

    def movers(
        self,
        calls: CallFilters = _ALL_CALLS,
        traces: TraceFilters = _ALL_TRACES,
        by: str | None = None,
        limit: int = 8,
    ) -> Movers:
        """List what changed most against the period before: of cost, errors and p95 the `limit` largest changes.

        `by` is model, user or session; all of them by default. Models are counted over the calls that `calls` leaves,
        users and sessions over the traces that `traces` leaves; the period is that of `calls`.
        """
        return list_movers(self._ask, calls, traces, by, limit)

    def models(self, filters: CallFilters = _ALL_CALLS, sort: str = "-cost") -> ModelsUsed:
        """List models and providers with what they were asked, what it cost and how long it took.

        Orders: model, provider, calls, cost, tokens, cached, saved, errors, p50, p95, ttft_p50, ttft_p95.
        """
        return list_models(self._ask, filters, sort)

    def find(self, text: str) -> tuple[Hit, ...]:
        """Find what has exactly this id: a trace, spans, a session, a user. A W3C traceparent names a span."""
        return look_up(self._ask, text)

    def tools(self, filters: TraceFilters = _ALL_TRACES, sort: str = "-calls") -> ToolsUsed:
        """List the tools of the traces that the filters leave: calls, failures, times.

        Orders: name, calls, errors, p50, p95, total, traces.
        """
        return list_tools(self._ask, filters, sort)

    def loops(self, filters: TraceFilters = _ALL_TRACES, limit: int = 50) -> Loops:
        """List where a tool was called with the same arguments three times or more within one trace, worst first."""
        return list_loops(self._ask, filters, limit)

    def agents(self, filters: TraceFilters = _ALL_TRACES, sort: str = "-calls") -> AgentsUsed:
        """List agents with what their runs took, cost and used; a step counts for the nearest agent above it.

        Orders: name, calls (runs), errors, p50, p95, total, traces, steps (of a run), cost, tokens.
        """
        return list_agents(self._ask, filters, sort)

    def rolled(
        self, filters: CallFilters, start_ns: int, end_ns: int, step_s: int, window_s: int, digest: Digest = ""
    ) -> tuple[Rolled, ...]:
        """Sum the calls of overlapping windows of `window_s`, or of the month so far (`MONTH`), that end from
        `start_ns` to `end_ns` (Unix nanoseconds), one every `step_s`; with quantiles of `digest` where one is named."""
        return read_rolled(self._ask, filters, start_ns, end_ns, step_s, window_s, digest)

    def scores(self, filters: TraceFilters = _ALL_TRACES) -> ScoresSummed:
        """Sum the scores that were given within the time to the traces that the filters leave, by their names."""
        return sum_scores(self._ask, filters)

    def judgements(
        self,
        filters: TraceFilters = _ALL_TRACES,
        name: str = "",
        sort: str = "scaled",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Judgements:
        """List scores of one name, or all, the worst first. Orders: scaled (on the scale of its name), time."""
        return list_judgements(self._ask, filters, name, sort, cursor, limit)

    def scores_by(self, by: str, filters: TraceFilters = _ALL_TRACES) -> tuple[ScoredBy, ...]:
        """Split scores by a facet of their traces: model, agent, prompt, environment or service."""
        return split_scores(self._ask, filters, by)

    def attributes(
        self, wanted: Wanted, start: Time | None = None, end: Time | None = None, limit: int = 50, offset: int = 0
    ) -> AttributesSeen:
        """List names of attributes on the newest spans for which `wanted` holds, those on most spans first.

        The newest 10,000 spans are looked at, of the last 24 hours where no start is given.
        """
        return list_attributes(self._ask, start, end, wanted, limit, offset)

    def prices(self, filters: CallFilters = _ALL_CALLS) -> ModelsPriced:
        """List the models of calls with the prices that those had, and the price that the next one will have."""
        return list_prices(self._ask, filters, self._prices())

    def price_change(self, start: Time | None = None, end: Time | None = None) -> PriceChange:
        """Say what pricing the calls of a stretch anew, at the prices set now, would change. Nothing is written."""
        return show_change(self._ask, start, end, self._prices())

    def what_if(self, filters: CallFilters = _ALL_CALLS, provider: str = "", model: str = "") -> WhatIf:
        """Say what calls would have cost at another model, by the tokens that they used; provider "" is any."""
        return show_what_if(self._ask, filters, provider, model, self._prices())

    def broken_prefixes(self, filters: CallFilters = _ALL_CALLS, limit: int = 20) -> BrokenPrefixes:
        """List the calls whose prompt left what the provider had in its cache, those that this cost most first."""
        return list_breaks(self._ask, self._prices(), filters, limit)

    def compare(self, a: tuple[str, str], b: tuple[str, str]) -> Compared:
        """Hold two spans against each other, each named by its trace's id and its own. Raises NotFound."""
        return compare(self.span(*a), self.span(*b))

    def user(self, user_id: str, filters: TraceFilters = _ALL_TRACES) -> UserShown:
        """Show a user: what the period cost and how it failed, the period before, models, a trend. Raises NotFound."""
        return show_user(self._ask, user_id, filters)

    def sql(self, statement: str, limits: UserLimits | None = None) -> Table:
        """Run a user's SELECT over the project's views calls, spans, traces, sessions and messages, read-only."""
        answer = self._ask.sql(statement, limits)
        return Table(
            columns=answer.columns,
            types=answer.types,
            rows=answer.rows,
            elapsed_ms=answer.elapsed_ms,
            is_truncated=answer.is_truncated,
        )
