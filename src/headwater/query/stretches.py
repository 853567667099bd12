"""Stretches: a time without the years in which nothing can be, cut into buckets for a trend."""

from typing import NamedTuple

from headwater.clock import now_ns
from headwater.query.ask import Asker
from headwater.query.times import DAY_NS, SECOND_NS
from headwater.query.windows import FIRST_NS, LAST_NS, Window

POINTS = 40
"""Most buckets of a trend, give or take one at an end."""

_STEPS_S = (
    60, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000, 2_592_000,
    7_776_000, 31_536_000, 94_608_000,
)  # fmt: skip
_FIRST = "SELECT count(), toUnixTimestamp64Nano(min(start_time)) FROM headwater.traces WHERE project = {project:String}"


class Stretch(NamedTuple):
    """A window and the width of its buckets, which lie at whole multiples of it since 1970 (UTC)."""

    window: Window
    step_s: int

    @property
    def times(self) -> range:
        """The numbers of the buckets: Unix seconds divided by their width."""
        step_ns = self.step_s * SECOND_NS
        return range(self.window.low // step_ns, -(-self.window.high // step_ns))

    def bucket(self, time: str = "start_time") -> str:
        """Return the SQL of a row's bucket."""
        return f"intDiv(toUnixTimestamp({time}), {self.step_s})"


def stretch_of(ask: Asker, asked: Window) -> Stretch:
    """Return the window without the years before the first trace and after now, and the width of its buckets."""
    low, high = asked
    if low <= FIRST_NS:
        count, first = ask.rows(_FIRST, {})[0]
        low = max(low, first) if count else max(low, now_ns() - DAY_NS)
    if high >= LAST_NS:
        high = max(low, now_ns()) + 1
    seconds = max(0, high - low) / SECOND_NS
    step_s = next((step for step in _STEPS_S if seconds / step <= POINTS), _STEPS_S[-1])
    return Stretch(Window(low, max(low, high)), step_s)
