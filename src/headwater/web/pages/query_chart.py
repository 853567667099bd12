"""Chart: an answer that has a time or a category beside numbers, as lines or bars for an SVG drawn by a template.

Rows that a text column names, each by another value, are bars. A time column makes lines instead, one for each value
of a category of few values, else one; of moments that are no buckets, dots. Every number column has a plot of its own,
since units differ.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from headwater.query import Table
from headwater.web.pages.query_table import bare_type, is_number, written
from headwater.web.shown.chart import nice_top
from headwater.web.shown.numbers import cost, count, duration
from headwater.web.shown.times import absolute, axis_label, parse_ns, rfc3339

WIDTH = 1000.0
HEIGHT = 100.0
_MOST_COLUMNS = 8
_MOST_PLOTS = 4
_MOST_LINES = 6
_MOST_POINTS = 1_000
_MOST_DOTS = 80
_MOST_BARS = 12
_SECOND_NS = 1_000_000_000
_LABELS = ("Date", "String", "FixedString", "Enum", "UUID")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line: its name ("" where it is the only one) and the paths of its strokes and its dots."""

    name: str
    path: str
    dots: str


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A moment to hover over: where it is, and what every line says then."""

    x: float
    width: float
    say: str


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar; `width` is of 1000."""

    name: str
    width: float
    value: str


class Plot(msgspec.Struct, frozen=True, kw_only=True):
    """A plot of one number column: lines over slots, or bars. `left_out` counts rows or lines that are not drawn."""

    name: str
    unit: str
    top: str
    lines: tuple[Line, ...] = ()
    slots: tuple[Slot, ...] = ()
    labels: tuple[str, ...] = ()
    bars: tuple[Bar, ...] = ()
    left_out: int = 0


class _Point(NamedTuple):
    at_ns: int
    name: str
    value: float


def plots(table: Table) -> tuple[Plot, ...]:
    """Return the plots of an answer; none where it has less than two rows, many columns, or nothing to draw."""
    kinds = [bare_type(kind) for kind in table.types]
    numbers = [at for at, kind in enumerate(kinds) if is_number(kind)]
    labels = [at for at, kind in enumerate(kinds) if kind.startswith(_LABELS)] or numbers[:1]
    if not 2 <= len(kinds) <= _MOST_COLUMNS or len(table.rows) < 2:
        return ()
    names = [written(value) for value in _column(table, labels[0])] if labels else []
    shown = [at for at in numbers if at not in labels][:_MOST_PLOTS]
    time = next((at for at in labels if kinds[at].startswith("Date")), None)
    is_named = len(set(names)) == len(names) and labels[0] != time if labels else False
    if time is None or is_named or len(set(_column(table, time))) == 1:
        label = next((at for at in labels if at != time), labels[0] if labels else None)
        return () if label is None else _of_names(table, label, shown)
    word = next((at for at in labels if at != time and _splits(table, at, time)), None)
    return _of_time(table, time, word, shown)


def _of_names(table: Table, label: int, numbers: Sequence[int]) -> tuple[Plot, ...]:
    names = [written(value) for value in _column(table, label)]
    if len(set(names)) < len(names):
        return ()
    return tuple(_bars(table, at, names) for at in numbers if any(value is not None for value in _column(table, at)))


def _splits(table: Table, word: int, time: int) -> bool:
    """Whether a text column splits the rows into few lines over the same moments, instead of naming each of them."""
    lines, moments = len(set(_column(table, word))), len(set(_column(table, time)))
    return 1 < lines <= 24 and moments <= 0.75 * len(table.rows)


def _column(table: Table, at: int) -> list[Any]:
    return [row[at] for row in table.rows]


def _of_time(table: Table, time: int, word: int | None, numbers: Sequence[int]) -> tuple[Plot, ...]:
    found: list[Plot] = []
    is_course = not bare_type(table.types[time]).startswith("DateTime64")
    for at in numbers:
        points = [
            _Point(at_ns, "" if word is None else str(row[word]), float(row[at]))
            for row in table.rows[:_MOST_POINTS]
            if row[at] is not None and (at_ns := parse_ns(str(row[time]))) is not None
        ]
        if len({point.at_ns for point in points}) > 1:
            left_out = max(0, len(table.rows) - _MOST_POINTS)
            found.append(_lines(table.columns[at], sorted(points), left_out, is_course=is_course))
    return tuple(found)


def _lines(name: str, points: Sequence[_Point], rows_left_out: int, *, is_course: bool) -> Plot:
    sums: dict[str, float] = {}
    for point in points:
        sums[point.name] = sums.get(point.name, 0.0) + abs(point.value)
    chosen = sorted(sums, key=lambda each: (-sums[each], each))[:_MOST_LINES]
    shown = [point for point in points if point.name in chosen]
    low, top = min(0.0, *(point.value for point in shown)), nice_top_of(point.value for point in shown)
    first, last = shown[0].at_ns, shown[-1].at_ns
    show = _writer(name)

    def x_of(at_ns: int) -> float:
        return round(WIDTH * (at_ns - first) / max(1, last - first), 2)

    def y_of(value: float) -> float:
        return round(HEIGHT * (1 - (value - low) / (top - low)), 2)

    lines = [
        _line(each, [(x_of(point.at_ns), y_of(point.value)) for point in shown if point.name == each], is_course)
        for each in chosen
    ]
    return Plot(
        name=name,
        unit=_unit(name),
        top=show(top),
        lines=tuple(lines),
        slots=_slots(shown, x_of, show),
        labels=_labels(first, last, sorted({point.at_ns for point in shown})),
        left_out=rows_left_out or len(sums) - len(chosen),
    )


def _line(name: str, places: Sequence[tuple[float, float]], is_course: bool) -> Line:
    # Exact moments, or several values at one, are rows, not a course of one thing: dots without strokes between them.
    is_course = is_course and len({x for x, _ in places}) == len(places)
    path = "M" + "L".join(f"{x} {y}" for x, y in places) if is_course else ""
    has_dots = not is_course or len(places) <= _MOST_DOTS
    return Line(name=name, path=path, dots="".join(f"M{x} {y}h.01" for x, y in places) if has_dots else "")


def _slots(points: Sequence[_Point], x_of: Callable[[int], float], show: Callable[[float], str]) -> tuple[Slot, ...]:
    said: dict[int, list[str]] = {}
    for point in points:
        said.setdefault(point.at_ns, []).append(
            f"{point.name}: {show(point.value)}" if point.name else show(point.value)
        )
    times = sorted(said)
    middles = [0.0, *((x_of(a) + x_of(b)) / 2 for a, b in pairwise(times)), WIDTH]
    return tuple(
        Slot(
            x=round(left, 2),
            width=round(max(0.0, right - left), 2),
            say="\n".join([absolute(rfc3339(at_ns)).replace(".000", ""), *said[at_ns][:12]]),
        )
        for at_ns, left, right in zip(times, middles, middles[1:], strict=False)
    )


def _labels(first: int, last: int, times: Sequence[int]) -> tuple[str, ...]:
    range_s = (last - first) / _SECOND_NS
    if len(times) < 2:
        return (axis_label(rfc3339(first), range_s, 1),)
    step_s = min((b - a) / _SECOND_NS for a, b in pairwise(times))
    wanted = min(5, len(times))
    places = [first + round(at * (last - first) / (wanted - 1)) for at in range(wanted)]
    return tuple(dict.fromkeys(axis_label(rfc3339(place), range_s, step_s) for place in places))


def _bars(table: Table, at: int, names: Sequence[str]) -> Plot:
    name, show = table.columns[at], _writer(table.columns[at])
    values = _column(table, at)[:_MOST_BARS]
    top = max((abs(value) for value in values if value is not None), default=0) or 1
    return Plot(
        name=name,
        unit=_unit(name),
        top=show(top),
        bars=tuple(
            Bar(
                name=label or "(empty)",
                width=round(WIDTH * abs(value or 0) / top, 2),
                value="NULL" if value is None else show(value),
            )
            for label, value in zip(names, values, strict=False)
        ),
        left_out=max(0, len(names) - _MOST_BARS),
    )


def nice_top_of(values: Iterable[float]) -> float:
    """Return the round number at or above the highest value, for parts of one as well."""
    highest = max(values, default=0.0)
    if highest <= 0:
        return 1.0
    scale = 1.0
    while highest * scale < 1 and scale < 1e12:
        scale *= 1000
    return nice_top(highest * scale) / scale


def _unit(name: str) -> str:
    endings = (("_ms", "milliseconds"), ("_usd", "US dollars"), ("_tokens", "tokens"), ("_percent", "per cent"))
    return next((unit for ending, unit in endings if name.endswith(ending)), "")


def _writer(name: str) -> Callable[[float], str]:
    if name.endswith("_ms"):
        return duration
    if name.endswith("_usd"):
        return cost
    return _number


def _number(value: float) -> str:
    is_short = abs(value) >= 100_000
    return count(value) if is_short else f"{value:,.4g}" if value % 1 and abs(value) < 1000 else f"{value:,.0f}"
