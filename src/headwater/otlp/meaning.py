"""What an attribute's name means to the mapper: read into a field, known and not needed, told by an instrument and not
understood, or somebody's own.

What is not understood is kept raw and can be looked at; a new name in the tables of `names`, and it is read.
"""

from functools import lru_cache
from typing import Literal

from headwater.otlp.kind import KIND_NAMES
from headwater.otlp.names import (
    FIELD_OF,
    INDEXED,
    INPUTS,
    METADATA,
    OUTPUTS,
    PARAMETER_OBJECTS,
    PARAMETERS,
    STEP_CONVERSATIONS,
    STEP_EVENTS,
    STEP_INPUTS,
    STEP_OUTPUTS,
    USAGE_OBJECTS,
)

Meaning = Literal["read", "known", "not understood", "own"]

# Read by name in one place or another, outside of the tables.
_READ_ELSEWHERE = frozenset(
    {
        "ai.response.object",
        "ai.response.reasoning",
        "ai.response.text",
        "ai.response.toolCalls",
        "litellm.call_id",
        "logfire.span_type",
        "mcp.method.name",
        "resource.name",
        "traceloop.entity.name",
    }
)

# What says again what is read, sums of it, and what instruments note for themselves.
_KNOWN = frozenset(
    {
        "ai.usage.totalTokens",
        "gen_ai.cost.input_cost",
        "gen_ai.cost.output_cost",
        "gen_ai.output.type",
        "gen_ai.usage.total_tokens",
        "input.mime_type",
        "llm.cost.completion",
        "llm.cost.prompt",
        "llm.token_count.total",
        "llm.usage.total_tokens",
        "logfire.json_schema",
        "logfire.level_num",
        "logfire.msg",
        "logfire.msg_template",
        "logfire.pending_parent_id",
        "mlflow.spanLogLevel",
        "mlflow.traceRequestId",
        "output.mime_type",
    }
)
_KNOWN_PREFIXES = (
    "ai.telemetry.",
    "gen_ai.aggregated_usage.",
    "headwater.",
    "llm.None.",
    "llm.anthropic.",
    "llm.openai.",
    "otlp.",
    "telemetry.",
)

# First words of names that instruments of calls and agents use. All else is the program's own, or of the general
# conventions (http., server., code., ...), which nobody needs to map.
_INSTRUMENTS = (
    "agent.",
    "ai.",
    "anthropic.",
    "aws.bedrock.",
    "crewai.",
    "embedding.",
    "gen_ai.",
    "gcp.vertex.",
    "haystack.",
    "input.",
    "langchain.",
    "langfuse.",
    "langgraph.",
    "litellm.",
    "llamaindex.",
    "llm.",
    "logfire.",
    "mcp.",
    "mlflow.",
    "openai.",
    "openinference.",
    "openlit.",
    "output.",
    "pulse.",
    "pydantic_ai.",
    "reranker.",
    "retrieval.",
    "smolagents.",
    "tool.",
    "traceloop.",
    "vector_db.",
    "vertexai.",
)

_TABLED = frozenset(
    {
        *FIELD_OF,
        *KIND_NAMES,
        *PARAMETER_OBJECTS,
        *STEP_CONVERSATIONS,
        STEP_EVENTS,
        *STEP_INPUTS,
        *STEP_OUTPUTS,
        *(name for name, _ in USAGE_OBJECTS),
        *(name for name, _ in (*INPUTS, *OUTPUTS) if not name.endswith(".")),
    }
)
_READ_PREFIXES = (*INDEXED, *METADATA, *PARAMETERS)


@lru_cache(maxsize=20_000)
def meaning_of(name: str) -> Meaning:
    """Return what a span's attribute of this name is to us."""
    if name in _TABLED or name in _READ_ELSEWHERE or name.startswith(_READ_PREFIXES):
        return "read"
    if name in _KNOWN or name.startswith(_KNOWN_PREFIXES):
        return "known"
    return "not understood" if name.startswith(_INSTRUMENTS) else "own"
