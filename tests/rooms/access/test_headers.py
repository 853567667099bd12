"""Where a request's key is looked for."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.access import key_from_headers

KEY = "hw_3fYkAbC"


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"x-headwater-key": KEY},
        {"x-headwater-key": f" {KEY} "},
        {"authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer  {KEY}"},
        {"authorization": f"Bearer%20{KEY}"},
        {"authorization": KEY},
        {"authorization": basic("pk-lf-1234", KEY)},
        {"authorization": basic(KEY, "anything")},
        {"authorization": basic(KEY, "")},
        {"x-api-key": KEY},
        {"helicone-auth": f"Bearer {KEY}"},
        {"x-portkey-api-key": KEY},
        {"x-litellm-api-key": f"Bearer {KEY}"},
        {"x-tropir-api-key": KEY},
        {"authorization": "Bearer sk-of-a-provider", "x-headwater-key": KEY},
        {"authorization": "Bearer sk-of-a-provider", "x-api-key": KEY},
        {"x-headwater-key": "sk-of-a-provider", "authorization": f"Bearer {KEY}"},
        {"x-tropir-api-key": KEY, "authorization": "Bearer sk-of-a-provider"},
    ],
)
def test_the_key_is_found_wherever_callers_put_it(headers: dict[str, str]):
    assert key_from_headers(headers) == KEY


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-headwater-key": ""},
        {"authorization": "Basic not-base64!"},
        {"authorization": "Basic /w=="},
        {"authorization": "Bearer "},
        {"authorization": "Digest username=x"},
        {"cookie": KEY},
    ],
)
def test_a_request_without_a_key_has_none(headers: dict[str, str]):
    assert key_from_headers(headers) is None


@pytest.mark.parametrize("key", ["pulse_sk_1", "sk-prysm-1"])
def test_a_key_in_another_products_format_is_ours_beside_a_providers(key: str):
    assert key_from_headers({"authorization": f"Bearer {key}", "x-api-key": "sk-of-a-provider"}) == key
    assert key_from_headers({"authorization": "Bearer sk-of-a-provider", "x-api-key": key}) == key


def test_a_tropir_key_of_any_look_goes_before_a_providers():
    headers = {"authorization": "Bearer sk-of-a-provider", "x-tropir-api-key": "a-key-of-any-look"}
    assert key_from_headers(headers) == "a-key-of-any-look"


def test_a_key_of_another_kind_is_given_as_it_is():
    """It can then be answered as unknown, and not as missing."""
    assert key_from_headers({"authorization": "Bearer of-any-look"}) == "of-any-look"
    assert key_from_headers({"authorization": basic("pk-lf-1", "sk-lf-1")}) == "sk-lf-1"


NAMES = st.sampled_from(["x-headwater-key", "authorization", "x-api-key", "helicone-auth"])
VALUES = (
    st.text() | st.text().map("Basic ".__add__) | st.binary().map(lambda b: "Basic " + base64.b64encode(b).decode())
)


@given(st.dictionaries(NAMES, VALUES))
def test_no_header_makes_it_fail(headers: dict[str, str]):
    found = key_from_headers(headers)
    assert found is None or found
