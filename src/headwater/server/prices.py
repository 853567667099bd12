"""Own prices, from the catalog where people set them to the books that price calls."""

import contextlib
import logging
import threading
from collections.abc import Iterable
from pathlib import Path

import msgspec

from headwater.access import Catalog, KeptPrice
from headwater.errors import BadRequest, HeadwaterError, Unavailable
from headwater.pricing import OwnPrice, PriceBook, PriceBooks
from headwater.server.folder import DataFolder, write_private

_log = logging.getLogger("headwater.prices")
_LOOK_S = 2.0
_TAKEN_OVER = ".taken-over"


class PriceWatch:
    """Keeps books up to date with the catalog; `remembered` is a file for when that is out of reach at a start."""

    def __init__(self, catalog: Catalog, remembered: Path | None = None) -> None:
        self.books = PriceBooks()
        self._catalog = catalog
        self._remembered = remembered
        self._lock = threading.Lock()

    def look(self) -> bool:
        """Read the own prices as they are now; return whether they were others before. Raises Unavailable."""
        with self._lock:
            is_other = self.books.replace(_meant(self._catalog.own_prices.all()))
        if is_other:
            _log.info("own prices are read", extra={"own_prices": len(self.books.own)})
            if self._remembered is not None:
                with contextlib.suppress(OSError):
                    write_private(self._remembered, msgspec.json.encode(self.books.own))
        return is_other

    def book(self, project: str) -> PriceBook:
        """The book of a project by the own prices as they are now, or were last read while nobody can tell."""
        with contextlib.suppress(Unavailable):
            self.look()
        return self.books.of(project)

    def begin(self, stop: threading.Event) -> None:
        """Look now, and from then on as `follow` does; where the catalog is out of reach, the prices read last hold."""
        try:
            self.look()
        except Unavailable as error:
            self.books.replace(self._recalled())
            _log.warning("the catalog is away, prices are those read last", extra={"reason": str(error)})
        self.follow(stop)

    def follow(self, stop: threading.Event) -> None:
        """Look now and every few seconds, in a thread that nobody waits for."""
        threading.Thread(target=self._watch, args=(stop,), name="prices", daemon=True).start()

    def _watch(self, stop: threading.Event) -> None:
        while not stop.is_set():
            with contextlib.suppress(Unavailable):
                self.look()
            stop.wait(_LOOK_S)

    def _recalled(self) -> tuple[OwnPrice, ...]:
        if self._remembered is None:
            return ()
        try:
            return msgspec.json.decode(self._remembered.read_bytes(), type=tuple[OwnPrice, ...])
        except (OSError, msgspec.MsgspecError):
            return ()


def take_over_prices(folder: DataFolder, catalog: Catalog) -> int:
    """Move own prices that were written into a file of the data folder to the catalog, once; return how many.

    Raises HeadwaterError that names the field of a bad one.
    """
    path = folder.prices
    try:
        written = msgspec.json.decode(path.read_bytes(), type=tuple[OwnPrice, ...])
        PriceBook(written)
        taken = catalog.own_prices.take_over(
            [msgspec.convert(price, KeptPrice, from_attributes=True) for price in written]
        )
    except FileNotFoundError:
        return 0
    except (msgspec.MsgspecError, BadRequest) as error:
        raise HeadwaterError(
            f"own prices in {str(path)!r} cannot be read: {error}; correct it, or delete it and use `headwater prices`"
        ) from error
    path.replace(path.with_name(path.name + _TAKEN_OVER))
    _log.warning("own prices are in the catalog now", extra={"file": str(path), "own_prices": taken})
    return taken


def _meant(kept: Iterable[KeptPrice]) -> tuple[OwnPrice, ...]:
    """Those that this version understands; a later one may have set others."""
    found: list[OwnPrice] = []
    for each in kept:
        price = msgspec.convert(each, OwnPrice, from_attributes=True)
        try:
            PriceBook([price])
        except BadRequest as error:
            _log.error("an own price is left out", extra={"reason": str(error)})
            continue
        found.append(price)
    return tuple(found)
