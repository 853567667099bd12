"""What a vendor's endpoint knows to read, and what it makes of it.

A dialect is pure: JSON in, nouns out. The SDK, the proxy and the reader of other people's spans all use the same one.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from headwater.event import Failure, Message, ToolDefinition, Usage


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request as its body tells it.

    `messages` opens with the system instructions. `parameters` are the settings under their OpenTelemetry names without
    the `gen_ai.request.` prefix; one that has no such name keeps its own. `is_stream` is None where the body is silent.
    """

    model: str = ""
    operation: str = "chat"
    messages: tuple[Message, ...] = ()
    tools: tuple[ToolDefinition, ...] = ()
    parameters: Mapping[str, Any] = {}
    is_stream: bool | None = None
    user: str = ""
    session_id: str = ""
    metadata: Mapping[str, str] = {}
    service_tier: str = ""


class Answered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer, whole or as far as it came.

    `is_complete` says that the provider itself ended it. `finish_reasons` are in the provider's words, one a choice.
    `reported_cost_usd` is a cost that the provider claims.
    """

    model: str = ""
    id: str = ""
    messages: tuple[Message, ...] = ()
    finish_reasons: tuple[str, ...] = ()
    usage: Usage | None = None
    service_tier: str = ""
    is_complete: bool = False
    failure: Failure | None = None
    reported_cost_usd: float | None = None


class StreamReader(Protocol):
    """Puts the events of one stream together."""

    def feed(self, event: Mapping[str, Any]) -> bool:
        """Take one decoded event; True if it brought content (text, reasoning, a tool call, media)."""
        ...

    def answered(self) -> Answered:
        """What came so far; valid at any moment."""
        ...


class Dialect(Protocol):
    """One family of endpoints. `name` is "vendor.endpoint", `provider` an OpenTelemetry provider name."""

    @property
    def name(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def operation(self) -> str: ...

    def request(self, body: Any) -> Asked:
        """Read a request's decoded body."""
        ...

    def response(self, body: Any) -> Answered:
        """Read a whole answer's decoded body."""
        ...

    def failure(self, status: int | None, body: Any) -> Failure:
        """Read an error's body (decoded, or text); `status` is the HTTP status where there is one."""
        ...

    def reader(self) -> StreamReader:
        """A reader for one stream."""
        ...
