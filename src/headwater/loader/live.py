"""Live traces: the briefs of every span of the traces that are still being told.

A trace that is not remembered is read back from the store, so that a trace in many pieces, over restarts and hours, is
folded and summed as if it had come at once.
"""

from collections import OrderedDict
from collections.abc import Iterable

import msgspec

from headwater.loader.delivery import MINUTE_NS
from headwater.store import LogRow, SpanBrief, Store

TraceKey = tuple[str, str]
"""Project and trace id."""


class TraceState(msgspec.Struct, kw_only=True):
    """What is known of one trace: its spans and the log records that tell of their content.

    `listed_minutes` are the minutes (since 1970) under whose key its totals may lie in the store.
    """

    briefs: dict[str, SpanBrief] = msgspec.field(default_factory=dict[str, SpanBrief])
    logs: dict[str, list[LogRow]] = msgspec.field(default_factory=dict[str, list[LogRow]])
    listed_minutes: set[int] = msgspec.field(default_factory=set[int])


class LiveTraces:
    """The remembered traces, the longest untouched forgotten first."""

    def __init__(self, store: Store, bound_spans: int) -> None:
        self._store = store
        self._bound_spans = bound_spans
        self._states: OrderedDict[TraceKey, TraceState] = OrderedDict()
        self._spans = 0

    def touch(self, keys: Iterable[TraceKey]) -> dict[TraceKey, TraceState]:
        """Return the states of these traces, read back where they are not remembered. Raises Unavailable."""
        wanted = list(dict.fromkeys(keys))
        missing: dict[str, list[str]] = {}
        for project, trace_id in wanted:
            if (project, trace_id) not in self._states:
                missing.setdefault(project, []).append(trace_id)
        for project, trace_ids in missing.items():
            self._read_back(project, trace_ids)
        for key in wanted:
            self._states.move_to_end(key)
        return {key: self._states[key] for key in wanted}

    def settle(self, grown_spans: int) -> None:
        """After a block is durable: count what was added and forget the traces that are too many."""
        self._spans += grown_spans
        while self._spans > self._bound_spans and len(self._states) > 1:
            _, state = self._states.popitem(last=False)
            self._spans -= len(state.briefs)

    def drop(self, keys: Iterable[TraceKey]) -> None:
        """Forget these traces, whose rows were changed in the store."""
        for key in keys:
            state = self._states.pop(key, None)
            if state is not None:
                self._spans -= len(state.briefs)

    def forget(self) -> None:
        """Forget all: after a block that failed half way, the store alone knows."""
        self._states.clear()
        self._spans = 0

    def _read_back(self, project: str, trace_ids: list[str]) -> None:
        found = self._store.trace_briefs(project, trace_ids)
        logs = self._store.log_rows(project, trace_ids)
        for trace_id in trace_ids:
            state = TraceState(briefs=found.get(trace_id, {}))
            if state.briefs:
                # Its totals began with the earliest span of their time; a block that was cut short hides which.
                state.listed_minutes = {brief.start_ns // MINUTE_NS for brief in state.briefs.values()}
                self._spans += len(state.briefs)
            self._states[(project, trace_id)] = state
        for row in logs:
            self._states[(project, row.trace_id)].logs.setdefault(row.span_id, []).append(row)
