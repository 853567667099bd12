"""Books of projects: whose own prices hold where, and what a book tells whoever multiplies elsewhere."""

from decimal import Decimal
from typing import Any

import pytest

from headwater.errors import BadRequest
from headwater.event import Call, Usage
from headwater.pricing import OwnPrice, PriceBook, PriceBooks

_DAY_NS = 86_400 * 10**9
_AT = 20_000 * _DAY_NS + 7
_CALL = Call(provider="openai", response_model="gpt-4o", usage=Usage(input=10, output=0))


def own(price_id: str, **fields: Any) -> OwnPrice:
    return OwnPrice(id=price_id, model="gpt-*", usd_per_million={"input": Decimal(3)}, **fields)


def version(book: PriceBook) -> str:
    priced = book.price(_CALL, _AT)
    return "" if priced is None else priced.version


def test_a_project_goes_by_its_own_prices_then_by_those_of_all():
    books = PriceBooks([own("shop", project="shop"), own("late", valid_from_ns=_AT), own("other", project="other")])
    assert version(books.of("shop")) == "own:shop"
    assert version(books.of("default")) == "own:late"
    assert books.of("default") is books.of("another")


def test_other_prices_take_the_place_of_all_at_once_and_have_another_mark():
    books = PriceBooks([own("a")])
    before, mark = books.of("p"), books.mark
    assert not books.replace([own("a")])
    assert (books.of("p"), books.mark) == (before, mark)
    assert books.replace([own("b")])
    assert (version(books.of("p")), books.mark == mark) == ("own:b", False)
    with pytest.raises(BadRequest):
        books.replace([OwnPrice(id="c", model="m", usd_per_million={"water": Decimal(1)})])
    assert version(books.of("p")) == "own:b"


def test_prices_are_told_with_the_moments_from_which_they_hold():
    book = PriceBook([own("a", valid_from_ns=_AT)])
    day = _AT // _DAY_NS
    turns = book.tariffs(_CALL, [day + 1, day - 1, day])
    assert [(at_ns, tariff.version[:4] if tariff else "") for at_ns, tariff in turns] == [
        ((day - 1) * _DAY_NS, "gena"),
        (_AT, "own:"),
    ]
    assert book.tariffs(Call(provider="openai", response_model="nobody-lists-this"), [day]) == [(day * _DAY_NS, None)]


def test_prices_within_a_day_turn_where_the_list_says():
    turns = PriceBook().tariffs(Call(provider="deepseek", response_model="deepseek-chat"), [20_200])
    for at_ns, tariff in turns:
        priced = PriceBook().price(
            Call(provider="deepseek", response_model="deepseek-chat", usage=Usage(input=10**6, output=0)), at_ns
        )
        assert tariff is not None
        assert priced is not None
        assert priced.lines[0].usd_per_million == tariff.usd_per_million()["input"]


def test_a_bucket_that_costs_what_it_is_a_kind_of_is_not_told():
    (_, tariff), *_ = PriceBook([own("a")]).tariffs(_CALL, [20_000])
    assert tariff is not None
    assert tariff.usd_per_million() == {"input": Decimal(3)}
