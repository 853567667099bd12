"""Delivery: one batch until it is settled: taken, refused, or given up.

What may be sent again is sent again, later and later, or when the server says; what may not is counted and let go.
"""

import logging
import random
from collections.abc import Callable
from typing import Any, cast

import msgspec

from headwater.clock import monotonic_s
from headwater.outbox.bell import Bell
from headwater.outbox.encode import NAMES, halves
from headwater.outbox.item import Batch
from headwater.outbox.ledger import Ledger, Outcomes
from headwater.outbox.send import Answer, Sender, Unreachable, compressed, decompressed

_log = logging.getLogger("headwater.outbox")

_AGAIN = frozenset({408, 425, 429})
_TOO_LARGE = 413
_FIRST_DELAY_S = 0.5
_LAST_DELAY_S = 30.0


class Delivery:
    """Sends batches one after the other. `hurry` rings when somebody waits: a pause ends then, and the next is short.

    `retry_for_s` is how long the same request is tried (None: until it arrives). `is_ending` says that whoever runs
    this shall come back; what is not settled then stays kept.
    """

    def __init__(self, sender: Sender, hurry: Bell, retry_for_s: float | None, is_ending: Callable[[], bool]) -> None:
        self._sender = sender
        self._hurry = hurry
        self._retry_for_s = retry_for_s
        self._is_ending = is_ending
        self._jitter = random.Random()  # noqa: S311 - it spreads requests in time, no more

    def deliver(self, batch: Batch, ledger: Ledger, outcomes: Outcomes) -> bool:
        """Send until it is settled, and count; False where the end came before."""
        outcomes.sent += batch.items
        return self._settle(batch, ledger, outcomes)

    def tell(self, ledger: Ledger) -> None:
        """Send a request without items, once, for the sake of its ledger."""
        self._send(Batch(signal="traces", items=0, body=b'{"resourceSpans":[]}'), ledger)

    def _settle(self, batch: Batch, ledger: Ledger, outcomes: Outcomes) -> bool:
        answer = self._answer(batch, ledger)
        if answer is None:
            return False
        if 200 <= answer.status < 300:
            rejected = min(batch.items, _rejected(answer, NAMES[batch.signal].rejected))
            outcomes.accepted += batch.items - rejected
            outcomes.drop("refused", rejected)
        elif answer.status == _TOO_LARGE and batch.items > 1:
            settled = [self._settle(half, ledger, outcomes) for half in _halved(batch)]
            return all(settled)
        elif _is_final(answer.status):
            outcomes.drop("too large" if answer.status == _TOO_LARGE else "refused", batch.items)
        else:
            outcomes.drop("gave up", batch.items)
        return True

    def _answer(self, batch: Batch, ledger: Ledger) -> Answer | None:
        """Return the first final answer, or the last one that came in time; None where the end came before."""
        began_s, tries = monotonic_s(), 0
        while True:
            answer = self._send(batch, ledger)
            if answer.status < 300 or _is_final(answer.status):
                return answer
            if self._retry_for_s is not None and monotonic_s() - began_s >= self._retry_for_s:
                return answer
            if self._is_ending():
                return None
            tries = 0 if self._hurry.wait(self._delay_s(tries, answer.retry_after_s)) else tries + 1

    def _send(self, batch: Batch, ledger: Ledger) -> Answer:
        """Send once. No answer is like one that says to come again."""
        try:
            answer = self._sender.send(batch, ledger.header())
        except Unreachable as error:
            _log.debug("no answer from the server: %s", error)
            return Answer(status=503)
        _log.debug("the server answers %d", answer.status)
        if 200 <= answer.status < 300:
            ledger.heard()
        return answer

    def _delay_s(self, tries: int, wanted_s: float | None) -> float:
        delay_s = min(_LAST_DELAY_S, _FIRST_DELAY_S * 2 ** min(tries, 10))
        return max(delay_s * self._jitter.uniform(0.5, 1.0), wanted_s or 0.0)


def _is_final(status: int) -> bool:
    return 300 <= status < 500 and status not in _AGAIN


def _halved(batch: Batch) -> tuple[Batch, ...]:
    body = decompressed(batch.body) if batch.is_gzip else batch.body
    return tuple(
        msgspec.structs.replace(batch, items=items, body=compressed(half) if batch.is_gzip else half)
        for items, half in halves(batch.signal, body)
    )


def _rejected(answer: Answer, name: str) -> int:
    """How many items an answer says were not taken (`partial_success`); none where it cannot be read."""
    try:
        told: Any = msgspec.json.decode(answer.body)
        return max(0, int(cast("dict[str, Any]", told["partialSuccess"])[name]))
    except (msgspec.MsgspecError, UnicodeError, RecursionError, LookupError, TypeError, ValueError):
        return 0
