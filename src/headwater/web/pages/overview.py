"""The overview page: how a period went beside the one before it, what moved, and what broke."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.errors import BadRequest
from headwater.query import FailureGroup, Mover, Movers
from headwater.web.asked import Asked, call_filters, query_pairs, read_asked, span_filters, trace_filters
from headwater.web.desk import Desk, Visitor
from headwater.web.pages.failures import pairs_of_traces
from headwater.web.pages.filtering import CHOICES, bar
from headwater.web.pages.overview_cards import MINUS, cards, with_more
from headwater.web.pages.start import start
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.graph import frames_of
from headwater.web.shown.numbers import cost, count, duration
from headwater.web.shown.times import absolute

PLACE = "/overview"
BELOW = "/overview/below"
_RANGE = "24h"
_SPLITS = {"model": "model", "provider": "provider", "user": "user", "environment": "environment", "key": "key"}
CHOSEN = tuple(choice for choice in CHOICES if choice.key in ("model", "provider", "user", "environment", "service"))
"""What this page and the models page can be narrowed by in their panel; an address may name more."""

_MOVERS = 5
_GROUPS = 10


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A mover as it is shown."""

    by: str
    value: str
    href: str
    now: str
    change: str
    hint: str
    is_worse: bool


class Moves(msgspec.Struct, frozen=True, kw_only=True):
    """The movers of one measure; `means` says what it is of."""

    name: str
    means: str
    items: tuple[Moved, ...]


class _Measure(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    means: str
    show: Callable[[float | None], str]
    leads: Mapping[str, str]


_MEASURES: Mapping[str, _Measure] = {
    "cost_usd": _Measure(name="Cost", means="US dollars", show=cost, leads={"sort": "-cost"}),
    "errors": _Measure(name="Errors", means="failed calls or steps", show=count, leads={"has_error": "true"}),
    "p95_ms": _Measure(
        name="Latency, p95",
        means="of calls, or of whole traces",
        show=duration,
        leads={"sort": "-duration"},
    ),
}


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """A group of errors as it is shown, and where its traces are."""

    group: FailureGroup
    href: str


async def overview_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /overview."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_asked(request.query_params, _RANGE)
    by, filters = _split(request.query_params.get("by", "")), call_filters(asked, here.now_ns)
    overview = await desk.ask(visitor, lambda q: q.overview(filters, by=by or None))
    values = {
        **narrowing(asked, here, PLACE, by),
        "by": by,
        "splits": _SPLITS,
        "has_any": bool(overview.now.calls) or await has_any(desk, visitor),
        "overview": overview,
        "labels": frames_of(overview.chart).labels,
        "cards": cards(overview.now, overview.before, overview.chart, asked, here),
        "zoom": with_word(here.link_pairs(PLACE, query_pairs(asked, range=None, start=None, end=None)), "by", by),
        "below": here.link_pairs(BELOW, query_pairs(asked)),
        **start(desk, request, here),
    }
    response = renderer.page("overview.html", here, values)
    # Only htmx reads it: the address bar then shows one spelling, without what nobody filled in.
    response.headers["hx-push-url"] = with_word(here.link_pairs(PLACE, query_pairs(asked)), "by", by)
    return response


async def below_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /overview/below: what moved and broke, fetched once the charts are there; a page where no script runs."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_asked(request.query_params, _RANGE)
    calls, traces = call_filters(asked, here.now_ns), trace_filters(asked, here.now_ns)
    spans = span_filters(asked, here.now_ns)
    movers, failures = await asyncio.gather(
        desk.ask(visitor, lambda q: q.movers(calls, traces, limit=_MOVERS)),
        desk.ask(visitor, lambda q: q.failures(spans, sort="-last_seen", limit=_GROUPS)),
    )
    values = {
        "moves": _moves(movers, asked, here),
        "compared": _compared(movers),
        "failures": failures,
        "broken": [
            Broken(group=group, href=here.link_pairs("/traces", pairs_of_traces(group, asked)))
            for group in failures.items
        ],
        "all_broken": here.link_pairs("/errors", query_pairs(asked, sort=None)),
        "whole": here.link_pairs(PLACE, query_pairs(asked)),
    }
    is_piece = "hx-request" in request.headers
    return renderer.page("parts/below.html" if is_piece else "overview_below.html", here, values)


def narrowing(asked: Asked, here: Here, place: str, by: str = "") -> dict[str, Any]:
    """Return what the bar of a page over calls needs; its addresses keep the split."""
    values = bar(asked, here, place, "", has_choices=True)
    chips = [msgspec.structs.replace(chip, without=with_word(chip.without, "by", by)) for chip in values["chips"]]
    carried = [msgspec.structs.replace(chip, is_carried=True) for chip in chips]
    return {
        **values,
        "choices": CHOSEN,
        "chips": carried,
        "clear": with_word(values["clear"], "by", by),
        "all_time": with_word(values["all_time"], "by", by),
    }


async def has_any(desk: Desk, visitor: Visitor) -> bool:
    """Whether the project has a trace at all; asked only where a page is empty."""
    return bool((await desk.ask(visitor, lambda q: q.traces(limit=1))).items)


def with_word(address: str, name: str, word: str) -> str:
    """Return an address with one more word of our own in its query string, the same address for none."""
    return f"{with_more(address)}{name}={word}" if word else address


def _split(word: str) -> str:
    if word and word not in _SPLITS:
        raise BadRequest(f"by: nothing here is split by {word[:40]!r}; use one of {', '.join(_SPLITS)}, or none")
    return word


def _compared(movers: Movers) -> str:
    if movers.before_start is None or movers.start is None:
        return ""
    return f"{absolute(movers.before_start)[:16]} to {absolute(movers.start)[:16]} UTC"


def _moves(movers: Movers, asked: Asked, here: Here) -> list[Moves]:
    return [
        Moves(
            name=measure.name,
            means=measure.means,
            items=tuple(_moved(mover, measure, asked, here) for mover in movers.items if mover.measure == key),
        )
        for key, measure in _MEASURES.items()
    ]


def _moved(mover: Mover, measure: _Measure, asked: Asked, here: Here) -> Moved:
    show, difference = measure.show, mover.now - mover.before
    changed: dict[str, Any] = {"sort": None, **measure.leads, mover.by: [mover.value]}
    return Moved(
        by=mover.by,
        value=mover.value,
        href=here.link_pairs("/traces", query_pairs(asked, **changed)),
        now=show(mover.now),
        change=f"{'+' if difference > 0 else MINUS}{show(abs(difference))}",
        hint=f"{show(mover.now)} over {mover.calls:,} calls, against {show(mover.before)} over"
        f" {mover.calls_before:,} calls in the period before",
        is_worse=difference > 0,
    )
