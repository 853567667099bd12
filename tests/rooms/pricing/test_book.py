"""Prices of calls: who is asked, in what order, and what is unknown."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import BadRequest
from headwater.event import Call, Usage
from headwater.pricing import BUCKETS, OwnPrice, PriceBook, Priced, PriceLine

_NOW = 1_795_000_000_000_000_000
_DAY = 86_400 * 10**9
_USAGE = Usage(input=104, cache_read=1920, output=7)


def _call(provider: str, model: str, usage: Usage | None = _USAGE, operation: str = "chat") -> Call:
    return Call(provider=provider, request_model=model, usage=usage, operation=operation)


def _own(identity: str, model: str, usd: str, provider: str = "", valid_from_ns: int = 0) -> OwnPrice:
    prices = {"input": Decimal(usd), "output": Decimal(usd)}
    return OwnPrice(id=identity, model=model, provider=provider, valid_from_ns=valid_from_ns, usd_per_million=prices)


def _version(book: PriceBook, call: Call, at_ns: int = _NOW) -> str:
    priced = book.price(call, at_ns)
    return "" if priced is None else priced.version


def test_a_bill_is_told_line_by_line():
    assert PriceBook().price(_call("openai", "gpt-4o-mini-2024-07-18"), _NOW) == Priced(
        total_nanousd=163_800,
        version="genai-prices 0.2.3",
        lines=(
            PriceLine(bucket="input", tokens=104, usd_per_million=Decimal("0.15"), usd=Decimal("0.0000156")),
            PriceLine(bucket="cache_read", tokens=1920, usd_per_million=Decimal("0.075"), usd=Decimal("0.000144")),
            PriceLine(bucket="output", tokens=7, usd_per_million=Decimal("0.6"), usd=Decimal("0.0000042")),
        ),
    )


def test_a_cache_written_for_an_hour_costs_more_than_one_for_minutes():
    usage = Usage(input=24, cache_read=1900, cache_write_5m=60, cache_write_1h=40, output=7)
    priced = PriceBook().price(_call("anthropic", "claude-opus-5", usage), _NOW)
    assert priced is not None
    assert {line.bucket: str(line.usd_per_million) for line in priced.lines} == {
        "input": "5",
        "cache_read": "0.5",
        "cache_write_5m": "6.25",
        "cache_write_1h": "10",
        "output": "25",
    }


def test_a_longer_input_has_another_price_for_every_token():
    book = PriceBook()
    short, long = (
        book.price(_call("gcp.gemini", "gemini-2.5-pro", Usage(input=100_000, cache_read=read, output=10)), _NOW)
        for read in (100_000, 100_001)
    )
    assert short is not None
    assert long is not None
    assert [
        (line.usd_per_million, above.usd_per_million) for line, above in zip(short.lines, long.lines, strict=True)
    ] == [
        (Decimal("1.25"), Decimal("2.5")),
        (Decimal("0.125"), Decimal("0.25")),
        (Decimal("10"), Decimal("15")),
    ]


@pytest.mark.parametrize(
    "call",
    [
        _call("openai", "nobody-knows-this"),
        _call("openai", "gpt-4o", None),
        _call("openai", "gpt-4o", Usage(input=None, output=7)),
        _call("openai", "gpt-4o", Usage(input=7)),
        _call("openai", "gpt-4o", Usage(reported={"seconds": 3})),
        _call("openai", "whisper-1"),
        _call("ollama", "gpt-4o"),
        _call("", ""),
    ],
    ids=["model", "usage", "input", "output", "duration", "by the hour", "own machine", "nothing"],
)
def test_what_is_unknown_has_no_price(call: Call):
    assert PriceBook().price(call, _NOW) is None


def test_output_that_an_operation_never_has_need_not_be_said():
    priced = PriceBook().price(_call("openai", "text-embedding-3-small", Usage(input=16), "embeddings"), _NOW)
    assert priced is not None
    assert priced.total_nanousd == 320


def test_using_nothing_costs_nothing():
    priced = PriceBook().price(_call("openai", "gpt-4o", Usage(input=0, output=0)), _NOW)
    assert priced is not None
    assert (priced.total_nanousd, priced.lines) == (0, ())


def test_the_model_that_answered_is_priced_before_the_one_that_was_asked_for():
    asked = Call(provider="openai", request_model="gpt-4o", response_model="gpt-4o-mini-2024-07-18", usage=_USAGE)
    deployed = Call(provider="azure.ai.openai", request_model="gpt-4o-mini", response_model="my-own", usage=_USAGE)
    for call in (asked, deployed):
        priced = PriceBook().price(call, _NOW)
        assert priced is not None
        assert priced.total_nanousd == 163_800


def test_drawn_images_cost_what_images_cost():
    usage = Usage(input=12, output=1056)
    priced = PriceBook().price(_call("openai", "gpt-image-1", usage, "image_generation"), _NOW)
    assert priced is not None
    assert priced.lines[-1].usd_per_million == Decimal(40)


def test_own_prices_win_over_the_list():
    book = PriceBook([_own("ours", "gpt-4o*", "1")])
    assert _version(book, _call("openai", "gpt-4o-mini")) == "own:ours"
    assert _version(book, _call("openai", "o3")) == "genai-prices 0.2.3"


def test_own_prices_hold_for_models_that_nobody_lists():
    book = PriceBook([_own("a", "LLAMA-*", "0.5", provider="ollama")])
    assert _version(book, _call("ollama", "llama-3:8b")) == "own:a"
    assert _version(book, _call("openai", "llama-3:8b")) == ""


def test_an_own_price_may_name_a_provider_in_any_dialect():
    book = PriceBook([_own("a", "*", "1", provider="x_ai")])
    assert _version(book, _call("xai", "grok-4")) == "own:a"


def test_an_own_price_holds_from_its_moment_on():
    """Also when it begins within a day whose prices are already known."""
    book = PriceBook([_own("old", "gpt-4o", "1"), _own("new", "gpt-4o", "2", valid_from_ns=_NOW)])
    call = _call("openai", "gpt-4o")
    assert [_version(book, call, at) for at in (_NOW - 1, _NOW, _NOW + _DAY, _NOW - 1)] == [
        "own:old",
        "own:new",
        "own:new",
        "own:old",
    ]


def test_of_two_own_prices_the_later_given_wins():
    book = PriceBook([_own("first", "gpt-4o", "1"), _own("second", "gpt-*", "2")])
    assert _version(book, _call("openai", "gpt-4o")) == "own:second"


def test_what_an_own_price_leaves_out_costs_what_it_is_a_kind_of():
    book = PriceBook([_own("a", "m", "3")])
    usage = Usage(input=10, cache_read=20, cache_write_5m=30, cache_write_1h=40, output=50, reasoning=5, input_audio=2)
    priced = book.price(_call("", "m", usage), _NOW)
    assert priced is not None
    assert priced.total_nanousd == 150 * 3_000
    assert [line.bucket for line in priced.lines] == [
        "input",
        "cache_read",
        "cache_write_5m",
        "cache_write_1h",
        "output",
    ]


def test_an_own_price_that_covers_only_part_of_a_call_prices_none_of_it():
    book = PriceBook([OwnPrice(id="a", model="m", usd_per_million={"input": Decimal(1)})])
    assert book.price(_call("", "m"), _NOW) is None


def test_a_price_per_request_is_a_line():
    prices = {"input": Decimal(1), "output": Decimal(1), "request": Decimal(5_000)}
    priced = PriceBook([OwnPrice(id="a", model="m", usd_per_million=prices)]).price(_call("", "m"), _NOW)
    assert priced is not None
    line = PriceLine(bucket="request", tokens=1, usd_per_million=Decimal(5_000), usd=Decimal("0.005"))
    assert priced.lines[-1] == line


@pytest.mark.parametrize("prices", [{"inptu": Decimal(1)}, {"input": Decimal(-1)}, {"input": Decimal("NaN")}], ids=repr)
def test_an_own_price_that_makes_no_sense_is_refused(prices: dict[str, Decimal]):
    with pytest.raises(BadRequest, match="own price 'a'"):
        PriceBook([OwnPrice(id="a", model="m", usd_per_million=prices)])


_COUNTS = st.integers(0, 10**7)
_PRICES = st.dictionaries(
    st.sampled_from(BUCKETS), st.decimals(0, 1000, allow_nan=False, places=6), min_size=0, max_size=len(BUCKETS)
)


@given(_PRICES, st.tuples(*[_COUNTS] * 8))
def test_no_token_is_billed_twice_or_left_out(prices: dict[str, Decimal], counts: tuple[int, ...]):
    fresh, read, short, long, output, reasoning, heard, said = counts
    usage = Usage(
        input=fresh,
        cache_read=read,
        cache_write_5m=short,
        cache_write_1h=long,
        output=output,
        reasoning=min(reasoning, output),
        input_audio=min(heard, fresh),
        output_audio=min(said, output),
    )
    priced = PriceBook([OwnPrice(id="a", model="m", usd_per_million=prices)]).price(_call("", "m", usage), _NOW)
    if priced is None:
        return
    billed = sum(line.tokens for line in priced.lines if line.bucket != "request")
    assert billed == fresh + read + short + long + output
    assert all(line.usd == line.tokens * line.usd_per_million / 10**6 for line in priced.lines)
    assert abs(sum((line.usd for line in priced.lines), Decimal()) * 10**9 - priced.total_nanousd) <= Decimal("0.5")
    assert len({line.bucket for line in priced.lines}) == len(priced.lines)


def test_a_bill_can_be_written_down_with_its_prices_as_numbers():
    priced = PriceBook().price(_call("openai", "gpt-4o-mini"), _NOW)
    assert priced is not None
    written = msgspec.json.Encoder(decimal_format="number").encode(priced.lines)
    assert msgspec.json.decode(written)[0] == {
        "bucket": "input",
        "tokens": 104,
        "usd_per_million": 0.15,
        "usd": 0.0000156,
    }


def test_more_models_than_the_book_remembers_are_priced_all_the_same():
    book = PriceBook([_own("a", "m*", "1", provider="ollama")])
    versions = {_version(book, _call("ollama", f"m{number}")) for number in range(20_100)}
    assert versions == {"own:a"}


def test_more_minutes_than_the_book_remembers_are_priced_all_the_same():
    """DeepSeek's prices change within a day."""
    book, call = PriceBook(), _call("deepseek", "deepseek-chat")
    minutes = range(_NOW, _NOW + 20_100 * 60 * 10**9, 60 * 10**9)
    assert {_version(book, call, at_ns) for at_ns in minutes} == {"genai-prices 0.2.3"}


@pytest.mark.parametrize("provider", ["openai", "vllm"])
def test_a_call_that_says_what_it_is_priced_as_has_that_models_price(provider: str):
    call = msgspec.structs.replace(_call(provider, "my-finetune"), priced_as="gpt-4o-mini")
    book = PriceBook()
    assert _version(book, _call(provider, "my-finetune")) == ""
    assert book.price(call, _NOW) == book.price(_call("openai", "gpt-4o-mini"), _NOW)


def test_an_own_price_holds_for_what_a_call_is_priced_as():
    book = PriceBook([_own("1", "house-model", "2")])
    call = _call("openai", "gpt-4o-mini")
    assert _version(book, call) == "genai-prices 0.2.3"
    assert _version(book, msgspec.structs.replace(call, priced_as="house-model")) == "own:1"
