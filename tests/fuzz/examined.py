"""What must hold for any request, whatever is in it: a plain answer, and nothing kept that cannot be read again."""

from headwater.event import Envelope
from headwater.otlp import inflate, log_events_of, scores_of, spans_of
from tests.fuzz.bodies import Knock
from tests.rooms.ingest.door import Answered, Door

FINE = {200, 202, 207, 400, 413}
_LIMIT_BYTES = 1 << 26


async def examine(door: Door, knock: Knock) -> Answered:
    """Send a request and hold the answer against the rules."""
    kept = door.accepted
    headers = {"content-type": knock.content_type, "content-encoding": knock.encoding}
    answer = await door.post(knock.path, knock.body, headers=headers)
    assert answer.status in FINE, f"answered {answer.status}: {answer.body[:300]!r}"
    assert answer.headers["content-type"] == knock.content_type
    if door.accepted > kept:
        read_again(
            Envelope(door=f"otlp.{knock.path[4:]}", project="p", received_ns=1, headers=headers, body=knock.body)
        )
    return answer


def read_again(envelope: Envelope) -> None:
    """Read what was accepted as the loader will; an error here would be a poison envelope."""
    content_type = envelope.headers["content-type"]
    body = inflate(envelope.body, envelope.headers["content-encoding"], _LIMIT_BYTES)
    if envelope.door == "otlp.traces":
        spans_of(body, content_type, envelope.received_ns)
    elif envelope.door == "otlp.logs":
        log_events_of(body, content_type)
    elif envelope.door.startswith("langfuse."):
        scores_of(body, envelope.received_ns)
