"""Alert graph: a series with its bound and the stretches in which it would have fired, as paths for a template."""

from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlencode

import msgspec

from headwater.access import AlertRule
from headwater.alerts import WINDOWS, Look, Measure, Stretch, WouldHave, measure_of
from headwater.web.shown.graph import WIDTH, Frame, Frames, Graph, Layer, draw_graph
from headwater.web.shown.spark import spark
from headwater.web.shown.times import absolute, axis_label, rfc3339

_COLUMNS = 240
_SPARKS = 48
_SECOND_NS = 1_000_000_000


class Fired(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch in which it would have fired, in words, and the query string of the calls in it."""

    began: str
    ended: str | None
    took_s: float
    worst: str
    query: str


class AlertGraph(msgspec.Struct, frozen=True, kw_only=True):
    """The chart; `fired` is the path of the shaded stretches, `labels` are those of its axis."""

    graph: Graph
    fired: str
    labels: tuple[str, ...]


def draw_would(rule: AlertRule, would: WouldHave) -> AlertGraph:
    """Lay out what a rule saw. Where there are more looks than columns, a column shows the one nearest to firing."""
    measure, columns = measure_of(rule), _columns(rule, would.looks)
    times = [column.at_ns for column in columns]
    frames = _frames(times, would)
    layers = (
        Layer(name=measure.name, tone="t-0", values=tuple(column.value for column in columns)),
        Layer(name="Bound", tone="t-bound", values=tuple(column.bound for column in columns)),
    )
    graph = draw_graph(frames, layers, _shower(measure), measure.unit.show, is_stacked=False)
    return AlertGraph(graph=graph, fired=_shade(would), labels=frames.labels)


def fired_of(rule: AlertRule, stretches: Iterable[Stretch], now_ns: int) -> list[Fired]:
    """The stretches, the newest first; their calls are those of all windows in them."""
    show = _shower(measure_of(rule))
    window_ns = WINDOWS[rule.window] * _SECOND_NS
    return [
        Fired(
            began=rfc3339(stretch.start_ns),
            ended=rfc3339(stretch.end_ns) if stretch.end_ns else None,
            took_s=((stretch.end_ns or now_ns) - stretch.start_ns) / _SECOND_NS,
            worst=show(stretch.worst),
            query=urlencode({"start": rfc3339(stretch.start_ns - window_ns), "end": rfc3339(stretch.end_ns or now_ns)}),
        )
        for stretch in reversed(list(stretches))
    ]


def sparked(rule: AlertRule, would: WouldHave) -> str:
    """The path of small bars of a series."""
    values = [look.value or 0.0 for look in would.looks]
    size = max(1, -(-len(values) // _SPARKS))
    pick = max if rule.comparison in ("above", "unusually_high") else min
    return spark([pick(values[at : at + size]) for at in range(0, len(values), size)])


def _shower(measure: Measure) -> Callable[[float | None], str]:
    return lambda value: "—" if value is None else measure.unit.show(value)


def _columns(rule: AlertRule, looks: Sequence[Look]) -> list[Look]:
    size = max(1, -(-len(looks) // _COLUMNS))
    return [_nearest(rule, looks[at : at + size]) for at in range(0, len(looks), size)]


def _nearest(rule: AlertRule, looks: Sequence[Look]) -> Look:
    is_above = rule.comparison in ("above", "unusually_high")
    known = [look for look in looks if look.value is not None]
    return max(known, key=lambda look: (look.value or 0.0) * (1 if is_above else -1), default=looks[0])


def _frames(times: Sequence[int], would: WouldHave) -> Frames:
    width = WIDTH / max(1, len(times))
    step_ns = would.step_s * _SECOND_NS
    first, last = (would.looks[0].at_ns, would.looks[-1].at_ns) if would.looks else (0, 0)
    wanted = min(3, len(times))
    places = [round(at * (len(times) - 1) / max(1, wanted - 1)) for at in range(wanted)]
    return Frames(
        all=tuple(
            [
                Frame(
                    x=round(at * width, 2),
                    width=round(width, 2),
                    name=f"{absolute(rfc3339(time))[:16]} UTC",
                    query=urlencode({"start": rfc3339(time - step_ns), "end": rfc3339(time)}),
                )
                for at, time in enumerate(times)
            ]
        ),
        labels=tuple(axis_label(rfc3339(times[place]), (last - first) / _SECOND_NS, would.step_s) for place in places),
        step_s=would.step_s,
    )


def _shade(would: WouldHave) -> str:
    """A band for each stretch, as wide as a hair at least."""
    if not would.looks:
        return ""
    first, step_ns = would.looks[0].at_ns, would.step_s * _SECOND_NS
    whole = would.looks[-1].at_ns - first + step_ns
    end = would.looks[-1].at_ns + step_ns
    bands: list[str] = []
    for stretch in would.stretches:
        left = WIDTH * (stretch.start_ns - first) / whole
        right = WIDTH * ((stretch.end_ns or end) - first) / whole
        bands.append(f"M{left:.5g} 0h{max(2.0, right - left):.5g}v100h{-max(2.0, right - left):.5g}z")
    return "".join(bands)
