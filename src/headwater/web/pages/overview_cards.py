"""Cards of the overview: its numbers as they are shown, how they changed, and their charts."""

from collections.abc import Mapping, Sequence

import msgspec

from headwater.query import OTHER, Series, Sums, TimeSeries
from headwater.web.asked import Asked, query_pairs
from headwater.web.pages.overview_numbers import CARDS, SHARE, Card, Number, Unit
from headwater.web.rendering import Here
from headwater.web.shown.graph import Frames, Graph, Layer, draw_graph, frames_of
from headwater.web.shown.numbers import per
from headwater.web.shown.times import absolute

MINUS = "\N{MINUS SIGN}"
_WATCHED = {
    "calls": "calls",
    "errors": "error_rate",
    "cost": "cost",
    "tokens": "tokens",
    "latency": "p95",
    "ttft": "ttft_p95",
}
"""What an alert on a card begins with."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change against the period before: in words for the eye, exactly on hover. `tone`: is-good, is-bad or ""."""

    text: str
    hint: str
    tone: str


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A number as it is shown."""

    name: str
    value: str
    hint: str
    href: str
    change: Change | None


class CardShown(msgspec.Struct, frozen=True, kw_only=True):
    """A card as it is shown. `bucket` is the beginning of the address that a bucket of its chart links to, `alert` the
    address of a new alert on what it shows."""

    key: str
    name: str
    says: str
    figures: tuple[Figure, ...]
    graph: Graph
    bucket: str
    alert: str


def cards(now: Sums, before: Sums | None, chart: TimeSeries, asked: Asked, here: Here) -> list[CardShown]:
    """Return all cards."""
    frames = frames_of(chart)
    timeless = Asked.model_validate({**asked.model_dump(), "range": "", "start": "", "end": ""})
    return [
        CardShown(
            key=card.key,
            name=card.name,
            says=(card.split_says if chart.by else card.says).format(per(chart.step_s)),
            figures=tuple(_figure(card, number, now, before, asked, here) for number in card.numbers),
            graph=_graph(card, frames, chart, asked, here),
            bucket=with_more(_traces(timeless, here, dict(card.numbers[0].leads))),
            alert=here.link_pairs(
                "/alerts/new", [("measure", _WATCHED[card.key]), *query_pairs(timeless, kind=None, sort=None)]
            ),
        )
        for card in CARDS
    ]


def _figure(card: Card, number: Number, now: Sums, before: Sums | None, asked: Asked, here: Here) -> Figure:
    value = number.read(now)
    unpriced = (
        f"; {now.unpriced_calls:,} calls of unknown price are left out"
        if card.key == "cost" and now.unpriced_calls
        else ""
    )
    return Figure(
        name=number.name,
        value=card.unit.show(value),
        hint=f"{card.unit.exact(value)} {number.means}{unpriced}",
        href=_traces(asked, here, dict(number.leads)),
        change=None if before is None else change(value, number.read(before), card.unit, number.is_bad_up, before),
    )


def change(now: float | None, before: float | None, unit: Unit, is_bad_up: bool | None, period: Sums) -> Change | None:
    """Return how a number changed, None where one of the two is unknown."""
    if now is None or before is None:
        return None
    since = f"{absolute(period.start or '')[:16]} to {absolute(period.end or '')[:16]} UTC"
    hint = f"{unit.exact(now)}, against {unit.exact(before)} in the period before, {since}"
    if now == before:
        return Change(text="±0", hint=hint, tone="")
    sign = "+" if now > before else MINUS
    if unit is SHARE:
        text = f"{sign}{100 * abs(now - before):.2g} pp"
        hint += " (in percentage points)"
    else:
        text = f"{sign}{_percent(abs(now - before) / before)}" if before else f"{sign}{unit.show(abs(now - before))}"
    is_worse = (now > before) == is_bad_up
    return Change(text=text, hint=hint, tone="" if is_bad_up is None else "is-bad" if is_worse else "is-good")


def _percent(share: float) -> str:
    return f"{100 * share:,.0f} %" if share >= 0.1 else f"{100 * share:.2g} %"


def _graph(card: Card, frames: Frames, chart: TimeSeries, asked: Asked, here: Here) -> Graph:
    layers = _split_layers(card, chart, asked, here) if chart.by else _part_layers(card, chart, asked, here)
    return draw_graph(frames, layers, card.unit.show, card.unit.scale, is_stacked=card.is_stacked)


def _part_layers(card: Card, chart: TimeSeries, asked: Asked, here: Here) -> Sequence[Layer]:
    points = chart.series[0].points if chart.series else ()
    return [
        Layer(
            name=number.name or card.name,
            tone=number.tone,
            values=tuple(number.read(point) for point in points),
            href=_traces(asked, here, dict(number.leads)),
        )
        for number in card.parts or card.numbers
    ]


def _split_layers(card: Card, chart: TimeSeries, asked: Asked, here: Here) -> Sequence[Layer]:
    """One layer for each value. Colours go by the value's place among all, so that a value has one on every card."""
    return [
        Layer(
            name=line.value or f"no {chart.by}",
            tone="t-other" if line.value == OTHER else f"t-{at % 7}",
            values=tuple(card.split(point) for point in line.points),
            href=_traces(asked, here, dict(card.numbers[0].leads), _value_of(chart, line)),
            value="" if line.value == OTHER else line.value,
        )
        for at, line in enumerate(chart.series)
    ]


def _value_of(chart: TimeSeries, line: Series) -> Mapping[str, list[str]]:
    """Traces are not narrowed to what has no value, nor to the rest of the values."""
    return {} if line.value in ("", OTHER) or chart.by is None else {chart.by: [line.value]}


def _traces(asked: Asked, here: Here, *changed: Mapping[str, object]) -> str:
    merged: dict[str, object] = {"sort": None}
    for each in changed:
        merged.update(each)
    return here.link_pairs("/traces", query_pairs(asked, **merged))


def with_more(address: str) -> str:
    """Return the beginning of an address that more words can be put to."""
    return f"{address}{'&' if '?' in address else '?'}"
