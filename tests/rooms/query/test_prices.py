"""Prices of calls: which were used, what others would change, what another model would have cost."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater.errors import BadRequest
from headwater.pricing import PRICED_AS, OwnPrice, PriceBook, stored_call
from headwater.query import CallFilters, Questions
from headwater.store import SpanRow, Store
from tests.rooms.query.pen import NOON, SECOND, Pen

_COUNTS = tuple(name for name in SpanRow.__struct_fields__ if name.endswith("_tokens"))


def own(price_id: str, model: str, **fields: Any) -> OwnPrice:
    usd = {name: Decimal(str(amount)) for name, amount in fields.pop("usd", {"input": 1, "output": 2}).items()}
    return OwnPrice(id=price_id, model=model, usd_per_million=usd, **fields)


def asked(pen: Pen, *prices: OwnPrice) -> Questions:
    pen.write()
    book = PriceBook(prices)
    return Questions(pen.store, pen.project, prices=lambda: book)


def priced(row: SpanRow, book: PriceBook) -> int | None:
    """What the book says of a row, one call at a time."""
    names = ("operation", "provider", "request_model", "model", "service_tier", *_COUNTS)
    call = stored_call(priced_as=row.attributes.get(PRICED_AS, ""), **{name: getattr(row, name) for name in names})
    found = book.price(call, row.start_ns)
    return None if found is None else found.total_nanousd


_TOKENS = st.sampled_from([0, 1, 7, 999, 199_999, 200_000, 200_001, 1_000_003, 4_294_967_295])
_CALLS = st.fixed_dictionaries(
    {
        "at_s": st.sampled_from([0, 59, 43_199.5, 43_200, 86_400, 4 * 3600, 16.5 * 3600, 17 * 3600]),
        "provider": st.sampled_from(["openai", "anthropic", "google", "deepseek", "ollama", ""]),
        "model": st.sampled_from(
            [
                "gpt-5",
                "gpt-4o-audio-preview",
                "claude-sonnet-4-5",
                "gemini-2.5-pro",
                "deepseek-chat",
                "house-1",
                "",
                "x",
            ]
        ),
        "request_model": st.sampled_from(["", "gpt-4o-mini", "house-2"]),
        "operation": st.sampled_from(["chat", "embeddings", "image_generation", "count_tokens"]),
        "service_tier": st.sampled_from(["", "batch", "priority"]),
        "attributes": st.sampled_from([{}, {}, {PRICED_AS: "gpt-5-mini"}]),
        "input_tokens": st.none() | _TOKENS,
        "output_tokens": st.none() | _TOKENS,
        "cache_read_tokens": _TOKENS,
        "cache_write_5m_tokens": _TOKENS,
        "cache_write_1h_tokens": st.sampled_from([0, 0, 5]),
        "reasoning_tokens": _TOKENS,
        "input_audio_tokens": _TOKENS,
        "output_audio_tokens": _TOKENS,
        "cost_nanousd": st.none() | st.integers(0, 10**12),
    }
)
_OWN = [
    own("1", "house-1", usd={"input": "0.0375", "output": "0.000000000001", "request": 7}),
    own("2", "house-2", usd={"output": 3}, valid_from_ns=NOON + 43_200 * SECOND),
    own("3", "house-*", usd={"input": 5, "cache_read": "0.5", "reasoning": 9, "input_audio": 2}, provider="ollama"),
]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(_CALLS, min_size=1, max_size=25))
def test_the_store_multiplies_as_the_book_does_to_the_last_nano_dollar(store: Store, calls: list[dict[str, Any]]):
    pen = Pen(store)
    rows = [pen.call(number, number, **fields) for number, fields in enumerate(calls, 1)]
    book = PriceBook(_OWN)
    expected = [priced(row, book) for row in rows]
    whole = asked(pen, *_OWN).price_change().whole
    assert whole.calls == len(rows)
    assert round(whole.after_usd * 1e9) == pytest.approx(sum(each or 0 for each in expected), rel=1e-15)
    assert whole.after_unpriced == expected.count(None)
    assert whole.before_unpriced == sum(row.cost_nanousd is None for row in rows)
    assert whole.changed_calls == sum(row.cost_nanousd != each for row, each in zip(rows, expected, strict=True))


def test_a_change_is_told_by_model_the_largest_first(pen: Pen):
    pen.call(1, 1, model="house-a", input_tokens=1_000_000, output_tokens=0, cost_nanousd=None)
    pen.call(2, 2, model="house-b", input_tokens=1_000_000, output_tokens=0, cost_nanousd=3 * 10**9)
    pen.call(3, 3, model="house-b", input_tokens=1_000_000, output_tokens=0, cost_nanousd=10**9)
    pen.call(4, 4, model="house-b", input_tokens=1, output_tokens=0, cost_nanousd=10**9, folded_into="f" * 16)
    questions = asked(pen, own("1", "house-*"))
    change = questions.price_change()
    assert [(each.model, each.calls, each.changed_calls) for each in change.models] == [
        ("house-b", 2, 1),
        ("house-a", 1, 1),
    ]
    assert msgspec.structs.astuple(change.whole) == (3, 2, 4.0, 1, 3.0, 0)
    assert questions.price_change(start=NOON + SECOND).whole.calls == 0
    with pytest.raises(BadRequest, match="start"):
        questions.price_change(start="yesterday")


def test_models_show_the_prices_used_and_the_price_now_missing_ones_first(pen: Pen):
    lines = '[{"bucket":"input","tokens":9,"usd_per_million":2.5,"usd":0.1}]'
    pen.call(
        1, 1, model="gpt-5", input_tokens=9, output_tokens=1, cost_nanousd=5, price_version="own:old", price_lines=lines
    )
    pen.call(2, 2, at_s=61, model="gpt-5", input_tokens=9, output_tokens=1)
    pen.call(3, 3, model="nobody-lists-this", input_tokens=1, output_tokens=1)
    pen.call(4, 4, model="told-nothing")
    found = asked(pen).prices()
    assert [(each.model, each.calls, each.cost_usd, each.unpriced_calls) for each in found.models] == [
        ("nobody-lists-this", 1, None, 1),
        ("gpt-5", 2, 5e-9, 1),
        ("told-nothing", 1, None, 1),
    ]
    assert found.models[0].now is None
    assert found.models[2].used[0].untold_calls == 1
    used = {each.version: (each.calls, each.usd_per_million) for each in found.models[1].used}
    assert used == {"": (1, {}), "own:old": (1, {"input": 2.5})}
    now = found.models[1].now
    assert now is not None
    assert now.version.startswith("genai-prices ")
    assert (now.usd_per_million["input"], now.usd_per_million["output"]) == (1.25, 10.0)
    assert asked(pen).prices(CallFilters(models=("gpt-5",))).models == found.models[1:2]


def test_a_price_that_depends_on_the_length_shows_both(pen: Pen):
    pen.call(1, 1, provider="google", model="gemini-2.5-pro")
    now = asked(pen).prices().models[0].now
    assert now is not None
    assert (now.usd_per_million["input"], now.above[200_000]["input"]) == (1.25, 2.5)


def test_what_if_prices_the_same_tokens_at_another_model(pen: Pen):
    pen.call(1, 1, model="gpt-5", input_tokens=1_000_000, output_tokens=0, cost_nanousd=1_250_000_000)
    pen.call(2, 2, model="unknown", input_tokens=1_000_000, output_tokens=0)
    pen.call(3, 3, model="text-embedding-3-small", operation="embeddings", input_tokens=7, cost_nanousd=7)
    found = asked(pen, own("1", "ours")).what_if(provider="", model="ours")
    assert (found.whole.calls, found.whole.compared_calls, found.left_out_calls) == (2, 1, 1)
    assert (found.whole.cost_usd, found.whole.other_usd) == (1.25, 1.0)
    assert [each.model for each in found.models] == ["gpt-5", "unknown"]
    assert found.price.version == "own:1"
    assert "tokenizer" in found.caveat
    only = asked(pen, own("1", "ours")).what_if(CallFilters(models=("unknown",)), model="ours")
    assert only.whole.compared_calls == 0


@pytest.mark.parametrize("model", ["", "m" * 201, "nobody-lists-this"])
def test_what_if_wants_a_model_that_has_a_price(pen: Pen, model: str):
    with pytest.raises(BadRequest, match="model: "):
        asked(pen).what_if(model=model)


def test_a_project_without_calls_has_no_prices_and_no_change(pen: Pen):
    questions = asked(pen)
    assert questions.prices().models == ()
    assert questions.price_change().models == ()
    assert questions.what_if(model="gpt-5").models == ()
