"""Which surface answers which path."""

import re
from collections.abc import Callable, Mapping

from headwater.simulator.anthropic import messages as anthropic
from headwater.simulator.openai import chat, others, responses, telling, vectors
from headwater.simulator.wire import Received, Refused, Stream, Whole, World

Surface = Callable[[World, Received], Whole | Stream]
_PREFIX = re.compile(r"^(/openai/deployments/[^/]+|/openai/v1|/anthropic/v1|/v1)(?=/)")
_ANTHROPIC = ("/messages", "/complete")

_SURFACES: Mapping[str, Surface] = {
    "/audio/speech": others.speech,
    "/audio/transcriptions": others.transcriptions,
    "/chat/completions": chat.chat,
    "/completions": others.completions,
    "/embeddings": vectors.embeddings,
    "/images/generations": others.images,
    "/messages": anthropic.messages,
    "/messages/count_tokens": anthropic.count_tokens,
    "/moderations": others.moderations,
    "/responses": responses.responses,
    "/responses/input_tokens": responses.input_tokens,
}


def bare(path: str) -> str:
    """A path without what comes before the endpoint: a version, or the deployment of an Azure resource."""
    return _PREFIX.sub("", path).rstrip("/")


def answer(world: World, received: Received) -> Whole | Stream:
    """Answer a request whose path is bare. Raises Refused."""
    if received.path.startswith("/models") and received.method == "GET":
        models = anthropic.models if is_anthropic(received) else others.models
        return models(world, received)
    surface = _SURFACES.get(received.path)
    if surface is None:
        raise Refused(404, f"unknown request URL: {received.method} {received.path}")
    if received.method != "POST":
        raise Refused(405, f"not allowed to {received.method} on {received.path}")
    return surface(world, received)


def refusal(world: World, received: Received, status: int, message: str, param: str | None = None) -> Whole:
    """An error as the vendor whose path it is tells it."""
    vendor = anthropic if is_anthropic(received) else telling
    # Clients read the milliseconds first, so that programs and tests are not held up for a second.
    again = ((b"retry-after", b"1"), (b"retry-after-ms", b"50")) if status in (429, 503, 529) else ()
    return Whole(
        body=vendor.error_body(status, message, param),
        status=status,
        headers=(*vendor.headers(world, received), *again),
    )


def is_anthropic(received: Received) -> bool:
    """Whether it is Anthropic that is asked."""
    return received.path.startswith(_ANTHROPIC) or "anthropic-version" in received.headers
