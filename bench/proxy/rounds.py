"""Rounds: everybody does every task in turn, again and again; what comes of it as lines, each value a median."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from bench.figures import quantile
from bench.proxy.field import BENCH, LOADER, OTHERS, STORE, Field
from bench.proxy.figures import Line
from bench.proxy.gateways import DIRECT, GATEWAYS, OURS, Gateway
from bench.proxy.load import Load
from bench.proxy.options import Options
from bench.proxy.text import Kind

Sample = Mapping[str, float]
"""What a task gave, by the name of the quantity."""
Samples = dict[tuple[str, str], dict[int, Sample]]
"""By task and gateway, then by round."""
SMALL = Kind()
SPOKEN = Kind(chunks=50, gap_us=30_000)
_LONG = Kind(chunks=200, gap_us=10_000)
_LONG_STREAMS = 80


def spoken(streams: int, seconds: float) -> Load:
    """So many streams of 50 chunks at 30 ms at once, begun evenly over the length of one, for so long."""
    return Load(kinds=(SPOKEN,), connections=streams, seconds=seconds, ramp_s=SPOKEN.chunks * SPOKEN.gap_us / 1e6)


def _long(options: Options, asks_usage: bool) -> Load:
    kind = msgspec.structs.replace(_LONG, asks_usage=asks_usage)
    return Load(kinds=(kind,), connections=_LONG_STREAMS, seconds=options.seconds, ramp_s=1.0)


TASKS: dict[str, Callable[[Options], Load]] = {
    "busy": lambda options: Load(kinds=(SMALL,), connections=options.concurrency, seconds=options.seconds),
    "single": lambda options: Load(kinds=(SMALL,), seconds=options.seconds / 2),
    "asked": lambda options: _long(options, asks_usage=True),
    "unasked": lambda options: _long(options, asks_usage=False),
    "streams": lambda options: spoken(options.streams, 4.5),
}
"""Name, and the load that everybody bears in a round."""


def run(field: Field, names: Sequence[str]) -> Samples:
    """All rounds. The order of the gateways turns."""
    samples: Samples = {}
    _warm(field)
    for number in range(field.options.rounds):
        order = list(field.gateways.values())
        for place in range(len(order)):
            gateway = order[(place + number) % len(order)]
            field.tell(f"round {number + 1} of {field.options.rounds}: {GATEWAYS[gateway.name]}")
            for task in names:
                if gateway.name in field.gateways and (task in ("busy", "single") or gateway.has_streams):
                    _take(field, gateway, task, number, samples)
    return samples


def _warm(field: Field) -> None:
    """Some calls each; who answers none of them as it must takes no part, or none in the streams."""
    for name, gateway in list(field.gateways.items()):
        calls = field.run(gateway, Load(calls=200, connections=8))
        streams = field.run(gateway, Load(kinds=(Kind(chunks=10, gap_us=1000),), calls=20, connections=4))
        if not calls.summary.good:
            field.failures[name] = calls.why
            del field.gateways[name]
        elif not streams.summary.good:
            field.failures[name] = f"streams: {streams.why}"
            field.gateways[name] = msgspec.structs.replace(gateway, has_streams=False)
        gateway.settle()


def _take(field: Field, gateway: Gateway, task: str, number: int, samples: Samples) -> None:
    try:
        came, spent = field.weighed(gateway, TASKS[task](field.options))
    except RuntimeError as error:
        field.failures[gateway.name] = f"{task}: {error}"
        field.gateways.pop(gateway.name)
        return
    summary, units = came.summary, len(came.delays_us) or came.summary.good
    sample = {f"cpu {name}": used * 1e6 / max(1, units) for name, used in spent.items()}
    sample |= {"others": spent[OTHERS] / came.seconds, "bad": summary.bad + summary.refused}
    sample |= {"complete": 100.0 * summary.good / max(1, summary.calls), "per_s": summary.good / came.seconds}
    for what, values in (("wait", came.waits_ms), ("first", came.firsts_ms)):
        sample |= {f"{what} {share}": quantile(values, share) for share in (0.5, 0.99) if values}
    delays_ms = [delay / 1000 for delay in came.delays_us]
    sample |= {f"delay {share}": quantile(delays_ms, share) for share in (0.5, 0.99) if delays_ms}
    samples.setdefault((task, gateway.name), {})[number] = sample


def lines(samples: Samples, options: Options) -> list[Line]:
    """The comparison of the tasks that were done."""
    made = [line for task, make in _LINES.items() if any(done == task for done, _ in samples) for line in make(options)]
    drawn = [(line, _drawn(samples, line)) for line in made]
    return [
        Line(group=line.group, name=line.name, unit=line.unit, values=values, **line.targets)
        for line, values in drawn
        if values
    ]


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A line to be drawn: which quantity of which task. With `is_added`, less what it is without a gateway."""

    group: str
    name: str
    unit: str
    task: str
    what: str
    is_added: bool = False
    only_ours: bool = False
    targets: dict[str, Any] = {}


def _drawn(samples: Samples, line: _Wanted) -> dict[str, float]:
    bare = samples.get((line.task, DIRECT), {})
    values: dict[str, float] = {}
    for name in GATEWAYS:
        rounds = samples.get((line.task, name), {})
        what = line.what.format(gateway=name)
        is_left_out = (line.is_added and name == DIRECT) or (line.only_ours and name != OURS)
        found = [
            sample[what] - (bare[number][what] if line.is_added else 0.0)
            for number, sample in rounds.items()
            if what in sample and (not line.is_added or what in bare.get(number, {}))
        ]
        if found and not is_left_out and not (name == DIRECT and what == f"cpu {DIRECT}"):
            values[name] = statistics.median(found)
    return values


def _cpu(group: str, task: str, unit: str, **targets: Any) -> list[_Wanted]:
    """The gateway's own, and beside it what our loader and store use until everything is stored."""
    told = [
        _Wanted(group=group, name=f"CPU per 1,000 {unit}", unit="ms", task=task, what="cpu {gateway}", targets=targets)
    ]
    for name, whose in (("loader", LOADER), ("store", STORE)):
        what = f"CPU of the {name} for them, until stored"
        told.append(_Wanted(group=group, name=what, unit="ms", task=task, what=f"cpu {whose}", only_ours=True))
    told.append(_Wanted(group=group, name="CPU of mock and load for them", unit="ms", task=task, what=f"cpu {BENCH}"))
    return told


def _busy(options: Options) -> list[_Wanted]:
    group = f"requests of 1 KB, {options.concurrency} at once"
    bounds: dict[str, Any] = {"at_least": 5_000, "least_of": {"litellm": 40, "portkey": 6}}
    return [
        _Wanted(group=group, name="throughput", unit="requests/s", task="busy", what="per_s", targets=bounds),
        *_cpu(group, "busy", "requests", most_of={"nginx": 4}),
        _Wanted(group=group, name="without the right answer", unit="calls", task="busy", what="bad"),
        _Wanted(group=group, name="others on the machine", unit="cores", task="busy", what="others"),
    ]


def _single(_: Options) -> list[_Wanted]:
    def line(name: str, what: str, is_added: bool, **targets: Any) -> _Wanted:
        group = "one request of 1 KB at a time"
        return _Wanted(group=group, name=name, unit="ms", task="single", what=what, is_added=is_added, targets=targets)

    return [
        line("added, p50", "wait 0.5", is_added=True, at_most=0.4),
        line("added, p99", "wait 0.99", is_added=True, most_of={"nginx": 2}),
        line("whole, p50", "wait 0.5", is_added=False),
        line("whole, p99", "wait 0.99", is_added=False),
    ]


def _asked(_: Options) -> list[_Wanted]:
    group = f"{_LONG_STREAMS} streams of 200 chunks at 10 ms"
    return _cpu(f"{group}, usage asked for", "asked", "chunks", most_of={"nginx": 2.5})


def _unasked(_: Options) -> list[_Wanted]:
    group = f"{_LONG_STREAMS} streams of 200 chunks at 10 ms"
    return _cpu(f"{group}, usage injected and hidden by us", "unasked", "chunks", most_of={"nginx": 2.5})


def _streams(options: Options) -> list[_Wanted]:
    group, task = f"{options.streams} streams of 50 chunks at 30 ms", "streams"

    def line(name: str, unit: str, what: str, is_added: bool = False, **targets: Any) -> _Wanted:
        return _Wanted(group=group, name=name, unit=unit, task=task, what=what, is_added=is_added, targets=targets)

    return [
        line("complete and right", "%", "complete", at_least=100),
        line("without the right answer", "calls", "bad", at_most=0),
        line("time to the first chunk, added, p50", "ms", "first 0.5", is_added=True, at_most=1.5),
        line("time to the first chunk, added, p99", "ms", "first 0.99", is_added=True, most_of={"nginx": 2.5}),
        line("time to the first chunk, whole, p50", "ms", "first 0.5"),
        line("time to the first chunk, whole, p99", "ms", "first 0.99"),
        line("a chunk's delay, p50", "ms", "delay 0.5"),
        line("a chunk's delay, p99", "ms", "delay 0.99", at_most=20),
        line("CPU per 1,000 chunks, the requests among it", "ms", "cpu {gateway}"),
        line("others on the machine", "cores", "others"),
    ]


_LINES: dict[str, Callable[[Options], list[_Wanted]]] = {
    "busy": _busy,
    "single": _single,
    "asked": _asked,
    "unasked": _unasked,
    "streams": _streams,
}
