"""Types: the words that `pulse_sdk` has for its users."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, TypedDict


class Provider(str, Enum):  # noqa: UP042 - as it always was: its `format` differs from a StrEnum's
    """Whose client is observed."""

    OPENAI = "openai"
    OPENROUTER = "openrouter"
    ANTHROPIC = "anthropic"


class TraceStatus(str, Enum):  # noqa: UP042 - as it always was
    """How a call went."""

    SUCCESS = "success"
    ERROR = "error"


class PulseConfig(TypedDict, total=False):
    """What `init_pulse` takes; times in milliseconds. The last five are those of `headwater.init`."""

    api_key: str
    api_url: str
    batch_size: int
    flush_interval: int
    enabled: bool
    service_name: str
    environment: str
    release: str
    content: str
    masks: Any
    redact: Any


@dataclass
class ObserveOptions:
    """What holds for every call of a client that says nothing else."""

    session_id: str | None = None
    metadata: dict[str, Any] | None = None


@dataclass
class NormalizedResponse:
    """An answer, whoever's it is; the cost in cents."""

    model: str
    content: str | None
    input_tokens: int | None
    output_tokens: int | None
    finish_reason: str | None
    cost_cents: float | None = None
    provider_request_id: str | None = None


class Trace(TypedDict, total=False):
    """A call as JSON: `timestamp` is that of its end, `cost_cents` is in cents."""

    trace_id: str
    timestamp: str
    provider: str
    model_requested: str
    model_used: str | None
    provider_request_id: str | None
    request_body: dict[str, Any]
    response_body: dict[str, Any]
    input_tokens: int | None
    output_tokens: int | None
    output_text: str | None
    finish_reason: str | None
    status: str
    error: dict[str, Any]
    cost_cents: float | None
    latency_ms: int
    session_id: str | None
    metadata: dict[str, Any]


class Span(TypedDict, total=False):
    """A step as JSON: `timestamp` is that of its start."""

    span_id: str
    trace_id: str
    session_id: str
    parent_span_id: str
    timestamp: str
    duration_ms: int
    source: str
    kind: str
    event_type: str
    status: str
    tool_use_id: str
    tool_name: str
    tool_input: Any
    tool_response: Any
    error: Any
    model: str
    provider: str
    model_used: str
    input_tokens: int
    output_tokens: int
    cost_cents: float
    finish_reason: str
    output_text: str
    provider_request_id: str
    metadata: dict[str, Any]
