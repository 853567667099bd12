"""An edge's process: `python -m headwater.server.edge`, told its orders by the supervisor."""

import asyncio
import logging
import socket
import threading

import uvicorn
import uvloop

from headwater.access import Catalog
from headwater.clock import now_ns
from headwater.errors import HeadwaterError
from headwater.ingest import Counters, Intake, start_grpc
from headwater.journal import Writer
from headwater.otlp import assert_fast_protobuf
from headwater.server.app import Application, edge_app
from headwater.server.child import Orders, collect_garbage_seldom, read_orders, stop_on_signal_or_orphaned
from headwater.server.folder import DataFolder
from headwater.server.gate import CatalogGate
from headwater.server.logs import set_up_logs
from headwater.server.settings import catalog_url_of, data_folder_of
from headwater.server.status import EdgeStatus, say

_log = logging.getLogger("headwater.edge")
_SAY_S = 0.5


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
    catalog = Catalog(catalog_url_of(settings))
    writer = Writer(folder.journal, orders.name, settings.journal)
    counters = Counters()
    intake = Intake(writer, settings.ingest, counters)
    gate = CatalogGate(catalog, catalog.projects()[0].id if settings.is_dev else None)
    app = edge_app(orders, folder, catalog, intake, gate)
    grpc_server = None
    if settings.grpc_port:
        try:
            grpc_server = start_grpc(intake, gate, f"{settings.host}:{settings.grpc_port}")
        except HeadwaterError as error:
            _log.error("OTLP/gRPC is off", extra={"reason": str(error)})
    threading.Thread(target=_report, args=(folder, orders.name, intake, stop), name="report", daemon=True).start()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_listen(app, orders, stop))
    if grpc_server is not None:
        grpc_server.stop(grace=5).wait()
    writer.close()
    catalog.close()
    _log.info("stopped")


async def _listen(app: Application, orders: Orders, stop: threading.Event) -> None:
    """Serve the inherited sockets until `stop` is set, then finish what is under way."""
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=8,
            backlog=1024,
        )
    )

    def leave() -> None:
        stop.wait()
        server.should_exit = True

    threading.Thread(target=leave, name="leave", daemon=True).start()
    await server.serve(sockets=[socket.socket(fileno=descriptor) for descriptor in orders.sockets])


def _report(folder: DataFolder, name: str, intake: Intake, stop: threading.Event) -> None:
    """Say what came in, twice a second."""
    while True:
        is_last = stop.wait(_SAY_S)
        status = EdgeStatus(name=name, at_ns=now_ns(), counted=intake.counters.reading(), problem=intake.look_again())
        say(folder.run, name, status)
        if is_last:
            return


if __name__ == "__main__":
    main()
