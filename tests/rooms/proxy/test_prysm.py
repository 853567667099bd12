"""What the headers of Prysm's, Tropir's and Layer's clients say, and what of it leaves for the provider."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.access import Policy, Upstream
from headwater.proxy.plan import Plan
from headwater.proxy.wire.prysm import forwarded, plain
from headwater.proxy.wire.routes import Split, as_chosen, chosen, routed
from headwater.proxy.wire.told import Told, told_by

_KEY = "sk-prysm-" + "k" * 43
_METADATA = {"env": "prod", "\u00fc": "\u2713", "n": 1}
_OPENAI = Upstream(name="openai", base_url="https://api.openai.com")


def _told(**headers: str) -> Told:
    return told_by([(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()])


def _sent(**headers: str) -> list[bytes]:
    return _sent_to(_OPENAI, headers)


def _sent_to(upstream: Upstream, headers: dict[str, str]) -> list[bytes]:
    given_headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    policy = Policy(project_id="p", key_id="k", credentials={"openai": "sk-stored"})
    route = routed(Split("openai", b"/v1/chat/completions", ""), upstream)
    plan = Plan(told_by(given_headers), policy, route, b"POST", given_headers, is_upgrade=False, injects=True)
    return plan.head(2, is_chunked=False, is_identity=False).split(b"\r\n")


@pytest.mark.parametrize("key", [_KEY, "pulse_sk_" + "k" * 43])
def test_a_key_in_the_form_of_another_product_is_one_of_ours(key: str) -> None:
    told = _told(authorization=f"Bearer {key}")
    assert (told.key, told.is_vault, told.has_credential) == (key, True, False)
    assert _told(x_headwater_key=key, authorization="Bearer sk-1").has_credential
    sent = _sent(authorization=f"Bearer {key}")
    assert b"authorization: Bearer sk-stored" in sent
    assert not any(key.encode() in line for line in sent)


def test_a_prysm_key_or_header_makes_a_caller_one_of_prysms() -> None:
    assert _told(authorization=f"Bearer {_KEY}").is_prysm
    assert _told(x_prysm_user_id="u").is_prysm
    assert not _told(authorization="Bearer pulse_sk_1", helicone_user_id="u").is_prysm


@pytest.mark.parametrize(
    "value",
    [
        json.dumps(_METADATA),
        json.dumps(_METADATA, ensure_ascii=False),
        quote(json.dumps(_METADATA)),
        "UTF-8''" + quote(json.dumps(_METADATA, ensure_ascii=False)),
    ],
)
def test_metadata_may_be_written_in_any_way(value: str) -> None:
    assert _told(x_prysm_metadata=value).metadata == {"env": "prod", "\u00fc": "\u2713", "n": "1"}


@pytest.mark.parametrize("value", ["{", "%7B", "[1]", "UTF-8''%", "%ff%fe", "null", "{" * 9000])
def test_metadata_that_cannot_be_read_loses_only_itself(value: str) -> None:
    told = _told(x_prysm_metadata=value, x_prysm_user_id="u")
    assert (told.metadata, told.user_id) == ({}, "u")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("user_123", "user_123"),
        ("\u00fclrich", "\u00fclrich"),
        ("%C3%BClrich", "\u00fclrich"),
        ("utf-8'de'%C3%BClrich", "\u00fclrich"),
        ("100%", "100%"),
        ("%zz", "%zz"),
        ("%ff", "%ff"),
    ],
)
def test_an_id_may_be_written_in_any_way(value: str, expected: str) -> None:
    assert _told(x_prysm_user_id=value).user_id == expected


def test_the_governance_session_is_noted_and_stands_in_for_a_session() -> None:
    told = _told(x_prysm_session_id="s", x_prysm_governance_session_id="g")
    assert (told.session_id, told.metadata) == ("s", {"governance_session_id": "g"})
    assert _told(x_prysm_governance_session_id="g").session_id == "g"


def test_an_upstream_key_goes_to_the_provider_and_nowhere_else() -> None:
    headers = {"authorization": f"Bearer {_KEY}", "x_prysm_upstream_key": "sk-up"}
    sent = _sent(**headers)
    assert b"authorization: Bearer sk-up" in sent
    assert not any(b"prysm" in line or b"sk-stored" in line for line in sent)
    anthropic = Upstream(name="anthropic", base_url="https://api.anthropic.com", credential="x-api-key")
    assert b"x-api-key: sk-up" in _sent_to(anthropic, headers)


def test_a_key_of_ours_is_no_upstream_key() -> None:
    assert b"authorization: Bearer sk-stored" in _sent(authorization=f"Bearer {_KEY}", x_prysm_upstream_key=_KEY)


def test_headers_are_forwarded_in_the_place_of_the_clients_own() -> None:
    asked = {"X-Gitlab-Realm": "saas", "x-other": "caf\u00e9", "X-Mine": "2"}
    sent = _sent(authorization=f"Bearer {_KEY}", x_mine="1", x_prysm_forward_headers=json.dumps(asked))
    wanted = (b"X-Gitlab-Realm: saas", "x-other: caf\u00e9".encode(), b"X-Mine: 2")
    assert [line for line in sent if line.lower().startswith((b"x-gitlab", b"x-other", b"x-mine"))] == list(wanted)


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "x-api-key",
        "api-key",
        "Host",
        "Connection",
        "Transfer-Encoding",
        "content-length",
        "Content-Type",
        "cookie",
        "Upgrade",
        "x-headwater-key",
        "x-prysm-user-id",
        "helicone-auth",
        "x-forwarded-for",
        "traceparent",
        "sec-websocket-protocol",
    ],
)
def test_no_header_is_forwarded_that_is_not_the_callers_to_choose(name: str) -> None:
    assert forwarded(json.dumps({name: "x", "x-good": "y"}).encode()) == ((b"x-good", b"y"),)


@pytest.mark.parametrize(
    "asked",
    [{"a": "1\r\nx: y"}, {"a b": "1"}, {"": "1"}, {"a": 1}, {"a": None}, {"a": _KEY}, {"a": "\0"}, {"a": "\ud800"}],
)
def test_what_no_line_can_hold_is_not_forwarded(asked: dict[str, object]) -> None:
    assert forwarded(json.dumps(asked).encode()) == ()


def test_what_is_forwarded_is_bounded() -> None:
    assert len(forwarded(json.dumps({f"x-{number}": "v" for number in range(100)}).encode())) == 32
    assert forwarded(json.dumps({"a": "v" * 20_000}).encode()) == ()


@given(st.binary(max_size=80))
def test_no_value_is_too_strange(value: bytes) -> None:
    assert isinstance(plain(value), bytes)
    assert isinstance(forwarded(value), tuple)


@pytest.mark.parametrize(
    ("provider", "name", "path"),
    [
        ("", "openai", b"/v1/chat/completions?a=1"),
        ("openai", "openai", b"/v1/chat/completions?a=1"),
        ("Anthropic", "anthropic", b"/v1/chat/completions?a=1"),
        ("google", "gemini", b"/v1beta/openai/chat/completions?a=1"),
        ("groq", "groq", b"/openai/v1/chat/completions?a=1"),
        ("my-vllm", "my-vllm", b"/v1/chat/completions?a=1"),
    ],
)
def test_a_provider_can_be_chosen_by_a_header(provider: str, name: str, path: bytes) -> None:
    told = _told(x_prysm_provider=provider) if provider else Told()
    found = chosen(Split("openai", b"/v1/chat/completions?a=1", "k"), told.provider)
    assert found == Split(name, path, "k")


def test_a_path_that_names_its_upstream_is_not_moved() -> None:
    found = Split("anthropic", b"/v1/messages", "")
    assert chosen(found, "groq") is found


def test_a_chosen_anthropic_takes_the_credential_that_openais_clients_send() -> None:
    upstream = Upstream(name="anthropic", base_url="https://api.anthropic.com", credential="x-api-key")
    assert as_chosen(upstream).credential == "bearer"
    assert as_chosen(_OPENAI) is _OPENAI


def test_tropirs_headers_are_taken_and_taken_off_beside_its_key() -> None:
    headers = {"authorization": "Bearer sk-1", "x_session_id": "s", "x_session_name": "n", "x_tropir_api_key": "any"}
    told = _told(**headers)
    assert (told.key, told.is_vault, told.session_id, told.session_name) == ("any", False, "s", "n")
    sent = _sent(**headers)
    assert b"authorization: Bearer sk-1" in sent
    assert not any(line.lower().startswith((b"x-session", b"x-tropir")) for line in sent)


def test_a_session_without_tropirs_key_is_left_to_the_provider() -> None:
    sent = _sent(authorization="Bearer sk-1", x_session_id="s", x_session_name="n")
    assert {b"x-session-id: s", b"x-session-name: n"} <= set(sent)
    assert _told(x_session_id="s", x_session_name="n") == Told()


def test_a_key_of_ours_goes_before_tropirs() -> None:
    assert _told(x_headwater_key="hw_1", x_tropir_api_key="t").key == "hw_1"
    assert _told(authorization="Bearer hw_1", x_tropir_api_key="t").key == "hw_1"
