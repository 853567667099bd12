"""The table of doors: which path is whose. Paths of ingest are looked up first, all else is pages and API."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, cast

from headwater.access import Catalog
from headwater.compat.desk import Desk
from headwater.ingest import LANGFUSE_PATHS, OTLP_PATHS, Gate, Intake, LangfuseSideCalls, OtlpHttp
from headwater.products import module_of, product_at
from headwater.query import Questions
from headwater.server.alerting import trial_of
from headwater.server.child import Orders
from headwater.server.deliveries import DeliveryReader
from headwater.server.edits import Editor
from headwater.server.folder import DataFolder
from headwater.server.health import HealthReader
from headwater.server.metrics import metrics_text
from headwater.server.prices import PriceWatch
from headwater.server.probes import Probes
from headwater.server.receipts import ReceiptReader
from headwater.server.repricing import RepriceDesk
from headwater.server.settings import variables
from headwater.server.status import edges_said
from headwater.server.told import setup_of
from headwater.server.wishes import WishDesk
from headwater.store import Store
from headwater.web import Person, ProjectListed, WebPorts, web_app

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


def edge_app(
    orders: Orders,
    folder: DataFolder,
    catalog: Catalog,
    prices: PriceWatch,
    intake: Intake,
    gate: Gate,
    leaving: threading.Event,
) -> Application:
    """Join the rooms that an edge serves into one ASGI application; `leaving` is set when the edge is to end."""
    store = Store(orders.store_dsn, orders.settings.store)
    health = HealthReader(folder, store, orders)
    probes = Probes(folder, store, intake, lambda: metrics_text(health.read(), edges_said(folder.run)))
    doors: dict[str, Application] = {
        **dict.fromkeys(OTLP_PATHS, OtlpHttp(intake, gate)),
        **dict.fromkeys(LANGFUSE_PATHS, LangfuseSideCalls(intake, gate)),
        "/health": probes.alive,
        "/ready": probes.ready,
        "/metrics": probes.metrics,
    }

    ports = _ports(orders, folder, catalog, prices, store, health, Editor(folder, intake), leaving)
    pages = web_app(orders.settings.web, ports)
    compat = _Compat(Desk(intake, gate, catalog, ports.questions))

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await pages(scope, receive, cast("Any", send))
            return
        method, path = scope["method"], scope["path"]
        door = doors.get(path)
        # OTLP has POST of a path whose GET is a product's.
        if door is None or method != "POST":
            product = product_at(method, path)
            door = door if product is None else await compat.door(product)
        await (door or cast("Application", pages))(scope, receive, send)

    return application


class _Compat:
    """The doors of other products, each opened when its first client comes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._open: dict[str, Application] = {}

    async def door(self, product: str) -> Application:
        if product not in self._open:
            module = await asyncio.to_thread(module_of, product)
            self._open.setdefault(product, module.door(self._desk))
        return self._open[product]


def _ports(
    orders: Orders,
    folder: DataFolder,
    catalog: Catalog,
    prices: PriceWatch,
    store: Store,
    health: HealthReader,
    editor: Editor,
    leaving: threading.Event,
) -> WebPorts:
    setup = setup_of(orders.settings, variables())

    def key_project(presented: str) -> str | None:
        principal = catalog.authenticate(presented)
        return None if principal is None else principal.project_id

    def person(cookie: str) -> Person | None:
        found = catalog.session(cookie)
        return None if found is None else Person(id=found.id, name=found.name)

    def projects(_: Person) -> tuple[ProjectListed, ...]:
        return tuple(ProjectListed(id=project.id, name=project.name) for project in catalog.projects())

    return WebPorts(
        questions=lambda project: Questions(store, project, prices=lambda: prices.book(project)),
        redeem_login=lambda token: catalog.redeem_login(token, orders.settings.web.session_s),
        person=person,
        logout=catalog.logout,
        key_project=key_project,
        projects=projects,
        catalog=catalog,
        edit=editor.edit,
        setup=lambda: setup,
        health=health.read,
        deliveries=DeliveryReader(folder).read,
        receipts=ReceiptReader(folder).read,
        wishes=WishDesk(folder, orders.settings.journal.keep_s),
        repricings=RepriceDesk(folder),
        trial=trial_of(orders, catalog),
        is_stopping=leaving.is_set,
    )
