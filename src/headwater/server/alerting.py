"""Alerting: where alerts are looked at and told of: in the loader's process, whose progress they wait for.

It has the time between the loader's blocks: looking is a few questions of the store a minute, and telling waits for the
network, so both are threads that loading never waits for.
"""

import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from headwater.access import Catalog
from headwater.alerts import AlertsSettings, Post, Sender, Trial, Watch
from headwater.clock import now_ns
from headwater.errors import BadRequest
from headwater.journal import Reader, writer_names
from headwater.loader import Ledger
from headwater.proxy import check_address
from headwater.query import Questions
from headwater.server.child import Orders
from headwater.server.folder import DataFolder
from headwater.server.settings import Settings
from headwater.store import Store


def begin_alerts(orders: Orders, folder: DataFolder, catalog: Catalog, ledger: Ledger, stop: threading.Event) -> None:
    """Look at alerts and tell of them until told to stop, in threads that nobody waits for."""
    settings = orders.settings
    if not settings.alerts.is_on:
        return
    store = Store(orders.store_dsn, settings.store)
    watch = Watch(
        catalog.alerts,
        lambda project: Questions(store, project),
        lambda: _project_names(catalog),
        lambda: loaded_until_ns(folder.journal, ledger.positions()),
        settings.alerts,
        _base_url(orders),
        # The same after a restart, so that nobody waits for the turn of one who is gone.
        f"{socket.gethostname()}:{folder.root}"[-100:],
    )
    post = Post(catalog.alerts, sender_of(settings), settings.alerts)
    for name, run in (("alerts", watch.run), ("notices", post.run)):
        threading.Thread(target=run, args=(stop,), name=name, daemon=True).start()


def trial_of(orders: Orders, catalog: Catalog) -> Trial:
    """What sends a test to a channel."""
    return Trial(catalog.alerts, sender_of(orders.settings), _base_url(orders))


def sender_of(settings: Settings) -> Sender:
    """What sends notices, to addresses that it may reach."""
    return Sender(settings.alerts, settings.smtp, _guard(settings.alerts))


def loaded_until_ns(journal: Path, positions: Mapping[str, int]) -> int:
    """The moment before which everything that came to this server is loaded: now, where nothing waits."""
    waiting = [now_ns()]
    for writer in writer_names(journal):
        reader = Reader(journal, writer)
        depth = reader.depth(positions.get(writer, 0))
        reader.close()
        if depth.oldest_ns is not None:
            waiting.append(depth.oldest_ns)
    return min(waiting)


def _guard(settings: AlertsSettings) -> Callable[[str], None]:
    def check(address: str) -> None:
        try:
            check_address(address, is_private_ok=settings.allow_private)
        except BadRequest:
            raise BadRequest(
                f"nothing is sent to {address}, which is private or reserved; HEADWATER_ALERTS_ALLOW_PRIVATE=true lets"
                " notices go to private addresses"
            ) from None

    return check


def _project_names(catalog: Catalog) -> dict[str, str]:
    return {project.id: project.name for project in catalog.projects()}


def _base_url(orders: Orders) -> str:
    return (orders.settings.web.base_url or orders.base_url).rstrip("/")
