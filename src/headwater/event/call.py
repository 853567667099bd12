"""Call: one request to a model and its answer."""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.event.message import Message
from headwater.event.usage import Usage


class ToolDefinition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A tool that the model was offered; `parameters` is its JSON schema, `raw` the definition where no field fits."""

    name: str
    type: str = "function"
    description: str | None = None
    parameters: Any = None
    raw: Any = None


class Call(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What was asked of a model and what it answered.

    `operation` is `gen_ai.operation.name` (chat, text_completion, embeddings, generate_content; ours besides:
    moderation, image_generation, speech, transcription, count_tokens). `input` opens with the system instructions as
    a message of role system. `parameters` holds the request's settings under their OpenTelemetry names without the
    `gen_ai.request.` prefix. `ttft_ns` is nanoseconds from the request to the first content. `reported_cost_usd` is
    what the sender claimed, kept apart from our own price. `attempts` counts requests on the wire, retries included.
    `priced_as` is the model whose price holds, where the user names another than the one that answered.
    """

    operation: str = "chat"
    provider: str = ""
    request_model: str = ""
    response_model: str = ""
    response_id: str = ""
    input: tuple[Message, ...] = ()
    output: tuple[Message, ...] = ()
    tools: tuple[ToolDefinition, ...] = ()
    parameters: Mapping[str, Any] = {}
    finish_reasons: tuple[str, ...] = ()
    usage: Usage | None = None
    service_tier: str = ""
    is_stream: bool | None = None
    ttft_ns: int | None = None
    reported_cost_usd: float | None = None
    attempts: int = 1
    priced_as: str = ""

    @property
    def model(self) -> str:
        """The model that answered, or the one that was asked for where no answer names one."""
        return self.response_model or self.request_model
