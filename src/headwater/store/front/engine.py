"""The embedded engine: one path, a few connections, each lent to one request at a time.

A setting of a request is SET before and set back to DEFAULT after it; a request that asks for `readonly` gets a
connection of its own that is closed behind it, because readonly cannot be taken back.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# chDB ships no types; everything that touches it is in this file and behind the names that it defines.

import os
import re
import sys
import threading
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from xml.sax.saxutils import escape

import msgspec

from headwater.store.front.settings import FrontSettings

_CODE = re.compile(r"Code: (\d+)")
_NOT_NEEDED = ("pyarrow", "pandas", "numpy")
_APPEND_BYTES = 1 << 20

TOO_BUSY = 202
MEMORY_LIMIT = 241
TOO_LARGE = 396
UNKNOWN = 1002


class EngineFailure(Exception):
    """The engine said no. `code` is ClickHouse's number of the error, the text its own."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What one statement read and wrote."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    elapsed_ns: int = 0


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What a request wants of its connection: a database, settings by name, and whether nothing may be changed."""

    database: str = ""
    settings: Mapping[str, str] = {}

    @property
    def is_readonly(self) -> bool:
        """Whether the request gave up the right to write."""
        return self.settings.get("readonly", "0") not in ("", "0")


class Connection:
    """One connection of the engine; never used by two threads at once."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._database = ""

    def run(
        self, sql: str, output: str, parameters: Mapping[str, str], limit_bytes: int | None = None
    ) -> tuple[bytes, Counted]:
        """Run one statement and return all of its answer in the format that it names, or else in `output`.

        The embedded engine does not heed `max_result_bytes`; what is larger than `limit_bytes` is refused here.
        """
        with _translated():
            result = self._raw.query(sql, output, params=dict(parameters))
            if limit_bytes is not None and result.size() > limit_bytes:
                text = f"the answer has {result.size()} bytes, more than {limit_bytes}"
                raise EngineFailure(f"Code: {TOO_LARGE}. DB::Exception: {text}. (TOO_MANY_BYTES)", TOO_LARGE)
            return result.bytes(), _counted(result)

    def stream(self, sql: str, output: str, parameters: Mapping[str, str]) -> Generator[bytes]:
        """Run one statement and yield its answer block by block."""
        with _translated():
            result = self._raw.send_query(sql, output, params=dict(parameters))
        try:
            while True:
                with _translated():
                    chunk = next(result, None)
                if chunk is None:
                    return
                yield chunk.bytes()
        finally:
            result.close()

    def insert(self, sql: str, input_format: str, data: Iterable[bytes]) -> Counted:
        """Run `INSERT INTO ...` over rows in `input_format`; all of them are durable on return, or none.

        chDB's `finish()` returns as if all were well for some inserts that failed (seen: the memory limit reached while
        the part was written); only the engine's own count of failed inserts tells. Another's failure at the same moment
        makes this one look failed too, which costs its sender a retry under the same token and no more.
        """
        failed_before = self._failed_inserts()
        with _translated():
            inserter = self._raw.send_insert(sql, input_format)
        try:
            for chunk in data:
                with _translated():
                    for start in range(0, len(chunk), _APPEND_BYTES):
                        inserter.append(chunk[start : start + _APPEND_BYTES])
            with _translated():
                done = inserter.finish()
        except BaseException:
            with suppress(RuntimeError):
                inserter.cancel()
            raise
        if self._failed_inserts() != failed_before:
            text = "the insert failed after its rows were taken, most likely for want of memory"
            raise EngineFailure(f"Code: {MEMORY_LIMIT}. DB::Exception: {text}. (MEMORY_LIMIT_EXCEEDED)", MEMORY_LIMIT)
        return Counted(written_rows=done.rows_written, written_bytes=done.bytes_written)

    def _failed_inserts(self) -> bytes:
        return self.run("SELECT value FROM system.events WHERE event = 'FailedInsertQuery'", "TSV", {})[0]

    def use(self, database: str) -> None:
        """Make `database` the current one."""
        if database and database != self._database:
            self.run("USE {database:Identifier}", "Null", {"database": database})
            self._database = database

    def apply(self, settings: Mapping[str, str]) -> None:
        """SET each setting for the statements that follow."""
        if settings:
            self.run("SET " + ", ".join(f"{name} = {_quoted(value)}" for name, value in settings.items()), "Null", {})

    def reset(self, names: Iterable[str]) -> None:
        """Set settings back to what they were when the connection was opened."""
        listed = ", ".join(f"{name} = DEFAULT" for name in names)
        if listed:
            self.run(f"SET {listed}", "Null", {})

    def close(self) -> None:
        """Close for good."""
        self._raw.close()


class Engine:
    """The engine on one path. Open one per process; `close` before the process ends."""

    def __init__(self, settings: FrontSettings) -> None:
        self._settings = settings
        self._turns = threading.BoundedSemaphore(settings.connections)
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._address = _prepare(settings)
        self._connect = _chdb_connect()
        # The engine stops with its last connection, so one stays open beside those that come and go.
        self._anchor = self._open()

    @contextmanager
    def session(self, wanted: Session) -> Generator[Connection]:
        """Lend a connection that is set as wanted, waiting for a free one; raises EngineFailure(202) after `wait_s`."""
        if not self._turns.acquire(timeout=self._settings.wait_s):
            raise EngineFailure(f"too many requests at once, none ended within {self._settings.wait_s} s", TOO_BUSY)
        try:
            with self._own(wanted) if wanted.is_readonly else self._lent(wanted) as connection:
                yield connection
        finally:
            self._turns.release()

    def close(self, timeout_s: float) -> None:
        """Wait for the running requests and close every connection."""
        for _ in range(self._settings.connections):
            self._turns.acquire(timeout=timeout_s)
        for connection in [*self._idle, self._anchor]:
            connection.close()

    @contextmanager
    def _own(self, wanted: Session) -> Generator[Connection]:
        connection = self._open()
        try:
            connection.use(wanted.database)
            connection.apply({name: value for name, value in wanted.settings.items() if name != "readonly"})
            connection.apply({"readonly": wanted.settings["readonly"]})
            yield connection
        finally:
            connection.close()

    @contextmanager
    def _lent(self, wanted: Session) -> Generator[Connection]:
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._open()
        is_clean = False
        try:
            connection.use(wanted.database or "default")
            connection.apply(wanted.settings)
            yield connection
            is_clean = True
        except EngineFailure:
            is_clean = True
            raise
        finally:
            self._return(connection, wanted, is_clean)

    def _return(self, connection: Connection, wanted: Session, is_clean: bool) -> None:
        try:
            connection.reset(wanted.settings)
        except EngineFailure:
            is_clean = False
        if not is_clean:
            connection.close()
            return
        with self._lock:
            self._idle.append(connection)

    def _open(self) -> Connection:
        with _translated():
            return Connection(self._connect(self._address))


def _prepare(settings: FrontSettings) -> str:
    """Write the engine's configuration beside its data and return the address to connect to."""
    os.makedirs(settings.path, mode=0o700, exist_ok=True)
    config = os.path.join(settings.path, "engine.xml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(_config(settings))
    return f"{os.path.join(settings.path, 'engine')}?config-file={config}"


def _config(settings: FrontSettings) -> str:
    """The engine's configuration.

    The pool is small because the machine may be; the `number_of_free_entries` follow it, or else the engine would hold
    back every merge above some hundred megabytes as if its pool were always full. A part of one block stays compact:
    one file to fsync instead of two a column (1,208 fsyncs instead of 6,026 in the same load). Merges go column by
    column: a merge of eleven wide parts would open every column of each at once and reach the memory limit.
    """
    return f"""<clickhouse>
    <logger><level>none</level></logger>
    <max_server_memory_usage>{settings.memory_bytes}</max_server_memory_usage>
    <mark_cache_size>{settings.cache_bytes}</mark_cache_size>
    <index_mark_cache_size>{settings.cache_bytes}</index_mark_cache_size>
    <primary_index_cache_size>{settings.cache_bytes}</primary_index_cache_size>
    <uncompressed_cache_size>0</uncompressed_cache_size>
    <background_pool_size>2</background_pool_size>
    <background_merges_mutations_concurrency_ratio>1</background_merges_mutations_concurrency_ratio>
    <background_common_pool_size>2</background_common_pool_size>
    <background_schedule_pool_size>4</background_schedule_pool_size>
    <backups><allowed_path>{escape(os.path.join(settings.path, "backups"))}</allowed_path></backups>
    <merge_tree>
        <fsync_after_insert>1</fsync_after_insert>
        <auto_statistics_types></auto_statistics_types>
        <fsync_part_directory>1</fsync_part_directory>
        <min_bytes_for_wide_part>67108864</min_bytes_for_wide_part>
        <vertical_merge_algorithm_min_rows_to_activate>1</vertical_merge_algorithm_min_rows_to_activate>
        <vertical_merge_algorithm_min_columns_to_activate>8</vertical_merge_algorithm_min_columns_to_activate>
        <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
        <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
        <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
    </merge_tree>
</clickhouse>
"""


def _chdb_connect() -> Any:
    """Load chDB without the data-frame libraries that it would pull in: bytes are all that is spoken (40 MB less)."""
    for name in _NOT_NEEDED:
        sys.modules.setdefault(name, None)  # pyright: ignore[reportArgumentType]  # None means: this import fails
    import chdb

    return chdb.connect


@contextmanager
def _translated() -> Generator[None]:
    """Turn every error of chDB into an EngineFailure with ClickHouse's own code and text."""
    try:
        yield
    except RuntimeError as error:
        text = str(error)
        found = _CODE.search(text)
        raise EngineFailure(text[found.start() :] if found else text, int(found[1]) if found else UNKNOWN) from None


def _counted(result: Any) -> Counted:
    return Counted(
        read_rows=result.storage_rows_read(),
        read_bytes=result.storage_bytes_read(),
        elapsed_ns=int(result.elapsed() * 1e9),
    )


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
