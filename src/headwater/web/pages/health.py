"""The health page: what the server's own parts are doing."""

from starlette.requests import Request
from starlette.responses import Response

from headwater.clock import now_ns
from headwater.web.deliveries import DeliveriesAsked, delivery_problems
from headwater.web.desk import Desk, Visitor
from headwater.web.health import DiskShown, HealthShown, days, problems
from headwater.web.pages.loss.frame import DELIVERIES, QUARANTINE, arrivals, first_minute_ns, tabs
from headwater.web.receipts import ReceiptsAsked
from headwater.web.rendering import Renderer
from headwater.web.shown.numbers import size, span_of_seconds
from headwater.web.shown.stacks import Stacks, stacked
from headwater.web.shown.times import parse_ns

_SHOWN_NS = 24 * 3600 * 1_000_000_000
_INSTANCES = 200
_CHARTED = 60
_MINUTE_NS = 60 * 10**9


async def health_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /server/health, asked again by the page itself every few seconds."""
    visitor = await desk.signed_in(request)
    health = await desk.asker.ask(desk.ports.health)
    deliveries = await desk.asker.ask(lambda: desk.ports.deliveries(_lately(visitor)))
    here, store = renderer.here(request, visitor), health.store
    projects = tuple(project.id for project in visitor.projects)
    first_ns = first_minute_ns(here.now_ns, _CHARTED, 1)
    asked = ReceiptsAsked(projects=projects, by="minute", since_ns=first_ns)
    received = await desk.asker.ask(lambda: desk.ports.receipts(asked))
    values = {
        "tabs": tabs(here),
        "health": health,
        "problems": (*problems(health), *delivery_problems(deliveries.items)),
        "chart": arrivals(received.items, first_ns, _CHARTED, 1),
        "behind": _behind(health, first_ns),
        "retention": _retention(health.disk),
        "refresh_s": desk.settings.health_refresh_s,
        "deliveries_link": here.link(DELIVERIES),
        "quarantine_link": here.link(QUARANTINE),
        "dropped": sum(health.dropped.values()),
        "disk": sum(store.disk_bytes.values()) if store.disk_bytes else None,
        "tables": sorted({*store.rows, *store.disk_bytes}),
    }
    return renderer.page("health.html", here, values)


def _behind(health: HealthShown, first_ns: int) -> Stacks:
    """Chart how many envelopes waited for the loader, minute by minute."""
    amounts: dict[int, dict[str, float]] = {}
    for moment in health.moments:
        at = ((parse_ns(moment.time) or 0) - first_ns) // _MINUTE_NS
        if 0 <= at < _CHARTED:
            amounts[at] = {"waiting": max(moment.waiting, amounts.get(at, {}).get("waiting", 0))}
    return stacked(first_ns, _CHARTED, 60, amounts, ("waiting",))


def _retention(disk: DiskShown | None) -> tuple[str, ...]:
    """Say what is kept how long, and how long the disk lasts."""
    if disk is None:
        return ()
    said = [
        f"What is loaded stays in the journal for {span_of_seconds(disk.journal_keep_s)}, or shorter where it would"
        f" pass {size(disk.journal_cap_bytes)}; what is not loaded always stays.",
        "The store keeps everything: nothing in it is deleted by age."
        if disk.is_store_here
        else "The store lies elsewhere: what it takes and keeps is not counted here.",
    ]
    if disk.growth_bytes_per_day is None:
        return (*said, "How fast it grows is known ten minutes after the start.")
    over = span_of_seconds(disk.measured_s)
    if disk.days_left is None:
        return (*said, f"Over the last {over} nothing grew.")
    return (
        *said,
        f"At the rate of the last {over}, {size(disk.growth_bytes_per_day)} a day, it lasts {days(disk.days_left)}.",
    )


def _lately(visitor: Visitor) -> DeliveriesAsked:
    """The instances of all projects that the visitor may look at, as far as they were seen within a day."""
    projects = tuple(project.id for project in visitor.projects)
    return DeliveriesAsked(projects=projects, since_ns=now_ns() - _SHOWN_NS, limit=_INSTANCES)
