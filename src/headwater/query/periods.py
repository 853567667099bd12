"""Periods: a stretch of time and the one of the same length right before it."""

from typing import NamedTuple

from headwater.clock import now_ns
from headwater.errors import BadRequest
from headwater.query.filters import Filters
from headwater.query.times import read_time, show_time
from headwater.query.windows import LAST_NS, Window, whole


class Periods(NamedTuple):
    """`before` is None where `now` has no beginning. `end` is what was asked for, None for an open end."""

    now: Window
    before: Window | None
    start_ns: int | None
    end_ns: int | None

    @property
    def start(self) -> str | None:
        """When the period begins, as text."""
        return None if self.start_ns is None else show_time(self.start_ns)

    @property
    def end(self) -> str | None:
        """When the period ends, as text."""
        return None if self.end_ns is None else show_time(self.end_ns)

    @property
    def before_start(self) -> str | None:
        """When the period before begins, as text."""
        return None if self.before is None else show_time(self.before.low)


def periods_of(filters: Filters) -> Periods:
    """Return the period of the filters; one with an open end is as long as it is at this moment. Raises BadRequest."""
    start_ns, end_ns = read_time(filters.start, "start"), read_time(filters.end, "end")
    now = whole(start_ns, end_ns)
    if start_ns is None:
        return Periods(now, None, None, end_ns)
    until = now_ns() if end_ns is None else now.high
    if until <= now.low:
        raise BadRequest(f"start: {filters.start!r} is not before the end {filters.end!r}")
    length = min(until, LAST_NS) - now.low
    before = whole(now.low - length, now.low)
    return Periods(now, None if before.is_empty else before, start_ns, end_ns)
