"""Masks by name, on texts and on values."""

from typing import Any

import pytest

from headwater.errors import HeadwaterError
from headwater.redact import Masks, each_text

_KEY = "sk-" + "aB3d" * 8


def test_an_unknown_mask_is_refused_with_the_names_of_those_there_are():
    with pytest.raises(HeadwaterError) as refused:
        Masks(("secrets", "emails"))
    assert str(refused.value) == (
        "no mask is called 'emails': the built-in masks are card, email, iban, phone, secrets"
    )


def test_without_masks_every_text_stays():
    assert Masks(()).text(_KEY) is _KEY


def test_every_text_of_a_value_is_masked_and_the_keys_stay():
    value = {_KEY: [_KEY, {"a": ("x", _KEY)}, 1, None, True, 1.5]}
    marker = "[masked: api key]"
    assert Masks(("secrets",)).value(value) == {_KEY: [marker, {"a": ("x", marker)}, 1, None, True, 1.5]}


def test_a_value_that_is_masked_is_not_written_into():
    value: dict[str, Any] = {"kept": ["x"], "masked": [_KEY]}
    masked = Masks(("secrets",)).value(value)
    assert value == {"kept": ["x"], "masked": [_KEY]}
    assert masked["kept"] is value["kept"]


@pytest.mark.parametrize("value", [{"a": [{"b": "text"}, 1]}, [], {}, "text", None, 3, ("a", ("b",))], ids=repr)
def test_a_value_without_anything_to_mask_is_the_same_object(value: Any):
    assert Masks(("secrets", "email")).value(value) is value


def test_what_is_nested_too_deeply_to_be_looked_into_is_masked_whole():
    value: Any = _KEY
    for _ in range(50_000):
        value = [value]
    masked = Masks(("secrets",)).value(value)
    for _ in range(100):
        (masked,) = masked
    assert masked == "[masked: nested too deeply]"


def test_each_text_goes_through_a_function():
    assert each_text({"a": ["b", 1], "c": "d"}, str.upper) == {"a": ["B", 1], "c": "D"}
