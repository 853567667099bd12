"""Minimap: a whole trace in one small drawing, however many spans it has.

In:  the cells of a trace's map.   Out: one path a kind of span, and a column to click for each stretch of time.
"""

from collections.abc import Sequence

import msgspec

from headwater.query import MapCell

WIDTH = 1000.0
ROW = 7
_NARROWEST = 2.0
_COLUMNS = 60
ERROR = "error"


class Stroke(msgspec.Struct, frozen=True, kw_only=True):
    """All bars of one kind of span, as the `d` of an SVG path; kind "error" for those with a failed span."""

    kind: str
    path: str


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time that leads to its first span. Times are milliseconds from the trace's start."""

    x: float
    width: float
    span_id: str
    start_ms: float
    spans: int
    errors: int


class Minimap(msgspec.Struct, frozen=True, kw_only=True):
    """A drawing 1000 wide and `height` high."""

    height: int
    strokes: tuple[Stroke, ...]
    columns: tuple[Column, ...]


def minimap(cells: Sequence[MapCell], trace_ms: float) -> Minimap:
    """Draw the cells of a trace that takes `trace_ms` milliseconds."""
    whole = max([trace_ms, 0.001, *[cell.end_ms for cell in cells]])
    paths: dict[str, list[str]] = {}
    for cell in cells:
        paths.setdefault(ERROR if cell.errors else cell.kind, []).append(_bar(cell, whole))
    depth = max((cell.depth for cell in cells), default=0)
    return Minimap(
        height=(depth + 1) * ROW + 1,
        strokes=tuple(Stroke(kind=kind, path="".join(paths[kind])) for kind in sorted(paths, key=lambda k: k == ERROR)),
        columns=tuple(_columns(cells, whole)),
    )


def _bar(cell: MapCell, whole_ms: float) -> str:
    x = min(max(0.0, WIDTH * cell.start_ms / whole_ms), WIDTH - _NARROWEST)
    width = min(max(_NARROWEST, WIDTH * (cell.end_ms - cell.start_ms) / whole_ms), WIDTH - x)
    return f"M{x:.1f} {cell.depth * ROW + 1}h{width:.1f}v{ROW - 2}h-{width:.1f}z"


def _columns(cells: Sequence[MapCell], whole_ms: float) -> list[Column]:
    held: dict[int, list[MapCell]] = {}
    for cell in cells:
        held.setdefault(min(int(_COLUMNS * max(0.0, cell.start_ms) / whole_ms), _COLUMNS - 1), []).append(cell)
    width = WIDTH / _COLUMNS
    found: list[Column] = []
    for number in sorted(held):
        first = min(held[number], key=lambda cell: (not cell.errors, cell.start_ms))
        found.append(
            Column(
                x=round(number * width, 2),
                width=round(width, 2),
                span_id=first.span_id,
                start_ms=min(cell.start_ms for cell in held[number]),
                spans=sum(cell.spans for cell in held[number]),
                errors=sum(cell.errors for cell in held[number]),
            )
        )
    return found
