"""Tailing: new traces as they come, as server-sent events.

In:  filters and the moment up to which everything is known.   Out: a stream that ends by itself after a while.
Rule 1: a stream keeps nothing but what it sent in the last seconds; for who reads slowly it asks later, and queues
nothing.
Rule 2: a browser comes back by itself with the id of the last event, so a stream may end: whose session or key has
ended meanwhile learns it then; and it does end when the server stops, which waits for nobody.
Rule 3: asking takes about a fifth of a thread's time at most, whatever the filters cost.
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncGenerator, Callable

from starlette.requests import Request
from starlette.responses import StreamingResponse

from headwater.clock import monotonic_s, now_ns
from headwater.errors import HeadwaterError
from headwater.query import Arrivals, Arrived, TraceFilters
from headwater.web.desk import Desk, Visitor, read_int

EVENT_STREAM = "text/event-stream"
_SECOND_NS = 1_000_000_000
_OVERLAP_NS = 10 * _SECOND_NS
"""Traces become visible in about the order in which they were taken in: none so much later than another."""
_LONGEST_LOOK_BACK_NS = 3600 * _SECOND_NS
_LIFE_S = 25.0
_PAUSE_S = 0.25
_REST = 4
_REMEMBERED = 3
_AT_ONCE = 100
_COME_BACK_MS = 300
# What ends a line of an event, and nothing else: a name may hold a line separator of Unicode.
_LINE_END = re.compile(r"\r\n|\r|\n")

Draw = Callable[[Arrived], str]


async def tail(desk: Desk, visitor: Visitor, request: Request, filters: TraceFilters, draw: Draw) -> StreamingResponse:
    """Answer with a stream of traces; raises what is wrong with the question, and Unavailable when all seats are taken.

    Events: `trace`, with the trace as `draw` has it and the moment it came as id; `cut`, when more came than is sent;
    `trouble`, with a message, before the stream ends early.
    """
    tailing = _Tailing(desk, visitor, filters, _known_until(request))
    desk.seats.take()
    try:
        first = await tailing.fresh()
    except BaseException:
        desk.seats.leave()
        raise
    headers = {"x-accel-buffering": "no", "cache-control": "no-store"}
    return StreamingResponse(_seated(desk, tailing, first, draw), media_type=EVENT_STREAM, headers=headers)


class _Tailing:
    """What one stream knows: up to when, and what it sent of the last seconds."""

    def __init__(self, desk: Desk, visitor: Visitor, filters: TraceFilters, known_until_ns: int) -> None:
        self._desk = desk
        self._visitor = visitor
        self._filters = filters
        self._until_ns = known_until_ns
        self._sent: dict[str, int] = {}

    async def fresh(self) -> Arrivals:
        """What came or grew since it was last asked."""
        after_ns = self._until_ns - _OVERLAP_NS
        found = await self._desk.ask(
            self._visitor, lambda q: q.arrivals(self._filters, after_ns=after_ns, limit=_AT_ONCE)
        )
        fresh = tuple([item for item in found.items if self._sent.get(item.trace.trace_id) != item.received_ns])
        self._until_ns = max([self._until_ns, *[item.received_ns for item in fresh]])
        self._sent = {item.trace.trace_id: item.received_ns for item in found.items}
        # All that was found being new says that there may be more; otherwise it joins what was sent before.
        return Arrivals(items=fresh, is_partial=found.is_partial and len(fresh) == len(found.items))


def _known_until(request: Request) -> int:
    """Up to when the reader knows everything: what a browser that comes back says, or now."""
    now = now_ns()
    known = request.headers.get("last-event-id") or request.query_params.get("after")
    return min(max(_whole(known) or now, now - _LONGEST_LOOK_BACK_NS), now)


def _whole(text: str | None) -> int:
    if not text:
        return 0
    return read_int(text[:-9], "after", 0) * _SECOND_NS + read_int(text[-9:], "after", 0)


async def _seated(desk: Desk, tailing: _Tailing, found: Arrivals, draw: Draw) -> AsyncGenerator[str]:
    end_s, took_s = monotonic_s() + _LIFE_S, deque([0.0], maxlen=_REMEMBERED)
    try:
        yield f"retry: {_COME_BACK_MS}\n\n"
        while True:
            yield _told(found, draw)
            if monotonic_s() > end_s or desk.ports.is_stopping():
                return
            # By the quickest of the last answers: one that was slow by chance does not delay the next.
            await asyncio.sleep(max(_PAUSE_S, _REST * min(took_s)))
            began_s = monotonic_s()
            found = await tailing.fresh()
            took_s.append(monotonic_s() - began_s)
    except HeadwaterError as error:
        yield event("trouble", str(error))
    finally:
        desk.seats.leave()


def _told(found: Arrivals, draw: Draw) -> str:
    """The events of what was found; a comment when it was nothing, so that a lost reader is noticed."""
    told = "".join(event("trace", draw(item), str(item.received_ns)) for item in found.items)
    return (event("cut", "") if found.is_partial else "") + told or ":\n\n"


def event(name: str, data: str, event_id: str = "") -> str:
    """Write a server-sent event."""
    lines = [f"event: {name}", *[f"data: {line}" for line in _LINE_END.split(data)]]
    return "\n".join([*([f"id: {event_id}"] if event_id else []), *lines]) + "\n\n"
