import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.proxy.wire.inject import Refusals, injected, is_refusal, wants_injection

_ASKED = b'"stream_options":{"include_usage":true}'


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"/v1/chat/completions", True),
        (b"/v1/completions?x=/responses", True),
        (b"/openai/deployments/gpt/chat/completions?api-version=2024-10-21", True),
        (b"/v1beta/openai/chat/completions", True),
        (b"/v1/responses", False),
        (b"/v1/messages", False),
        (b"/v1/chat/completions/abc", False),
        (b"/v1/models?q=/chat/completions", False),
    ],
)
def test_usage_is_asked_for_in_chats_and_completions_only(path: bytes, expected: bool) -> None:
    assert wants_injection(path) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"model":"m","stream":true}', b'{"model":"m","stream":true,' + _ASKED + b"}"),
        (b' { "stream" : true , "a" : "}" } \n', b' { "stream" : true , "a" : "}" ,' + _ASKED + b"} \n"),
        (
            b'{"stream":true,"n":1.50e+1,"s":"\\u00e9\xc3\xa9\\/"}',
            b'{"stream":true,"n":1.50e+1,"s":"\\u00e9\xc3\xa9\\/",' + _ASKED + b"}",
        ),
        (b'{"tool":{"stream":true},"stream":true}', b'{"tool":{"stream":true},"stream":true,' + _ASKED + b"}"),
        (b'{"user":"user","stream":true}', b'{"user":"user","stream":true,' + _ASKED + b"}"),
        (b'{"a":"\\"stream\\":","stream":true}', b'{"a":"\\"stream\\":","stream":true,' + _ASKED + b"}"),
        (b'{"stream_options":null,"stream":true}', b"{" + _ASKED + b',"stream":true}'),
        (b'{"stream_options":{"include_usage":false},"stream":true}', b"{" + _ASKED + b',"stream":true}'),
        (b'{"stream":true,"stream_options": {} }', b'{"stream":true,"stream_options": {"include_usage":true} }'),
        (
            b'{"stream":true,"stream_options":{"include_obfuscation": false},"x":1}',
            b'{"stream":true,"stream_options":{"include_obfuscation":false,"include_usage":true},"x":1}',
        ),
    ],
)
def test_a_stream_is_asked_for_usage_and_nothing_else_changes(body: bytes, expected: bytes) -> None:
    assert injected(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"stream":false}',
        b'{"stream":"true"}',
        b'{"stream":1}',
        b'{"messages":[]}',
        b'{"a":{"stream":true}}',
        b'{"stream":true,"stream_options":{"include_usage":true}}',
        b'{"stream":true,"stream_options":{"include_usage": true}}',
        b'{"stream":true',
        b'{"stream":true}}',
        b'{"stream":true}{}',
        b'[{"stream":true}]',
        b'"{\\"stream\\":true}"',
        b'{"stream":true,}',
        b"{'stream':true}",
        b'{"stream":true,"a":NaN}',
        b'\xef\xbb\xbf{"stream":true}',
        '{"stream":true}'.encode("utf-16"),
        b'{"stream":true,"stream":true}',
        b'{"stream":true,"stream":false}',
        b'{"stream":false,"stream":true}',
        b'{"model":"a","model":"b","stream":true}',
        b'{"str\\u0065am":true}',
        b'{"stream":true,"stream_options":"x"}',
        b'{"stream":true,"stream_options":[]}',
        b'{"stream":true,"stream_options":true}',
        b'{"stream":true,"stream_options":{},"stream_options":{}}',
        b'{"a":{"stream_options":{}},"stream":true,"stream_options":{}}',
        b'{"stream":true,"stream_options":{"include_usage":false,"include_usage":false}}',
        b'{"stream":true,"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'--boundary\r\ncontent-disposition: form-data\r\n\r\n"stream": true',
        b'{"stream":true,' + b",".join(b'"k%d":1' % number for number in range(500)) + b"}",
    ],
)
def test_a_body_that_is_not_surely_understood_is_left_as_it_is(body: bytes) -> None:
    assert injected(body) is None


def test_a_huge_body_is_asked_for_usage_without_a_full_reading() -> None:
    body = b'{"messages":[{"role":"user","content":"' + b"x" * 3_000_000 + b'"}],"stream":true}'
    assert injected(body) == body[:-1] + b"," + _ASKED + b"}"


def test_a_huge_body_in_which_a_key_may_repeat_is_left_as_it_is() -> None:
    assert injected(b'{"user":"user","a":"' + b"x" * 300_000 + b'","stream":true}') is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.sampled_from(["stream", "stream_options", "include_usage", "model", '"'])


@given(st.dictionaries(_KEYS | st.text(max_size=5), _JSON, max_size=6), st.booleans(), st.sampled_from([None, 1]))
def test_all_that_was_there_is_still_there(asked: dict[str, Any], is_ascii: bool, indent: int | None) -> None:
    asked["stream"] = True
    changed = injected(json.dumps(asked, ensure_ascii=is_ascii, indent=indent).encode("utf-8", "surrogatepass"))
    if changed is not None:
        read = json.loads(changed)
        options: dict[str, Any] = asked.get("stream_options") or {}
        assert read == {**asked, "stream_options": {**options, "include_usage": True}}


def test_a_refusal_is_remembered_for_the_upstreams_model_and_path() -> None:
    refusals = Refusals()
    body = b'{"model":"m","stream":true}'
    assert not refusals.has("azure", b"/x", body)
    refusals.add("azure", b"/x", body)
    assert refusals.has("azure", b"/x", b'{"stream":true,"model":"m","messages":[1]}')
    assert not refusals.has("azure", b"/x", b'{"model":"other"}')
    assert not refusals.has("azure", b"/y", body)
    assert not refusals.has("openai", b"/x", body)
    assert not refusals.has("azure", b"/x", b"no json")


def test_the_memory_of_refusals_is_bounded() -> None:
    refusals = Refusals()
    for number in range(3000):
        refusals.add("u", b"/x", b'{"model":"m%d"}' % number)
    kept = [number for number in range(3000) if refusals.has("u", b"/x", b'{"model":"m%d"}' % number)]
    assert kept == list(range(1976, 3000))


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, b'{"error":{"message":"Unknown parameter: \'stream_options\'."}}', True),
        (422, b'{"detail":"Extra parameters [\'stream_options\'] are not allowed"}', True),
        (400, b'{"error":{"message":"max_tokens is too large"}}', False),
        (500, b"stream_options", False),
        (400, b"x" * 100_000 + b"stream_options", False),
    ],
)
def test_a_refusal_names_what_was_added(status: int, body: bytes, expected: bool) -> None:
    assert is_refusal(status, body) is expected
