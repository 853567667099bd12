import json
from typing import Any

import pytest

from headwater.event import Usage
from tests.rooms.otlp.telling import recorded_spans, span_told


def _usage(attributes: dict[str, Any], scope: str = "tests") -> Usage | None:
    call = span_told({"gen_ai.operation.name": "chat", **attributes}, scope=scope).call
    assert call is not None
    return call.usage


def _counts(usage: Usage | None) -> tuple[int | None, ...]:
    assert usage is not None
    return (
        usage.input_tokens,
        usage.cache_read,
        usage.cache_write_5m,
        usage.cache_write_1h,
        usage.output_tokens,
        usage.reasoning,
    )


@pytest.mark.parametrize(
    "names",
    [
        {
            "gen_ai.usage.input_tokens": 2024,
            "gen_ai.usage.output_tokens": 71,
            "gen_ai.usage.cache_read.input_tokens": 1900,
            "gen_ai.usage.cache_write.input_tokens": 100,
            "gen_ai.usage.reasoning.output_tokens": 64,
        },
        {
            "gen_ai.usage.prompt_tokens": 2024,
            "gen_ai.usage.completion_tokens": 71,
            "gen_ai.usage.cache_read_input_tokens": 1900,
            "gen_ai.usage.cache_creation_input_tokens": 100,
            "gen_ai.usage.reasoning_tokens": 64,
        },
        {
            "llm.token_count.prompt": 2024,
            "llm.token_count.completion": 71,
            "llm.token_count.prompt_details.cache_read": 1900,
            "llm.token_count.prompt_details.cache_write": 100,
            "llm.token_count.completion_details.reasoning": 64,
        },
        {
            "ai.usage.promptTokens": "2024",
            "ai.usage.completionTokens": 71.0,
            "ai.usage.cachedInputTokens": 1900,
            "ai.usage.inputTokenDetails.cacheWriteTokens": 100,
            "ai.usage.reasoningTokens": 64,
        },
    ],
)
def test_everyones_names_give_the_same_buckets(names: dict[str, Any]) -> None:
    usage = _usage(names)
    assert _counts(usage) == (2024, 1900, 100, 0, 71, 64)
    assert usage is not None
    assert (usage.input, usage.reported) == (24, {name: names[name] for name in names})


def test_more_cached_than_input_means_that_the_input_leaves_it_out() -> None:
    told = {
        "gen_ai.usage.input_tokens": 24,
        "gen_ai.usage.cache_read.input_tokens": 1900,
        "gen_ai.usage.cache_creation.input_tokens": 100,
    }
    assert _counts(_usage(told))[0] == 2024


def test_a_scope_that_leaves_out_the_cache_is_known_by_name() -> None:
    """With few cached tokens the numbers alone cannot tell."""
    told = {"gen_ai.usage.input_tokens": 500, "gen_ai.usage.cache_read.input_tokens": 100}
    assert _counts(_usage(told))[:2] == (500, 100)
    assert _counts(_usage(told, "openlit.instrumentation.anthropic"))[:2] == (600, 100)


def test_writes_for_an_hour_are_told_apart() -> None:
    told = {
        "gen_ai.usage.input_tokens": 2024,
        "gen_ai.usage.cache_write.input_tokens": 100,
        "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 30,
        "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 70,
    }
    assert _counts(_usage(told)) == (2024, 0, 30, 70, None, 0)


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (
            {"prompt_tokens": 2024, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 1920}},
            (2024, 1920),
        ),
        ({"input_tokens": 2024, "output_tokens": 7, "input_tokens_details": {"cached_tokens": 1920}}, (2024, 1920)),
        ({"input": 10, "output": 2, "cache_read_input_tokens": 4}, (10, 4)),
        ({"input": 24, "output": 7, "cache_read_input_tokens": 1900, "cache_creation_input_tokens": 100}, (2024, 1900)),
        ({"input": 104, "output": 7, "input_cache_read": 1920, "total": 2031}, (2024, 1920)),
        ({"input_tokens": 24, "cache_read_input_tokens": 1900, "cache_creation_input_tokens": 100}, (2024, 1900)),
    ],
)
def test_langfuse_details_are_read_in_its_own_words_and_the_vendors(
    details: dict[str, Any], expected: tuple[int, int]
) -> None:
    usage = _usage({"langfuse.observation.usage_details": json.dumps(details)})
    assert _counts(usage)[:2] == expected
    assert usage is not None
    assert usage.reported == details


def test_mlflow_counts_the_cache_within_the_input() -> None:
    told = {"input_tokens": 2024, "output_tokens": 7, "total_tokens": 2031, "cache_read_input_tokens": 1900}
    assert _counts(_usage({"mlflow.chat.tokenUsage": json.dumps(told)}))[:2] == (2024, 1900)


def test_litellm_prints_the_details_that_its_attributes_lack() -> None:
    printed = repr({"prompt_tokens": 2024, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 1920}})
    told = {"gen_ai.usage.input_tokens": 2024, "gen_ai.usage.output_tokens": 7, "metadata.usage_object": printed}
    assert _counts(_usage(told))[:2] == (2024, 1920)
    assert _counts(_usage({**told, "metadata.usage_object": "{'a': __import__('os')}"}))[:2] == (2024, 0)


def test_two_zeros_tell_nothing() -> None:
    usage = _usage({"gen_ai.usage.prompt_tokens": 0, "gen_ai.usage.completion_tokens": 0})
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (None, None)


@pytest.mark.parametrize("nonsense", ["many", -4, True, 2**60, float("inf"), [1], ""])
def test_a_count_that_is_none_tells_nothing(nonsense: Any) -> None:
    assert _usage({"gen_ai.usage.input_tokens": nonsense}) is None


def test_a_recorded_openlit_call_to_anthropic_is_inclusive() -> None:
    calls = [span.call for span in recorded_spans("openlit") if span.call and span.call.provider == "anthropic"]
    counted = [call.usage for call in calls if call.usage is not None]
    assert {_counts(usage)[:3] for usage in counted} == {(2024, 1900, 100)}
