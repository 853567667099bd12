"""Sample answers to what the pages of tools, agents, scores, users, caches and comparisons ask."""

from collections.abc import Iterable

import msgspec

from headwater.query import (
    AgentsUsed,
    BrokenPrefixes,
    CallFilters,
    Compared,
    Judgements,
    Loops,
    Questions,
    ScoredBy,
    ScoresSummed,
    SpanShown,
    ToolsUsed,
    TraceFilters,
    TraceListed,
    UserShown,
    compare,
)
from tests.pages.sample_prefixes import broken_of
from tests.pages.sample_scores import judgements_of, scores_by_of, scores_of
from tests.pages.sample_steps import agents_of, loops_of, tools_of
from tests.pages.sample_users import user_of

_ALL_TRACES = TraceFilters()
_ALL_CALLS = CallFilters()


class SampleAnalysis(Questions):
    """Answers from the traces and calls that whoever holds them finds."""

    _now_ns: int
    _traces: dict[str, list[SpanShown]]

    def _found(self, filters: TraceFilters) -> list[TraceListed]:
        raise NotImplementedError

    def _calls(self, filters: CallFilters) -> Iterable[SpanShown]:
        raise NotImplementedError

    def tools(self, filters: TraceFilters = _ALL_TRACES, sort: str = "-calls") -> ToolsUsed:
        return tools_of(self._steps(filters), self._now_ns, sort)

    def agents(self, filters: TraceFilters = _ALL_TRACES, sort: str = "-calls") -> AgentsUsed:
        return agents_of(self._steps(filters), self._now_ns, sort)

    def loops(self, filters: TraceFilters = _ALL_TRACES, limit: int = 50) -> Loops:
        return loops_of(self._steps(filters))

    def scores(self, filters: TraceFilters = _ALL_TRACES) -> ScoresSummed:
        return scores_of(self._steps(filters), self._now_ns)

    def judgements(
        self,
        filters: TraceFilters = _ALL_TRACES,
        name: str = "",
        sort: str = "scaled",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Judgements:
        return judgements_of(self._steps(filters), name, sort)

    def scores_by(self, by: str, filters: TraceFilters = _ALL_TRACES) -> tuple[ScoredBy, ...]:
        return scores_by_of(self._steps(filters), by)

    def compare(self, a: tuple[str, str], b: tuple[str, str]) -> Compared:
        return compare(self.span(*a), self.span(*b))

    def broken_prefixes(self, filters: CallFilters = _ALL_CALLS, limit: int = 20) -> BrokenPrefixes:
        return broken_of(list(self._calls(filters)))

    def user(self, user_id: str, filters: TraceFilters = _ALL_TRACES) -> UserShown:
        own = self._found(msgspec.structs.replace(filters, users=(user_id,)))
        return user_of(user_id, own, self._found(TraceFilters(users=(user_id,))), self._now_ns)

    def _steps(self, filters: TraceFilters) -> list[SpanShown]:
        return [span for trace in self._found(filters) for span in self._traces[trace.trace_id]]
