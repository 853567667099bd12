"""The only reader of clocks, so that tests can hold it.

The functions are the standard library's own: some are asked several times for each chunk of a stream.
"""

import time

now_ns = time.time_ns
"""Unix time in nanoseconds."""

monotonic_s = time.monotonic
"""Seconds from an arbitrary start that never run backwards."""

ticks_ns = time.perf_counter_ns
"""Nanoseconds from an arbitrary start that never run backwards, as fine as the machine counts them."""

sleep = time.sleep
"""Block this thread for so many seconds."""
