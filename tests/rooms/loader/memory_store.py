"""A store in memory with the rules of the real one: tokens, keys, the newest version of a row, deleted rows."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from headwater.store import LogRow, MessageRow, SpanBrief, SpanRow, TraceRow

_MINUTE_NS = 60_000_000_000
Key = tuple[Any, ...]


class KilledHere(BaseException):
    """The end of a process, as far as a test can play it: nothing handles it."""


class MemoryStore:
    """What the loader asks of a store. `failing` names methods, each with the error that its next call raises."""

    def __init__(self) -> None:
        self.failing: list[tuple[str, BaseException]] = []
        self.messages: dict[tuple[str, bytes], MessageRow] = {}
        self.pending: set[tuple[str, int]] = set()
        self.projects: set[str] = set()
        self._spans: dict[Key, SpanRow] = {}
        self._traces: dict[Key, TraceRow] = {}
        self._logs: dict[Key, LogRow] = {}
        self._tokens: set[str] = set()

    @property
    def spans(self) -> list[SpanRow]:
        """The spans that a question would see."""
        return [row for row in self._spans.values() if not row.is_deleted]

    @property
    def traces(self) -> list[TraceRow]:
        """The traces that a question would see."""
        return [row for row in self._traces.values() if not row.is_deleted]

    @property
    def logs(self) -> list[LogRow]:
        """The log events that a question would see."""
        return list(self._logs.values())

    def ensure_project(self, project: str) -> None:
        """Note a project."""
        self._fail("ensure_project")
        self.projects.add(project)

    def insert_messages(self, rows: Sequence[MessageRow], token: str) -> None:
        """Keep messages."""
        if self._is_new("insert_messages", token):
            self.messages.update({(row.project, row.hash): row for row in rows})

    def insert_spans(self, rows: Sequence[SpanRow], token: str) -> None:
        """Keep spans under the key of their table."""
        if self._is_new("insert_spans", token):
            for row in rows:
                told = {*row.input, *row.output, *row.tools}
                assert told <= {digest for _, digest in self.messages}, "a span came before its messages"
                key = (row.project, row.start_ns // _MINUTE_NS, row.trace_id, row.span_id, row.start_ns)
                self._spans[key] = _newer(self._spans.get(key), row)

    def insert_traces(self, rows: Sequence[TraceRow], token: str) -> None:
        """Keep totals under the key of their table."""
        if self._is_new("insert_traces", token):
            for row in rows:
                key = (row.project, row.start_ns // _MINUTE_NS, row.trace_id)
                self._traces[key] = _newer(self._traces.get(key), row)

    def insert_logs(self, rows: Sequence[LogRow], token: str) -> None:
        """Keep log events."""
        if self._is_new("insert_logs", token):
            for row in rows:
                self._logs[(row.project, row.trace_id, row.span_id, row.time_ns, row.event_id)] = row

    def trace_briefs(self, project: str, trace_ids: Sequence[str]) -> dict[str, dict[str, SpanBrief]]:
        """The spans of some traces in brief."""
        self._fail("trace_briefs")
        found: dict[str, dict[str, SpanBrief]] = {}
        for row in self.spans:
            if row.project == project and row.trace_id in trace_ids:
                found.setdefault(row.trace_id, {})[row.span_id] = _brief(row)
        return found

    def span_rows(self, project: str, keys: Iterable[tuple[str, str]]) -> list[SpanRow]:
        """Whole rows."""
        wanted = set(keys)
        return [row for row in self.spans if row.project == project and (row.trace_id, row.span_id) in wanted]

    def log_rows(self, project: str, trace_ids: Sequence[str]) -> list[LogRow]:
        """Log events by time."""
        found = [row for row in self.logs if row.project == project and row.trace_id in trace_ids]
        return sorted(found, key=lambda row: row.time_ns)

    def projects_with_edits(self) -> set[str]:
        """Nobody edits here."""
        return set()

    def mark_pending(self, project: str, minutes: Iterable[int]) -> None:
        """Note minutes whose rollups no longer hold."""
        self.pending |= {(project, minute) for minute in minutes}

    def refresh_rollups(self, settled_before_ns: int, budget_s: float = 2.0) -> int:
        """Nothing is rolled up here."""
        return 0

    def merge_quiet(self, quiet_s: int, budget_s: float) -> int:
        """Nothing is in parts here."""
        return 0

    def _is_new(self, method: str, token: str) -> bool:
        self._fail(method)
        is_new = token not in self._tokens
        self._tokens.add(token)
        return is_new

    def _fail(self, method: str) -> None:
        if self.failing and self.failing[0][0] == method:
            raise self.failing.pop(0)[1]


def _newer(known: Any, row: Any) -> Any:
    return row if known is None or row.version >= known.version else known


_FIELDS: dict[str, Callable[[SpanRow], Any]] = {
    "cache_write_tokens": lambda row: row.cache_write_5m_tokens + row.cache_write_1h_tokens,
    "has_input": lambda row: bool(row.input),
    "has_output": lambda row: bool(row.output),
    "is_log_span": lambda row: False,
}


def _brief(row: SpanRow) -> SpanBrief:
    return SpanBrief(
        **{name: _FIELDS[name](row) if name in _FIELDS else getattr(row, name) for name in SpanBrief.__struct_fields__}
    )
