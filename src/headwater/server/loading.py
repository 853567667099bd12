"""The loader's process: `python -m headwater.server.loading`, told its orders by the supervisor."""

import logging
import sys
import threading

from headwater.clock import now_ns
from headwater.loader import Ledger, Loader, Progress
from headwater.server.alerting import begin_alerts
from headwater.server.catalog import catalog_of
from headwater.server.child import Orders, be_nice, collect_garbage_seldom, read_orders, stop_on_signal_or_orphaned
from headwater.server.folder import DataFolder
from headwater.server.logs import set_up_logs
from headwater.server.prices import PriceWatch
from headwater.server.sampling import begin_samples
from headwater.server.settings import data_folder_of
from headwater.server.status import LoaderStatus, say
from headwater.store import Store

_SAY_S = 0.5
_RATE_OVER = 10


def main() -> None:
    """Load until told to stop."""
    orders = read_orders()
    set_up_logs(orders.name, orders.settings.log_level)
    be_nice(5)
    stop = threading.Event()
    stop_on_signal_or_orphaned(stop)
    loader = loader_of(orders, stop)
    collect_garbage_seldom()
    # Two threads share this process: the one that hears from the store must not wait five milliseconds for its turn.
    sys.setswitchinterval(0.0005)
    folder = DataFolder(data_folder_of(orders.settings))
    threading.Thread(target=_report, args=(folder, loader.progress, stop), name="report", daemon=True).start()
    begin_samples(folder, Ledger(folder.ledger), Store(orders.store_dsn, orders.settings.store), stop)
    begin_alerts(orders, folder, catalog_of(orders.settings), Ledger(folder.ledger), stop)
    loader.run(stop)
    logging.getLogger("headwater.loader").info("stopped", extra={"spans": loader.progress.spans})


def loader_of(orders: Orders, stop: threading.Event) -> Loader:
    """Put a loader together."""
    settings = orders.settings
    folder = DataFolder(data_folder_of(settings))
    prices = PriceWatch(catalog_of(settings), folder.prices_seen)
    prices.begin(stop)
    return Loader(
        folder.journal,
        settings.journal,
        Ledger(folder.ledger),
        Store(orders.store_dsn, settings.store),
        prices.books,
        settings.loader,
        prices.look,
    )


def _report(folder: DataFolder, progress: Progress, stop: threading.Event) -> None:
    """Say how far the loader is, twice a second."""
    counts = [progress.spans]
    while not stop.wait(_SAY_S):
        counts = [*counts[-_RATE_OVER:], progress.spans]
        say(
            folder.run,
            "loader",
            LoaderStatus(
                at_ns=now_ns(),
                spans=progress.spans,
                envelopes=progress.envelopes,
                blocks=progress.blocks,
                spans_per_s=(counts[-1] - counts[0]) / (_SAY_S * (len(counts) - 1)),
                waiting_for=progress.waiting_for,
                loaded_at_ns=progress.loaded_at_ns,
            ),
        )


if __name__ == "__main__":
    main()
