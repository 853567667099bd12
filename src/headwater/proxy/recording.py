"""Recording: a call that is over, as the record that the journal keeps of it."""

from typing import TYPE_CHECKING

from headwater.capture import End, Recorded
from headwater.proxy.taking import Allowance, Body

if TYPE_CHECKING:
    from headwater.proxy.relay import Relay

# Enough for the fields that some clients put behind the messages.
_REQUEST_TAIL_BYTES = 4096
_NONE = Body(Allowance(0), 0, is_text=True)


def recorded_of(relay: "Relay", how: End) -> Recorded:
    """What is kept of a relayed call that ended like this."""
    plan, taking, answering = relay.plan, relay.taking, relay.answering
    asked, answer = taking.request, taking.answer or _NONE
    pieces = answer.pieces
    return Recorded(
        relay.trace_id,
        relay.span_id,
        relay.told.parent_id,
        taking.start_ns,
        taking.elapsed_ns(),
        *plan.sent_to,
        asked.kept(),
        asked.size_bytes,
        asked.sha256(),
        answering.status,
        answering.content_type.decode("latin-1"),
        answering.encoding.decode("latin-1"),
        answer.kept(),
        tuple(map(len, pieces)),
        tuple(taking.chunk_ns),
        answer.tail(),
        answer.lost_bytes(),
        answer.sha256(),
        how,
        *relay.failure,
        relay.asking.attempts,
        *plan.who,
        answering.request_id.decode("latin-1"),
        relay.asking.is_injected,
        *plan.also,
        asked.tail()[-_REQUEST_TAIL_BYTES:],
    )
