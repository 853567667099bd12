from typing import Any

import pytest

from tests.rooms.otlp.telling import recorded_spans, span_told


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"headwater.span.kind": "agent", "gen_ai.operation.name": "chat"}, "agent"),
        ({"headwater.span.kind": "tool"}, "tool"),
        ({"headwater.span.kind": "chain"}, "chain"),
        ({"headwater.span.kind": "retrieval"}, "retrieval"),
        ({"headwater.span.kind": "reranker"}, "reranker"),
        ({"headwater.span.kind": "guardrail"}, "guardrail"),
        ({"headwater.span.kind": "evaluator"}, "evaluator"),
        ({"headwater.span.kind": "span", "openinference.span.kind": "LLM"}, "span"),
        ({"headwater.span.kind": "other", "gen_ai.operation.name": "chat"}, "call"),
        ({"openinference.span.kind": "LLM"}, "call"),
        ({"openinference.span.kind": "EMBEDDING"}, "call"),
        ({"openinference.span.kind": "RETRIEVER"}, "retrieval"),
        ({"openinference.span.kind": "RERANKER"}, "reranker"),
        ({"openinference.span.kind": "GUARDRAIL"}, "guardrail"),
        ({"openinference.span.kind": "EVALUATOR"}, "evaluator"),
        ({"openinference.span.kind": "AGENT", "gen_ai.operation.name": "chat"}, "agent"),
        ({"openinference.span.kind": "UNKNOWN", "gen_ai.operation.name": "chat"}, "call"),
        ({"langfuse.observation.type": "generation"}, "call"),
        ({"langfuse.observation.type": "span", "gen_ai.operation.name": "chat"}, "span"),
        ({"mlflow.spanType": '"CHAT_MODEL"'}, "call"),
        ({"mlflow.spanType": '"WORKFLOW"'}, "chain"),
        ({"ai.operationId": "ai.generateText.doGenerate"}, "call"),
        ({"ai.operationId": "ai.streamText.doStream"}, "call"),
        ({"ai.operationId": "ai.embedMany.doEmbed"}, "call"),
        ({"ai.operationId": "ai.generateText", "gen_ai.operation.name": "chat"}, "agent"),
        ({"ai.operationId": "ai.toolCall"}, "tool"),
        ({"gen_ai.operation.name": "text_completion"}, "call"),
        ({"gen_ai.operation.name": "embeddings"}, "call"),
        ({"gen_ai.operation.name": "responses"}, "call"),
        ({"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 5}, "agent"),
        ({"gen_ai.operation.name": "execute_tool"}, "tool"),
        ({"gen_ai.operation.name": "invoke_workflow"}, "chain"),
        ({"gen_ai.operation.name": "retrieval"}, "retrieval"),
        ({"gen_ai.operation.name": "image_generation", "gen_ai.request.model": "m"}, "span"),
        ({"llm.request.type": "completion"}, "call"),
        ({"traceloop.span.kind": "workflow"}, "chain"),
        ({"mcp.method.name": "tools/call"}, "tool"),
        ({"gen_ai.request.model": "m"}, "span"),
        ({"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 3}, "call"),
        ({"agent_name": "geo", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 3}, "agent"),
        ({"gen_ai.operation.name": "chat", "logfire.span_type": "pending_span"}, "span"),
    ],
)
def test_the_first_attribute_that_says_something_decides(attributes: dict[str, Any], kind: str) -> None:
    span = span_told(attributes)
    assert span.kind == kind
    assert (span.call is not None) == (kind == "call")


@pytest.mark.parametrize("operation", ["image_generation", "moderation", "speech", "transcription", "count_tokens"])
def test_our_own_sdk_may_call_what_the_conventions_have_no_word_for(operation: str) -> None:
    attributes = {"gen_ai.operation.name": operation}
    assert span_told(attributes, scope="headwater").kind == "call"
    assert span_told(attributes, scope="logfire.openai").kind == "span"


def test_a_logfire_span_that_names_only_a_model_is_a_call() -> None:
    assert span_told({"gen_ai.request.model": "m"}, scope="logfire.anthropic").kind == "call"


@pytest.mark.parametrize(
    ("name", "sources"),
    [
        ("otel_genai_openai_content", {"otel"}),
        ("openai_v2_old_default_events", {"otel"}),
        ("otel_genai_anthropic_content", {"otel", "anthropic"}),
        ("anthropic_sdk_native_default", {"otel", "anthropic"}),
        ("openinference", {"otel", "openinference", "anthropic"}),
        ("langfuse_v5", {"langfuse"}),
        ("logfire", {"logfire", "anthropic"}),
        ("mlflow", {"mlflow"}),
        ("vercel_ai_v7", {"vercel"}),
        ("vercel_ai_v5", {"vercel"}),
        ("pydantic_ai_v6", {"otel", "pydantic_ai", "anthropic"}),
        ("traceloop", {"otel", "traceloop", "anthropic"}),
        ("traceloop_sdk", {"otel", "traceloop", "anthropic"}),
        ("openlit", {"otel", "openlit"}),
        ("litellm", {"litellm"}),
    ],
)
def test_a_span_says_in_whose_dialect_it_is_told(name: str, sources: set[str]) -> None:
    assert {span.source for span in recorded_spans(name)} == sources
