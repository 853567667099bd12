"""What sort of step a span is, and in whose dialect it is told: tables, asked in their order."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from headwater.event import SpanKind
from headwater.otlp.raw import Attributes
from headwater.otlp.values import text_of

# Attribute, and what its values (lower case) mean. A value that is not here leaves the question to the next attribute.
_KINDS: tuple[tuple[str, Mapping[str, SpanKind]], ...] = (
    (
        "headwater.span.kind",
        {
            "agent": "agent",
            "tool": "tool",
            "chain": "chain",
            "retrieval": "retrieval",
            "reranker": "reranker",
            "guardrail": "guardrail",
            "evaluator": "evaluator",
            "span": "span",
        },
    ),
    (
        "openinference.span.kind",
        {
            "llm": "call",
            "embedding": "call",
            "chain": "chain",
            "agent": "agent",
            "tool": "tool",
            "retriever": "retrieval",
            "reranker": "reranker",
            "guardrail": "guardrail",
            "evaluator": "evaluator",
            "prompt": "span",
        },
    ),
    (
        "langfuse.observation.type",
        {
            "generation": "call",
            "embedding": "call",
            "span": "span",
            "event": "span",
            "agent": "agent",
            "tool": "tool",
            "chain": "chain",
            "retriever": "retrieval",
            "evaluator": "evaluator",
            "guardrail": "guardrail",
        },
    ),
    (
        "mlflow.spanType",
        {
            "chat_model": "call",
            "llm": "call",
            "embedding": "call",
            "tool": "tool",
            "agent": "agent",
            "chain": "chain",
            "workflow": "chain",
            "task": "chain",
            "parser": "chain",
            "retriever": "retrieval",
            "reranker": "reranker",
            "guardrail": "guardrail",
            "evaluator": "evaluator",
            "memory": "span",
        },
    ),
    (
        "gen_ai.operation.name",
        {
            "chat": "call",
            "generate_content": "call",
            "text_completion": "call",
            "embeddings": "call",
            "embedding": "call",
            "completion": "call",
            "acompletion": "call",
            "aembedding": "call",
            "responses": "call",
            "aresponses": "call",
            "retrieval": "retrieval",
            "rerank": "reranker",
            "create_agent": "agent",
            "invoke_agent": "agent",
            "agent_step": "chain",
            "execute_tool": "tool",
            "invoke_workflow": "chain",
            "handle_conversation_turn": "chain",
            "plan": "chain",
            "evaluate": "evaluator",
        },
    ),
    (
        "llm.request.type",
        {
            "chat": "call",
            "completion": "call",
            "acompletion": "call",
            "embedding": "call",
            "embeddings": "call",
            "aembedding": "call",
            "responses": "call",
            "aresponses": "call",
            "rerank": "reranker",
        },
    ),
    (
        "traceloop.span.kind",
        {"workflow": "chain", "task": "chain", "agent": "agent", "tool": "tool"},
    ),
    (
        "pulse.kind",
        {
            "llm_call": "call",
            "tool_use": "tool",
            "agent_run": "agent",
            "session": "span",
            "user_prompt": "span",
            "llm_response": "span",
            "notification": "span",
        },
    ),
)
KIND_NAMES = (*(name for name, _ in _KINDS), "ai.operationId")
"""The attributes that say what sort of step a span is."""

# Vercel AI names the operation, and calls the model in operations within others.
_VERCEL_CALLS = (".doGenerate", ".doStream", ".doEmbed", ".doRerank")
# Our own SDK names operations that the conventions have no word for.
_OWN_CALLS = frozenset({"moderation", "image_generation", "speech", "transcription", "count_tokens"})
_BEFORE_VERCEL = 4

# What a scope, or its first words, says about who tells.
_SOURCES: tuple[tuple[str, str], ...] = (
    ("headwater", "headwater"),
    ("openinference.", "openinference"),
    ("langfuse-sdk", "langfuse"),
    ("mlflow.", "mlflow"),
    ("logfire", "logfire"),
    ("pydantic-ai", "pydantic_ai"),
    ("openlit.", "openlit"),
    ("litellm", "litellm"),
    ("traceloop.", "traceloop"),
    ("com.anthropic.sdk", "anthropic"),
    ("gen_ai", "vercel"),
    ("pulse-trace-sdk", "pulse"),
)
_MARKS: tuple[tuple[str, str], ...] = (
    ("openinference.span.kind", "openinference"),
    ("langfuse.observation.type", "langfuse"),
    ("mlflow.spanType", "mlflow"),
    ("ai.operationId", "vercel"),
    ("llm.request.type", "traceloop"),
    ("traceloop.span.kind", "traceloop"),
    ("pulse.kind", "pulse"),
)
# Traceloop's packages share their scopes' first words with those of the OpenTelemetry project.
_SHARED = "opentelemetry.instrumentation."
_TRACELOOP = frozenset(
    {
        "agno",
        "alephalpha",
        "anthropic",
        "bedrock",
        "chromadb",
        "cohere",
        "crewai",
        "google_generativeai",
        "groq",
        "haystack",
        "lancedb",
        "langchain",
        "litellm",
        "llamaindex",
        "marqo",
        "mcp",
        "milvus",
        "mistralai",
        "ollama",
        "openai",
        "openai.v0",
        "openai.v1",
        "openai_agents",
        "pinecone",
        "qdrant",
        "replicate",
        "sagemaker",
        "together",
        "transformers",
        "vertexai",
        "voyageai",
        "watsonx",
        "weaviate",
        "writer",
    }
)


def source_of(attributes: Attributes, scope: str) -> str:
    """Return the name of the dialect that a span is told in."""
    source = _source_of_scope(scope)
    if source:
        return source
    return next((source for name, source in _MARKS if name in attributes), "otel")


@lru_cache(maxsize=1024)
def _source_of_scope(scope: str) -> str:
    if scope == "ai":
        return "vercel"
    if scope.startswith(_SHARED) and scope[len(_SHARED) :] in _TRACELOOP:
        return "traceloop"
    return next((source for start, source in _SOURCES if scope.startswith(start)), "")


def kind_of(attributes: Attributes, scope: str) -> SpanKind:
    """Return what sort of step a span is; "call" only for what asked a model itself."""
    if attributes.get("logfire.span_type") == "pending_span":
        return "span"
    for place, (name, kinds) in enumerate(_KINDS):
        if place == _BEFORE_VERCEL and "ai.operationId" in attributes:
            return _vercel_kind(text_of(attributes["ai.operationId"]))
        value = attributes.get(name)
        if value is not None and (kind := kinds.get(text_of(value).lower())) is not None:
            return kind
    return _unnamed_kind(attributes, scope)


def operation_of(attributes: Attributes, found_operation: Any) -> str:
    """Return the operation of a call in the conventions' words."""
    operation = text_of(found_operation)
    if operation:
        return _OPERATIONS.get(operation, operation)
    for name in _OPERATION_MARKS:
        value = text_of(attributes.get(name)).lower()
        if value in _EMBEDDINGS or value.endswith((".doembed", ".doembedmany")):
            return "embeddings"
    if text_of(attributes.get("llm.request.type")) == "completion" and "gen_ai.prompt.0.role" not in attributes:
        return "text_completion"
    return ""


def is_log(attributes: Mapping[str, Any]) -> bool:
    """Whether these are the attributes of a span that Logfire makes for a log line."""
    return attributes.get("logfire.span_type") == "log"


_OPERATIONS = {
    "embedding": "embeddings",
    "aembedding": "embeddings",
    "completion": "text_completion",
    "acompletion": "chat",
    "responses": "chat",
    "aresponses": "chat",
}
_OPERATION_MARKS = (
    "openinference.span.kind",
    "langfuse.observation.type",
    "mlflow.spanType",
    "ai.operationId",
    "llm.request.type",
)
_EMBEDDINGS = frozenset({"embedding", "embeddings"})


def _vercel_kind(operation: str) -> SpanKind:
    if operation.endswith(_VERCEL_CALLS):
        return "call"
    return "tool" if operation == "ai.toolCall" else "agent"


def _unnamed_kind(attributes: Attributes, scope: str) -> SpanKind:
    """Judge a span that names neither its kind nor an operation that we know."""
    operation = text_of(attributes.get("gen_ai.operation.name"))
    if operation:
        return "call" if scope.startswith("headwater") and operation in _OWN_CALLS else "span"
    if "mcp.method.name" in attributes:
        return "tool" if attributes["mcp.method.name"] == "tools/call" else "span"
    if "agent_name" in attributes or "gen_ai.agent.name" in attributes:
        return "agent"
    if "gen_ai.tool.name" in attributes:
        return "tool"
    if "gen_ai.request.model" not in attributes:
        return "span"
    if scope.startswith("logfire."):
        return "call"
    has_usage = "gen_ai.usage.input_tokens" in attributes or "gen_ai.usage.prompt_tokens" in attributes
    return "call" if has_usage else "span"
