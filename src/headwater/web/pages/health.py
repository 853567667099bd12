"""The health page: what the server's own parts are doing."""

from starlette.requests import Request
from starlette.responses import Response

from headwater.clock import now_ns
from headwater.web.deliveries import DeliveriesAsked, delivery_problems, ordered
from headwater.web.desk import Desk, Visitor
from headwater.web.health import problems
from headwater.web.rendering import Renderer

_SHOWN_NS = 24 * 3600 * 1_000_000_000
_INSTANCES = 200
_INSTANCES_SHOWN = 25


async def health_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /server/health, asked again by the page itself every few seconds."""
    visitor = await desk.signed_in(request)
    health = await desk.asker.ask(desk.ports.health)
    deliveries = await desk.asker.ask(lambda: desk.ports.deliveries(_lately(visitor)))
    store = health.store
    values = {
        "health": health,
        "problems": (*problems(health), *delivery_problems(deliveries.items)),
        "deliveries": ordered(deliveries.items)[:_INSTANCES_SHOWN],
        "has_more_deliveries": deliveries.is_partial or len(deliveries.items) > _INSTANCES_SHOWN,
        "project_names": {project.id: project.name for project in visitor.projects},
        "refresh_s": desk.settings.health_refresh_s,
        "dropped": sum(health.dropped.values()),
        "disk": sum(store.disk_bytes.values()) if store.disk_bytes else None,
        "tables": sorted({*store.rows, *store.disk_bytes}),
    }
    return renderer.page("health.html", renderer.here(request, visitor), values)


def _lately(visitor: Visitor) -> DeliveriesAsked:
    """The instances of all projects that the visitor may look at, as far as they were seen within a day."""
    projects = tuple(project.id for project in visitor.projects)
    return DeliveriesAsked(projects=projects, since_ns=now_ns() - _SHOWN_NS, limit=_INSTANCES)
