"""The errors page: failures in groups of those that are alike."""

from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.query import FailureGroup, Failures
from headwater.web.asked import Asked, query_pairs, read_asked, span_filters
from headwater.web.desk import Desk
from headwater.web.pages.filtering import KINDS, bar
from headwater.web.pages.tiles import Tile
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.numbers import count, exact, per, share
from headwater.web.shown.spark import spark
from headwater.web.shown.times import axis_label, parse_ns, rfc3339

_PLACE = "/errors"
_MOST_FIRST = "-count"
_GAP = 0.22
_HEADS = (
    ("Error", "What failed and where, without what differs from one to the next", ""),
    ("Trend", "Failures over time, from the left to the right", ""),
    ("Failures", "How many, and their share of all", "count"),
    ("Users", "Users that it struck", "users"),
    ("Sessions", "Sessions that it struck", "sessions"),
    ("First seen", "The first of them in this time", "first_seen"),
    ("Last seen", "The newest of them", "last_seen"),
)


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A head of the table; `href` sorts by it, `order` is what aria-sort says."""

    name: str
    hint: str
    is_number: bool
    href: str = ""
    order: str = ""
    arrow: str = ""


class ShownGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group, its trend as a path and in words, and the traces that have it."""

    group: FailureGroup
    path: str
    say: str
    share: str
    traces: str


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket of the chart. `x` and `width` are of 1000, `height` of 100; `href` is its own time's page."""

    slot_x: float
    slot_width: float
    x: float
    width: float
    height: float
    count: int
    start: str
    href: str


async def failures_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /errors."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_asked(request.query_params, "24h")
    filters, cursor = span_filters(asked, here.now_ns), request.query_params.get("cursor") or None
    sort, limit = asked.sort or _MOST_FIRST, desk.settings.page_items
    found = await desk.ask(visitor, lambda q: q.failures(filters, sort=sort, cursor=cursor, limit=limit))
    own = here.link_pairs(_PLACE, query_pairs(asked))
    values = {
        **bar(asked, here, _PLACE, "Search in messages and tool calls", has_choices=True),
        "has_status": False,
        "panel_say": "Only failures of spans that have all of these. Pick a value or type its beginning.",
        "kinds": KINDS,
        "found": found,
        "tiles": _tiles(found),
        "columns": _chart(found, asked, here),
        "top": max(found.trend, default=0),
        "labels": _labels(found),
        "heads": [_head(asked, here, *head) for head in _HEADS],
        "groups": [_shown(group, found, asked, here) for group in found.items],
        "first": own if cursor else "",
        "next": here.link_pairs(_PLACE, [*query_pairs(asked), ("cursor", found.next)]) if found.next else "",
    }
    response = renderer.page("failures.html", here, values)
    # Only htmx reads it: the address bar then shows one spelling, without what nobody filled in.
    response.headers["hx-push-url"] = own
    return response


def _tiles(found: Failures) -> list[Tile]:
    most = max((group.count for group in found.items), default=0)
    return [
        Tile(
            name="Failures",
            value=count(found.total),
            hint=f"{exact(found.total)} spans that failed",
            is_bad=found.total > 0,
        ),
        Tile(name="Kinds", value=count(found.groups), hint=f"{exact(found.groups)} groups of failures that are alike"),
        Tile(
            name="Most frequent",
            value=share(most, found.grouped),
            hint=f"{exact(most)} of {exact(found.grouped)} failures are of the most frequent kind on this page",
        ),
    ]


def _chart(found: Failures, asked: Asked, here: Here) -> list[Column]:
    top, slot = max(found.trend, default=0), 1000 / max(1, len(found.trend))
    columns: list[Column] = []
    for at, (start_ns, failures) in enumerate(zip(_bucket_starts(found), found.trend, strict=True)):
        start, end = rfc3339(start_ns), rfc3339(start_ns + found.step_s * 1_000_000_000)
        columns.append(
            Column(
                slot_x=round(at * slot, 2),
                slot_width=round(slot, 2),
                x=round((at + _GAP / 2) * slot, 2),
                width=round((1 - _GAP) * slot, 2),
                height=round(max(2.0, 100 * failures / top), 2) if failures else 0,
                count=failures,
                start=start,
                href=here.link_pairs(_PLACE, query_pairs(asked, range=None, start=start, end=end)),
            )
        )
    return columns


def _bucket_starts(found: Failures) -> list[int]:
    """When each bucket begins, in Unix nanoseconds: buckets lie at whole multiples of their width."""
    step_ns = found.step_s * 1_000_000_000
    first = (parse_ns(found.start) or 0) // step_ns * step_ns
    return [first + at * step_ns for at in range(len(found.trend))]


def _labels(found: Failures) -> list[str]:
    starts = _bucket_starts(found)
    places = sorted({round(at * (len(starts) - 1) / 4) for at in range(5)}) if starts else []
    return [axis_label(rfc3339(starts[at]), found.step_s * len(starts), found.step_s) for at in places]


def _head(asked: Asked, here: Here, name: str, hint: str, sort: str) -> Head:
    if not sort:
        return Head(name=name, hint=hint, is_number=False)
    now = asked.sort or _MOST_FIRST
    is_number = not sort.endswith("_seen")
    turned = sort if now == f"-{sort}" else f"-{sort}"
    href = here.link_pairs(_PLACE, query_pairs(asked, sort=None if turned == _MOST_FIRST else turned))
    if now.removeprefix("-") != sort:
        return Head(name=name, hint=f"{hint}. Sort by it, highest first", is_number=is_number, href=href)
    order, arrow, other = ("descending", "↓", "lowest") if now.startswith("-") else ("ascending", "↑", "highest")
    hint = f"{hint}. Sort by it, {other} first"
    return Head(name=name, hint=hint, is_number=is_number, href=href, order=order, arrow=arrow)


def _shown(group: FailureGroup, found: Failures, asked: Asked, here: Here) -> ShownGroup:
    return ShownGroup(
        group=group,
        path=spark(group.trend),
        say=_say(group.trend, found),
        share=share(group.count, found.grouped),
        traces=here.link_pairs("/traces", pairs_of_traces(group, asked)),
    )


def _say(trend: Sequence[int], found: Failures) -> str:
    if not any(trend):
        return "none"
    at = max(range(len(trend)), key=trend.__getitem__)
    most, start = trend[at], rfc3339(_bucket_starts(found)[at])
    return f"at most {exact(most)} in one {per(found.step_s)}, the one from {start}"


def pairs_of_traces(group: FailureGroup, asked: Asked) -> list[tuple[str, str]]:
    """What the list of traces is narrowed by: all that a trace knows of the group, besides the page's own filters."""
    narrowed: dict[str, object] = {"sort": None, "kind": [group.kind]}
    narrowed |= {"error_type": [group.error_type]} if group.error_type else {"has_error": True}
    if group.kind == "call":
        narrowed |= {name: [value] for name, value in (("model", group.where), ("provider", group.provider)) if value}
    if group.kind == "tool":
        narrowed["tool"] = [group.where]
    return query_pairs(asked, **narrowed)
