"""Stacks: columns over time, each of parts on top of one another, as numbers for an SVG drawn by a template."""

from collections.abc import Mapping, Sequence

import msgspec

from headwater.web.shown.chart import HEIGHT, WIDTH, nice_top
from headwater.web.shown.times import axis_label, rfc3339

_GAP = 0.22
_LEAST = 2.0
_SECOND_NS = 1_000_000_000


class Part(msgspec.Struct, frozen=True):
    """A part of a column: what it is, its amount, and where it is drawn."""

    name: str
    amount: float
    y: float
    height: float


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One bucket from `start` on. `x` and widths are of 1000, heights of 100."""

    start: str
    x: float
    width: float
    slot_x: float
    slot_width: float
    total: float
    parts: tuple[Part, ...]


class Stacks(msgspec.Struct, frozen=True, kw_only=True):
    """All columns, the amount at the top of the scale, up to five labels of the time axis, and the sums by part."""

    columns: tuple[Column, ...]
    top: float
    labels: tuple[str, ...]
    step_s: int
    sums: Mapping[str, float]


def stacked(
    start_ns: int, count: int, step_s: int, amounts: Mapping[int, Mapping[str, float]], names: Sequence[str]
) -> Stacks:
    """Lay out `count` buckets from `start_ns` on. `amounts` are by bucket and part; `names` go from the foot up."""
    top = nice_top(max((sum(parts.values()) for parts in amounts.values()), default=0))
    slot = WIDTH / max(1, count)
    starts = [rfc3339(start_ns + at * step_s * _SECOND_NS) for at in range(count)]
    columns = tuple(_column(starts[at], at * slot, slot, amounts.get(at, {}), names, top) for at in range(count))
    sums = {name: sum(parts.get(name, 0) for parts in amounts.values()) for name in names}
    return Stacks(columns=columns, top=top, labels=_labels(starts, step_s), step_s=step_s, sums=sums)


def _column(
    start: str, slot_x: float, slot: float, amounts: Mapping[str, float], names: Sequence[str], top: float
) -> Column:
    parts: list[Part] = []
    foot = HEIGHT
    for name in names:
        amount = amounts.get(name, 0)
        if amount:
            # One item lost among thousands must still be seen.
            height = min(max(_LEAST, HEIGHT * amount / top), foot)
            foot -= height
            parts.append(Part(name, amount, round(foot, 2), round(height, 2)))
    return Column(
        start=start,
        x=round(slot_x + slot * _GAP / 2, 2),
        width=round(slot * (1 - _GAP), 2),
        slot_x=round(slot_x, 2),
        slot_width=round(slot, 2),
        total=sum(amounts.values()),
        parts=tuple(parts),
    )


def _labels(starts: Sequence[str], step_s: int) -> tuple[str, ...]:
    wanted = min(5, len(starts))
    places = [round(at * (len(starts) - 1) / (wanted - 1)) for at in range(wanted)] if wanted > 1 else [0][:wanted]
    return tuple(axis_label(starts[place], step_s * len(starts), step_s) for place in places)
