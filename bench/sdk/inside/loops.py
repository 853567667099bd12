"""Loops: do a thing many times and say how long each time took on this thread, in nanoseconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

# Requests at once that flush when they are answered; and those beside them that do not, and ask again and again.
FLUSHERS = 200
OTHERS = 20
CALLS_OF_OTHERS = 5

Numbers = dict[str, Any]


def timed(act: Callable[[], Any], count: int, flush: Callable[[], Any]) -> Numbers:
    """Wall time and this thread's processor time of each; the process's processor time of all, sending included."""
    walls: list[int] = []
    threads: list[int] = []
    process_ns = time.process_time_ns()
    for _ in range(count):
        wall_ns = time.perf_counter_ns()
        thread_ns = time.thread_time_ns()
        act()
        threads.append(time.thread_time_ns() - thread_ns)
        walls.append(time.perf_counter_ns() - wall_ns)
    flush()
    return {"wall": walls, "thread": threads, "process": (time.process_time_ns() - process_ns) // count}


def timed_small(act: Callable[[], Any], count: int, flush: Callable[[], Any]) -> Numbers:
    """The same for what is too short for two clocks around it: the thread's time is the mean of all."""
    walls: list[int] = []
    process_ns = time.process_time_ns()
    thread_ns = time.thread_time_ns()
    for _ in range(count):
        wall_ns = time.perf_counter_ns()
        act()
        walls.append(time.perf_counter_ns() - wall_ns)
    threads = [(time.thread_time_ns() - thread_ns) // count]
    flush()
    return {"wall": walls, "thread": threads, "process": (time.process_time_ns() - process_ns) // count}


def crowded(ask: Callable[[], Awaitable[Any]], flush: Callable[[], Awaitable[Any]]) -> Numbers:
    """Wall time of each call of the others, while 200 requests are answered that flush before they end."""
    return asyncio.run(_crowded(ask, flush))


async def _crowded(ask: Callable[[], Awaitable[Any]], flush: Callable[[], Awaitable[Any]]) -> Numbers:
    walls: list[int] = []

    async def request() -> None:
        await ask()
        await flush()

    async def other() -> None:
        for _ in range(CALLS_OF_OTHERS):
            wall_ns = time.perf_counter_ns()
            await ask()
            walls.append(time.perf_counter_ns() - wall_ns)

    await asyncio.gather(*(request() for _ in range(FLUSHERS)), *(other() for _ in range(OTHERS)))
    return {"wall": walls, "thread": [], "process": 0}
