"""The page that holds two calls, or any two spans, against each other."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.errors import BadRequest, NotFound
from headwater.query import Beside, Compared, Difference
from headwater.web.desk import Desk, Visitor
from headwater.web.pages.overview_cards import MINUS
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.changed import Piece, changed
from headwater.web.shown.conversation import ShownMessage, conversation, plain
from headwater.web.shown.numbers import UNKNOWN, cost, duration, exact
from headwater.web.shown.times import absolute

PLACE = "/compare"
_PAIR = re.compile(r"([0-9a-f]{32})[:/\s]([0-9a-f]{16})")
_SPAN = re.compile(r"[0-9a-f]{16}")
_IN_PATH = re.compile(r"/traces/([0-9a-f]{32})(?:/spans/([0-9a-f]{16}))?")
_MOST_SHOWN = 60
_LONGEST = 60_000

Show = Callable[[Any], str]


def _plain(value: Any) -> str:
    if value in (None, "", (), []):
        return UNKNOWN
    return ", ".join(map(str, cast("Sequence[Any]", value))) if isinstance(value, tuple | list) else str(value)


_FACTS: Mapping[str, tuple[str, Show]] = {
    "name": ("Name", _plain),
    "model": ("Model", _plain),
    "provider": ("Provider", _plain),
    "operation": ("Operation", _plain),
    "service_tier": ("Tier", _plain),
    "status": ("Status", _plain),
    "error_type": ("Error", _plain),
    "finish_reasons": ("Ended by", _plain),
    "is_stream": ("Streamed", lambda value: UNKNOWN if value is None else "yes" if value else "no"),
    "start_time": ("Started", absolute),
    "duration_ms": ("Duration", duration),
    "ttft_ms": ("First token", duration),
    "input_tokens": ("Input tokens", exact),
    "cache_read_tokens": ("of these cached", exact),
    "cache_write_tokens": ("written to cache", exact),
    "output_tokens": ("Output tokens", exact),
    "reasoning_tokens": ("of these reasoning", exact),
    "cost_usd": ("Cost", cost),
    "agent_name": ("Agent", _plain),
    "tool_name": ("Tool", _plain),
    "environment": ("Environment", _plain),
    "release": ("Release", _plain),
}
_ALWAYS = ("model", "duration_ms", "input_tokens", "output_tokens", "cost_usd", "start_time")
_GROWS = frozenset({"duration_ms", "ttft_ms", "input_tokens", "output_tokens", "reasoning_tokens", "cost_usd"})


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A line of both spans; `change` is how the second differs in per cent, `tone` is-bad where it is more."""

    name: str
    a: str
    b: str
    is_same: bool
    change: str = ""
    tone: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of two lists as it is shown: `count` that are the same, a message of one side, or the pieces of both."""

    kind: str
    role: str
    at: int
    count: int
    message: ShownMessage | None = None
    pieces: tuple[Piece, ...] = ()


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Input, output or tools of both; `left_out` changes are not drawn."""

    name: str
    changes: tuple[Change, ...]
    is_same: bool
    left_out: int


async def compare_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /compare?a=&b=: each the ids of a trace and a span with a colon between, an address, or a span's id."""
    visitor = await desk.signed_in(request)
    here = renderer.here(request, visitor)
    given = {side: request.query_params.get(side, "").strip() for side in ("a", "b")}
    values: dict[str, Any] = {"given": given, "problems": {}, "found": None}
    places: dict[str, tuple[str, str]] = {}
    for side, text in given.items():
        try:
            if text:
                places[side] = await _place(desk, visitor, text)
        except (BadRequest, NotFound) as error:
            values["problems"] = {**values["problems"], side: str(error)}
    if len(places) == 2:
        found = await desk.ask(visitor, lambda q: q.compare(places["a"], places["b"]))
        return await desk.asker.ask(lambda: renderer.page("compare.html", here, {**values, **_shown(found, here)}))
    return renderer.page("compare.html", here, values, 400 if values["problems"] else 200)


def read_place(text: str) -> tuple[str, str] | None:
    """Read the ids of a trace and of one of its spans ("" where only the trace is named); None for a span's id alone.

    Raises BadRequest.
    """
    pair = _PAIR.fullmatch(text.lower())
    if pair:
        return pair[1], pair[2]
    address = urlsplit(text.strip())
    path = _IN_PATH.search(address.path)
    if path:
        return path[1], path[2] or parse_qs(address.query).get("span", [""])[0]
    if _SPAN.fullmatch(text.lower()):
        return None
    raise BadRequest(f"{text[:80]!r} is no span; paste its address, its id, or trace:span")


async def _place(desk: Desk, visitor: Visitor, text: str) -> tuple[str, str]:
    place = read_place(text)
    if place is None:
        hits = await desk.ask(visitor, lambda q: q.find(text.lower()))
        hit = next((hit for hit in hits if hit.kind == "span"), None)
        if hit is None:
            raise NotFound(f"no span {text!r} in this project")
        return hit.trace_id, hit.id
    trace_id, span_id = place
    if span_id:
        return trace_id, span_id
    trace = await desk.ask(visitor, lambda q: q.trace(trace_id, limit=1, is_outlined=False))
    return trace_id, trace.spans[0].span_id


def _shown(found: Compared, here: Here) -> dict[str, Any]:
    a, b = f"{found.a_trace_id}:{found.a_span_id}", f"{found.b_trace_id}:{found.b_span_id}"
    return {
        "found": found,
        "given": {"a": a, "b": b},
        "facts": [_fact(fact) for fact in found.facts if _is_shown(fact)],
        "parameters": [_parameter(each) for each in found.parameters],
        "parts": [
            _part("Input", found.input, "message"),
            _part("Output", found.output, "message"),
            _part("Tools on offer", found.tools, "tool"),
        ],
        "swapped": here.link(PLACE, a=b, b=a),
        "href_a": here.link(f"/traces/{found.a_trace_id}", span=found.a_span_id),
        "href_b": here.link(f"/traces/{found.b_trace_id}", span=found.b_span_id),
    }


def _is_shown(fact: Beside) -> bool:
    return fact.name in _FACTS and (fact.name in _ALWAYS or not fact.is_same)


def _fact(fact: Beside) -> Fact:
    name, show = _FACTS[fact.name]
    change, tone = "", ""
    if fact.difference and fact.a and fact.name in _GROWS:
        change = f"{'+' if fact.difference > 0 else MINUS}{100 * abs(fact.difference / fact.a):,.0f} %"
        tone = "is-bad" if fact.difference > 0 else "is-good"
    return Fact(name=name, a=show(fact.a), b=show(fact.b), is_same=fact.is_same, change=change, tone=tone)


def _parameter(each: Beside) -> Fact:
    a, b = ("not set" if value is None else plain(value)[:2_000] for value in (each.a, each.b))
    return Fact(name=each.name, a=a, b=b, is_same=each.is_same)


def _part(name: str, differences: tuple[Difference, ...], thing: str) -> Part:
    shown = [_change(each, thing) for each in differences[:_MOST_SHOWN]]
    return Part(
        name=name,
        changes=tuple(shown),
        is_same=all(each.kind == "same" for each in differences),
        left_out=max(0, len(differences) - _MOST_SHOWN),
    )


def _change(each: Difference, thing: str) -> Change:
    value = each.b if each.b is not None else each.a
    told = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    role = str(told.get("role") or told.get("name") or thing)
    at = each.at_a if each.kind == "removed" else each.at_b
    if each.kind == "same":
        return Change(kind="same", role=thing, at=at, count=each.count)
    if each.kind == "changed":
        return Change(kind="changed", role=role, at=at, count=1, pieces=changed(_text(each.a), _text(each.b)))
    (message,) = conversation((cast("Any", value),), "")
    return Change(kind=each.kind, role=role, at=at, count=1, message=message)


def _text(value: Any) -> str:
    """What a message says, its parts one after the other; anything else as JSON."""
    (message,) = conversation((value,), "")
    if not message.role:
        return plain(value)[:_LONGEST]
    texts = [f"{part.title} {part.text}".strip() if part.title else part.text for part in message.parts]
    return "\n\n".join(texts)[:_LONGEST]
