"""The deliveries page: what became of every item, over time, by key, by door, and by each SDK instance."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.access import Key
from headwater.errors import BadRequest, NotFound
from headwater.web.deliveries import DeliveriesAsked, DeliveryShown, ordered
from headwater.web.desk import Desk, Visitor, read_int
from headwater.web.pages.loss.frame import DELIVERIES, arrivals, first_minute_ns, tabs
from headwater.web.receipts import ReceiptsAsked, ReceiptsBy, ReceiptShown
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.stacks import Stacks, stacked
from headwater.web.shown.times import parse_ns

# Name of a range: its words, columns of the chart, minutes each.
RANGES: Mapping[str, tuple[str, int, int]] = {
    "1h": ("last hour", 60, 1),
    "6h": ("last 6 hours", 72, 5),
    "24h": ("last 24 hours", 96, 15),
    "7d": ("last 7 days", 84, 120),
}
_USUAL = "24h"
_INSTANCES = 25
_MINUTES = 60
_FARTHEST = 10_000
_MINUTE_NS = 60 * 10**9


class KeyRow(msgspec.Struct, frozen=True):
    """A key and what came with it; `name` is "" for one that is no more listed."""

    receipt: ReceiptShown
    name: str
    prefix: str
    is_revoked: bool
    project: str


class MinuteRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one minute brought of an instance: `made` and `dropped` since the minute before, None for the first."""

    told: DeliveryShown
    made: int | None
    dropped: Mapping[str, int]


async def deliveries_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /server/health/deliveries, asked again by the page itself every few seconds."""
    visitor = await desk.signed_in(request)
    here = renderer.here(request, visitor)
    name = request.query_params.get("range") or _USUAL
    if name not in RANGES:
        raise BadRequest(f"range: {name[:40]!r} is none of {', '.join(RANGES)}")
    offset = min(read_int(request.query_params.get("offset"), "offset", 0), _FARTHEST)
    words, count, step = RANGES[name]
    first_ns = first_minute_ns(here.now_ns, count, step)
    projects = tuple(project.id for project in visitor.projects)

    def received(by: ReceiptsBy) -> Sequence[ReceiptShown]:
        return desk.ports.receipts(ReceiptsAsked(projects=projects, by=by, since_ns=first_ns, step=step)).items

    asked = DeliveriesAsked(projects=projects, since_ns=first_ns, limit=_INSTANCES, offset=offset)
    minutes = await desk.asker.ask(lambda: received("minute"))
    keys = await desk.asker.ask(lambda: _named(desk, visitor, received("key")))
    doors = await desk.asker.ask(lambda: received("door"))
    found = await desk.asker.ask(lambda: desk.ports.deliveries(asked))
    values = {
        "tabs": tabs(here),
        "chart": arrivals(minutes, first_ns, count, step),
        "keys": keys,
        "doors": doors,
        "remarks": _remarks(keys),
        "deliveries": ordered(found.items),
        "ranges": [(each, told[0], each == name, _link(here, each)) for each, told in RANGES.items()],
        "range_name": words,
        "project_names": {project.id: project.name for project in visitor.projects},
        "refresh_s": desk.settings.health_refresh_s,
        "place": DELIVERIES,
        "first": _link(here, name) if offset else "",
        "next": _link(here, name, offset + _INSTANCES) if found.is_partial and found.items else "",
        "offset": offset,
    }
    return renderer.page("loss/deliveries.html", here, values)


async def instance_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /server/health/deliveries/{instance}: one process of a user's, minute by minute."""
    visitor = await desk.signed_in(request)
    here, instance = renderer.here(request, visitor), request.path_params["instance"]
    offset = min(read_int(request.query_params.get("offset"), "offset", 0), _FARTHEST)
    projects = tuple(project.id for project in visitor.projects)
    asked = DeliveriesAsked(projects=projects, instances=(instance,))
    by_minute = msgspec.structs.replace(asked, by="minute", limit=_MINUTES + 1, offset=offset)
    found = await desk.asker.ask(lambda: desk.ports.deliveries(asked))
    if not found.items:
        raise NotFound(f"no SDK instance {instance[:40]!r} in your projects; they are kept for 30 days")
    told = (await desk.asker.ask(lambda: desk.ports.deliveries(by_minute))).items
    rows = minute_rows(told)
    place = f"{DELIVERIES}/{instance}"
    values = {
        "tabs": tabs(here),
        "shown": found.items[0],
        "rows": rows[:_MINUTES],
        "chart": _minutes_chart(rows[:_MINUTES]),
        "first": here.link(place) if offset else "",
        "next": here.link(place, offset=offset + _MINUTES) if len(told) > _MINUTES else "",
        "back": here.link(DELIVERIES),
    }
    return renderer.page("loss/instance.html", here, values)


def minute_rows(told: Sequence[DeliveryShown]) -> list[MinuteRow]:
    """Return minutes, the newest first, each with what it adds to the minute before it."""
    newest_first = sorted(told, key=lambda each: each.minute or "", reverse=True)
    rows: list[MinuteRow] = []
    for at, each in enumerate(newest_first):
        before = newest_first[at + 1] if at + 1 < len(newest_first) else None
        rows.append(
            MinuteRow(
                told=each,
                made=max(0, each.created - before.created) if before else None,
                dropped=_grown(each.dropped, before.dropped) if before else {},
            )
        )
    return rows


def _grown(now: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    grown = {reason: count - before.get(reason, 0) for reason, count in now.items()}
    return {reason: count for reason, count in grown.items() if count > 0}


def _minutes_chart(rows: Sequence[MinuteRow]) -> Stacks | None:
    """Chart an hour that ends with the newest of these minutes."""
    if not rows:
        return None
    last_ns = parse_ns(rows[0].told.minute or "") or 0
    first_ns = last_ns - (_MINUTES - 1) * _MINUTE_NS
    amounts: dict[int, dict[str, float]] = {}
    for row in rows:
        at = ((parse_ns(row.told.minute or "") or 0) - first_ns) // _MINUTE_NS
        if at >= 0:
            amounts[at] = {
                "queryable": min(row.told.queryable, row.told.durable),
                "waiting": max(0, row.told.durable - row.told.queryable),
                "dropped": sum(row.dropped.values()),
            }
    return stacked(first_ns, _MINUTES, 60, amounts, ("queryable", "waiting", "dropped", "set_aside"))


def _named(desk: Desk, visitor: Visitor, receipts: Iterable[ReceiptShown]) -> list[KeyRow]:
    """Put their names to the keys of receipts."""
    rows: list[KeyRow] = []
    known: dict[str, dict[str, Key]] = {}
    names = {project.id: project.name for project in visitor.projects}
    for receipt in receipts:
        if receipt.project not in known:
            known[receipt.project] = {key.id: key for key in desk.ports.catalog.keys(receipt.project)}
        key = known[receipt.project].get(receipt.key)
        project = names.get(receipt.project, receipt.project)
        if key is None:
            rows.append(KeyRow(receipt, "", "", False, project))
        else:
            rows.append(KeyRow(receipt, key.name, key.prefix, key.is_revoked, project))
    return rows


def _remarks(keys: Iterable[KeyRow]) -> tuple[str, ...]:
    """Say in words what the sums over all keys mean where they differ."""
    whole = ReceiptShown()
    for row in keys:
        receipt = row.receipt
        whole = msgspec.structs.replace(
            whole,
            waiting=whole.waiting + receipt.waiting,
            dropped=whole.dropped + receipt.dropped,
            set_aside=whole.set_aside + receipt.set_aside,
        )
    return whole.remarks


def _link(here: Here, name: str, offset: int = 0) -> str:
    return here.link(DELIVERIES, range="" if name == _USUAL else name, offset=offset or "")
