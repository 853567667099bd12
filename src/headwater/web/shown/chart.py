"""Chart: the bars of calls and errors over time, as numbers for an SVG drawn by a template."""

from collections.abc import Sequence

import msgspec

from headwater.query import SeriesPoint, TimeSeries
from headwater.web.shown.times import axis_label, parse_ns, rfc3339

WIDTH = 1000.0
HEIGHT = 100.0
_GAP = 0.22
_NICE = (1, 2, 2.5, 5, 10)


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bucket. `x` and `width` are of 1000, heights of 100; errors stand at the foot of the calls."""

    x: float
    width: float
    slot_x: float
    slot_width: float
    calls_height: float
    errors_height: float
    start: str
    end: str
    point: SeriesPoint


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """All bars, the count at the top of the scale, and up to five labels of the time axis (`at` in per cent)."""

    bars: tuple[Bar, ...]
    top: float
    labels: tuple[str, ...]
    step_s: int
    calls: int
    errors: int


def draw(series: TimeSeries) -> Chart:
    """Lay out the first line of a time series as bars."""
    points = series.series[0].points if series.series else ()
    top = nice_top(max((point.calls for point in points), default=0))
    slot = WIDTH / max(1, len(points))
    return Chart(
        bars=tuple(_bar(point, at, slot, top, series.step_s) for at, point in enumerate(points)),
        top=top,
        labels=_labels(points, series.step_s),
        step_s=series.step_s,
        calls=sum(point.calls for point in points),
        errors=sum(point.errors for point in points),
    )


def nice_top(highest: float) -> float:
    """Return the round number at or above `highest` that a scale should end with."""
    if highest <= 1:
        return 1
    size = 1.0
    while size * 10 < highest:
        size *= 10
    return next(size * step for step in _NICE if size * step >= highest)


def _bar(point: SeriesPoint, at: int, slot: float, top: float, step_s: int) -> Bar:
    calls = HEIGHT * point.calls / top
    # One error among thousands of calls must still be seen.
    errors = min(calls, max(3.0, HEIGHT * point.errors / top)) if point.errors else 0.0
    start_ns = parse_ns(point.time) or 0
    return Bar(
        x=round(at * slot + slot * _GAP / 2, 2),
        width=round(slot * (1 - _GAP), 2),
        slot_x=round(at * slot, 2),
        slot_width=round(slot, 2),
        calls_height=round(max(calls, 1.5 if point.calls else 0), 2),
        errors_height=round(errors, 2),
        start=point.time,
        end=rfc3339(start_ns + step_s * 1_000_000_000),
        point=point,
    )


def _labels(points: Sequence[SeriesPoint], step_s: int) -> tuple[str, ...]:
    if len(points) < 2:
        return tuple(axis_label(point.time, step_s, step_s) for point in points)
    wanted = min(5, len(points))
    places = [round(at * (len(points) - 1) / (wanted - 1)) for at in range(wanted)]
    return tuple(axis_label(points[place].time, step_s * len(points), step_s) for place in places)
