"""Token counts under anyone's names."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.event import Usage
from headwater.provider import disjoint_usage, usage_from
from tests.rooms.provider.recordings import json_objects

_CHAT = {
    "prompt_tokens": 2024,
    "completion_tokens": 71,
    "total_tokens": 2095,
    "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0, "cache_write_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 64},
}
_ANTHROPIC = {
    "input_tokens": 24,
    "cache_creation_input_tokens": 100,
    "cache_read_input_tokens": 1900,
    "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 70},
    "output_tokens": 67,
    "output_tokens_details": {"thinking_tokens": 60},
}
_GEMINI = {"promptTokenCount": 50, "candidatesTokenCount": 7, "thoughtsTokenCount": 20, "cachedContentTokenCount": 40}

# Who sends it, the numbers, and (input, cache read, cache written for minutes, for an hour, output, reasoning).
_SHAPES: list[tuple[str, dict[str, Any], tuple[int | None, int, int, int, int | None, int]]] = [
    ("openai chat", _CHAT, (100, 1920, 4, 0, 71, 64)),
    (
        "openai responses",
        {
            "input_tokens": 2024,
            "input_tokens_details": {"cached_tokens": 1920},
            "output_tokens": 7,
            "output_tokens_details": {"reasoning_tokens": 2},
            "total_tokens": 2031,
        },
        (104, 1920, 0, 0, 7, 2),
    ),
    ("openai embeddings", {"prompt_tokens": 16, "total_tokens": 16}, (16, 0, 0, 0, 0, 0)),
    (
        "openai realtime",
        {"input_tokens": 9, "input_token_details": {"cached_tokens": 4}, "output_tokens": 1},
        (5, 4, 0, 0, 1, 0),
    ),
    ("anthropic", _ANTHROPIC, (24, 1900, 30, 70, 67, 60)),
    (
        "anthropic, little cached",
        {"input_tokens": 24, "cache_read_input_tokens": 3, "output_tokens": 1},
        (24, 3, 0, 0, 1, 0),
    ),
    ("gemini", {**_GEMINI, "totalTokenCount": 77}, (10, 40, 0, 0, 27, 20)),
    ("gemini with tools", {**_GEMINI, "toolUsePromptTokenCount": 5, "totalTokenCount": 82}, (15, 40, 0, 0, 27, 20)),
    (
        "bedrock",
        {"inputTokens": 9, "outputTokens": 2, "cacheReadInputTokens": 5, "cacheWriteInputTokens": 1},
        (9, 5, 1, 0, 2, 0),
    ),
    ("vercel", {"inputTokens": 9, "outputTokens": 2, "cachedInputTokens": 5, "reasoningTokens": 1}, (4, 5, 0, 0, 2, 1)),
    (
        "deepseek",
        {"prompt_tokens": 9, "completion_tokens": 2, "prompt_cache_hit_tokens": 5, "prompt_cache_miss_tokens": 4},
        (4, 5, 0, 0, 2, 0),
    ),
    (
        "xai",
        {
            "prompt_tokens": 9,
            "completion_tokens": 2,
            "total_tokens": 18,
            "completion_tokens_details": {"reasoning_tokens": 7},
        },
        (9, 0, 0, 0, 9, 7),
    ),
    (
        "langchain",
        {"input_tokens": 9, "output_tokens": 2, "total_tokens": 11, "input_token_details": {"cache_read": 5}},
        (4, 5, 0, 0, 2, 0),
    ),
    ("langfuse", {"input": 10, "output": 2, "cache_read_input_tokens": 4}, (6, 4, 0, 0, 2, 0)),
    ("langfuse, split up", {"input": 6, "output": 2, "input_cached_tokens": 4, "total": 12}, (6, 4, 0, 0, 2, 0)),
    ("langfuse, anthropic", {"input": 24, "output": 7, "cache_read_input_tokens": 1900}, (24, 1900, 0, 0, 7, 0)),
    (
        "litellm",
        {"prompt_tokens": 2024, "completion_tokens": 7, "cache_read_input_tokens": 1900, "total_tokens": 2031},
        (124, 1900, 0, 0, 7, 0),
    ),
    (
        "mlflow",
        {"input_tokens": 2024, "output_tokens": 7, "total_tokens": 2031, "cache_read_input_tokens": 20},
        (2004, 20, 0, 0, 7, 0),
    ),
    ("ollama", {"prompt_eval_count": 9, "eval_count": 2}, (9, 0, 0, 0, 2, 0)),
    (
        "cohere",
        {"billed_units": {"input_tokens": 9, "output_tokens": 2}, "tokens": {"input_tokens": 75}},
        (9, 0, 0, 0, 2, 0),
    ),
    ("an older vercel", {"promptTokens": 9, "completionTokens": 2}, (9, 0, 0, 0, 2, 0)),
    ("texts", {"promptTokenCount": "9", "candidatesTokenCount": "2"}, (9, 0, 0, 0, 2, 0)),
    (
        "two names, one empty",
        {"prompt_tokens": 9, "input_tokens": 0, "completion_tokens": 2, "output_tokens": 0},
        (9, 0, 0, 0, 2, 0),
    ),
    ("a total and one side", {"completion_tokens": 2, "total_tokens": 11}, (9, 0, 0, 0, 2, 0)),
]


@pytest.mark.parametrize(("said", "buckets"), [shape[1:] for shape in _SHAPES], ids=[shape[0] for shape in _SHAPES])
def test_buckets_do_not_overlap_whoever_counts(said: dict[str, Any], buckets: tuple[int | None, ...]):
    usage = usage_from(said)
    assert usage is not None
    found = (usage.input, usage.cache_read, usage.cache_write_5m, usage.cache_write_1h, usage.output, usage.reasoning)
    assert found == buckets
    assert usage.reported is said


def test_the_provider_settles_what_a_wrappers_total_confuses():
    """A total of input and output alone would say that the cache is within, as it is not for Anthropic."""
    said = {"input_tokens": 24, "output_tokens": 7, "total_tokens": 31, "cache_read_input_tokens": 20}
    elsewhere, anthropic = usage_from(said), usage_from(said, "anthropic")
    assert elsewhere is not None
    assert anthropic is not None
    assert (elsewhere.input, anthropic.input) == (4, 24)


def test_compaction_passes_are_counted_once_and_the_message_is_not_counted_twice():
    """https://platform.claude.com/docs: what compaction took is billed, and left out of the top-level numbers."""
    passes = [
        {"type": "compaction", "input_tokens": 180_000, "output_tokens": 3_500},
        {"type": "message", "input_tokens": 23_000, "output_tokens": 1_000},
    ]
    usage = usage_from({"input_tokens": 23_000, "output_tokens": 1_000, "iterations": passes})
    assert usage is not None
    assert (usage.input, usage.output) == (203_000, 4_500)


def test_sound_is_a_part_of_input_and_output():
    details = {"audio_tokens": 6, "cached_tokens_details": {"audio_tokens": 2}, "cached_tokens": 4}
    said = {
        "input_tokens": 20,
        "input_token_details": details,
        "output_tokens": 9,
        "output_token_details": {"audio_tokens": 5},
    }
    usage = usage_from(said)
    assert usage is not None
    assert (usage.input, usage.input_audio, usage.output, usage.output_audio) == (16, 4, 9, 5)


@pytest.mark.parametrize(
    "said", [{}, {"prompt_tokens": None}, {"prompt_tokens": True}, {"prompt_tokens": -1}, {"x": 3}], ids=repr
)
def test_what_counts_nothing_is_no_usage(said: dict[str, Any]):
    assert usage_from(said) is None


def test_a_transcription_billed_by_its_length_keeps_that():
    said = {"type": "duration", "seconds": 12}
    assert usage_from(said) == Usage(reported=said)


@given(json_objects(), st.sampled_from(["", "anthropic", "openai"]))
def test_no_usage_has_a_negative_bucket(said: dict[str, Any], provider: str):
    usage = usage_from(said, provider)
    if usage is not None:
        _must_be_sound(usage)


@given(*[st.integers(0, 500) for _ in range(8)], st.booleans())
def test_buckets_made_of_any_numbers_are_sound(
    given_input: int, output: int, read: int, short: int, long: int, reasoning: int, heard: int, said: int, beside: bool
):
    usage = disjoint_usage(
        input_tokens=given_input,
        output_tokens=output,
        cache_read=read,
        cache_write_5m=short,
        cache_write_1h=long,
        reasoning=reasoning,
        input_audio=heard,
        output_audio=said,
        is_cache_beside=beside,
    )
    _must_be_sound(usage)
    cached = read + short + long
    assert usage.input_tokens in (given_input, given_input + cached)


def _must_be_sound(usage: Usage) -> None:
    parts = (usage.cache_read, usage.cache_write_5m, usage.cache_write_1h, usage.reasoning, usage.input_audio)
    assert all(part >= 0 for part in (*parts, usage.output_audio, usage.input or 0, usage.output or 0))
    assert usage.reasoning <= (usage.output or 0)
    assert usage.output_audio <= (usage.output or 0)
    assert usage.input_audio <= (usage.input or 0)
