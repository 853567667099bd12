"""Largest: how many streams at once a gateway holds, found by doubling and then by halving the distance.

It holds them when every stream is complete and right, the chunks come no later than 20 ms at the 99th percentile, and
half of the streams begin no later than 20 ms. Direct is tried too: it tells what the bench itself can hold.
"""

import msgspec

from bench.figures import quantile
from bench.proxy.field import Field
from bench.proxy.figures import Line
from bench.proxy.gateways import GATEWAYS, Gateway
from bench.proxy.rounds import spoken

_LATE_MS = 20.0
_LEAST, _MOST = 5, 5_120
_NEAR = 1.1
_SECONDS = 3.5
_SURELY_S = 20.0


def measure(field: Field) -> list[Line]:
    """For everybody that can stream."""
    values: dict[str, float] = {}
    for name, gateway in list(field.gateways.items()):
        if not gateway.has_streams:
            continue
        field.tell(f"the most streams: {GATEWAYS[name]}")
        try:
            values[name] = _most(field, gateway)
        except RuntimeError as error:
            field.failures[name] = f"the most streams: {error}"
    group = "the most streams of 50 chunks at 30 ms"
    return [Line(group=group, name="that come whole, and on time to 20 ms", unit="streams", values=values)]


def _most(field: Field, gateway: Gateway) -> int:
    held, broke = 0, _MOST + 1
    streams = field.options.streams
    while broke / max(held, 1) > _NEAR and _LEAST <= streams <= _MOST:
        if _holds(field, gateway, streams):
            held = streams
        else:
            broke = streams
        streams = _next(held, broke)
    return held


def _next(held: int, broke: int) -> int:
    if not held:
        return broke // 2
    return min(2 * held, _MOST) if broke > _MOST and held < _MOST else (held + broke) // 2


def _holds(field: Field, gateway: Gateway, streams: int) -> bool:
    came = field.run(gateway, msgspec.structs.replace(spoken(streams, _SECONDS), timeout_s=_SURELY_S))
    gateway.settle()
    summary, firsts_ms = came.summary, came.firsts_ms
    if summary.bad or summary.refused or not firsts_ms:
        return False
    delay_ms = quantile(list(map(float, came.delays_us)), 0.99) / 1000
    return delay_ms <= _LATE_MS and quantile(firsts_ms, 0.5) <= _LATE_MS
