"""The trace page: totals, the tree with its waterfall, and the panel of the chosen span.

A long tree is sent as its first window of spans and, for the rest, places of the right height that load when they are
seen; so the page opens as fast as that of a short one, and its scroll bar tells the truth.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from headwater.errors import NotFound
from headwater.query import SpanShown, TraceHealth, TraceShown
from headwater.web.desk import Desk, read_int
from headwater.web.pages.filtering import KINDS
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.bill import bill_of
from headwater.web.shown.conversation import conversation, named_results, part_text, plain
from headwater.web.shown.curl import can_curl, curl_of
from headwater.web.shown.minimap import minimap
from headwater.web.shown.pairing import Side, side_of
from headwater.web.shown.waterfall import chunks

_LONGEST_RAW = 200_000
_ODD = (
    ("orphans", "orphan", "Their parent span never arrived, so they stand at the top"),
    (
        "folded",
        "folded duplicate",
        "The same call was told by two instruments; each is counted once, and its other telling is greyed",
    ),
    ("cut", "cut-off answer", "The model stopped at the limit of tokens that it might give"),
    (
        "clock_skewed",
        "skewed clock",
        "They start before their parent or end before they start: the clocks of two machines do not agree",
    ),
)


class Oddity(msgspec.Struct, frozen=True):
    """Something odd about a trace, what it means, and the first of the `count` spans that it is about."""

    text: str
    hint: str
    count: int = 0
    span_ids: tuple[str, ...] = ()


async def trace_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /traces/{trace_id}, with ?span= for the chosen span."""
    return await draw_trace(desk, renderer, request, request.query_params.get("span") or "", {})


async def draw_trace(
    desk: Desk, renderer: Renderer, request: Request, chosen: str, typed: Mapping[str, Any]
) -> Response:
    """Draw a trace with a chosen span; `typed` is what somebody said of it that cannot be kept, and why."""
    visitor = await desk.signed_in(request)
    here = renderer.here(request, visitor)
    trace_id, asked = request.path_params["trace_id"], chosen or None
    window = desk.settings.tree_window
    tree = desk.ask(visitor, lambda q: q.trace(trace_id, offset=0, limit=window, focus=asked))
    if asked:
        picked = asked
        shown, span = await asyncio.gather(tree, desk.ask(visitor, lambda q: q.span(trace_id, asked)))
    else:
        shown = await tree
        picked = shown.spans[0].span_id if shown.spans else ""
        span = await desk.ask(visitor, lambda q: q.span(trace_id, picked)) if picked else None

    def draw() -> Response:
        panel = _panel(span, here) if span else {"span": None}
        said = {"typed": typed, "say_link": here.link(f"/traces/{trace_id}/say")}
        tree = _tree(shown, trace_id, picked, window)
        values = {**tree, **panel, **_glance(shown), **said, "trace": shown.trace, "is_picked": asked is not None}
        return renderer.page("trace.html", here, values, 400 if typed else 200)

    # Off the loop: a span may hold megabytes, and ingest must not wait for them.
    return await desk.asker.ask(draw)


async def tree_chunk(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /traces/{trace_id}/spans?offset=: one window of the tree, as htmx asks for it."""
    visitor = await desk.signed_in(request)
    trace_id, window = request.path_params["trace_id"], desk.settings.tree_window
    offset = read_int(request.query_params.get("offset"), "offset", 0)
    shown = await desk.ask(visitor, lambda q: q.trace(trace_id, offset, window, is_outlined=False))
    tree = _tree(shown, trace_id, "", window)
    chunk = next((chunk for chunk in tree["chunks"] if chunk.offset == offset and chunk.is_loaded), None)
    if chunk is None:
        raise NotFound(f"no spans from {offset} on in this trace; reload the page")
    return renderer.page("parts/chunk.html", renderer.here(request, visitor), {**tree, "chunk": chunk})


async def span_panel(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /traces/{trace_id}/spans/{span_id}: the panel for htmx, the whole page for everyone else."""
    visitor = await desk.signed_in(request)
    here = renderer.here(request, visitor)
    trace_id, span_id = request.path_params["trace_id"], request.path_params["span_id"]
    if "hx-request" not in request.headers:
        return RedirectResponse(here.link(f"/traces/{trace_id}", span=span_id), status_code=303)
    span = await desk.ask(visitor, lambda q: q.span(trace_id, span_id))
    return await desk.asker.ask(lambda: renderer.page("parts/span.html", here, _panel(span, here)))


async def span_raw(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /traces/{trace_id}/spans/{span_id}/raw: the span as the JSON API gives it, put on a page."""
    visitor = await desk.signed_in(request)
    here = renderer.here(request, visitor)
    trace_id, span_id = request.path_params["trace_id"], request.path_params["span_id"]
    span = await desk.ask(visitor, lambda q: q.span(trace_id, span_id))
    text = plain(span)
    whole = here.link(f"/api/headwater/v1/traces/{trace_id}/spans/{span_id}")
    cut = {"text": text[:_LONGEST_RAW], "is_cut": len(text) > _LONGEST_RAW, "length": len(text), "whole": whole}
    return renderer.page("parts/raw.html", here, cut)


async def span_curl(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /traces/{trace_id}/spans/{span_id}/curl: the call as a command that asks the same again."""
    visitor = await desk.signed_in(request)
    trace_id, span_id = request.path_params["trace_id"], request.path_params["span_id"]
    span = await desk.ask(visitor, lambda q: q.span(trace_id, span_id))
    text = await desk.asker.ask(lambda: curl_of(span))
    if text is None:
        raise NotFound("this span is no call that can be put together again: it has no messages, or is of another kind")
    return renderer.page("parts/curl.html", renderer.here(request, visitor), {"text": text})


async def span_text(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /traces/{trace_id}/spans/{span_id}/text?part=input.3.0: the whole text of one part, as plain text."""
    visitor = await desk.signed_in(request)
    trace_id, span_id = request.path_params["trace_id"], request.path_params["span_id"]
    side, _, numbers = request.query_params.get("part", "").partition(".")
    message, _, part = numbers.partition(".")
    at_message, at_part = read_int(message, "part", 0), read_int(part, "part", 0)
    if side not in ("input", "output"):
        raise NotFound(f"no part {side!r} of a span; it is input or output")
    span = await desk.ask(visitor, lambda q: q.span(trace_id, span_id))
    text = part_text(span.input if side == "input" else span.output, at_message, at_part)
    if text is None:
        raise NotFound(f"this span's {side} has no part {numbers!r}")
    return PlainTextResponse(text)


def oddities(health: TraceHealth) -> list[Oddity]:
    """Say what is odd about a trace."""
    found: list[Oddity] = []
    if health.missing_root:
        found.append(
            Oddity("its root has not arrived", "The first span of this trace is missing; it may still be running")
        )
    for name, thing, hint in _ODD:
        count = int(getattr(health, name))
        if count:
            found.append(Oddity(_number(count, thing), hint, count, health.examples.get(name, ())))
    return found


def sides(span: SpanShown) -> list[Side]:
    """Shape what a span was given and what it gave; tool results carry the name of the tool that was called."""
    given, gave = conversation(span.input, "input"), conversation(span.output, "output")
    given, gave = named_results(given, gave)
    return [side_of("Input", given, span.previous.shared if span.previous else 0), side_of("Output", gave, 0)]


def _glance(shown: TraceShown) -> dict[str, Any]:
    drawn = minimap(shown.outline.map, shown.trace.duration_ms) if shown.outline else None
    return {"outline": shown.outline, "map": drawn, "oddities": oddities(shown.health)}


def _tree(shown: TraceShown, trace_id: str, picked: str, window: int) -> dict[str, Any]:
    return {
        "trace_id": trace_id,
        "picked": picked,
        "total": shown.total_spans,
        "kinds": KINDS,
        "chunks": chunks(shown.spans, shown.offset, shown.total_spans, window, shown.trace.duration_ms),
    }


def _panel(span: SpanShown, here: Here) -> dict[str, Any]:
    text_path = f"/traces/{span.trace_id}/spans/{span.span_id}/text"

    def text_link(place: str) -> str:
        return here.link(text_path, part=place)

    return {
        "span": span,
        "kinds": KINDS,
        "sides": sides(span),
        "bill": bill_of(span),
        "has_curl": can_curl(span),
        "session_link": here.link(f"/sessions/{quote(span.session_id)}"),
        "user_link": here.link(f"/users/{quote(span.user_id, safe='')}") if span.user_id else "",
        "text_link": text_link,
        "origin": _origin(span),
        "say_link": here.link(f"/traces/{span.trace_id}/say"),
        "typed": {},
    }


def _origin(span: SpanShown) -> dict[str, str]:
    whole = {
        "span id": span.span_id,
        "parent span id": span.parent_span_id,
        "told by": span.source,
        "instrument": f"{span.scope} {span.scope_version}".strip(),
        "operation": span.operation,
        "response id": span.response_id,
        "service": span.service_name,
        "environment": span.environment,
        "release": span.release,
    }
    return {name: value for name, value in whole.items() if value}


def _number(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
