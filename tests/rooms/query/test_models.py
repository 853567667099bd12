"""Models and providers: what they were asked, what it cost, and what the cache saved."""

import pytest

from headwater.errors import BadRequest
from headwater.query import CallFilters, ModelUsed, Questions
from tests.rooms.query.pen import NOON, SECOND, Pen

LINES = (
    '[{"bucket":"input","tokens":10,"usd_per_million":2.0,"usd":0.1},'
    '{"bucket":"cache_read","tokens":90,"usd_per_million":0.5,"usd":0.1},'
    '{"bucket":"cache_write_5m","tokens":10,"usd_per_million":2.5,"usd":0.1}]'
)


@pytest.fixture
def questions(pen: Pen) -> Questions:
    """One model at two providers, and one of no known price."""
    pen.call(1, 1, 0, 2, cost_nanousd=3 * 10**9, input_tokens=50, output_tokens=5, ttft_ns=SECOND)
    cached = {"cache_read_tokens": 1_000_000, "cache_write_5m_tokens": 200_000, "price_lines": LINES}
    pen.call(2, 2, 1, 2, provider="azure", cost_nanousd=10**9, input_tokens=2_000_000, **cached)
    pen.call(3, 3, 2, 4, model="own", provider="openai", status="error")
    return pen.write()


def test_a_model_tells_its_share_of_cost_and_of_the_cache(questions: Questions) -> None:
    assert questions.models().models[1] == ModelUsed(
        provider="azure",
        model="gpt-5",
        calls=1,
        errors=0,
        error_share=0,
        input_tokens=2_000_000,
        output_tokens=0,
        cache_read_tokens=1_000_000,
        cache_write_tokens=200_000,
        reasoning_tokens=0,
        cached_share=0.5,
        cost_usd=1,
        cost_share=0.25,
        unpriced_calls=0,
        saved_usd=1.4,
        p50_ms=2000,
        p95_ms=2000,
        p99_ms=2000,
        ttft_p50_ms=None,
        ttft_p95_ms=None,
    )


def test_what_has_no_price_costs_and_saved_nobody_knows_what(questions: Questions) -> None:
    own = next(used for used in questions.models().models if used.model == "own")
    assert (own.cost_usd, own.saved_usd, own.unpriced_calls, own.error_share) == (None, None, 1, 1)


def test_a_provider_sums_its_models(questions: Questions) -> None:
    providers = {used.provider: used for used in questions.models().providers}
    assert (providers["openai"].calls, providers["openai"].errors, providers["openai"].cost_share) == (2, 1, 0.75)
    assert (providers["azure"].model, providers["azure"].saved_usd) == ("", 1.4)


@pytest.mark.parametrize(
    ("sort", "models"),
    [
        ("-cost", ["openai gpt-5", "azure gpt-5", "openai own"]),
        ("provider", ["azure gpt-5", "openai gpt-5", "openai own"]),
        ("-errors", ["openai own", "azure gpt-5", "openai gpt-5"]),
        ("-saved", ["azure gpt-5", "openai gpt-5", "openai own"]),
        ("-p95", ["openai own", "azure gpt-5", "openai gpt-5"]),
    ],
)
def test_models_are_put_in_order(questions: Questions, sort: str, models: list[str]) -> None:
    assert [f"{used.provider} {used.model}" for used in questions.models(sort=sort).models] == models


def test_models_are_those_of_the_filters(questions: Questions) -> None:
    narrowed = questions.models(CallFilters(providers=("azure",)))
    assert [used.provider for used in (*narrowed.models, *narrowed.providers)] == ["azure", "azure"]
    assert questions.models(CallFilters(users=("nobody",))).models == ()
    assert questions.models(CallFilters(end=NOON)).providers == ()


def test_an_unknown_order_is_named(questions: Questions) -> None:
    with pytest.raises(BadRequest, match="sort: unknown order 'beauty'"):
        questions.models(sort="beauty")
