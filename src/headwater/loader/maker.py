"""The process that makes rows ahead: `python -m headwater.loader.maker`, told its orders by the loader.

Standard input brings the orders, then the token of each run that is durable, and own prices where they have changed;
its end means that the loader is gone.
Standard output takes the runs: 8 bytes of length, then the run.
"""

import gc
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from headwater.loader.ahead import PRICES, Orders
from headwater.loader.content import Seen
from headwater.loader.delivery import Delivery
from headwater.loader.ledger import Poison, Taken
from headwater.loader.made import Made, encode
from headwater.loader.making import make, poison_of, receipt_aside, unreadable
from headwater.loader.receipts import Receipt
from headwater.loader.taking import Taker
from headwater.pricing import OwnPrice, PriceBooks
from headwater.store import MessageRow


def main() -> None:
    """Take and make, until the loader ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that prints may come between the runs
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=Orders)
    durable = Durable(orders.settings.seen_messages, orders.prices)
    threading.Thread(target=durable.listen, args=(sys.stdin.buffer,), name="durable", daemon=True).start()
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    taker, prices = Taker(Path(orders.journal), orders.settings), PriceBooks(orders.prices)
    positions, never = dict(orders.positions), threading.Event()
    while True:
        taken = taker.take(positions, never)
        if taken:
            prices.replace(durable.prices)
            made, sent = _made(taken, durable.seen, prices)
            durable.expect(made)
            out.write(len(sent).to_bytes(8, "big"))
            out.write(sent)
            out.flush()


class Durable:
    """What the loader has said since: which messages are durable, those of runs that it has stored whole, and which
    own prices hold now."""

    def __init__(self, bound: int, prices: Sequence[OwnPrice] = ()) -> None:
        self.prices = prices
        self._seen = Seen(bound)
        self._sent: deque[tuple[str, list[MessageRow]]] = deque()
        self._tokens: deque[str] = deque()

    @property
    def seen(self) -> Seen:
        """The messages, all that the loader has said until now included."""
        while self._tokens:
            token = self._tokens.popleft()
            while self._sent:
                sent, rows = self._sent.popleft()
                if sent == token:
                    self._seen.add(rows)
                    break
        return self._seen

    def expect(self, made: Made) -> None:
        """Remember what a run would make durable."""
        self._sent.append((made.intent.token, made.messages))

    def listen(self, told: IO[bytes]) -> None:
        """Hear tokens and prices; end the process with the loader."""
        for line in told:
            if line.startswith(PRICES):
                self.prices = msgspec.json.decode(line[len(PRICES) :], type=tuple[OwnPrice, ...])
                continue
            self._tokens.append(line.strip().decode())
        os._exit(0)  # it may be waiting anywhere, and keeps nothing


def _made(taken: Sequence[Taken], seen: Seen, prices: PriceBooks) -> tuple[Made, bytes]:
    """A run and its bytes; an envelope whose rows cannot be written down is set aside like one that cannot be read."""
    made = make(taken, seen, prices)
    try:
        return made, encode(made)
    except (msgspec.MsgspecError, ValueError, OverflowError):
        readable: list[Taken] = []
        poison: list[Poison] = []
        deliveries: list[Delivery] = []
        receipts: list[Receipt] = []
        for position, record in taken:
            try:
                encode(make([(position, record)], seen, prices))
                readable.append((position, record))
            except (msgspec.MsgspecError, ValueError, OverflowError) as error:
                poison.append(poison_of((position, record), error))
                deliveries += unreadable(record)
                receipts += receipt_aside(record)
        rest = make(readable, seen, prices)
        made = msgspec.structs.replace(
            rest,
            intent=made.intent,
            envelopes=made.envelopes,
            poison=[*rest.poison, *poison],
            deliveries=[*rest.deliveries, *deliveries],
            receipts=[*rest.receipts, *receipts],
        )
        return made, encode(made)


if __name__ == "__main__":
    main()
