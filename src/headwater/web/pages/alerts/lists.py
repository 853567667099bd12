"""The list of alerts, the small chart of each, and the count of those that fire."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headwater.alerts import MEASURES, measure_of
from headwater.web.alerting import alerts_kept, looked_back
from headwater.web.desk import Desk
from headwater.web.pages.alerts.drafts import TEMPLATES
from headwater.web.rendering import Renderer
from headwater.web.shown.alert_graph import sparked

PLACE = "/alerts"


async def alerts_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /alerts."""
    visitor = await desk.signed_in(request)
    here, catalog = renderer.here(request, visitor), desk.ports.catalog
    alerts = await desk.asker.ask(lambda: alerts_kept(catalog, visitor.project))
    channels = await desk.asker.ask(lambda: catalog.alerts.channels.all(visitor.project))
    values = {
        "alerts": alerts,
        "shows": shows(),
        "channel_names": {channel.id: channel.name for channel in channels},
        "templates": [
            (each, here.link_pairs(f"{PLACE}/new", [("called", each.name), *each.words.items()])) for each in TEMPLATES
        ],
    }
    return renderer.page("alerts/list.html", here, values)


async def firing_badge(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /alerts/firing: how many alerts fire now, as a badge; nothing where none does."""
    visitor = await desk.signed_in(request)
    count = await desk.asker.ask(lambda: desk.ports.catalog.alerts.rules.count_firing(visitor.project))
    return renderer.page("alerts/firing.html", renderer.here(request, visitor), {"count": count})


async def alert_spark(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /alerts/{alert_id}/spark: the last day as small bars."""
    visitor = await desk.signed_in(request)
    here, alert_id = renderer.here(request, visitor), request.path_params["alert_id"]
    rule = await desk.asker.ask(lambda: desk.ports.catalog.alerts.rules.one(visitor.project, alert_id))
    would = await desk.ask(visitor, lambda q: looked_back(q, rule, "1d", here.now_ns))
    values = {"path": sparked(rule, would), "name": measure_of(rule).name, "fired": len(would.stretches)}
    return renderer.page("alerts/spark.html", here, values)


async def back(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET of what is only done by a form, as after signing in again: the page that the form is on."""
    visitor = await desk.signed_in(request)
    here, path = renderer.here(request, visitor), request.url.path.rpartition("/")[0]
    is_channel = path.startswith(f"{PLACE}/channels/")
    return RedirectResponse(here.link(f"{PLACE}/channels" if is_channel else path), status_code=303)


def shows() -> dict[str, object]:
    """How the values of each measure are written."""
    return {key: measure.unit.show for key, measure in MEASURES.items()}
