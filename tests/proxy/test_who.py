"""Who calls: keys, credentials, the headers of three products and of ours, and whose trace a call is in."""

from collections.abc import Mapping

import msgspec
import pytest

from tests.proxy.proxied import CHAT, MESSAGES, TRACE_ID, Proxied, answered, asked, catalog_of, whole
from tests.serving import command, wait_until

_FAMILIES: dict[str, Mapping[str, str]] = {
    "ours": {
        "x-headwater-user-id": "ann",
        "x-headwater-session-id": "s-1",
        "x-headwater-session-name": "Trip",
        "x-headwater-tags": "beta, eu",
        "x-headwater-property-team": "maps",
    },
    "helicone": {
        "Helicone-User-Id": "ann",
        "Helicone-Session-Id": "s-1",
        "Helicone-Session-Name": "Trip",
        "Helicone-Property-team": "maps",
        "Helicone-Cache-Enabled": "true",
    },
    "portkey": {
        "x-portkey-trace-id": "s-1",
        "x-portkey-metadata": '{"_user": "ann", "team": "maps"}',
        "x-portkey-provider": "openai",
    },
    "litellm": {
        "x-litellm-end-user-id": "ann",
        "x-litellm-session-id": "s-1",
        "x-litellm-tags": "beta,eu",
        "x-litellm-spend-logs-metadata": '{"team": "maps"}',
        "x-litellm-timeout": "5",
    },
}
_TAGGED = ("ours", "litellm")
_PRODUCTS = ("x-headwater-", "helicone-", "x-portkey-", "x-litellm-")


@pytest.mark.parametrize("family", _FAMILIES)
def test_headers_of_each_family_are_taken_and_stay_here(proxied: Proxied, family: str) -> None:
    proxied.upstream.forget((whole(answered()),))
    answer = proxied.post(headers=_FAMILIES[family])
    told = proxied.row(answer, "user_id", "session_id", "tags", "metadata['team']")
    assert told == ("ann", "s-1", ["beta", "eu"] if family in _TAGGED else [], "maps")
    names = [name for name, _ in proxied.upstream.requests[0].headers]
    assert [name for name in names if name.startswith(_PRODUCTS)] == []


@pytest.mark.parametrize("name", ["x-headwater-key", "x-portkey-api-key", "x-litellm-api-key", "Helicone-Auth"])
def test_our_key_may_come_under_each_name(proxied: Proxied, name: str) -> None:
    proxied.upstream.forget((whole(answered()),))
    key = proxied.project.key
    shown = f"Bearer {key}" if name == "Helicone-Auth" else key
    headers = {"authorization": "Bearer sk-provider", name: shown}
    assert proxied.server.request("POST", CHAT, asked(), headers).status == 200
    assert proxied.upstream.requests[0].header("authorization") == "Bearer sk-provider"


def test_our_key_may_come_in_the_path(proxied: Proxied) -> None:
    proxied.upstream.forget((whole(answered()),))
    path = f"/p/{proxied.project.key}{CHAT}?a=b"
    answer = proxied.server.request("POST", path, asked(), {"authorization": "Bearer sk-provider"})
    assert answer.status == 200
    assert proxied.upstream.requests[0].start == "POST /v1/chat/completions?a=b"
    assert proxied.row(answer, "request_model") == ("gpt-4o-mini",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("authorization", "Bearer sk-1"),
        ("x-api-key", "sk-ant-1"),
        ("api-key", "azure-1"),
        ("x-goog-api-key", "AIza-1"),
        ("openai-organization", "org-1"),
        ("openai-project", "proj_1"),
        ("anthropic-version", "2023-06-01"),
        ("anthropic-beta", "tools-1"),
        ("idempotency-key", "i-1"),
        ("user-agent", "Agent/1"),
        ("x-stainless-retry-count", "0"),
        ("baggage", "a=b"),
        ("x-own", "a: b; c"),
    ],
)
def test_what_is_the_providers_goes_on_untouched(proxied: Proxied, name: str, value: str) -> None:
    proxied.upstream.forget((whole(answered()),))
    assert proxied.post(headers={name: value}).status == 200
    assert [each for found, each in proxied.upstream.requests[0].headers if found == name] == [value]


@pytest.mark.parametrize("name", ["cookie", "x-forwarded-for", "forwarded", "proxy-authorization", "te", "x-real-ip"])
def test_what_is_nobodys_business_stays_here(proxied: Proxied, name: str) -> None:
    proxied.upstream.forget((whole(answered()),))
    assert proxied.post(headers={name: "secret"}).status == 200
    assert proxied.upstream.requests[0].header(name) == ""


def test_a_call_hangs_under_the_clients_span(proxied: Proxied) -> None:
    proxied.upstream.forget((whole(answered()),))
    trace_id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    answer = proxied.post(headers={"traceparent": f"00-{trace_id}-{parent}-01"})
    assert answer.headers[TRACE_ID] == trace_id
    assert proxied.row(answer, "parent_span_id") == (parent,)
    assert proxied.upstream.requests[0].header("traceparent").startswith(f"00-{trace_id}-")


def test_an_answer_names_its_trace_and_what_we_took(proxied: Proxied) -> None:
    proxied.upstream.forget((whole(answered(), "x-request-id: req_9", "openai-processing-ms: 12"),))
    answer = proxied.post()
    assert len(bytes.fromhex(answer.headers[TRACE_ID])) == 16
    assert (answer.headers["x-request-id"], answer.headers["openai-processing-ms"]) == ("req_9", "12")
    assert "headwater" in answer.headers["server-timing"]


def test_a_stored_credential_takes_the_place_of_our_key(proxied: Proxied) -> None:
    """Each provider gets it in the header that it reads."""
    project, data = proxied.project, str(proxied.server.data)
    ran = command("credentials", "set", "openai", "--project", project.id, "--data", data, typed="sk-vault-1")
    assert (ran.code, "sk-vault-1" in ran.out + ran.err) == (0, False), ran.err
    with catalog_of(proxied.server) as catalog:
        catalog.set_credential(project.id, "anthropic", "sk-ant-vault-2")
    proxied.upstream.forget((whole(answered()),))
    for path, headers in ((CHAT, {"authorization": f"Bearer {project.key}"}), (MESSAGES, {"x-api-key": project.key})):
        assert proxied.server.request("POST", path, asked(), headers).status == 200
    chat, messages = proxied.upstream.requests
    assert (chat.header("authorization"), messages.header("x-api-key")) == ("Bearer sk-vault-1", "sk-ant-vault-2")
    assert project.key not in str(chat.headers) + str(messages.headers)


def test_without_a_stored_credential_our_key_alone_is_not_sent_on(proxied: Proxied) -> None:
    answer = proxied.server.request("POST", CHAT, asked(), {"authorization": f"Bearer {proxied.project.key}"})
    assert (answer.status, answer.headers["x-headwater-error"]) == (401, "no_credential")
    assert "headwater credentials set openai" in answer.json()["error"]["message"]
    assert proxied.upstream.requests == []


@pytest.mark.slow
def test_a_revoked_key_opens_nothing_within_seconds(proxied: Proxied) -> None:
    proxied.upstream.forget((whole(answered()),))
    assert proxied.post().status == 200
    with catalog_of(proxied.server) as catalog:
        catalog.revoke_key(catalog.keys(proxied.project.id)[0].id)
    wait_until(lambda: proxied.post().status == 401, 15, "the key to be refused")


def test_a_price_may_be_that_of_another_model(proxied: Proxied) -> None:
    proxied.upstream.forget((whole(answered(model="house-model")),))
    body = msgspec.json.encode({"model": "house-model", "messages": []})
    unpriced, priced = proxied.post(body), proxied.post(body, headers={"x-headwater-model-override": "gpt-4o-mini"})
    assert proxied.row(unpriced, "cost_usd") == (None,)
    (cost,) = proxied.row(priced, "cost_usd")
    assert cost > 0
