"""Our bill is the price list's own, to the last digit, for any model, tier, size and day."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices import Usage as ListUsage
from genai_prices import calc_price
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.event import Call, Usage
from headwater.pricing import PriceBook

_BOOK = PriceBook()
_NOW = 1_795_000_000_000_000_000
# A provider that the list knows by its id, and a model of it that is found by its own id.
_MODELS = sorted(
    (provider.id, model.id)
    for provider in get_snapshot().providers
    for model in provider.models
    if model.is_match(model.id)
)
_DAYS = st.datetimes(datetime(2024, 6, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants bounds without a zone and adds it
_COUNTS = st.one_of(st.integers(0, 5_000), st.integers(0, 1_500_000))
_CONTEXTS = {
    "": None,
    "default": {"service_tier": "default", "speed": "default"},
    "flex": {"service_tier": "flex", "speed": "flex"},
    "priority": {"service_tier": "priority", "speed": "priority"},
    "fast": {"service_tier": "fast", "speed": "fast"},
    "batch": {"processing": "batch"},
}


@st.composite
def _usages(draw: st.DrawFn) -> Usage:
    given_input, output = draw(_COUNTS), draw(_COUNTS)
    return Usage(
        input=given_input,
        cache_read=draw(_COUNTS),
        cache_write_5m=draw(_COUNTS),
        cache_write_1h=draw(_COUNTS),
        output=output,
        reasoning=draw(st.integers(0, output)),
    )


def _as_listed(usage: Usage) -> ListUsage:
    return ListUsage(
        input_tokens=usage.input_tokens,
        cache_read_tokens=usage.cache_read,
        cache_write_tokens=usage.cache_write,
        cache_write_1h_tokens=usage.cache_write_1h,
        output_tokens=usage.output,
        output_reasoning_tokens=usage.reasoning,
    )


@settings(max_examples=600)
@given(st.sampled_from(_MODELS), st.sampled_from(sorted(_CONTEXTS)), _DAYS, _usages())
def test_the_total_is_the_lists_own(model: tuple[str, str], tier: str, day: datetime, usage: Usage):
    provider, name = model
    call = Call(provider=provider, request_model=name, service_tier=tier, usage=usage)
    priced = _BOOK.price(call, int(day.timestamp()) * 1_000_000_000)
    if priced is None:
        return
    moment = datetime.fromtimestamp(int(day.timestamp()), tz=UTC)
    listed = calc_price(
        _as_listed(usage),
        name,
        provider_id=provider,
        genai_request_timestamp=moment,
        price_context=_CONTEXTS[tier],
    )
    assert sum((line.usd for line in priced.lines), Decimal()) == listed.total_price
    # Some prices are of more than twelve decimals, where our whole numbers end.
    assert abs(Decimal(priced.total_nanousd) / 10**9 - listed.total_price) <= Decimal("0.500001e-9")


def test_every_model_that_the_list_prices_by_the_token_has_a_price():
    """The others are billed by the hour, the page or the character, or their price is not known."""
    usage, moment = Usage(input=1000, cache_read=10, output=0), datetime.fromtimestamp(_NOW // 10**9, tz=UTC)
    for provider, name in _MODELS:
        listed = get_snapshot().find_provider_model(name, None, provider, None)[1].get_prices(moment)
        priced = _BOOK.price(Call(provider=provider, request_model=name, usage=usage), _NOW)
        assert (priced is not None) == (listed.input_mtok is not None), (provider, name)


@pytest.mark.parametrize(("tier", "factor"), [("flex", "0.5"), ("batch", "0.5"), ("priority", "2"), ("default", "1")])
def test_a_service_tier_has_its_own_prices(tier: str, factor: str):
    usage = Usage(input=1000, output=1000)
    usual = _BOOK.price(Call(provider="openai", request_model="gpt-5", usage=usage), _NOW)
    tiered = _BOOK.price(Call(provider="openai", request_model="gpt-5", usage=usage, service_tier=tier), _NOW)
    assert usual is not None
    assert tiered is not None
    assert Decimal(tiered.total_nanousd) == usual.total_nanousd * Decimal(factor)


@pytest.mark.parametrize(("hour", "discounted"), [(20, True), (10, False)])
def test_a_price_that_changes_within_a_day_is_that_of_its_hour(hour: int, discounted: bool):
    """DeepSeek was cheaper at night in the first half of 2025."""
    call = Call(provider="deepseek", request_model="deepseek-chat", usage=Usage(input=1_000_000, output=0))
    at_ns = int(datetime(2025, 6, 1, hour, tzinfo=UTC).timestamp()) * 10**9
    priced = _BOOK.price(call, at_ns)
    assert priced is not None
    assert priced.lines[0].usd_per_million == (Decimal("0.135") if discounted else Decimal("0.27"))
