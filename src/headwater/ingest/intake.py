"""Intake: an envelope in, a position out once it is durable; used from an event loop and from threads."""

import asyncio
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from headwater.errors import HeadwaterError, Unavailable
from headwater.event import Envelope, envelope_head
from headwater.ingest.counters import Counters
from headwater.ingest.settings import IngestSettings
from headwater.journal import Position, Record, Writer

Offered = Callable[[HeadwaterError | None], None]


class Intake:
    """The one way into the journal: bounds what is being read and waits for durability."""

    def __init__(self, writer: Writer, settings: IngestSettings, counters: Counters) -> None:
        self.settings = settings
        self.counters = counters
        self._writer = writer
        self._in_flight_bytes = 0
        self._problem = ""

    @property
    def problem(self) -> str:
        """Why the journal last refused, "" since it took something again."""
        return self._problem

    @property
    def is_busy(self) -> bool:
        """Whether a body is being received."""
        return self._in_flight_bytes > 0

    def look_again(self) -> str:
        """Try the journal where it refused last; return why it would refuse still. Blocking.

        A server that is kept out of use because it is not ready gets no request that could show that it recovered.
        """
        if self._problem:
            try:
                self._writer.probe()
                self._problem = ""
            except HeadwaterError as error:
                self._problem = str(error)
        return self._problem

    @contextmanager
    def room(self) -> Generator["Room"]:
        """Hold a place for one body; what it claims is given back at the end."""
        room = Room(self)
        try:
            yield room
        finally:
            room.give_back()

    async def accept(self, envelope: Envelope) -> Position:
        """Append from the event loop. Raises Unavailable where the journal cannot take it."""
        loop = asyncio.get_running_loop()
        settled: asyncio.Future[Position | HeadwaterError] = loop.create_future()

        def settle(outcome: Position | HeadwaterError) -> None:
            loop.call_soon_threadsafe(_resolve, settled, outcome)

        self._writer.submit((_record(envelope),), settle)
        try:
            outcome = await asyncio.wait_for(settled, self.settings.commit_timeout_s)
        except TimeoutError:
            raise Unavailable("the journal did not commit in time; send again later") from None
        if isinstance(outcome, HeadwaterError):
            self._problem = str(outcome)
            raise outcome
        self._problem = ""
        self.counters.accepted(envelope.door, envelope.items, len(envelope.body))
        return outcome

    def accept_blocking(self, envelope: Envelope) -> Position:
        """Append from a thread. Raises Unavailable where the journal cannot take it."""
        try:
            position = self._writer.append(_record(envelope), self.settings.commit_timeout_s)
        except HeadwaterError as error:
            self._problem = str(error)
            raise
        self._problem = ""
        self.counters.accepted(envelope.door, envelope.items, len(envelope.body))
        return position

    def offer(self, envelopes: Sequence[Envelope], settle: "Offered") -> None:
        """Append from the event loop without waiting. `settle` is called there, with None once all are durable or with
        what went wrong; envelopes that are lost are counted.
        """
        loop = asyncio.get_running_loop()

        def settled(outcome: Position | HeadwaterError) -> None:
            problem = outcome if isinstance(outcome, HeadwaterError) else None
            self._took(envelopes, problem)
            loop.call_soon_threadsafe(settle, problem)

        try:
            self._writer.submit([_record(envelope) for envelope in envelopes], settled)
        except HeadwaterError as error:
            settled(error)

    def count(self, what: str) -> None:
        """Count something of a proxied call that is not kept."""
        self.counters.rejected(what, 1)

    def refused(self, code: str) -> None:
        """Count a call that the proxy refused: nothing is lost by it, as its caller was told."""
        self.counters.refused(code)

    def _took(self, envelopes: Sequence[Envelope], problem: HeadwaterError | None) -> None:
        self._problem = str(problem) if problem is not None else ""
        for envelope in envelopes:
            if problem is None:
                self.counters.accepted(envelope.door, envelope.items, len(envelope.body))
            else:
                self.counters.rejected(f"{envelope.door}: the journal could not be written", envelope.items)

    def claim(self, size_bytes: int) -> None:
        """Count bytes that a body takes in memory. Raises Unavailable past the bound of all together."""
        if self._in_flight_bytes + size_bytes > self.settings.in_flight_bytes:
            raise Unavailable("too many bytes are being received at once; send again later", 1)
        self._in_flight_bytes += size_bytes

    def release(self, size_bytes: int) -> None:
        """Give back what was claimed."""
        self._in_flight_bytes -= size_bytes


class Room:
    """The bytes that one body has claimed so far."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._claimed_bytes = 0

    def claim(self, size_bytes: int) -> None:
        """Claim more. Raises Unavailable when there is no more."""
        self._intake.claim(size_bytes)
        self._claimed_bytes += size_bytes

    def give_back(self) -> None:
        """Give all back."""
        self._intake.release(self._claimed_bytes)
        self._claimed_bytes = 0


def _record(envelope: Envelope) -> Record:
    return Record(envelope_head(envelope), envelope.body)


def _resolve(settled: "asyncio.Future[Position | HeadwaterError]", outcome: Position | HeadwaterError) -> None:
    if not settled.done():
        settled.set_result(outcome)
