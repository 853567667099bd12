"""The table of doors: which path is whose. Paths of ingest are looked up first, all else is pages and API."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from headwater.access import Catalog
from headwater.ingest import LANGFUSE_PATHS, OTLP_PATHS, Gate, Intake, LangfuseSideCalls, OtlpHttp
from headwater.query import Questions
from headwater.server.child import Orders
from headwater.server.deliveries import DeliveryReader
from headwater.server.folder import DataFolder
from headwater.server.health import HealthReader
from headwater.server.metrics import metrics_text
from headwater.server.probes import Probes
from headwater.server.status import edges_said
from headwater.store import Store
from headwater.web import Person, ProjectListed, WebPorts, web_app

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


def edge_app(orders: Orders, folder: DataFolder, catalog: Catalog, intake: Intake, gate: Gate) -> Application:
    """Join the rooms that an edge serves into one ASGI application."""
    store = Store(orders.store_dsn, orders.settings.store)
    health = HealthReader(folder, store, orders)
    probes = Probes(folder, store, intake, lambda: metrics_text(health.read(), edges_said(folder.run)))
    pages = web_app(orders.settings.web, _ports(orders, folder, catalog, store, health))
    doors: dict[str, Application] = {
        **dict.fromkeys(OTLP_PATHS, OtlpHttp(intake, gate)),
        **dict.fromkeys(LANGFUSE_PATHS, LangfuseSideCalls(intake, gate)),
        "/health": probes.alive,
        "/ready": probes.ready,
        "/metrics": probes.metrics,
    }

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        door = doors.get(scope["path"]) if scope["type"] == "http" else None
        if door is None:
            await pages(scope, receive, cast("Any", send))
        else:
            await door(scope, receive, send)

    return application


def _ports(orders: Orders, folder: DataFolder, catalog: Catalog, store: Store, health: HealthReader) -> WebPorts:
    def key_project(presented: str) -> str | None:
        principal = catalog.authenticate(presented)
        return None if principal is None else principal.project_id

    def person(cookie: str) -> Person | None:
        found = catalog.session(cookie)
        return None if found is None else Person(id=found.id, name=found.name)

    def projects(_: Person) -> tuple[ProjectListed, ...]:
        return tuple(ProjectListed(id=project.id, name=project.name) for project in catalog.projects())

    return WebPorts(
        questions=lambda project: Questions(store, project),
        redeem_login=lambda token: catalog.redeem_login(token, orders.settings.web.session_s),
        person=person,
        logout=catalog.logout,
        key_project=key_project,
        projects=projects,
        health=health.read,
        deliveries=DeliveryReader(folder).read,
    )
