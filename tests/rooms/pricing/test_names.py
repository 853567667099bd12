"""Names of providers and models, as senders write them."""

import pytest

from headwater.event import Call, Usage
from headwater.pricing import PriceBook

_BOOK = PriceBook()
_NOW = 1_795_000_000_000_000_000


def _input_price(provider: str, model: str) -> str:
    priced = _BOOK.price(Call(provider=provider, request_model=model, usage=Usage(input=1000, output=0)), _NOW)
    return "" if priced is None else str(priced.lines[0].usd_per_million)


@pytest.mark.parametrize(
    ("provider", "model", "usd_per_million"),
    [
        ("openai", "gpt-4o", "2.5"),
        ("OpenAI", "gpt-4o", "2.5"),
        ("openai.responses", "gpt-4o", "2.5"),
        ("azure.ai.openai", "gpt-4o", "2.5"),
        ("az.ai.openai", "gpt-4o-2024-08-06", "2.5"),
        ("anthropic", "claude-opus-5", "5"),
        ("aws.bedrock", "us.anthropic.claude-sonnet-4-20250514-v1:0", "3"),
        ("aws_bedrock", "anthropic.claude-3-5-sonnet-20241022-v2:0", "3"),
        ("gcp.vertex_ai", "publishers/google/models/gemini-2.5-pro", "1.25"),
        ("gcp.vertex_ai", "claude-sonnet-4@20250514", "3"),
        ("gcp.gemini", "models/gemini-2.5-pro", "1.25"),
        ("google.generative-ai", "gemini-2.5-pro", "1.25"),
        ("x_ai", "grok-4", "3"),
        ("mistral_ai", "mistral-large-latest", "2"),
        ("groq", "llama-3.3-70b-versatile", "0.59"),
        ("openrouter", "openai/gpt-4o", "2.5"),
        ("", "gpt-4o-mini-2024-07-18", "0.15"),
        ("", "openai/gpt-4o", "2.5"),
        ("", "anthropic/claude-3.5-sonnet", "3"),
        ("litellm", "openai/gpt-4o", "2.5"),
        ("some_gateway", "gpt-4o", "2.5"),
        ("openai", "claude-opus-5", "5"),
        ("openai", "anthropic/claude-3-5-sonnet-20241022", "3"),
    ],
)
def test_a_model_is_found_however_it_is_called(provider: str, model: str, usd_per_million: str):
    assert _input_price(provider, model) == usd_per_million


@pytest.mark.parametrize("provider", ["ollama", "vllm", "LMStudio", "llama.cpp"])
def test_nobody_bills_a_model_on_ones_own_machine(provider: str):
    assert _input_price(provider, "deepseek-r1") == ""


@pytest.mark.parametrize("model", ["/", "//", "openai/", "-latest", "@20250101", "x" * 5000, "\n", "gpt-4o\x00"])
def test_a_strange_name_has_no_price_and_no_error(model: str):
    assert _input_price("openai", model) in ("", "2.5")
