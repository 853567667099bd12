"""Storage: what a long agent's trace takes on disk, beside every call's messages stored as they come."""

import time
from collections.abc import Sequence

import clickhouse_connect

from bench.figures import Figure
from bench.harness import Connection, Served, served
from bench.measures.load import await_loaded
from bench.options import Options
from bench.payload import AgentTrace, agent_trace, text_pool

_TURNS = 100
_MESSAGE_BYTES = 2_048
_WANTED_TIMES = 20
_TABLES = ("spans", "messages", "traces", "trace_time", "facets", "rollups", "log_events", "rollup_pending")


def measure(options: Options) -> list[Figure]:
    """Through the real ingest into an empty store; parts merged on both sides before they are weighed."""
    trace = agent_trace(text_pool(), _TURNS, _MESSAGE_BYTES, time.time_ns() - 600_000_000_000)
    with served(options) as server:
        _send(server, trace)
        time.sleep(1)
        ours, by_table = _weigh_ours(server)
        naive = _weigh_rows(server, "naive", trace.calls)
        once = _weigh_rows(server, "once", [(text, "") for text in trace.texts])
    raw = sum(len(given) + len(gave) for given, gave in trace.calls)
    what = f"{_TURNS} turns, {raw / 1e6:.1f} MB of messages as sent"
    tables = ", ".join(f"{table} {size / 1e3:.0f} kB" for table, size in by_table.items() if size)
    return [
        Figure(name="agent's trace on disk", value=ours / 1e3, unit="kB", note=f"{what}; {tables}"),
        Figure(
            name="less than every call's messages as sent",
            value=raw / ours,
            unit="times",
            at_least=_WANTED_TIMES,
            note="against the bytes of the messages, not compressed",
        ),
        Figure(
            name="less than the same in the same engine, compressed",
            value=naive / ours,
            unit="times",
            note=f"a row a call, input and output as ZSTD(1) strings: {naive / 1e3:.0f} kB; the texts, each once, take"
            f" {once / 1e3:.0f} kB, so no store that keeps them can do better than {naive / once:.0f} times",
        ),
    ]


def _send(server: Served, trace: AgentTrace) -> None:
    connection = Connection(server.port, {"content-type": "application/x-protobuf", "x-headwater-key": server.key})
    for body in trace.bodies:
        answer = connection.post(body)
        if answer.status != 200:
            raise RuntimeError(f"a batch was answered with {answer.status}: {answer.body[:300]!r}")
        time.sleep(0.4)
    await_loaded(server, len(trace.calls) + 1, 60)


def _weigh_ours(server: Served) -> tuple[int, dict[str, int]]:
    store = clickhouse_connect.get_client(dsn=server.store_dsn())
    sizes: dict[str, int] = {}
    for table in _TABLES:
        store.command(f"OPTIMIZE TABLE headwater.{table} FINAL")
        sizes[table] = _weigh(store, "headwater", table)
    return sum(sizes.values()), sizes


def _weigh_rows(server: Served, table: str, texts: Sequence[tuple[str, str]]) -> int:
    """Bytes on disk of rows of two texts in a plain table of the same engine."""
    store = clickhouse_connect.get_client(dsn=server.store_dsn())
    store.command("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
    store.command(
        f"CREATE TABLE bench.{table} (number UInt32, input String CODEC(ZSTD(1)), output String CODEC(ZSTD(1)))"
        " ENGINE = MergeTree ORDER BY number"
    )
    rows = [[number, *each] for number, each in enumerate(texts)]
    for first in range(0, len(rows), 10):
        store.insert(table, rows[first : first + 10], ["number", "input", "output"], database="bench")
    store.command(f"OPTIMIZE TABLE bench.{table} FINAL")
    return _weigh(store, "bench", table)


def _weigh(store: clickhouse_connect.driver.Client, database: str, table: str) -> int:
    chosen = "active AND database = {place:String} AND table = {table:String}"
    sql = f"SELECT sum(bytes_on_disk) FROM system.parts WHERE {chosen}"
    return int(store.query(sql, {"place": database, "table": table}).result_rows[0][0])
