"""Questions to the pretended vendors, and what was recorded of them."""

from typing import Any

import openai
from openai.types.chat import ChatCompletion

from headwater.event import Call, Span
from tests.versions.recording import Recording

MODEL = "gpt-4o-mini"
MESSAGES: Any = [{"role": "user", "content": "What is the capital of France?"}]


def ask(client: openai.OpenAI, **more: Any) -> ChatCompletion:
    """Ask once, and wait for the whole answer."""
    asked: dict[str, Any] = {"model": MODEL, "messages": MESSAGES, **more}
    create: Any = client.chat.completions.create
    return create(**asked)


def ask_in_stream(client: openai.OpenAI, **more: Any) -> Any:
    """Ask once; the answer comes in pieces."""
    return ask(client, stream=True, **more)


def http_client_of(client: Any) -> Any:
    """The HTTP client below a vendor's client."""
    return client._client


def only_span(outbox: Recording) -> Span:
    """The one span that was recorded."""
    (span,) = outbox.spans()
    return span


def only_call(outbox: Recording) -> Call:
    """The one call that was recorded."""
    call = only_span(outbox).call
    assert call is not None
    return call
