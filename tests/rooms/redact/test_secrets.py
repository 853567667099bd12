"""Secrets are found by their form, wherever they stand, and nothing else is touched."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.redact import Masks

SECRETS = Masks(("secrets",))
_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
_PEM_LINES = "MIIEowIBAAKCAQEAx" + "aB3+/" * 20

# Put together from halves, so that no file of ours looks as if it held a secret.
_KEYS = {
    "openai": "sk-" + "proj-" + "aB3_" * 12,
    "openai, as it was": "sk-" + "aB3d" * 12,
    "anthropic": "sk-" + "ant-api03-" + "aB3-" * 20,
    "openrouter": "sk-" + "or-v1-" + "0af3" * 16,
    "headwater": "hw_" + "aB3-" * 10 + "xyz",
    "headwater, in the form of pulse": "pulse_" + "sk_" + "aB3-" * 10 + "xyz",
    "headwater, in the form of prysm": "sk-" + "prysm-" + "aB3-" * 10 + "xyz",
    "aws": "AKIA" + "IOSFODNN7EXAMPLE",
    "aws, for a session": "ASIA" + "IOSFODNN7EXAMPLE",
    "google": "AIza" + "aB3-_" * 7,
    "github": "ghp_" + "aB3" * 12,
    "github, fine-grained": "github_pat_" + "11AB" * 6 + "_" + "aB3" * 20,
    "slack": "xoxb-" + "123456789012-abcDEF",
    "groq": "gsk_" + "aB3d" * 13,
    "hugging face": "hf_" + "aB" * 17,
    "xai": "xai-" + "aB3d" * 20,
    "stripe": "sk_live_" + "aB3d" * 6,
}
_WHOLE = {
    **{name: (key, "[masked: api key]") for name, key in _KEYS.items()},
    "jwt": (_JWT, "[masked: jwt]"),
    "bearer": ("Bearer " + "opaque-token.1234", "Bearer [masked: bearer token]"),
    "bearer in lower case": ("bearer " + "aB3/" * 8 + "==", "bearer [masked: bearer token]"),
    "bearer, escaped": ("Bearer%20" + "hw_" + "aB3d" * 11, "Bearer%20[masked: bearer token]"),
    "bearer of a web token": ("Bearer " + _JWT, "Bearer [masked: bearer token]"),
    "password": ("postgres://me:s3cret@db:5432/app", "postgres://me:[masked: password]@db:5432/app"),
    "password alone": ("redis://:s3cret@cache", "redis://:[masked: password]@cache"),
    "private key": (
        f"-----BEGIN RSA PRIVATE KEY-----\n{_PEM_LINES}\nab==\n-----END RSA PRIVATE KEY-----",
        "[masked: private key]",
    ),
    "private key with headers": (
        f"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n{_PEM_LINES}\n-----END EC PRIVATE KEY-----",
        "[masked: private key]",
    ),
    "private key in JSON": (
        rf"-----BEGIN PRIVATE KEY-----\n{_PEM_LINES}\n-----END PRIVATE KEY-----",
        "[masked: private key]",
    ),
    "private key without its end": (f"-----BEGIN OPENSSH PRIVATE KEY-----\n{_PEM_LINES}", "[masked: private key]"),
}
_SURROUNDINGS = ["{}", "it is {} now", '{{"key": "{}"}}', "KEY={}\n", "'{}'", "({})", "{},{}", "é{}é", "漢 {} 🙂"]
# What stands before a token in a text that was escaped by another format.
_ESCAPES = [r"\n", r"\t", r"\u003d", "%3D"]

_ORDINARY = [
    "",
    "a task-list of long-running risk-adjusted multi-step jobs_with_snake_case_names_of_any_length",
    "class='sk-fading-circle-container sk-estimator-doc-link' id='sk-container'",
    'the bearer of responsibilities, and Bearer realm="example"',
    "see https://example.com:8080/a_b/c?x=1&mail=anna@example.com for details",
    "HW_TIMEOUT hw_interrupt_handler_table AKIA AIza ghost xoxo gh_ sk- eyJ",
    "550e8400-e29b-41d4-a716-446655440000 d41d8cd98f00b204e9800998ecf8427e",
    "write -----BEGIN PRIVATE KEY----- at the top of the file, and -----END PRIVATE KEY",
    "-----BEGIN PUBLIC KEY-----\n" + _PEM_LINES + "\n-----END PUBLIC KEY-----",
    "data:image/png;base64," + "iVBORw0KGgoAAAANSUhEUgAA" * 9,
    "half a character \ud800 in a text of more than sixteen",
]

_HOSTILE = [
    "sk-",
    "-sk-",
    r"\nsk-",
    "%20sk-",
    "xoxb-",
    "hw_",
    "gh",
    "AKIA",
    "eyJ",
    "-eyJ",
    "eyJaaaaaaaaaaaaaaaaaa.",
    "earer ",
    "Bearer a",
    "://",
    "://a:",
    "@://a:b",
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----" + "a" * 20 + "\n",
    "K-----PRIVATE KEY",
    "a" * 17 + "\n",
]


@pytest.mark.parametrize(("secret", "shown"), _WHOLE.values(), ids=_WHOLE)
@pytest.mark.parametrize("around", _SURROUNDINGS)
def test_a_secret_is_masked_wherever_it_stands(secret: str, shown: str, around: str):
    assert SECRETS.text(around.format(secret, secret)) == around.format(shown, shown)


@pytest.mark.parametrize("key", [*_KEYS.values(), _JWT], ids=[*_KEYS, "jwt"])
@pytest.mark.parametrize("escape", _ESCAPES)
def test_a_secret_behind_an_escape_is_masked(key: str, escape: str):
    assert key not in SECRETS.text(f"A=1{escape}{key}")


@pytest.mark.parametrize("text", _ORDINARY)
def test_an_ordinary_text_comes_back_as_the_same_object(text: str):
    assert SECRETS.text(text) is text


@given(
    before=st.text(), after=st.text(), secret=st.sampled_from([*_KEYS.values(), _JWT]), cut=st.sampled_from(' \n"=:,')
)
def test_no_surrounding_keeps_a_secret_readable(before: str, after: str, secret: str, cut: str):
    assert secret not in SECRETS.text(f"{before}{cut}{secret}{cut}{after}")


@given(st.lists(st.sampled_from([*_HOSTILE, *_KEYS.values(), _JWT, _PEM_LINES, " ", "\n", "@", "a", "漢", "1"])))
def test_a_marker_is_not_masked_again(pieces: list[str]):
    once = SECRETS.text("; ".join(pieces))
    assert SECRETS.text(once) == once


@pytest.mark.parametrize("piece", _HOSTILE)
def test_the_time_is_in_proportion_to_the_text_whatever_it_is(piece: str):
    """Were it quadratic, it would be minutes."""
    text = piece * (200_000 // len(piece))
    began = time.thread_time()
    SECRETS.text(text)
    assert time.thread_time() - began < 10
