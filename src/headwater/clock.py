"""The only reader of clocks, so that tests can hold it."""

import time


def now_ns() -> int:
    """Unix time in nanoseconds."""
    return time.time_ns()


def monotonic_s() -> float:
    """Seconds from an arbitrary start that never run backwards."""
    return time.monotonic()


def ticks_ns() -> int:
    """Nanoseconds from an arbitrary start that never run backwards, as fine as the machine counts them."""
    return time.perf_counter_ns()


def sleep(seconds: float) -> None:
    """Block this thread."""
    time.sleep(seconds)
