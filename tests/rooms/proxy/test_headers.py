import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import BadRequest
from headwater.proxy.wire.headers import backward, forward

_KEY = b"hw_" + b"k" * 43
_TRACE = b"a" * 32
_Headers = list[tuple[bytes, bytes]]


def _forwarded(headers: _Headers, credential: bytes | None = None, **framing: bool) -> list[bytes]:
    head = forward(headers, b"api.example", credential, None, False, b"gzip", **framing)
    assert head.startswith(b"host: api.example\r\n")
    assert head.endswith(b"\r\naccept-encoding: gzip\r\n\r\n" if not (credential or framing) else b"\r\n\r\n")
    return head.removesuffix(b"\r\n\r\n").split(b"\r\n")[1:]


def _returned(headers: _Headers, **framing: bool) -> list[bytes]:
    head = backward(headers, trace_id=_TRACE, overhead_ns=123_456, **framing)
    return head.removesuffix(b"\r\n\r\n").split(b"\r\n")


def test_what_concerns_the_provider_goes_on_in_order_and_as_it_was_written() -> None:
    headers = [
        (b"User-Agent", b"OpenAI/Python 3"),
        (b"X-Stainless-Lang", b"python"),
        (b"x-twice", b"1"),
        (b"OpenAI-Beta", b"a"),
        (b"anthropic-version", b"2023-06-01"),
        (b"X-Twice", b"2"),
        (b"traceparent", b"00-x"),
        (b"Idempotency-Key", b"i"),
        (b"content-encoding", b"gzip"),
        (b"x-empty", b""),
        (b"x-other", b"caf\xc3\xa9\xff"),
    ]
    assert _forwarded(headers) == [b"%b: %b" % header for header in headers] + [b"accept-encoding: gzip"]


@pytest.mark.parametrize(
    "name",
    [
        b"Connection",
        b"keep-alive",
        b"TE",
        b"Trailer",
        b"transfer-encoding",
        b"upgrade",
        b"Proxy-Authorization",
        b"proxy-connection",
        b"Host",
        b"content-length",
        b"Accept-Encoding",
        b"cookie",
        b"Cookie",
        b"Expect",
        b"Forwarded",
        b"X-Forwarded-For",
        b"x-forwarded-anything",
        b"Via",
        b"x-real-ip",
        b"HTTP2-Settings",
        b"x-headwater-key",
        b"X-Headwater-Anything",
        b"Helicone-Auth",
        b"helicone-anything",
        b"x-portkey-config",
        b"X-LiteLLM-Timeout",
        b"x-prysm-upstream-key",
        b"sec-websocket-extensions",
    ],
)
def test_what_concerns_us_or_this_connection_stays_here(name: bytes) -> None:
    assert _forwarded([(b"x-a", b"1"), (name, b"close"), (b"x-b", b"2")]) == [
        b"x-a: 1",
        b"x-b: 2",
        b"accept-encoding: gzip",
    ]


def test_what_a_connection_header_names_stays_here() -> None:
    headers = [
        (b"x-one", b"1"),
        (b"Connection", b"keep-alive, X-Two"),
        (b"x-two", b"2"),
        (b"X-THREE", b"3"),
        (b"x-four", b"4"),
        (b"connection", b"x-three"),
    ]
    assert _forwarded(headers) == [b"x-one: 1", b"x-four: 4", b"accept-encoding: gzip"]


def test_a_connection_header_cannot_name_away_what_frames_the_body() -> None:
    head = forward([(b"connection", b"host, content-length")], b"api.example", None, 5, False, b"identity")
    assert head == b"host: api.example\r\naccept-encoding: identity\r\ncontent-length: 5\r\n\r\n"


@pytest.mark.parametrize(
    ("body_length", "is_chunked", "expected"),
    [
        (0, False, [b"content-length: 0"]),
        (7, False, [b"content-length: 7"]),
        (None, True, [b"transfer-encoding: chunked"]),
        (7, True, [b"transfer-encoding: chunked"]),
        (None, False, []),
    ],
)
def test_a_body_is_framed_anew(body_length: int | None, is_chunked: bool, expected: list[bytes]) -> None:
    client = [(b"content-length", b"99"), (b"transfer-encoding", b"gzip, chunked")]
    head = forward(client, b"api.example", None, body_length, is_chunked, b"gzip")
    assert head.split(b"\r\n")[2:-2] == expected
    head = backward(client, trace_id=_TRACE, overhead_ns=0, body_length=body_length, is_chunked=is_chunked)
    assert head.split(b"\r\n")[2:-2] == expected


_CREDENTIALS: _Headers = [
    (b"Authorization", b"Bearer sk-1"),
    (b"x-api-key", b"sk-ant-2"),
    (b"api-key", b"azure3"),
    (b"X-Goog-Api-Key", b"AIza4"),
]


def test_credentials_pass_through_untouched() -> None:
    assert _forwarded(_CREDENTIALS)[:-1] == [b"%b: %b" % header for header in _CREDENTIALS]


def test_a_stored_credential_stands_in_for_all_of_the_clients() -> None:
    protocols = (b"sec-websocket-protocol", b"realtime, openai-insecure-api-key." + _KEY + b", beta")
    lines = _forwarded([*_CREDENTIALS, protocols], b"authorization: Bearer sk-stored")
    assert lines == [
        b"sec-websocket-protocol: realtime, beta",
        b"accept-encoding: gzip",
        b"authorization: Bearer sk-stored",
    ]


def test_no_credential_at_all_can_be_sent() -> None:
    assert forward(_CREDENTIALS, b"h", b"", None, False, b"gzip") == b"host: h\r\naccept-encoding: gzip\r\n\r\n"


@pytest.mark.parametrize("name", [name for name, _ in _CREDENTIALS])
@pytest.mark.parametrize("form", [b"%b", b"Bearer %b", b"bearer\t%b", b"Bearer  %b ", b"x, Bearer %b", b"Bearer x,%b"])
def test_our_key_never_leaves(name: bytes, form: bytes) -> None:
    headers = [(name, form % _KEY), (b"sec-websocket-protocol", b"openai-insecure-api-key." + _KEY)]
    assert _forwarded(headers) == [b"accept-encoding: gzip"]


@pytest.mark.parametrize("pair", [b"%b:", b":%b", b"user:%b"])
def test_our_key_never_leaves_within_basic_credentials(pair: bytes) -> None:
    value = b"Basic " + base64.b64encode(pair % _KEY)
    assert _forwarded([(b"authorization", value)]) == [b"accept-encoding: gzip"]
    theirs = b"Basic " + base64.b64encode(b"user:password")
    assert _forwarded([(b"authorization", theirs)])[0] == b"authorization: " + theirs


def test_a_credential_that_only_holds_our_mark_within_is_the_providers() -> None:
    assert _forwarded([(b"authorization", b"Bearer sk-abc_hw_def")])[0] == b"authorization: Bearer sk-abc_hw_def"


def test_a_websocket_is_asked_for_and_answered_with_its_own_lines() -> None:
    upgrade = [b"connection: upgrade", b"upgrade: websocket"]
    asked = [(b"Connection", b"Upgrade"), (b"Upgrade", b"websocket"), (b"Sec-WebSocket-Key", b"k")]
    assert _forwarded(asked, is_upgrade=True) == [b"Sec-WebSocket-Key: k", b"accept-encoding: gzip", *upgrade]
    answered = [(b"connection", b"Upgrade"), (b"upgrade", b"websocket"), (b"sec-websocket-accept", b"a")]
    lines = _returned(answered, is_upgrade=True)
    assert (lines[0], lines[-2:]) == (b"sec-websocket-accept: a", upgrade)


def test_an_answers_headers_come_back_in_order_and_as_they_were_written() -> None:
    headers = [
        (b"Date", b"today"),
        (b"Content-Type", b"application/json"),
        (b"content-encoding", b"gzip"),
        (b"x-request-id", b"r"),
        (b"Set-Cookie", b"a=1"),
        (b"Set-Cookie", b"b=2"),
        (b"retry-after-ms", b"20"),
        (b"x-should-retry", b"true"),
        (b"x-ratelimit-remaining-tokens", b"9"),
        (b"Server-Timing", b"db;dur=1.2"),
        (b"x-accel-buffering", b"yes"),
    ]
    assert _returned(headers) == [
        *[b"%b: %b" % header for header in headers],
        b"x-headwater-trace-id: " + _TRACE,
        b"server-timing: headwater;dur=0.123",
    ]


def test_what_an_answer_says_of_its_connection_stays_here() -> None:
    headers = [
        (b"Connection", b"close, X-Hop"),
        (b"x-hop", b"1"),
        (b"Keep-Alive", b"timeout=5"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Content-Length", b"7"),
        (b"trailer", b"x"),
        (b"upgrade", b"h2c"),
        (b"Proxy-Authenticate", b"Basic"),
        (b"Alt-Svc", b'h3=":443"'),
        (b"x-headwater-trace-id", b"b" * 32),
        (b"x-headwater-error", b"x"),
        (b"x-kept", b"1"),
    ]
    assert _returned(headers, is_close=True) == [
        b"x-kept: 1",
        b"x-headwater-trace-id: " + _TRACE,
        b"server-timing: headwater;dur=0.123",
        b"connection: close",
    ]


@pytest.mark.parametrize("content_type", [b"text/event-stream", b"Text/Event-Stream; charset=utf-8"])
def test_a_stream_is_not_to_be_gathered_on_its_way(content_type: bytes) -> None:
    lines = _returned([(b"x-accel-buffering", b"yes"), (b"content-type", content_type)])
    assert [line for line in lines if b"buffering" in line] == [b"x-accel-buffering: no"]
    assert not any(b"buffering" in line for line in _returned([(b"content-type", b"application/json")]))


@pytest.mark.parametrize("evil", [b"a\r\nx-evil: 1", b"a\nb", b"a\rb", b"a\0b", b"\r\n", b"a\r\n\r\nGET / HTTP/1.1"])
@pytest.mark.parametrize(
    "name", [b"x-any", b"authorization", b"content-type", b"x-accel-buffering", b"sec-websocket-protocol"]
)
def test_a_line_end_or_a_nul_in_a_value_is_never_sent(name: bytes, evil: bytes) -> None:
    with pytest.raises(BadRequest, match="line end or a NUL"):
        forward([(b"x-a", b"1"), (name, evil), (b"x-accel-buffering", evil)], b"h", None, 1, False, b"gzip")
    with pytest.raises(BadRequest, match="line end or a NUL"):
        backward([(b"x-a", b"1"), (name, evil)], trace_id=_TRACE, overhead_ns=1)


@pytest.mark.parametrize("evil", [b"authorization: Bearer a\r\nx-evil: 1", b"authorization: a\0"])
def test_a_stored_credential_cannot_add_lines_either(evil: bytes) -> None:
    with pytest.raises(BadRequest):
        forward([], b"h", evil, None, False, b"gzip")


def test_names_beyond_those_remembered_are_judged_alike() -> None:
    for number in range(5000):
        assert _forwarded([(b"x-made-up-%d" % number, b"1"), (b"x-headwater-%d" % number, b"2")]) == [
            b"x-made-up-%d: 1" % number,
            b"accept-encoding: gzip",
        ]


_TOKENS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=1, max_size=20)
_NAMES = _TOKENS.map(str.encode) | st.sampled_from([b"connection", b"authorization", b"content-type", b"x-headwater-a"])


@given(st.lists(st.tuples(_NAMES, st.binary(max_size=40)), max_size=10))
def test_a_head_has_one_line_for_each_header_it_keeps(headers: _Headers) -> None:
    try:
        head = forward(headers, b"h", None, 3, False, b"gzip")
    except BadRequest:
        assert any(byte in value for _, value in headers for byte in (b"\r", b"\n", b"\0"))
        return
    lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    assert lines[0] == b"host: h"
    assert lines[-2:] == [b"accept-encoding: gzip", b"content-length: 3"]
    written = (b"%b: %b" % header for header in headers)
    assert all(line in written for line in lines[1:-2]), "in their order"


def test_prysms_clients_find_the_trace_under_their_name_and_once() -> None:
    head = backward([(b"X-Prysm-Trace-Id", b"theirs")], trace_id=_TRACE, overhead_ns=0, is_prysm=True)
    assert [line for line in head.split(b"\r\n") if b"prysm" in line.lower()] == [b"x-prysm-trace-id: " + _TRACE]
    assert b"x-prysm-trace-id: theirs" in backward([(b"x-prysm-trace-id", b"theirs")], trace_id=_TRACE, overhead_ns=0)
