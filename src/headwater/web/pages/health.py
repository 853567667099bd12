"""The health page: what the server's own parts are doing."""

from starlette.requests import Request
from starlette.responses import Response

from headwater.web.desk import Desk
from headwater.web.health import problems
from headwater.web.rendering import Renderer


async def health_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /server/health, asked again by the page itself every few seconds."""
    visitor = await desk.signed_in(request)
    health = await desk.asker.ask(desk.ports.health)
    store = health.store
    values = {
        "health": health,
        "problems": problems(health),
        "refresh_s": desk.settings.health_refresh_s,
        "dropped": sum(health.dropped.values()),
        "disk": sum(store.disk_bytes.values()) if store.disk_bytes else None,
        "tables": sorted({*store.rows, *store.disk_bytes}),
    }
    return renderer.page("health.html", renderer.here(request, visitor), values)
