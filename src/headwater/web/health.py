"""Health: what the health page and `/api/headwater/v1/health` show; the server room fills these structs.

Sizes are bytes, ages and lags seconds, counts whole numbers since the server started unless said otherwise. `None`
means that nobody could tell, which is shown as such and never as 0.
"""

from collections.abc import Mapping

import msgspec

from headwater.web.shown.numbers import size


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The base of what is shown of the server: frozen, by keyword."""


class DeathShown(Shown, frozen=True, kw_only=True):
    """When a process ended that nobody had asked to, as RFC 3339, and how."""

    time: str
    exit: str


class ProcessShown(Shown, frozen=True, kw_only=True):
    """A supervised process. `state` is starting, running, stopping, stopped or failed; memory is its share (PSS).

    `deaths` are its last ends that nobody asked for, the newest last.
    """

    name: str
    pid: int | None
    state: str
    restarts: int = 0
    uptime_s: float | None = None
    memory_bytes: int | None = None
    last_exit: str = ""
    deaths: tuple[DeathShown, ...] = ()


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

    id: int = 0
    position: str
    door: str
    reason: str
    time: str
    size_bytes: int


class StoreShown(Shown, frozen=True, kw_only=True):
    """The store. `rows`, `disk_bytes`, `plain_bytes` (before compression) and `parts` (files that a table is in) are by
    table; `address` holds no credentials."""

    is_up: bool
    address: str
    rows: Mapping[str, int] = {}
    disk_bytes: Mapping[str, int] = {}
    plain_bytes: Mapping[str, int] = {}
    parts: Mapping[str, int] = {}
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


class DiskShown(Shown, frozen=True, kw_only=True):
    """The disk of the data folder, and what of it is taken: None for what lies elsewhere or nobody could tell.

    `growth_bytes_per_day` is what journal and store grew by over the last `measured_s` seconds, at most a day, None
    before ten minutes; `days_left` is how long what is free lasts at that rate, None where nothing grows. What is
    loaded stays in the journal for `journal_keep_s`, or shorter where it would pass `journal_cap_bytes`.
    """

    total_bytes: int
    free_bytes: int
    journal_bytes: int
    store_bytes: int | None = None
    catalog_bytes: int | None = None
    ledger_bytes: int = 0
    is_store_here: bool = True
    growth_bytes_per_day: float | None = None
    measured_s: float = 0.0
    days_left: float | None = None
    journal_keep_s: int = 0
    journal_cap_bytes: int = 0


class MomentShown(Shown, frozen=True, kw_only=True):
    """How things were at a moment, noted once a minute: `waiting` envelopes were not loaded, the first for `lag_s`."""

    time: str
    lag_s: float
    waiting: int
    journal_bytes: int
    store_bytes: int | None
    free_bytes: int


class HealthShown(Shown, frozen=True, kw_only=True):
    """The whole server at one moment. `dropped` counts what was lost by reason, `versions` names parts and versions.

    `quarantined` counts all, `quarantine` lists the newest of them; `moments` are those of the last hour.
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
    disk: DiskShown | None = None
    moments: tuple[MomentShown, ...] = ()


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
    found += _disk_problems(health.disk)
    if health.loader.problem:
        found.append(f"the loader is stuck: {health.loader.problem}")
    if health.quarantined:
        found.append(f"{_number(health.quarantined, 'envelope')} in quarantine; to be tried again after an upgrade")
    if any(health.dropped.values()):
        found.append(f"{_number(sum(health.dropped.values()), 'item')} dropped; the reasons stand below")
    return tuple(found)


_LOW = 0.10
_LAST = 0.02
_SOON_DAYS = 7


def _disk_problems(disk: DiskShown | None) -> list[str]:
    if disk is None or not disk.total_bytes:
        return []
    share = disk.free_bytes / disk.total_bytes
    if share < _LOW:
        worse = "; when none is left, ingest answers 503 and nothing is acknowledged" if share < _LAST else ""
        return [
            f"only {size(disk.free_bytes)} of {size(disk.total_bytes)} are free on the disk ({share:.0%}): free some,"
            f" or let the journal keep less{worse}"
        ]
    if disk.days_left is not None and disk.days_left < _SOON_DAYS:
        return [f"at the rate of the last day the disk is full in {days(disk.days_left)}: free some, or plan for more"]
    return []


def days(number: float) -> str:
    """Write a number of days as people say it."""
    if number < 1:
        hours = max(1, round(number * 24))
        return "about an hour" if hours == 1 else f"about {hours} hours"
    if number < 90:
        return "about a day" if round(number) == 1 else f"about {round(number)} days"
    return f"about {round(number / 30)} months" if number < 730 else "more than two years"


def _number(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def _process_problem(process: ProcessShown) -> str:
    return f"the process {process.name!r} is {process.state}: {process.last_exit or 'see its log'}"
