"""Rounds: everybody does every task in turn, with and without, again and again; what comes of it as lines."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from bench.figures import quantile
from bench.sdk.crew import Hand
from bench.sdk.figures import Line
from bench.sdk.peers import CHUNKS

WITHOUT = "without"
_CROWDS = 3
_P50, _P95 = "wall, caller's thread, p50", "wall, caller's thread, p95"
_THREAD, _THREAD_MEAN = "CPU, caller's thread, p50", "CPU, caller's thread, mean"
_PROCESS = "CPU, whole process, until sent"


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How often everything is done."""

    rounds: int = 15
    calls: int = 300
    streams: int = 15
    empties: int = 1000

    @property
    def tasks(self) -> tuple[tuple[str, int], ...]:
        """Each task and how often it is done in a block."""
        return ("call", self.calls), ("stream", self.streams), ("empty", self.empties)


class Block(msgspec.Struct, frozen=True):
    """What a task gave: nanoseconds of each act on the wall and on the thread, and of the process for one act."""

    wall: Sequence[int]
    thread: Sequence[int]
    process: int


Pair = tuple[Block, Block]
"""A block without and the block with that was done next to it."""
Samples = Mapping[tuple[str, str], list[Pair]]
"""By worker and task."""


def run(hands: Sequence[Hand], counts: Counts, tell: Callable[[str], None]) -> Samples:
    """All rounds. The order of the workers turns, and with and without take turns to be first.

    Raises BrokenPipeError when a worker ends before its time: a comparison without it would be another one.
    """
    samples: dict[tuple[str, str], list[Pair]] = {}
    for number in range(counts.rounds):
        tell(f"round {number + 1} of {counts.rounds}")
        tasks = [*counts.tasks, ("crowd", 1)] if number < _CROWDS else counts.tasks
        for place in range(len(hands)):
            hand = hands[(place + number) % len(hands)]
            for what, count in tasks:
                samples.setdefault((hand.name, what), []).append(_pair(hand, what, count, number % 2 == 0))
    return samples


def lines(samples: Samples) -> list[Line]:
    """The comparison: what each adds, and what there is without any."""
    call, chunk, empty, crowd = (_Task(samples, what, scale) for what, scale in _SCALES)
    return [
        call.line("a call", _P50, "µs", _wall(0.5), at_most=20.0, best_share=0.1),
        call.line("a call", _P95, "µs", _wall(0.95)),
        call.line("a call", _THREAD, "µs", _thread, at_most=20.0, best_share=0.1),
        call.line("a call", _PROCESS, "µs", _cpu, at_most=120.0, best_share=0.4),
        chunk.line("a streamed chunk", _P50, "µs", _wall(0.5), at_most=1.5),
        chunk.line("a streamed chunk", _P95, "µs", _wall(0.95)),
        chunk.line("a streamed chunk", _THREAD, "µs", _thread, at_most=1.5),
        chunk.line("a streamed chunk", _PROCESS, "µs", _cpu),
        empty.line("an empty function", _P50, "µs", _wall(0.5), at_most=5.0),
        empty.line("an empty function", _P95, "µs", _wall(0.95)),
        empty.line("an empty function", _THREAD_MEAN, "µs", _thread),
        empty.line("an empty function", _PROCESS, "µs", _cpu),
        crowd.line("a call of others, while 200 requests flush", "wall, p50", "ms", _wall(0.5)),
        crowd.line("a call of others, while 200 requests flush", "wall, p95", "ms", _wall(0.95)),
        crowd.line("a call of others, while 200 requests flush", "wall, worst", "ms", _wall(1.0)),
    ]


_Measure = Callable[[Block], float]
# A task, and what its nanoseconds are divided by.
_SCALES = (("call", 1e3), ("stream", 1e3 * CHUNKS), ("empty", 1e3), ("crowd", 1e6))


class _Task:
    """One task's samples of all workers, in the unit of its lines."""

    def __init__(self, samples: Samples, what: str, scale: float) -> None:
        self._pairs = {name: pairs for (name, task), pairs in samples.items() if task == what}
        self._scale = scale

    def line(self, group: str, name: str, unit: str, measure: _Measure, **targets: Any) -> Line:
        """What is added is the median of all rounds' differences."""
        pairs_of = self._pairs.items()
        added = {peer: self._middle(measure(on) - measure(off) for off, on in pairs) for peer, pairs in pairs_of}
        bare = self._middle(measure(off) for pairs in self._pairs.values() for off, _ in pairs)
        return Line(group=group, name=name, unit=unit, values={WITHOUT: bare, **added}, **targets)

    def _middle(self, values: Iterable[float]) -> float:
        return statistics.median(values) / self._scale


def _pair(hand: Hand, what: str, count: int, is_with_first: bool) -> Pair:
    first = msgspec.convert(hand.do(what, count, is_with_first), Block)
    second = msgspec.convert(hand.do(what, count, not is_with_first), Block)
    return (second, first) if is_with_first else (first, second)


def _wall(share: float) -> _Measure:
    return lambda block: quantile(list(block.wall), share)


def _thread(block: Block) -> float:
    return quantile(list(block.thread), 0.5)


def _cpu(block: Block) -> float:
    return block.process
