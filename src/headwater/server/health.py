"""Health: what every process says of itself, put together for the health page and the metrics."""

import shutil
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from headwater.clock import monotonic_s, now_ns
from headwater.errors import HeadwaterError
from headwater.journal import Reader, size_bytes, writer_names
from headwater.loader import Ledger
from headwater.query import show_time
from headwater.server.child import Orders
from headwater.server.disk import disk_of, moments_of
from headwater.server.folder import DataFolder
from headwater.server.status import EdgeStatus, LoaderStatus, ProcessStatus, SupervisorStatus, edges_said, said
from headwater.store import Store
from headwater.web import (
    DeathShown,
    HealthShown,
    JournalShown,
    LoaderShown,
    ProcessShown,
    ProxyShown,
    QuarantinedShown,
    StoreShown,
)

_FRESH_S = 1.0
_DAY_NS = 86_400 * 10**9
# Doors that only the proxy's records come by.
_RECORDS = ("exchange", "turn", "event")
_VERSIONS = ("headwater", "chdb-core", "clickhouse-connect", "genai-prices", "protobuf", "uvicorn")


class HealthReader:
    """Reads the whole server's state from its data folder and its store."""

    def __init__(self, folder: DataFolder, store: Store, orders: Orders) -> None:
        self._folder = folder
        self._store = store
        self._orders = orders
        self._ledger: Ledger | None = None
        self._lock = threading.Lock()
        self._read: HealthShown | None = None
        self._read_s = 0.0

    def read(self) -> HealthShown:
        """The state now, or a second ago: however often it is asked for, it costs little. What cannot be told is None,
        never 0."""
        with self._lock:
            if self._read is None or monotonic_s() - self._read_s > _FRESH_S:
                self._read = self._look()
                self._read_s = monotonic_s()
            return self._read

    def _look(self) -> HealthShown:
        ledger = self._ledger = self._ledger or Ledger(self._folder.ledger)
        positions = ledger.positions()
        edges = edges_said(self._folder.run)
        writers = writer_names(self._folder.journal)
        journals = tuple(self._journal(writer, positions.get(writer, 0), edges) for writer in writers)
        samples = ledger.samples(now_ns() - _DAY_NS)
        store = self._store_shown()
        supervisor = said(self._folder.run, "supervisor", SupervisorStatus)
        return HealthShown(
            time=show_time(now_ns()),
            processes=tuple(_process(status) for status in (supervisor.processes if supervisor else ())),
            journals=journals,
            loader=_loader(journals, positions, said(self._folder.run, "loader", LoaderStatus)),
            store=store,
            quarantine=tuple(
                QuarantinedShown(
                    id=each.id,
                    position=f"{each.position.writer}:{each.position.seq}",
                    door=each.door,
                    reason=each.reason,
                    time=show_time(each.at_ns),
                    size_bytes=each.size_bytes,
                )
                for each in ledger.quarantined(20)
            ),
            quarantined=ledger.quarantine_size(),
            dropped=_dropped(ledger, edges),
            proxy=_proxy(edges),
            disk=disk_of(
                self._folder,
                self._orders.settings,
                sum(store.disk_bytes.values()) if store.is_up else None,
                samples,
            ),
            moments=moments_of(samples, now_ns()),
            versions={name: found for name in _VERSIONS if (found := _version(name))},
        )

    def _journal(self, writer: str, loaded: int, edges: list[EdgeStatus]) -> JournalShown:
        reader = Reader(self._folder.journal, writer)
        depth = reader.depth(loaded)
        reader.close()
        problem = next((edge.problem for edge in edges if edge.name == writer), "")
        return JournalShown(
            writer=writer,
            depth=depth.records,
            size_bytes=size_bytes(self._folder.journal, writer),
            oldest_age_s=None if depth.oldest_ns is None else max(0.0, (now_ns() - depth.oldest_ns) / 1e9),
            is_writable=not problem,
            problem=problem,
        )

    def _store_shown(self) -> StoreShown:
        address = urlsplit(self._orders.store_dsn)
        shown = f"{address.hostname}:{address.port}" if self._orders.settings.store_dsn else "embedded"
        free = shutil.disk_usage(self._folder.root).free
        try:
            stats = self._store.stats()
        except HeadwaterError as error:
            return StoreShown(is_up=False, address=shown, free_bytes=free, problem=str(error))
        return StoreShown(
            is_up=True,
            address=shown,
            rows={table.name: table.rows for table in stats.tables},
            disk_bytes={table.name: table.disk_bytes for table in stats.tables},
            plain_bytes={table.name: table.plain_bytes for table in stats.tables},
            parts={table.name: table.parts for table in stats.tables},
            free_bytes=free,
        )


def _loader(journals: Sequence[JournalShown], positions: Mapping[str, int], status: LoaderStatus | None) -> LoaderShown:
    """How far behind the loader is: the age of the oldest envelope that waits."""
    ages = [journal.oldest_age_s for journal in journals if journal.oldest_age_s is not None]
    return LoaderShown(
        lag_s=max(ages, default=0.0),
        position=", ".join(f"{writer}:{seq}" for writer, seq in sorted(positions.items())),
        spans_per_s=status.spans_per_s if status else 0.0,
        spans_loaded=status.spans if status else 0,
        problem=status.waiting_for if status else "it has not said anything yet",
    )


def _process(status: ProcessStatus) -> ProcessShown:
    return ProcessShown(
        name=status.name,
        pid=status.pid,
        state=status.state,
        restarts=status.restarts,
        uptime_s=None if status.started_ns is None else (now_ns() - status.started_ns) / 1e9,
        memory_bytes=None if status.pid is None else _memory_bytes(status.pid),
        last_exit=status.last_exit,
        deaths=tuple(DeathShown(time=show_time(death.at_ns), exit=death.exit) for death in status.deaths),
    )


def _memory_bytes(pid: int) -> int | None:
    """What a process and those that it has started itself take, as the loader starts one that makes rows."""
    shares = [_pss_bytes(each) for each in (pid, *_children(pid))]
    return None if shares[0] is None else sum(share or 0 for share in shares)


def _children(pid: int) -> list[int]:
    try:
        told = [task.read_text().split() for task in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return [int(child) for children in told for child in children]


def _pss_bytes(pid: int) -> int | None:
    """A process's share of memory, pages shared with others counted in part; None where the system does not tell."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return None
    return None


def _dropped(ledger: Ledger, edges: Sequence[EdgeStatus]) -> dict[str, int]:
    """What did not become rows, by reason: turned away at the edge since it began, set apart in the loader for ever."""
    found = Counter(ledger.dropped())
    for edge in edges:
        found.update(edge.counted.items_rejected)
    return dict(found)


def _proxy(edges: Sequence[EdgeStatus]) -> ProxyShown:
    """What the proxies of all edges come to."""
    refused: Counter[str] = Counter()
    recorded = 0
    for edge in edges:
        refused.update(edge.counted.calls_refused)
        recorded += sum(edge.counted.items_accepted.get(door, 0) for door in _RECORDS)
    return ProxyShown(
        under_way=sum(edge.proxy.calls for edge in edges),
        recorded=recorded,
        connections_opened=sum(edge.proxy.opened for edge in edges),
        refused=dict(refused),
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
