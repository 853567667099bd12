"""Worker: one instrumentation in a process of its own. Run as `python -m bench.sdk.inside.worker NAME SINK`.

A task is a line such as {"do": "call", "count": 200, "with": true}; the answer is a line of what `loops` gives.
"""

import gc
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from bench.sdk.inside import loops, vendor
from bench.sdk.inside.patches import Patches
from bench.sdk.inside.setup import setup

_WARM_UP = 30
_CALLS_IN_A_CROWD = loops.FLUSHERS + loops.OTHERS * loops.CALLS_OF_OTHERS


class Worker:
    """Has two clients: one made before the instrumentation and used without it, one made and used with it."""

    def __init__(self, name: str, sink: str) -> None:
        self._bare = vendor.client()
        _warm(self._bare)
        self._patches = Patches()
        self._setup = setup(name, sink)
        self._instrumented = vendor.client()
        _warm(self._instrumented)
        self.changes = self._patches.found()
        self._decorated = self._setup.decorate(_nothing)
        self._calls = 2

    def do(self, task: dict[str, Any]) -> dict[str, Any]:
        """Carry a task out, with or without the instrumentation."""
        what, count, is_with = task["do"], task["count"], task["with"]
        if what == "tell":
            return {"changes": self.changes, "calls": self._calls}
        self._patches.turn(is_with)
        flush = self._setup.flush if is_with else _nothing
        if what == "crowd":
            self._calls += _CALLS_IN_A_CROWD if is_with else 0
            return _crowd(self._setup.flush_in_loop if is_with else _nothing_in_loop)
        act, time = self._act(what, is_with), loops.timed_small if what == "empty" else loops.timed
        warm_up = min(_WARM_UP, count)
        for _ in range(warm_up):
            act()
        flush()
        gc.collect()
        self._calls += count + warm_up if is_with and what != "empty" else 0
        return time(act, count, flush)

    def _act(self, what: str, is_with: bool) -> Callable[[], Any]:
        client = self._instrumented if is_with else self._bare
        acts: dict[str, Callable[[], Any]] = {
            "call": lambda: vendor.ask(client),
            "stream": lambda: vendor.listen(client),
            "empty": self._decorated if is_with else _nothing,
        }
        return acts[what]


def _crowd(flush: Callable[[], Awaitable[Any]]) -> loops.Numbers:
    client = vendor.async_client()
    return loops.crowded(lambda: client.chat.completions.create(model=vendor.MODEL, messages=vendor.MESSAGES), flush)


def _warm(client: Any) -> None:
    vendor.ask(client)
    vendor.listen(client)


async def _nothing_in_loop() -> None:
    pass


def _nothing() -> None:
    """What is decorated: only the decoration costs."""


def main() -> None:
    """Say ready, then answer each line until there is none."""
    # Whatever a library prints must not come between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    name, sink = sys.argv[1:]
    worker = Worker(name, sink)
    print(json.dumps({"changes": worker.changes}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(worker.do(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
