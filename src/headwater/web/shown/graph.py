"""Graph: layers of bars and lines over time, as paths for an SVG drawn by a template.

In:  layers of values, one for each bucket of time.   Out: paths of a plane of 1000 by 100, one a layer, and the slots
that a pointer finds. Bars stand on each other; lines stop where nothing is known.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlencode

import msgspec

from headwater.query import TimeSeries
from headwater.web.shown.numbers import UNKNOWN
from headwater.web.shown.times import absolute, axis_label, parse_ns, rfc3339

Show = Callable[[float | None], str]
WIDTH = 1000.0
HEIGHT = 100.0
_GAP = 0.18
_DASH = 0.7
_LEAST = 1.6
"""Height of the smallest bar: one failure among thousands of calls must still be seen."""

_NICE = (1, 2, 2.5, 5, 10)


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn: a value for each bucket, None where unknown. `tone` is a class of the style sheet."""

    name: str
    tone: str
    values: tuple[float | None, ...]
    href: str = ""
    value: str = ""


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A layer as a path. `value` is that of the facet that the chart is split by."""

    name: str
    tone: str
    path: str
    href: str
    value: str


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One bucket of time: where it stands, what it is called, and the end of an address that asks for it."""

    x: float
    width: float
    name: str
    query: str


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One bucket of a chart, and what is said of it line by line."""

    frame: Frame
    tip: str


class Frames(msgspec.Struct, frozen=True, kw_only=True):
    """The buckets that all charts of a time series share, and up to three labels of their axis."""

    all: tuple[Frame, ...]
    labels: tuple[str, ...]
    step_s: int


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """A chart. `top` is the value at the top of its scale; `is_empty`: there is nothing to draw."""

    drawn: tuple[Drawn, ...]
    slots: tuple[Slot, ...]
    is_stacked: bool
    top: str
    is_empty: bool


def frames_of(series: TimeSeries) -> Frames:
    """Return the buckets of a time series."""
    times = [point.time for point in series.series[0].points] if series.series else []
    width = WIDTH / max(1, len(times))
    return Frames(
        all=tuple([_frame(at * width, width, time, series.step_s) for at, time in enumerate(times)]),
        labels=_labels(times, series.step_s),
        step_s=series.step_s,
    )


def draw_graph(
    frames: Frames, layers: Sequence[Layer], show: Show, scale: Callable[[float], str], *, is_stacked: bool
) -> Graph:
    """Lay out layers, each with a value for every bucket. `show` writes a value, `scale` the top of the scale."""
    known = [layer for layer in layers if any(layer.values)]
    sums = _stacked(known) if is_stacked else [value for layer in known for value in layer.values if value is not None]
    top = nice_top(max(sums, default=0.0))
    paths = _bars(known, top) if is_stacked else [_line(layer.values, top) for layer in known]
    return Graph(
        drawn=tuple(
            Drawn(name=layer.name, tone=layer.tone, path=path, href=layer.href, value=layer.value)
            for layer, path in zip(known, paths, strict=True)
        ),
        slots=tuple([Slot(frame=frame, tip=_tip(frame, at, known, show)) for at, frame in enumerate(frames.all)]),
        is_stacked=is_stacked,
        top=scale(top),
        is_empty=not known,
    )


def nice_top(highest: float) -> float:
    """Return the round number at or above `highest` that a scale should end with; 1 for a scale of nothing."""
    if highest <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(highest))
    return next((size * step for step in _NICE if size * step >= highest * 0.999999), highest)


def _stacked(layers: Iterable[Layer]) -> list[float]:
    return [sum(value or 0.0 for value in values) for values in zip(*[layer.values for layer in layers], strict=True)]


def _bars(layers: Sequence[Layer], top: float) -> list[str]:
    if not layers:
        return []
    slot = WIDTH / len(layers[0].values)
    floors = [0.0] * len(layers[0].values)
    paths: list[str] = []
    for layer in layers:
        pieces: list[str] = []
        for at, value in enumerate(layer.values):
            if value:
                height = max(_LEAST, HEIGHT * value / top)
                floor, floors[at] = floors[at], min(HEIGHT, floors[at] + height)
                left, width = at * slot + slot * _GAP / 2, slot * (1 - _GAP)
                pieces.append(f"M{left:.6g} {HEIGHT - floor:.4g}h{width:.5g}V{HEIGHT - floors[at]:.4g}h{-width:.5g}z")
        paths.append("".join(pieces))
    return paths


def _line(values: Sequence[float | None], top: float) -> str:
    """A line through the middles of the buckets; a value between two unknown ones is a dash as wide as its bucket."""
    slot = WIDTH / max(1, len(values))
    pieces: list[str] = []
    for at, value in enumerate(values):
        if value is None:
            continue
        x, y = (at + 0.5) * slot, HEIGHT - HEIGHT * value / top
        has_before = at > 0 and values[at - 1] is not None
        has_after = at + 1 < len(values) and values[at + 1] is not None
        if has_before:
            pieces.append(f"L{x:.6g} {y:.4g}")
        elif has_after:
            pieces.append(f"M{x:.6g} {y:.4g}")
        else:
            pieces.append(f"M{x - slot * _DASH / 2:.6g} {y:.4g}h{slot * _DASH:.5g}")
    return "".join(pieces)


def _frame(x: float, width: float, time: str, step_s: int) -> Frame:
    start_ns = parse_ns(time) or 0
    start, end = rfc3339(start_ns), rfc3339(start_ns + step_s * 1_000_000_000)
    return Frame(
        x=round(x, 2),
        width=round(width, 2),
        name=f"{absolute(start)[:16]} to {absolute(end)[11:16]} UTC",
        query=urlencode({"start": start, "end": end}),
    )


def _tip(frame: Frame, at: int, layers: Sequence[Layer], show: Show) -> str:
    told = [f"{layer.name}: {show(layer.values[at])}" for layer in layers if layer.values[at] is not None]
    return "\n".join((frame.name, *(told or [UNKNOWN])))


def _labels(times: Sequence[str], step_s: int) -> tuple[str, ...]:
    wanted = min(3, len(times))
    places = [round(at * (len(times) - 1) / max(1, wanted - 1)) for at in range(wanted)]
    return tuple(axis_label(times[place], step_s * len(times), step_s) for place in places)
