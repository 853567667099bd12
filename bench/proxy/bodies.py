"""Bodies: requests of 150 KB, sixteen at once, to a gateway freshly started: its memory before, meanwhile and after."""

import contextlib
import threading
import time
from collections.abc import Generator, Sequence
from pathlib import Path

import msgspec

from bench.harness import processes_by_name
from bench.proxy.field import Field
from bench.proxy.figures import Line
from bench.proxy.gateways import DIRECT, GATEWAYS, Gateway, running
from bench.proxy.installed import Missing
from bench.proxy.load import Load
from bench.proxy.text import Kind

_AT_ONCE = 16
_KIND = Kind(size=150_000)
_REST_S = 10.0
_EVERY_S = 0.05


class Memory(msgspec.Struct, frozen=True):
    """Bytes of some processes together: resident, and with what they share counted once."""

    rss: int
    pss: int


class _Story(msgspec.Struct, frozen=True, kw_only=True):
    idle: Memory
    peak: Memory
    after: Memory
    per_s: float
    bad: int


def measure(field: Field) -> list[Line]:
    """For everybody; of ours the memory is that of the edge, where the calls pass."""
    stories: dict[str, _Story] = {}
    for name in [name for name in GATEWAYS if name in field.gateways and name != DIRECT]:
        field.tell(f"150 KB: {GATEWAYS[name]}")
        try:
            with field.folder(name) as folder, running(name, field.mock.url, folder) as gateway:
                stories[name] = _story(field, gateway)
        except (Missing, OSError, RuntimeError) as error:
            field.failures[name] = f"150 KB: {error}"
    group = f"{field.options.bodies:,} requests of 150 KB, {_AT_ONCE} at once, memory of ours the edge's"

    def line(name: str, unit: str, values: dict[str, float], at_most: float | None = None) -> Line:
        return Line(group=group, name=name, unit=unit, values=values, at_most=at_most)

    return [
        line("throughput", "requests/s", {name: each.per_s for name, each in stories.items()}),
        line("without the right answer", "calls", {name: each.bad for name, each in stories.items()}, 0),
        line("idle, RSS", "MB", {name: each.idle.rss / 1e6 for name, each in stories.items()}),
        line("peak, RSS", "MB", {name: each.peak.rss / 1e6 for name, each in stories.items()}, 400),
        line("peak, PSS", "MB", {name: each.peak.pss / 1e6 for name, each in stories.items()}),
        line("10 s after, RSS", "MB", {name: each.after.rss / 1e6 for name, each in stories.items()}),
        line(
            "10 s after, against idle",
            "times",
            {name: each.after.rss / each.idle.rss for name, each in stories.items()},
            1.2,
        ),
    ]


def _story(field: Field, gateway: Gateway) -> _Story:
    """Idle is after some small calls: what a first call loads is not what large ones leave behind."""
    field.run(gateway, Load(calls=50, connections=_AT_ONCE))
    gateway.settle()
    time.sleep(_REST_S / 2)
    pids = gateway_pids(gateway)
    idle = memory(pids)
    with watched(pids) as seen:
        load = Load(kinds=(_KIND,), calls=field.options.bodies, connections=_AT_ONCE)
        came = field.run(gateway, load)
    time.sleep(_REST_S)
    after = memory(pids)
    gateway.settle()
    field.check(gateway)
    peak = Memory(max(each.rss for each in seen), max(each.pss for each in seen))
    return _Story(idle=idle, peak=peak, after=after, per_s=came.summary.good / came.seconds, bad=came.summary.bad)


def gateway_pids(gateway: Gateway) -> list[int]:
    """The processes that calls pass through: of ours the edge, of others all."""
    found = processes_by_name(gateway.pid)
    return found["edge"] if gateway.server is not None else [pid for pids in found.values() for pid in pids]


def memory(pids: Sequence[int]) -> Memory:
    """As /proc has it; a process that has ended has none."""
    kilobytes = {"Rss:": 0, "Pss:": 0}
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(" ")
                if name in kilobytes:
                    kilobytes[name] += int(rest.split()[0])
    return Memory(kilobytes["Rss:"] * 1024, kilobytes["Pss:"] * 1024)


@contextlib.contextmanager
def watched(pids: Sequence[int]) -> Generator[list[Memory]]:
    """What they held, looked at twenty times a second while the block runs."""
    seen, stop = [memory(pids)], threading.Event()

    def look() -> None:
        while not stop.wait(_EVERY_S):
            seen.append(memory(pids))

    thread = threading.Thread(target=look, name="watched", daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()
