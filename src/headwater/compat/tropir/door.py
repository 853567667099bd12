"""The server's side of Tropir: its two routes, and what an envelope of theirs holds.

Tropir's clients take any status below 400 for success and read nothing of the answer.
"""

from headwater.compat.desk import Application, Asked, Desk, Reply, Route, body_of, keep, routed
from headwater.compat.tropir.span import span_of
from headwater.compat.tropir.step import step_from
from headwater.errors import HeadwaterError, NotFound
from headwater.event import Envelope
from headwater.loader import Decoded

_PRODUCT = "tropir"
_METADATA = "tropir.metadata"
# What a request says beside its body; the body is the truth where both speak.
_TOLD_BESIDE = ("x-session-id", "x-session-name", "x-tropir-mode", "x-tropir-rerun-session", "idempotency-key")


def door(desk: Desk) -> Application:
    """Tropir's routes."""

    async def metadata(asked: Asked) -> Reply:
        step_from(asked.body, asked.headers)
        beside = {name: asked.headers[name] for name in _TOLD_BESIDE if asked.headers.get(name)}
        await keep(desk, asked, _METADATA, more=beside)
        return Reply(body={})

    async def optimized_prompt(asked: Asked) -> Reply:
        # Any status but 200 makes the client take the prompt that the program itself holds.
        raise NotFound(f"there is no optimized prompt {asked.places[0]!r}: the program's own one stands")

    routes = (
        Route("POST", "/api/v1/metadata", metadata),
        Route("GET", "/api/v1/prompts/optimized/{prompt}", optimized_prompt),
    )
    return routed(desk, _PRODUCT, routes, _refused)


def read(envelope: Envelope) -> Decoded:
    """What an envelope of `door` holds: one step."""
    step = step_from(body_of(envelope), envelope.headers)
    return Decoded(spans=(span_of(step, envelope.received_ns),))


def _refused(status: int, error: HeadwaterError) -> Reply:
    return Reply(status=status, body={"error": str(error)})
