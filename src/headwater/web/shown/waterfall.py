"""Waterfall: the bar of a span within its trace, and the chunks that a long tree is loaded in."""

from collections.abc import Sequence

import msgspec

from headwater.query import SpanListed

WIDTH = 1000.0
ROW_PX = 34
INDENT_PX = 14
_DEEPEST_DRAWN = 24
_NARROWEST = 6.0


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A span and its bar, of 1000. `wait` is the part before the first token, `guides` the x of ancestors' lines."""

    span: SpanListed
    x: float
    width: float
    wait: float
    indent_px: int
    guides: tuple[float, ...]


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the tree's spans: loaded with its rows, or a place of the same height that loads when it is seen."""

    offset: int
    count: int
    height_px: int
    rows: tuple[Row, ...]
    is_loaded: bool


def rows(spans: Sequence[SpanListed], trace_ms: float) -> tuple[Row, ...]:
    """Lay out spans in a trace that takes `trace_ms` milliseconds."""
    return tuple(_row(span, max(trace_ms, 0.001)) for span in spans)


def chunks(spans: Sequence[SpanListed], offset: int, total: int, window: int, trace_ms: float) -> tuple[Chunk, ...]:
    """Cut a tree of `total` spans into runs of `window`; `spans` are those from `offset` on, which are at hand."""
    return tuple(
        _chunk(start, min(window, total - start), spans, offset, trace_ms) for start in range(0, total, window)
    )


def _chunk(start: int, count: int, spans: Sequence[SpanListed], offset: int, trace_ms: float) -> Chunk:
    at_hand = spans[start - offset : start - offset + count] if start >= offset else ()
    is_loaded = len(at_hand) == count
    laid_out = rows(at_hand, trace_ms) if is_loaded else ()
    return Chunk(offset=start, count=count, height_px=count * ROW_PX, rows=laid_out, is_loaded=is_loaded)


def _row(span: SpanListed, trace_ms: float) -> Row:
    # A skewed clock can put a span before or after its trace; the bar stays inside, the numbers tell.
    x = min(max(0.0, WIDTH * span.offset_ms / trace_ms), WIDTH - _NARROWEST)
    width = min(max(_NARROWEST, WIDTH * span.duration_ms / trace_ms), WIDTH - x)
    wait = min(width, WIDTH * (span.ttft_ms or 0) / trace_ms)
    drawn = min(span.depth, _DEEPEST_DRAWN)
    return Row(
        span=span,
        x=round(x, 2),
        width=round(width, 2),
        wait=round(wait, 2) if span.ttft_ms else 0,
        indent_px=drawn * INDENT_PX,
        guides=tuple(level * INDENT_PX + 8.5 for level in range(drawn)),
    )
