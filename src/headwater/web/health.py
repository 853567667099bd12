"""Health: what the health page and `/api/headwater/v1/health` show; the server room fills these structs.

Sizes are bytes, ages and lags seconds, counts whole numbers since the server started unless said otherwise. `None`
means that nobody could tell, which is shown as such and never as 0.
"""

from collections.abc import Mapping

import msgspec


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The base of what is shown of the server: frozen, by keyword."""


class ProcessShown(Shown, frozen=True, kw_only=True):
    """A supervised process. `state` is starting, running, stopping, stopped or failed; memory is its share (PSS)."""

    name: str
    pid: int | None
    state: str
    restarts: int = 0
    uptime_s: float | None = None
    memory_bytes: int | None = None
    last_exit: str = ""


class JournalShown(Shown, frozen=True, kw_only=True):
    """One writer's journal. `depth` is how many envelopes wait to be loaded, `oldest_age_s` how long the first does."""

    writer: str
    depth: int
    size_bytes: int
    oldest_age_s: float | None = None
    is_writable: bool = True
    problem: str = ""


class LoaderShown(Shown, frozen=True, kw_only=True):
    """The loader. `lag_s` is the age of the newest envelope that is queryable, `position` the last one loaded."""

    lag_s: float | None
    position: str
    spans_per_s: float
    spans_loaded: int = 0
    problem: str = ""


class QuarantinedShown(Shown, frozen=True, kw_only=True):
    """An envelope that could not be loaded and waits for a better reader. `time` is RFC 3339."""

    position: str
    door: str
    reason: str
    time: str
    size_bytes: int


class StoreShown(Shown, frozen=True, kw_only=True):
    """The store. `rows` and `disk_bytes` are by table; `address` holds no credentials."""

    is_up: bool
    address: str
    rows: Mapping[str, int] = {}
    disk_bytes: Mapping[str, int] = {}
    free_bytes: int | None = None
    problem: str = ""


class ProxyShown(Shown, frozen=True, kw_only=True):
    """The proxies of all edges. `under_way` counts calls at this moment; all else counts since the edges began.

    `recorded` calls are on disk, `refused` ones were answered by us, by the code of the error.
    """

    under_way: int = 0
    recorded: int = 0
    connections_opened: int = 0
    refused: Mapping[str, int] = {}


class HealthShown(Shown, frozen=True, kw_only=True):
    """The whole server at one moment. `dropped` counts what was lost by reason, `versions` names parts and versions.

    `quarantined` counts all, `quarantine` lists the newest of them.
    """

    time: str
    processes: tuple[ProcessShown, ...]
    journals: tuple[JournalShown, ...]
    loader: LoaderShown
    store: StoreShown
    quarantine: tuple[QuarantinedShown, ...] = ()
    quarantined: int = 0
    dropped: Mapping[str, int] = {}
    versions: Mapping[str, str] = {}
    proxy: ProxyShown = ProxyShown()


def problems(health: HealthShown) -> tuple[str, ...]:
    """Return, worst first, what an operator should look at, each with its remedy; empty when all is well."""
    found = [_process_problem(process) for process in health.processes if process.state in ("failed", "stopped")]
    if not health.store.is_up:
        found.append(
            f"the store does not answer: {health.store.problem or 'no reason known'}; ingest goes on meanwhile"
        )
    found += [
        f"the journal of {journal.writer!r} cannot be written: {journal.problem}; free some disk space"
        for journal in health.journals
        if not journal.is_writable
    ]
    if health.loader.problem:
        found.append(f"the loader is stuck: {health.loader.problem}")
    if health.quarantined:
        found.append(f"{_number(health.quarantined, 'envelope')} in quarantine; to be tried again after an upgrade")
    if any(health.dropped.values()):
        found.append(f"{_number(sum(health.dropped.values()), 'item')} dropped; the reasons stand below")
    return tuple(found)


def _number(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def _process_problem(process: ProcessShown) -> str:
    return f"the process {process.name!r} is {process.state}: {process.last_exit or 'see its log'}"
