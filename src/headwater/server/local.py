"""A store for one command, where no server runs on the data folder."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

from headwater.clock import monotonic_s, sleep
from headwater.errors import HeadwaterError
from headwater.ids import secret
from headwater.loader import Ledger, Loader
from headwater.server.catalog import catalog_of
from headwater.server.folder import DataFolder
from headwater.server.ports import free_port
from headwater.server.prices import PriceWatch, take_over_prices
from headwater.server.settings import Settings, data_folder_of
from headwater.store import Store, start_front

_START_S = 60


@contextmanager
def local_store(settings: Settings) -> Generator[Store]:
    """The store of a data folder: the running server's, the configured cluster, or one started for as long as it is
    needed. Raises HeadwaterError where there is none."""
    folder = DataFolder(data_folder_of(settings))
    running = folder.running()
    dsn = settings.store_dsn or (running.store_dsn if running is not None else "")
    if dsn:
        yield Store(dsn, settings.store)
        return
    if not folder.store.exists():
        raise HeadwaterError(
            f"no data in {str(folder.root)!r}: name with --data the folder that `headwater serve` used"
        )
    port, password = free_port(), secret()
    front = start_front(folder.store, port, password, settings.store)
    try:
        store = Store(f"clickhouse://headwater:{password}@127.0.0.1:{port}/headwater", settings.store)
        await_store(store, lambda: front.poll() is None)
        store.migrate()
        yield store
    finally:
        front.terminate()
        front.wait(15)


@contextmanager
def local_loader(settings: Settings) -> Generator[Ledger]:
    """The ledger of a data folder with a loader at work on it: the running server's, or one of our own meanwhile."""
    folder = DataFolder(data_folder_of(settings))
    ledger = Ledger(folder.ledger)
    if folder.running() is not None:
        yield ledger
        return
    stop = threading.Event()
    catalog = catalog_of(settings)
    catalog.migrate()
    take_over_prices(folder, catalog)
    prices = PriceWatch(catalog, folder.prices_seen)
    prices.begin(stop)
    with local_store(settings) as store:
        loader = Loader(folder.journal, settings.journal, ledger, store, prices.books, settings.loader, prices.look)
        thread = threading.Thread(target=loader.run, args=(stop,), name="loader", daemon=True)
        thread.start()
        try:
            yield ledger
        finally:
            stop.set()
            thread.join(30)


def await_store(store: Store, is_alive: Callable[[], bool]) -> None:
    """Wait until a store that was just started answers. Raises HeadwaterError when it does not, or died."""
    deadline_s = monotonic_s() + _START_S
    while not store.is_up():
        if monotonic_s() > deadline_s or not is_alive():
            raise HeadwaterError("the embedded store does not start: see its log above")
        sleep(0.02)
