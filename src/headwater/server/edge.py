"""An edge's process: `python -m headwater.server.edge`, told its orders by the supervisor."""

import asyncio
import logging
import math
import socket
import threading
from types import FrameType

import uvicorn
import uvloop

from headwater.clock import now_ns
from headwater.errors import HeadwaterError
from headwater.ingest import Counters, Intake, start_grpc
from headwater.journal import Writer
from headwater.otlp import assert_fast_protobuf
from headwater.proxy import Counters as LimitCounters
from headwater.proxy import Leg, Meter, Proxy
from headwater.server.app import Application, edge_app
from headwater.server.catalog import catalog_of
from headwater.server.child import (
    Orders,
    collect_garbage_seldom,
    give_memory_back,
    read_orders,
    stop_on_signal_or_orphaned,
)
from headwater.server.folder import DataFolder
from headwater.server.gate import CatalogGate
from headwater.server.logs import set_up_logs
from headwater.server.prices import PriceWatch
from headwater.server.settings import data_folder_of
from headwater.server.status import EdgeStatus, say

_log = logging.getLogger("headwater.edge")
_SAY_S = 0.5
_QUIET_TURNS = 4


def main() -> None:
    """Serve until told to stop."""
    orders = read_orders()
    set_up_logs(orders.name, orders.settings.log_level)
    assert_fast_protobuf()
    stop = threading.Event()
    stop_on_signal_or_orphaned(stop)
    collect_garbage_seldom()
    _serve(orders, stop)


def _serve(orders: Orders, stop: threading.Event) -> None:
    settings = orders.settings
    folder = DataFolder(data_folder_of(settings))
    catalog = catalog_of(settings)
    writer = Writer(folder.journal, orders.name, settings.journal)
    counters = Counters()
    intake = Intake(writer, settings.ingest, counters)
    gate = CatalogGate(catalog, catalog.projects()[0].id if settings.is_dev else None, settings.oidc)
    leaving = threading.Event()
    prices = PriceWatch(catalog)
    prices.follow(stop)
    app = edge_app(orders, folder, catalog, prices, intake, gate, leaving)
    proxy = Proxy(
        settings.proxy,
        catalog,
        intake,
        Meter(LimitCounters(folder.limits)),
        prices.books,
        catalog.projects()[0].id if settings.is_dev else None,
    )
    grpc_server = None
    if settings.grpc_port:
        try:
            grpc_server = start_grpc(intake, gate, f"{settings.host}:{settings.grpc_port}")
        except HeadwaterError as error:
            _log.error("OTLP/gRPC is off", extra={"reason": str(error)})
    threading.Thread(
        target=_report, args=(folder, orders.name, intake, proxy, stop), name="report", daemon=True
    ).start()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_listen(app, proxy, orders, stop, leaving))
    if grpc_server is not None:
        grpc_server.stop(grace=5).wait()
    writer.close()
    catalog.close()
    _log.info("stopped")


class _Listener(uvicorn.Server):
    """Sets `leaving` as soon as a signal comes: answers without an end of their own would be waited for."""

    def __init__(self, config: uvicorn.Config, leaving: threading.Event) -> None:
        super().__init__(config)
        self._leaving = leaving

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._leaving.set()
        super().handle_exit(sig, frame)


async def _listen(
    app: Application, proxy: Proxy, orders: Orders, stop: threading.Event, leaving: threading.Event
) -> None:
    """Serve the inherited sockets until `stop` is set or a signal comes, then finish what is under way."""
    proxy.start(asyncio.get_running_loop())
    server = _Listener(
        uvicorn.Config(
            app,
            http=type("EdgeLeg", (Leg,), {"proxy": proxy}),
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=math.ceil(orders.settings.proxy.drain_s) or None,
            backlog=1024,
        ),
        leaving,
    )

    def leave() -> None:
        stop.wait()
        leaving.set()
        server.should_exit = True

    threading.Thread(target=leave, name="leave", daemon=True).start()
    await server.serve(sockets=[socket.socket(fileno=descriptor) for descriptor in orders.sockets])
    await proxy.close()


def _report(folder: DataFolder, name: str, intake: Intake, proxy: Proxy, stop: threading.Event) -> None:
    """Say what came in, twice a second; and give memory back once nothing comes any more."""
    quiet = 0
    while True:
        is_last = stop.wait(_SAY_S)
        counted, problem = intake.counters.reading(), intake.look_again()
        say(
            folder.run,
            name,
            EdgeStatus(name=name, at_ns=now_ns(), counted=counted, problem=problem, proxy=proxy.at_work()),
        )
        quiet = 0 if proxy.at_work().calls or intake.is_busy else quiet + 1
        if quiet == _QUIET_TURNS:
            give_memory_back()
        if is_last:
            return


if __name__ == "__main__":
    main()
