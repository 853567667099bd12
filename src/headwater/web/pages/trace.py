"""The trace page: totals, the tree with its waterfall, and the panel of the chosen span.

A long tree is sent as its first window of spans and, for the rest, places of the right height that load when they are
seen; so the page opens as fast as that of a short one, and its scroll bar tells the truth.
"""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from headwater.errors import NotFound
from headwater.query import SpanShown, TraceHealth, TraceShown
from headwater.web.desk import Desk, read_int
from headwater.web.pages.filtering import KINDS
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.conversation import ShownMessage, conversation, named_results, part_text, plain
from headwater.web.shown.waterfall import chunks

_KEPT_IN_SIGHT = 6
_LONGEST_RAW = 200_000


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """Input or output: its opening, a folded middle, and what came last."""

    name: str
    total: int
    head: tuple[ShownMessage, ...]
    hidden: tuple[ShownMessage, ...]
    tail: tuple[ShownMessage, ...]


class Oddity(msgspec.Struct, frozen=True):
    """Something odd about a trace, and what it means."""

    text: str
    hint: str


async def trace_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /traces/{trace_id}, with ?span= for the chosen span."""
    visitor = await desk.signed_in(request)
    here = renderer.here(request, visitor)
    trace_id, asked = request.path_params["trace_id"], request.query_params.get("span") or None
    window = desk.settings.tree_window
    shown = await desk.ask(visitor, lambda q: q.trace(trace_id, offset=0, limit=window, focus=asked))
    picked = asked or (shown.spans[0].span_id if shown.spans else "")
    span = await desk.ask(visitor, lambda q: q.span(trace_id, picked)) if picked else None

    def draw() -> Response:
        panel = _panel(span, here) if span else {"span": None}
        tree = _tree(shown, trace_id, picked, window)
        odd = oddities(shown.health)
        values = {**tree, **panel, "trace": shown.trace, "oddities": odd, "is_picked": asked is not None}
        return renderer.page("trace.html", here, values)

    # Off the loop: a span may hold megabytes, and ingest must not wait for them.
    return await desk.asker.ask(draw)


async def tree_chunk(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /traces/{trace_id}/spans?offset=: one window of the tree, as htmx asks for it."""
    visitor = await desk.signed_in(request)
    trace_id, window = request.path_params["trace_id"], desk.settings.tree_window
    offset = read_int(request.query_params.get("offset"), "offset", 0)
    shown = await desk.ask(visitor, lambda q: q.trace(trace_id, offset=offset, limit=window, focus=None))
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
    if health.orphans:
        found.append(
            Oddity(_number(health.orphans, "orphan"), "Their parent span never arrived, so they stand at the top")
        )
    if health.folded:
        hint = "The same call was told by two instruments; each is counted once, and its other telling is greyed"
        found.append(Oddity(_number(health.folded, "folded duplicate"), hint))
    if health.clock_skewed:
        hint = "They start before their parent or end after it: the clocks of two machines do not agree"
        found.append(Oddity(f"{_number(health.clock_skewed, 'span')} with a skewed clock", hint))
    return found


def sides(span: SpanShown) -> list[Side]:
    """Shape what a span was given and what it gave; tool results carry the name of the tool that was called."""
    given, gave = conversation(span.input, "input"), conversation(span.output, "output")
    given, gave = named_results(given, gave)
    return [_side("Input", given), _side("Output", gave)]


def _side(name: str, messages: tuple[ShownMessage, ...]) -> Side:
    if len(messages) <= _KEPT_IN_SIGHT + 3:
        return Side(name=name, total=len(messages), head=messages, hidden=(), tail=())
    return Side(
        name=name,
        total=len(messages),
        head=messages[:1],
        hidden=messages[1:-_KEPT_IN_SIGHT],
        tail=messages[-_KEPT_IN_SIGHT:],
    )


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
        "text_link": text_link,
        "origin": _origin(span),
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
