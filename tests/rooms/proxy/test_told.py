import base64
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.proxy.wire.told import Told, told_by

_KEY = "hw_" + "k" * 43
_TRACE = "0af7651916cd43dd8448eb211c80319c"
_PARENT = "b7ad6b7169203331"


def _told(**headers: str) -> Told:
    return told_by([(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()])


def test_a_request_that_says_nothing_to_us_is_told_plainly() -> None:
    told = _told(authorization="Bearer sk-1", user_agent="curl/8.5", content_type="application/json")
    assert told == Told(has_credential=True, client="curl/8.5", content_type="application/json")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("authorization", f"Bearer {_KEY}"),
        ("Authorization", f"bearer  {_KEY}"),
        ("authorization", _KEY),
        ("authorization", "Basic " + base64.b64encode(f"{_KEY}:".encode()).decode()),
        ("authorization", "basic " + base64.b64encode(f"any:{_KEY}".encode()).decode()),
        ("x-api-key", _KEY),
        ("api-key", _KEY),
        ("x-goog-api-key", _KEY),
        ("sec-websocket-protocol", f"realtime, openai-insecure-api-key.{_KEY}, openai-beta.realtime-v1"),
    ],
)
def test_our_key_in_the_place_of_a_credential_means_the_vault(name: str, value: str) -> None:
    told = told_by([(name.encode(), value.encode())])
    assert (told.key, told.is_vault, told.has_credential) == (_KEY, True, False)


@pytest.mark.parametrize("name", ["x-headwater-key", "Helicone-Auth", "x-portkey-api-key", "x-litellm-api-key"])
def test_our_key_beside_a_credential_passes_that_one_through(name: str) -> None:
    value = f"Bearer {_KEY}" if name == "Helicone-Auth" else _KEY
    told = told_by([(b"x-api-key", b"sk-ant-1"), (name.encode(), value.encode())])
    assert (told.key, told.is_vault, told.has_credential) == (_KEY, False, True)


@pytest.mark.parametrize("value", ["Bearer sk-helicone-1", "pk-portkey", "Bearer sk-litellm-hw_", "", "Bearer"])
def test_keys_of_other_products_are_none_of_ours(value: str) -> None:
    told = _told(helicone_auth=value, x_portkey_api_key=value, x_litellm_api_key=value, authorization="Bearer sk-1")
    assert (told.key, told.is_vault) == ("", False)


def test_a_key_under_our_own_name_is_taken_whatever_it_looks_like() -> None:
    """So that it is answered as unknown, and not as missing."""
    assert _told(x_headwater_key="mistyped", helicone_auth=f"Bearer {_KEY}").key == "mistyped"


def test_our_own_headers_go_before_those_of_other_products() -> None:
    told = _told(
        x_litellm_trace_id="l",
        x_portkey_trace_id="p",
        helicone_session_id="h",
        x_headwater_session_id="ours",
        helicone_user_id="hu",
        x_headwater_user_id="u",
        helicone_session_name="n",
        helicone_model_override="m",
        x_headwater_target_url="https://a.example",
        helicone_target_url="https://b.example",
    )
    assert (told.session_id, told.session_name, told.user_id) == ("ours", "n", "u")
    assert (told.model_override, told.target_url) == ("m", "https://a.example")


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("Helicone-Session-Id", "s", "session_id"),
        ("x-portkey-trace-id", "s", "session_id"),
        ("x-litellm-trace-id", "s", "session_id"),
        ("x-litellm-session-id", "s", "session_id"),
        ("x-litellm-end-user-id", "s", "user_id"),
        ("x-litellm-customer-id", "s", "user_id"),
        ("Layer-Session-Id", "s", "session_id"),
        ("X-Layer-Session-Id", "s", "session_id"),
        ("Helicone-OpenAI-Api-Base", "s", "target_url"),
        ("x-portkey-custom-host", "s", "target_url"),
    ],
)
def test_the_headers_of_other_products_are_understood(name: str, value: str, field: str) -> None:
    assert told_by([(name.encode(), value.encode())]) == msgspec.structs.replace(Told(), **{field: value})


def test_metadata_comes_from_properties_from_what_has_no_field_and_from_json() -> None:
    told = _told(
        x_portkey_metadata=json.dumps({"_user": "u1", "env": "json", "n": 3, "deep": {"a": [1]}, "none": None}),
        x_litellm_spend_logs_metadata='{"team": "t\u00e9"}',
        helicone_property_env="helicone",
        x_headwater_property_app="shop",
        helicone_prompt_id="greeting",
        x_headwater_session_path="/a/b",
        helicone_request_id="r-1",
        x_headwater_prompt_version="3",
    )
    assert told.user_id == "u1"
    assert told.metadata == {
        "app": "shop",
        "env": "helicone",
        "session_path": "/a/b",
        "request_id": "r-1",
        "prompt_id": "greeting",
        "prompt_version": "3",
        "n": "3",
        "deep": '{"a":[1]}',
        "team": "t\u00e9",
    }


@pytest.mark.parametrize("value", ["", "{", "[1]", '"x"', "null", "\xff", "{" * 9000, '{"a": "' + "x" * 17000 + '"}'])
def test_metadata_that_is_no_bounded_json_object_is_passed_over(value: str) -> None:
    headers = [(name, value.encode("latin-1")) for name in (b"x-portkey-metadata", b"x-litellm-spend-logs-metadata")]
    assert told_by(headers) == Told()


def test_what_is_taken_of_headers_is_bounded() -> None:
    headers = [(b"helicone-property-%d" % number, b"v" * 5000) for number in range(500)]
    headers += [(b"x-headwater-tags", b",".join(b"t%d" % number for number in range(500)))]
    headers += [(b"x-headwater-session-id", b"s" * 5000), (b"helicone-property-" + b"n" * 5000, b"v")]
    told = told_by(headers)
    assert len(told.metadata) == 64
    assert max(map(len, told.metadata)) <= 128
    assert max(map(len, told.metadata.values())) == 1024
    assert (len(told.tags), len(told.session_id)) == (32, 256)


def test_tags_are_a_list_from_every_header_without_repetition() -> None:
    headers = [(b"x-litellm-tags", b"b, c"), (b"x-headwater-tags", b"a,b"), (b"x-headwater-tags", b" d ,,")]
    assert told_by(headers).tags == ("a", "b", "d", "c")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x_headwater_omit": "request"}, (True, False)),
        ({"x_headwater_omit": "Response , request"}, (True, True)),
        ({"x_headwater_omit": "all"}, (True, True)),
        ({"x_headwater_omit": "false"}, (False, False)),
        ({"helicone_omit_request": "true"}, (True, False)),
        ({"helicone_omit_response": "TRUE"}, (False, True)),
        ({"helicone_omit_response": "false"}, (False, False)),
        ({"x_litellm_enable_message_redaction": "1"}, (True, True)),
        ({"x_litellm_enable_message_redaction": "False"}, (False, False)),
    ],
)
def test_content_is_omitted_as_asked_and_in_doubt_too(headers: dict[str, str], expected: tuple[bool, bool]) -> None:
    told = _told(**headers)
    assert (told.omit_request, told.omit_response) == expected


def test_a_wish_to_omit_that_is_repeated_is_still_one() -> None:
    told = told_by([(b"helicone-omit-request", b"true"), (b"helicone-omit-request", b"true")])
    assert told.omit_request


@pytest.mark.parametrize(
    "value",
    [
        f"00-{_TRACE}-{_PARENT}-01",
        f"00-{_TRACE}-{_PARENT}-00",
        f"01-{_TRACE}-{_PARENT}-01-and-more",
        f"cc-{_TRACE}-{_PARENT}-09",
    ],
)
def test_a_traceparent_names_trace_and_parent(value: str) -> None:
    told = _told(traceparent=value)
    assert (told.trace_id.hex(), told.parent_id.hex()) == (_TRACE, _PARENT)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "00",
        f"ff-{_TRACE}-{_PARENT}-01",
        f"00-{'0' * 32}-{_PARENT}-01",
        f"00-{_TRACE}-{'0' * 16}-01",
        f"00-{_TRACE.upper()}-{_PARENT}-01",
        f"00-{_TRACE}-{_PARENT}-01-more",
        f"00-{_TRACE}-{_PARENT}-1",
        f"00-{_TRACE[:-1]}-{_PARENT}-01",
        f"00-{_TRACE}{_PARENT}-01",
        f"cc-{_TRACE}-{_PARENT}-01x",
        f"0x-{_TRACE}-{_PARENT}-01",
    ],
)
def test_a_traceparent_that_is_not_valid_is_ignored(value: str) -> None:
    told = _told(traceparent=value)
    assert (told.trace_id, told.parent_id) == (b"", b"")


def test_two_traceparents_are_none() -> None:
    header = (b"traceparent", f"00-{_TRACE}-{_PARENT}-01".encode())
    assert told_by([header, header]).trace_id == b""


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("gzip, deflate, br, zstd", b"gzip, deflate"),
        ("br", b"identity"),
        ("", b"identity"),
        ("*", b"identity"),
        ("GZIP;q=0.5, identity;q=0, br;q=1", b"GZIP;q=0.5, identity;q=0"),
        ("gzip;q=0", b"gzip;q=0"),
    ],
)
def test_the_upstream_may_compress_with_what_the_copy_can_be_read_in(accepted: str, expected: bytes) -> None:
    assert _told(accept_encoding=accepted).accept_encoding == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("2", 2), ("0", 0), ("-1", 0), ("x", 0), ("", 0), ("9" * 50, 0), ("\u00b2", 0)]
)
def test_the_clients_own_count_of_tries_is_read(value: str, expected: int) -> None:
    assert _told(x_stainless_retry_count=value).resend == expected


def test_usage_can_be_wished_for() -> None:
    assert _told(helicone_stream_usage="true").wants_usage
    assert not _told(helicone_stream_usage="false").wants_usage


def test_texts_are_read_as_utf_8_or_else_as_latin_1() -> None:
    assert _told(x_headwater_user_id="j\u00f6rg").user_id == "j\u00f6rg"
    assert told_by([(b"x-headwater-user-id", b"j\xf6rg")]).user_id == "j\u00f6rg"


_NAMES = [
    b"x-headwater-key",
    b"authorization",
    b"x-portkey-metadata",
    b"x-headwater-tags",
    b"traceparent",
    b"x-headwater-omit",
    b"helicone-property-a",
    b"helicone-property-",
    b"sec-websocket-protocol",
    b"x-stainless-retry-count",
    b"accept-encoding",
]


@given(st.lists(st.tuples(st.sampled_from(_NAMES) | st.binary(max_size=20), st.binary(max_size=60)), max_size=12))
def test_no_header_is_too_strange(headers: list[tuple[bytes, bytes]]) -> None:
    assert isinstance(told_by(headers), Told)
