"""Durability: what a strict and a relaxed proxy lose when edge and loader are killed, and what each costs in time."""

import os
import signal
from collections.abc import Sequence
from typing import Any

import msgspec

from bench.figures import quantile
from bench.harness import Served
from bench.proxy.field import Field
from bench.proxy.figures import Line
from bench.proxy.gateways import OURS
from bench.proxy.gateways.headwater import running
from bench.proxy.kills import Trial, trial
from bench.proxy.load import Load
from bench.proxy.stored import await_stored

MODES = ("strict", "relaxed")
_GRACE_MS = 20.0
_LATENCY = {1: "1 at a time", 8: "8 at once"}


class Hurt:
    """A server of the bench's, as bench.proxy.kills wants it."""

    def __init__(self, server: Served) -> None:
        self._server = server

    def signal(self, name: str) -> int | None:
        """End a child with SIGKILL; return its process id, None when it does not run now."""
        try:
            said = msgspec.json.decode((self._server.data / "run" / "supervisor.json").read_bytes())
            pid = next(each["pid"] for each in said["processes"] if each["name"] == name and each["state"] == "running")
            os.kill(pid, signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError, StopIteration):
            return None
        return int(pid)

    def sql(self, statement: str) -> Sequence[Sequence[Any]]:
        """Rows of a statement."""
        return self._server.api().sql(statement)

    def await_loaded(self) -> None:
        """Wait until all that was journaled is stored."""
        await_stored(self._server.api())


def measure(field: Field) -> list[Line]:
    """Both modes, each on a server of its own."""
    waits: list[Line] = []
    lost: list[Line] = []
    for mode in MODES:
        field.tell(f"kills: {mode}")
        with (
            field.folder(OURS) as folder,
            running(field.mock.url, folder, {"HEADWATER_PROXY_DURABILITY": mode}) as gateway,
        ):
            assert gateway.server is not None
            for connections, told in _LATENCY.items():
                came = field.run(gateway, Load(connections=connections, seconds=2.0))
                waits += _waits(mode, told, came.waits_ms)
            calls = field.options.calls
            done = trial(Hurt(gateway.server), gateway.way, calls=calls, first=field.serials(calls))
            field.check(gateway)
        lost += _lost(mode, done)
        if done.missing:
            times = sorted(round(each.before_kill_ms, 1) for each in done.missing if each.before_kill_ms is not None)
            field.notes.append(f"{mode}: missing calls had ended so many ms before a kill of the edge: {times}")
    return [*waits, *lost]


def _waits(mode: str, told: str, waits_ms: list[float]) -> list[Line]:
    group = "what durability costs, no kills"
    return [
        Line(group=group, name=f"{mode}, {told}, p{name}", unit="ms", values={OURS: quantile(waits_ms, share)})
        for name, share in (("50", 0.5), ("99", 0.99))
    ]


def _lost(mode: str, done: Trial) -> list[Line]:
    late_ms = max((each.before_kill_ms or 0.0 for each in done.missing), default=0.0)
    earlier = len(done.missing_earlier(_GRACE_MS))
    checked = done.checked
    is_strict = mode == "strict"

    def line(name: str, value: float, at_most: float | None, unit: str = "calls") -> Line:
        group = f"{done.came.summary.calls:,} mixed calls, edge and loader killed meanwhile"
        return Line(group=group, name=f"{mode}: {name}", unit=unit, values={OURS: value}, at_most=at_most)

    return [
        line("kills of the edge", done.edge_kills, None, "times"),
        line("answered whole", done.came.summary.good, None),
        line("answered and missing", len(done.missing), 0 if is_strict else None),
        line("missing that had ended more than 20 ms before a kill", earlier, 0),
        line("longest time from a missing call's end to a kill", late_ms, None, "ms"),
        line("twice in the store", len(done.doubled), 0),
        line("not in the store as they were", checked.found - checked.right, 0),
    ]
