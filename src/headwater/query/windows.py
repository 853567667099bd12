"""Windows: spans of time, walked from where a list begins, so that a page is found without reading what lies beyond it.

In:  the bounds of a list and a way to ask where its next row lies.   Out: windows [low, high), nearest first, each much
wider than the one before; together they cover the bounds exactly, gaps without rows apart.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

FIRST_NS = 0
LAST_NS = 4_291_747_200_000_000_000
"""Bounds of stored times: the years 1970 and 2106, which 32-bit hours and minutes in the sort keys can hold."""


class Window(NamedTuple):
    """A span of time in Unix nanoseconds, from `low` (inclusive) to `high` (exclusive)."""

    low: int
    high: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing can lie within."""
        return self.low >= self.high


class Stride(NamedTuple):
    """How wide the first window is, and how many times wider than it the next one, and so on."""

    first_ns: int
    growth: int


Nearest = Callable[[Window], Window]
"""What is left of a window without the emptiness before its first row in the list's order; may leave some of it."""


def whole(start_ns: int | None, end_ns: int | None) -> Window:
    """Return the window between two optional bounds."""
    return Window(
        FIRST_NS if start_ns is None else min(max(start_ns, FIRST_NS), LAST_NS),
        LAST_NS if end_ns is None else min(max(end_ns, FIRST_NS), LAST_NS),
    )


def walk(bounds: Window, is_descending: bool, nearest: Nearest, stride: Stride) -> Iterator[Window]:
    """Yield the windows of `bounds` that can hold rows, in the list's order."""
    width = stride.first_ns
    while not bounds.is_empty:
        bounds = nearest(bounds)
        if bounds.is_empty:
            return
        if is_descending:
            window = Window(max(bounds.low, bounds.high - width), bounds.high)
            bounds = Window(bounds.low, window.low)
        else:
            window = Window(bounds.low, min(bounds.high, bounds.low + width))
            bounds = Window(window.high, bounds.high)
        yield window
        width *= stride.growth
