"""Store: the tables, for those who write them and those who ask."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from headwater.errors import HeadwaterError
from headwater.store.client import Client, address_of
from headwater.store.columns import EDITS, LOGS, MESSAGES, SPANS, TRACES, Table
from headwater.store.edits import (
    call_minutes,
    edits_of_traces,
    erase_events,
    erase_traces,
    projects_with_edits,
    put_tags_right,
)
from headwater.store.merging import merge_quiet
from headwater.store.migrations import DATABASE, migrate
from headwater.store.reading import briefs_of_traces, rows_of_logs, rows_of_spans
from headwater.store.repricing import Repricing
from headwater.store.rollups import CallsSource, Rollups
from headwater.store.rows import EditRow, LogRow, MessageRow, SpanBrief, SpanRow, TraceRow
from headwater.store.settings import StoreSettings, UserLimits
from headwater.store.user_sql import SqlAnswer, UserSql
from headwater.store.views import make_views

_INSERT: Mapping[str, Any] = {
    "async_insert": 0,
    # What replaces what is settled when parts are merged and when rows are read: at insert it would cost a third more.
    "optimize_on_insert": 0,
    # A block may hold times of any year: each day is a partition, and all of them are taken.
    "max_partitions_per_insert_block": 0,
    # A block that is sent again feeds the views that its first sending did not reach.
    "deduplicate_blocks_in_dependent_materialized_views": 1,
}
# The text index is built when parts are merged: half the work of an insert, and few rows are not merged yet.
_INSERT_MESSAGES: Mapping[str, Any] = {**_INSERT, "exclude_materialize_skip_indexes_on_insert": "by_text"}


class TableStats(msgspec.Struct, frozen=True, kw_only=True):
    """The size of one table: rows of all versions, bytes on disk and before compression, active parts."""

    name: str
    rows: int
    disk_bytes: int
    plain_bytes: int
    parts: int


class StoreStats(msgspec.Struct, frozen=True, kw_only=True):
    """The size of the store; `rows` counts spans."""

    tables: tuple[TableStats, ...]
    rows: int
    disk_bytes: int


class Store:
    """One store at `clickhouse://user:password@host:port`, the embedded front or a cluster. Thread-safe.

    Every method raises Unavailable while the store cannot be reached or cannot do its work now.
    """

    def __init__(self, dsn: str, settings: StoreSettings | None = None) -> None:
        self._settings = settings or StoreSettings()
        self._client = Client(address_of(dsn), self._settings)
        self._rollups = Rollups(self._client)
        self._user_sql = UserSql(self._client)
        self.repricing = Repricing(self._client, _INSERT)
        self._projects: set[str] = set()

    def is_up(self) -> bool:
        """Whether the store answers at all."""
        try:
            self._client.rows("SELECT 1")
        except HeadwaterError:
            return False
        return True

    def check(self) -> None:
        """Raise when the store does not answer or its tables are not there."""
        self._client.rows(f"SELECT 1 FROM {DATABASE}.spans WHERE project = '' LIMIT 1")

    def migrate(self) -> tuple[str, ...]:
        """Bring the tables to the newest schema; return the names of the steps that were run."""
        return migrate(self._client, self._settings.cluster)

    def ensure_project(self, project: str) -> None:
        """Make the views of a project where they are missing. Raises BadRequest for an id that cannot be a name."""
        if project not in self._projects:
            make_views(self._client, DATABASE, project)
            self._projects.add(project)

    def insert_spans(self, rows: Sequence[SpanRow], token: str) -> None:
        """Insert spans; a block that was sent before under the same token is not taken twice. Raises BadRows."""
        self._insert(SPANS, rows, token, _INSERT)

    def insert_messages(self, rows: Sequence[MessageRow], token: str) -> None:
        """Insert messages. Content is kept by the week of its first_seen_ns: what is said again in a later week, and is
        to outlive the earlier one, is inserted again. Raises BadRows."""
        self._insert(MESSAGES, rows, token, _INSERT_MESSAGES)

    def insert_logs(self, rows: Sequence[LogRow], token: str) -> None:
        """Insert log events. Raises BadRows."""
        self._insert(LOGS, rows, token, _INSERT)

    def insert_traces(self, rows: Sequence[TraceRow], token: str) -> None:
        """Insert totals of traces; where a start moved, the row of the old start comes too, deleted. Raises BadRows."""
        self._insert(TRACES, rows, token, _INSERT)

    def insert_edits(self, rows: Sequence[EditRow], token: str) -> None:
        """Insert what people did to traces; of words on one thing, the latest counts. Raises BadRows."""
        self._insert(EDITS, rows, token, _INSERT)

    def projects_with_edits(self) -> set[str]:
        """The projects in which people have done something to traces."""
        return projects_with_edits(self._client)

    def edits(self, project: str, trace_ids: Iterable[str]) -> list[tuple[str, str, str, bool]]:
        """What people last said of these traces: trace id, what, value, whether it is on; see `EditRow`."""
        return edits_of_traces(self._client, project, trace_ids)

    def put_tags_right(self, project: str, trace_ids: Sequence[str]) -> None:
        """Give the rows of these traces the tags that people's last words on them ask for."""
        put_tags_right(self._client, project, trace_ids, _INSERT)

    def erase_traces(self, project: str, trace_ids: Sequence[str]) -> None:
        """Take away all rows of these traces, and have the minutes of their calls counted anew."""
        self.mark_pending(project, call_minutes(self._client, project, trace_ids))
        erase_traces(self._client, project, trace_ids)

    def erase_events(self, project: str, trace_ids: Sequence[str], events: Sequence[str]) -> None:
        """Take away log events of these traces, by their ids in hex."""
        erase_events(self._client, project, trace_ids, events)

    def trace_briefs(self, project: str, trace_ids: Sequence[str]) -> dict[str, dict[str, SpanBrief]]:
        """The spans of those of these traces that exist, in brief, by trace id and span id."""
        return briefs_of_traces(self._client, project, trace_ids)

    def span_rows(self, project: str, keys: Iterable[tuple[str, str]]) -> list[SpanRow]:
        """Whole rows of the spans named by (trace id, span id), newest version; those not there are left out."""
        return rows_of_spans(self._client, project, keys)

    def log_rows(self, project: str, trace_ids: Sequence[str]) -> list[LogRow]:
        """The log events of these traces, by time."""
        return rows_of_logs(self._client, project, trace_ids)

    def select(
        self, sql: str, parameters: Mapping[str, Any] | None = None, settings: Mapping[str, Any] | None = None
    ) -> Sequence[Sequence[Any]]:
        """Run a statement of ours; `{name:Type}` stands for a parameter. Times come as `datetime`, hashes as bytes."""
        return self._client.rows(sql, parameters, settings)

    def select_file(self, sql: str, output: str, parameters: Mapping[str, Any], settings: Mapping[str, Any]) -> bytes:
        """Run a statement of ours and return its answer in one of the engine's formats, such as Parquet, whole."""
        return self._client.raw(sql, output, parameters, settings)

    def user_query(self, project: str, sql: str, limits: UserLimits | None = None) -> SqlAnswer:
        """Run a user's SELECT over the project's views. Raises BadRequest when it may not or cannot run."""
        self.ensure_project(project)
        return self._user_sql.run(project, sql, limits or UserLimits())

    def mark_pending(self, project: str, minutes: Iterable[int]) -> None:
        """Say, before spans of these minutes (Unix nanoseconds) change, that their rollups no longer hold."""
        self._rollups.mark_pending(project, minutes)

    def refresh_rollups(self, settled_before_ns: int, budget_s: float = 2.0) -> int:
        """Count anew what was pending and has been quiet since then; return how many minutes were done."""
        return self._rollups.refresh(settled_before_ns, budget_s)

    def recount(self, project: str, minutes: Iterable[int]) -> None:
        """Count these minutes (Unix nanoseconds) anew now, where they are pending; nothing may be on its way into
        them."""
        self._rollups.recount(project, minutes)

    def merge_quiet(self, quiet_s: int, budget_s: float) -> int:
        """Merge partitions of an embedded store that were not written to for `quiet_s`; return how many were."""
        return 0 if self._settings.cluster else merge_quiet(self._client, quiet_s, budget_s)

    def calls_in_buckets(self, project: str, start_ns: int, end_ns: int, step_s: int) -> CallsSource:
        """A FROM clause over the calls that start in [start, end), rolled up as far as that is exact: `CallsSource`."""
        return self._rollups.source(project, start_ns, end_ns, step_s)

    def stats(self) -> StoreStats:
        """What the store holds on disk."""
        rows = self._client.rows(
            "SELECT table, sum(rows), sum(bytes_on_disk), sum(data_uncompressed_bytes), count() FROM system.parts"
            f" WHERE active AND database = '{DATABASE}' GROUP BY table ORDER BY table"
        )
        tables = tuple(
            TableStats(name=name, rows=count, disk_bytes=disk, plain_bytes=plain, parts=parts)
            for name, count, disk, plain, parts in rows
        )
        spans = sum(table.rows for table in tables if table.name == SPANS.name)
        return StoreStats(tables=tables, rows=spans, disk_bytes=sum(table.disk_bytes for table in tables))

    def _insert(self, table: Table[Any], rows: Sequence[Any], token: str, settings: Mapping[str, Any]) -> None:
        if rows:
            name = f"{DATABASE}.{table.name}"
            self._client.insert(
                name, table.columns, table.pivot(rows), {**settings, "insert_deduplication_token": token}
            )
