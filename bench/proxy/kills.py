"""Kills: mixed calls while edge and loader are ended without a word, and which of the answered calls are then missing.

The bench measures with it, and the tests demand with it. Whoever owns the server says how its parts are killed.
"""

import contextlib
import http.client
import random
import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from bench.proxy.load import Came, Load, Loading, Outcome, Way
from bench.proxy.stored import Checked, check, stored_ids, taken
from bench.proxy.text import Kind, call_id

EDGE, LOADER = "edge-0", "loader"
MIXED = (
    Kind(weight=6, gap_us=20_000),
    Kind(weight=2, chunks=10, gap_us=5_000),
    Kind(weight=1, chunks=10, gap_us=5_000, asks_usage=True),
    Kind(weight=1, size=60_000, gap_us=20_000),
)
_VICTIMS = (EDGE, LOADER, EDGE)
_LEAST_S, _MOST_S = 0.3, 1.5
_UP_S = 30.0
_CONNECTIONS = 64
_LIMIT_S = 300.0


class Victim(Protocol):
    """A server that can be hurt."""

    def signal(self, name: str) -> int | None:
        """End a child with SIGKILL; return its process id, None when it does not run now."""
        ...

    def sql(self, statement: str) -> Sequence[Sequence[Any]]:
        """Rows of a statement."""
        ...

    def await_loaded(self) -> None:
        """Wait until all that was journaled is stored."""
        ...


class Kill(msgspec.Struct, frozen=True):
    """Who was ended, and when, in nanoseconds of the monotonic clock."""

    name: str
    at_ns: int


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A call whose whole answer the client had, and which is not in the store. `before_kill_ms` is from its last byte
    to the next kill of the edge, None where none followed.
    """

    id: str
    kind: int
    before_kill_ms: float | None


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `doubled` are ids that the store has more than once; `checked` is of the calls that it has."""

    came: Came
    kills: tuple[Kill, ...]
    missing: tuple[Missing, ...]
    doubled: tuple[str, ...]
    checked: Checked

    @property
    def edge_kills(self) -> int:
        """How often the edge was ended."""
        return sum(kill.name == EDGE for kill in self.kills)

    def missing_earlier(self, than_ms: float) -> list[Missing]:
        """Those that had ended more than so long before a kill, or that no kill explains."""
        return [each for each in self.missing if each.before_kill_ms is None or each.before_kill_ms > than_ms]


def trial(
    victim: Victim,
    way: Way,
    *,
    calls: int,
    kills: int = 12,
    rate: float = 250.0,
    first: int = 1,
    seed: int = 0,
) -> Trial:
    """Make mixed calls, `rate` a second, numbered from `first`; kill edge and loader by turns meanwhile, at most
    `kills` times, when `seed` draws it; ask the store for every call that was answered whole. Calls that a kill broke
    off are not demanded. Raises RuntimeError when the calls do not end.
    """
    load = Load(kinds=MIXED, calls=calls, rate=rate, connections=_CONNECTIONS)
    loading = Loading(way, load, first)
    killer = _Killer(victim, way.port, loading, kills, random.Random(seed))
    killer.start()
    try:
        came = loading.finish(_LIMIT_S)
    finally:
        loading.stop()
        killer.join()
    victim.await_loaded()
    stored = stored_ids(victim.sql)
    lost = [one for one in came.outcomes if one.is_good and not stored.get(call_id(one.serial))]
    absent = {one.serial for one in lost}
    there = [msgspec.structs.replace(calls, bad=calls.bad | absent) for calls in taken(came, first, MIXED)]
    return Trial(
        came=came,
        kills=tuple(killer.kills),
        missing=tuple(_missing(one, killer.kills) for one in lost),
        doubled=tuple(sorted(name for name, count in stored.items() if count > 1)),
        checked=check(victim.sql, there),
    )


class _Killer(threading.Thread):
    def __init__(self, victim: Victim, port: int, loading: Loading, kills: int, chance: random.Random) -> None:
        super().__init__(name="killer", daemon=True)
        self.kills: list[Kill] = []
        self._victim = victim
        self._port = port
        self._loading = loading
        self._most = kills
        self._chance = chance

    def run(self) -> None:
        while len(self.kills) < self._most:
            time.sleep(self._chance.uniform(_LEAST_S, _MOST_S))
            if not self._loading.is_going_on:
                return
            name, at_ns = _VICTIMS[len(self.kills) % len(_VICTIMS)], time.monotonic_ns()
            if self._victim.signal(name) is not None:
                self.kills.append(Kill(name, at_ns))
                self._await_answer()

    def _await_answer(self) -> None:
        """An edge that is started again lets calls pass for a while, before it is its turn again."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_UP_S)
        deadline_s = time.monotonic() + _UP_S
        while time.monotonic() < deadline_s and self._loading.is_going_on:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection.request("GET", "/health")
                connection.getresponse().read()
                break
            connection.close()
            time.sleep(0.05)
        connection.close()


def _missing(one: Outcome, kills: Sequence[Kill]) -> Missing:
    # The clock is read before the signal is sent: an answer may come between the two.
    after = [kill.at_ns - one.end_ns for kill in kills if kill.name == EDGE and kill.at_ns > one.end_ns - 5_000_000]
    before_ms = max(0.0, min(after) / 1e6) if after else None
    return Missing(id=call_id(one.serial), kind=one.kind, before_kill_ms=before_ms)
