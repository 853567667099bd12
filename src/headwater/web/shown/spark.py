"""Spark: a row of small bars, as the path of an SVG drawn by a template."""

from collections.abc import Sequence

WIDTH = 100.0
HEIGHT = 24.0
_GAP = 0.2
_LEAST = 2.0


def spark(counts: Sequence[float], top: float = 0) -> str:
    """Return the path of a bar for each count, in a plane of 100 by 24; what is not 0 is always seen.

    `top` is the count at the plane's upper edge; the largest one where it is not given.
    """
    top = top or max(counts, default=0)
    slot = WIDTH / max(1, len(counts))
    bars = [_bar(at * slot, slot, count / top) for at, count in enumerate(counts) if count]
    return "".join(bars)


def _bar(x: float, slot: float, share: float) -> str:
    height = max(_LEAST, HEIGHT * share)
    left, right = x + slot * _GAP / 2, x + slot * (1 - _GAP / 2)
    return f"M{left:.2f} {HEIGHT:.0f}V{HEIGHT - height:.2f}H{right:.2f}V{HEIGHT:.0f}z"
