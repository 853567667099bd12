import json
from typing import Any

import pytest

from headwater.event import Call
from tests.rooms.otlp.telling import SECOND_NS, START_NS, recorded_spans, span_told


def _call(attributes: dict[str, Any], scope: str = "tests", **fields: Any) -> Call:
    call = span_told({"gen_ai.operation.name": "chat", **attributes}, scope=scope, **fields).call
    assert call is not None
    return call


def _recorded_call(name: str, response_id: str) -> Call:
    calls = [span.call for span in recorded_spans(name) if span.call and span.call.response_id == response_id]
    return calls[0]


@pytest.mark.parametrize(
    ("attributes", "provider"),
    [
        ({"gen_ai.provider.name": "openai", "gen_ai.system": "other"}, "openai"),
        ({"gen_ai.system": "OpenAI"}, "openai"),
        ({"gen_ai.system": "Anthropic"}, "anthropic"),
        ({"llm.system": "openai"}, "openai"),
        ({"gen_ai.provider.name": "aws.bedrock"}, "aws.bedrock"),
        ({"gen_ai.provider.name": "gcp.vertex_ai"}, "gcp.vertex_ai"),
        ({"gen_ai.system": "az.ai.openai"}, "azure.ai.openai"),
        ({"mlflow.llm.provider": '"anthropic"'}, "anthropic"),
    ],
)
def test_providers_have_the_conventions_names(attributes: dict[str, Any], provider: str) -> None:
    assert _call(attributes).provider == provider


def test_vercel_appends_the_endpoint_to_the_provider() -> None:
    assert {span.call.provider for span in recorded_spans("vercel_ai_v5") if span.call} == {"openai", "anthropic"}


def test_the_model_asked_for_and_the_one_that_answered_are_told_apart() -> None:
    for name in ("openinference", "traceloop_old_0_40", "mlflow", "litellm", "vercel_ai_v5", "openlit"):
        told = [(span.call.request_model, span.call.response_model) for span in recorded_spans(name) if span.call]
        assert ("gpt-4o-mini", "gpt-4o-mini-2024-07-18") in told, name


def test_a_response_id_is_found_within_the_answer() -> None:
    """OpenInference tells it nowhere else."""
    call = _recorded_call("openinference", "chatcmpl-mock000282")
    assert (call.finish_reasons, call.service_tier) == (("tool_calls",), "default")


def test_the_ids_of_an_answers_pieces_are_not_the_answers() -> None:
    assert {span.call.response_id for span in recorded_spans("langfuse_v5") if span.call} == {""}


def test_litellms_number_of_a_request_is_no_response_id() -> None:
    assert _call({"gen_ai.response.id": "6bbe", "litellm.call_id": "6bbe"}).response_id == ""
    assert _call({"gen_ai.response.id": "chatcmpl-1", "litellm.call_id": "6bbe"}).response_id == "chatcmpl-1"


def test_parameters_have_conventional_names_and_none_is_made_up() -> None:
    by_otel = _call({"gen_ai.request.temperature": 1.0, "gen_ai.request.max_tokens": 64, "gen_ai.request.model": "m"})
    assert by_otel.parameters == {"temperature": 1.0, "max_tokens": 64}
    by_vercel = _call({"ai.settings.topP": 0.9, "ai.settings.maxRetries": 2})
    assert by_vercel.parameters == {"top_p": 0.9}
    asked = {"temperature": 0.2, "max_tokens": "Infinity", "seed": {"__module__": "openai"}, "n": 2}
    by_langfuse = _call({"langfuse.observation.model.parameters": json.dumps(asked)})
    assert by_langfuse.parameters == {"temperature": 0.2, "choice.count": 2}
    invented = {"gen_ai.request.temperature": 1.0, "gen_ai.request.top_p": 0.9, "gen_ai.request.max_tokens": -1}
    assert _call(invented, scope="openlit.instrumentation.openai").parameters == {"top_p": 0.9}


@pytest.mark.parametrize(
    "finish",
    [
        {"gen_ai.response.finish_reasons": ["stop", "stop"]},
        {"gen_ai.response.finish_reasons": '["stop","stop"]'},
        {"gen_ai.completion.0.finish_reason": "stop", "gen_ai.completion.1.finish_reason": "stop"},
    ],
)
def test_finish_reasons_are_a_list_a_json_list_or_stand_with_each_choice(finish: dict[str, Any]) -> None:
    assert _call(finish).finish_reasons == ("stop", "stop")


@pytest.mark.parametrize("name", ["llm.finish_reason", "anthropic.message.stop_reason", "ai.response.finishReason"])
def test_a_single_finish_reason_is_one(name: str) -> None:
    assert _call({name: "end_turn"}).finish_reasons == ("end_turn",)


@pytest.mark.parametrize(
    ("attributes", "ttft_ns"),
    [
        ({"gen_ai.response.time_to_first_chunk": 0.25}, SECOND_NS // 4),
        ({"gen_ai.client.operation.time_to_first_chunk": 0.25}, SECOND_NS // 4),
        ({"ai.response.msToFirstChunk": 250}, SECOND_NS // 4),
        ({"langfuse.observation.completion_start_time": '"2026-11-20T09:58:05.250000Z"'}, SECOND_NS // 4),
        ({"langfuse.observation.completion_start_time": '"2026-11-20T09:58:04Z"'}, None),
        ({"langfuse.observation.completion_start_time": "soon"}, None),
        ({"gen_ai.server.time_to_first_token": 0.25}, None),
        ({"gen_ai.server.time_to_first_token": 0.25, "gen_ai.request.stream": True}, SECOND_NS // 4),
        ({"gen_ai.response.time_to_first_chunk": float("nan")}, None),
        ({"gen_ai.response.time_to_first_chunk": -1.0}, None),
    ],
)
def test_time_to_first_token_in_everyones_unit(attributes: dict[str, Any], ttft_ns: int | None) -> None:
    assert _call(attributes).ttft_ns == ttft_ns


def test_an_event_may_mark_the_first_token() -> None:
    event = {"name": "First Token Stream Event", "timeUnixNano": str(START_NS + 7)}
    assert _call({}, events=[event]).ttft_ns == 7


@pytest.mark.parametrize(
    ("attributes", "cost"),
    [
        ({"operation.cost": 0.0001638}, 0.0001638),
        ({"gen_ai.cost.total_cost": 0.5, "gen_ai.usage.cost": 0.4}, 0.5),
        ({"gen_ai.usage.cost": 0}, None),
        ({"langfuse.observation.cost_details": '{"input": 0.001, "output": 0.002}'}, 0.003),
        ({"langfuse.observation.cost_details": '{"input": 0.001, "total": 0.002}'}, 0.002),
        ({"langfuse.observation.cost_details": '{"input": 0, "output": 0, "total": 0}'}, None),
        ({"llm.cost.total": "nan"}, None),
    ],
)
def test_a_claimed_cost_is_kept_and_nothing_is_unknown(attributes: dict[str, Any], cost: float | None) -> None:
    assert _call(attributes).reported_cost_usd == pytest.approx(cost)


def test_operations_are_in_the_conventions_words() -> None:
    assert _call({"gen_ai.operation.name": "embedding"}).operation == "embeddings"
    assert _call({"gen_ai.operation.name": "responses"}).operation == "chat"
    found = {span.call.operation for span in recorded_spans("openinference") if span.call}
    assert found == {"chat", "embeddings", "text_completion", "moderation", "image_generation", "count_tokens"}
    assert {span.call.operation for span in recorded_spans("mlflow") if span.call} == {
        "chat",
        "embeddings",
        "text_completion",
    }


def test_the_requests_of_a_call_are_counted_and_are_one_where_nobody_says() -> None:
    told = [_call({"headwater.attempts": attempts}).attempts for attempts in (3, 0, "many")]
    assert told == [3, 0, 1]
    assert _call({}).attempts == 1
