"""What is about people is masked where its form and its check digits say so, and only on request."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.redact import Masks

_FOUND = {
    "email": [
        "anna@example.com",
        "anna.b+news@mail.example.co.uk",
        "o'hara_1%x@sub-domain.example.museum",
        "jürgen@müller.de",
    ],
    "phone": [
        "+4930123456",
        "+49 (0)30 1234-5678",
        "+1 555.234.5678",
        "0044 20 7946 0958",
        "(555) 234-5678",
        "555-234-5678",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "0171 1234567",
        "030/12345678",
    ],
    "card": [
        "4111111111111111",
        "4111 1111 1111 1111",
        "5500-0055-5555-5559",
        "378282246310005",
        "3782 822463 10005",
        "3056 930902 5904",
        "4222222222222",
    ],
    "iban": [
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "GB82-WEST-1234-5698-7654-32",
        "gb82west12345698765432",
        "NO9386011117947",
        "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
    ],
}
_MARKERS = {
    "email": "[masked: email]",
    "phone": "[masked: phone number]",
    "card": "[masked: card number]",
    "iban": "[masked: iban]",
}
_PASSED = {
    "email": ["@", "a@b", "@decorator", "user@localhost", "1 @ 2.50 each", "x@y.1"],
    "phone": [
        "2026-11-21",
        "21.11.2026",
        "01.02.2026 and 01-02-2026",
        "192.168.100.200",
        "1795000000000000000",
        "order 15551234567",
        "3.14159265358979",
        "00:00:00.000",
        "10 000 000 000",
        "version 10.20.30.40",
    ],
    "card": [
        "4111111111111112",
        "4111 1111 1111 1112",
        "1795000000000000000",
        "41111111111111111111",
        "0.4111111111111111",
    ],
    "iban": [
        "DE88370400440532013000",
        "XX89370400440532013000",
        "DE8937040044",
        "DE89370400440532013000123",
        "ADE89370400440532013000",
        "de89 is a number of ours that goes on",
    ],
}
_AROUND = ["{}", "it is {}.", "({})", "{},{}", "<{}>", "1 {}", '"{}"\n']
_HOSTILE = [
    "a",
    "a.",
    "a@",
    "1@a-",
    "@a.",
    "a@1.",
    "4 ",
    "4111 1111 ",
    "4111111111111",
    "2",
    "0 ",
    "01 ",
    "+4 ",
    "(555) ",
    "00",
    "AB12 ",
    "DE89 ",
    "DE89a",
]
_CASES = [(name, text) for name, texts in _FOUND.items() for text in texts]


@pytest.mark.parametrize(("name", "text"), _CASES)
@pytest.mark.parametrize("around", _AROUND)
def test_it_is_masked_wherever_it_stands(name: str, text: str, around: str):
    marker = _MARKERS[name]
    assert Masks((name,)).text(around.format(text, text)) == around.format(marker, marker)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in _PASSED.items() for text in texts])
def test_what_only_looks_like_it_stays(name: str, text: str):
    assert Masks((name,)).text(text) is text


@pytest.mark.parametrize(("name", "text"), _CASES)
def test_it_stays_where_nobody_asked(name: str, text: str):
    assert Masks(("secrets",)).text(text) is text


def test_a_card_is_found_beside_other_numbers():
    text = "1234 4111 1111 1111 1111 123, 2345 4111111111111111 99"
    assert Masks(("card",)).text(text) == "1234 [masked: card number] 123, 2345 [masked: card number] 99"


def test_an_account_ends_where_its_country_says():
    text = "DE89 3704 0044 0532 0130 00 EUR 100"
    assert Masks(("iban",)).text(text) == "[masked: iban] EUR 100"


def test_each_number_gets_the_mask_that_fits_it_best():
    text = "4111 1111 1111 1111 / DE89 3704 0044 0532 0130 00 / +49 30 123456"
    shown = "[masked: card number] / [masked: iban] / [masked: phone number]"
    assert Masks(("phone", "iban", "card", "email")).text(text) == shown


@given(st.lists(st.sampled_from([*_HOSTILE, *(text for _, text in _CASES), " ", "-", "+", "漢"])))
def test_a_marker_is_not_masked_again(pieces: list[str]):
    masks = Masks(tuple(_FOUND))
    once = masks.text("; ".join(pieces))
    assert masks.text(once) == once


@pytest.mark.parametrize("piece", _HOSTILE)
def test_the_time_is_in_proportion_to_the_text_whatever_it_is(piece: str):
    """Were it quadratic, it would be minutes."""
    text = piece * (200_000 // len(piece))
    began = time.thread_time()
    Masks(tuple(_FOUND)).text(text)
    assert time.thread_time() - began < 10
