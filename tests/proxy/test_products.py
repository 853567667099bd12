"""Clients of Prysm, Tropir and Layer at the proxy, as their packages send their calls."""

import json
from collections.abc import Mapping
from typing import Any

import openai
import pytest

from tests.journeys.projects import Project
from tests.proxy.proxied import (
    CHAT,
    DONE,
    MESSAGES,
    TOLD_TOKENS,
    USAGE_CHUNK,
    Proxied,
    answered,
    asked,
    catalog_of,
    chunk,
    streamed,
    whole,
)
from tests.proxy.test_secrets import places_of
from tests.proxy.upstream import Do
from tests.serving import Answer

_PRYSM = "/api/v1/chat/completions"


@pytest.fixture
def prysm(proxied: Proxied) -> Proxied:
    """A project with a key as Prysm's look, and OpenAI's stored."""
    with catalog_of(proxied.server) as catalog:
        catalog.set_credential(proxied.project.id, "openai", "sk-stored")
        key = catalog.create_key(proxied.project.id, "old", "prysm").key
    proxied.upstream.forget((whole(answered()),))
    return Proxied(Project(proxied.server, proxied.project.id, proxied.project.name, key), proxied.upstream)


def _post(proxied: Proxied, headers: Mapping[str, str] | None = None, key: str = "", path: str = _PRYSM) -> Answer:
    sent = {"authorization": f"Bearer {key or proxied.project.key}", "content-type": "application/json"}
    return proxied.server.request("POST", path, asked(), sent | dict(headers or {}))


def _arrived(proxied: Proxied) -> dict[str, str]:
    """The headers of the last request that came to the provider."""
    return dict(proxied.upstream.requests[-1].headers)


def test_a_prysm_key_opens_the_vault_and_the_answer_tells_the_trace(prysm: Proxied) -> None:
    answer = _post(prysm, {"x-prysm-user-id": "u", "x-prysm-session-id": "s", "x-prysm-metadata": '{"env": "prod"}'})
    assert answer.status == 200
    assert answer.headers["x-prysm-trace-id"] == answer.headers["x-headwater-trace-id"]
    assert not [name for name in answer.headers if "threat" in name]
    arrived = _arrived(prysm)
    assert arrived["authorization"] == "Bearer sk-stored"
    assert not [name for name in arrived if "prysm" in name]
    row = prysm.row(answer, "session_id", "user_id", "metadata", "model")
    assert row == ("s", "u", {"env": "prod"}, "gpt-4o-mini")


def test_an_upstream_key_and_forwarded_headers_serve_this_call_alone(prysm: Proxied) -> None:
    forwarded = {"X-Gitlab-Realm": "saas", "Authorization": "Bearer evil", "Content-Type": "text/plain"}
    first = _post(prysm, {"x-prysm-upstream-key": "sk-Qz9up", "x-prysm-forward-headers": json.dumps(forwarded)})
    arrived = _arrived(prysm)
    assert (arrived["authorization"], arrived["x-gitlab-realm"]) == ("Bearer sk-Qz9up", "saas")
    assert arrived["content-type"] == "application/json"
    assert _post(prysm).status == 200
    assert (_arrived(prysm)["authorization"], "x-gitlab-realm" in _arrived(prysm)) == ("Bearer sk-stored", False)
    prysm.row(first, "model")
    assert not places_of(prysm.server, "sk-Qz9up")


def test_the_readmes_loop_over_a_stream_reads_every_chunk_and_the_usage_is_known(prysm: Proxied) -> None:
    """It takes `chunk.choices[0]` of each: the chunk with the usage, which nobody asked for, has none."""
    prysm.upstream.forget(streamed(chunk("Pa"), chunk("ris."), chunk(), USAGE_CHUNK, DONE))
    base_url = f"{prysm.server.base_url}/api/v1"
    client: Any = openai.OpenAI(api_key=prysm.project.key, base_url=base_url, max_retries=0)
    messages = [{"role": "user", "content": "Where?"}]
    stream = client.chat.completions.create(model="gpt-4o-mini", messages=messages, stream=True)
    said = [part.choices[0].delta.content or "" for part in stream]
    assert "".join(said) == "Paris."
    told = Answer(200, dict(stream.response.headers), b"")
    assert prysm.row(told, "input_tokens", "output_tokens") == TOLD_TOKENS


def test_a_key_that_opens_nothing_is_told_as_prysm_tells_it(prysm: Proxied) -> None:
    answer = _post(prysm, key="sk-prysm-nobody")
    error = answer.json()["error"]
    assert (answer.status, error["type"], answer.headers["x-should-retry"]) == (401, "authentication_error", "false")
    assert error["prysm_trace_id"] == answer.headers["x-prysm-trace-id"]
    assert not prysm.upstream.requests


def test_a_limit_and_a_provider_that_hangs_up_are_told_as_prysm_tells_them(prysm: Proxied) -> None:
    prysm.upstream.forget((Do.CLOSE,))
    cut = _post(prysm)
    assert (cut.status, cut.json()["error"]["type"], cut.headers["x-should-retry"]) == (502, "proxy_error", "true")
    with catalog_of(prysm.server) as catalog:
        catalog.add_limit(prysm.project.id, measure="requests", amount=1, window="day")
        key = catalog.create_key(prysm.project.id, "another", "prysm").key
    prysm.upstream.forget((whole(answered()),))
    limited = [_post(prysm, key=key) for _ in range(2)][-1]
    assert (limited.status, limited.json()["error"]["type"]) == (429, "rate_limit_error")


def test_a_providers_own_error_passes_as_it_came(prysm: Proxied) -> None:
    body = b'{"error": {"message": "no", "type": "invalid_request_error"}}'
    prysm.upstream.forget((whole(body, status="400 Bad Request"),))
    answer = _post(prysm)
    assert (answer.status, answer.body) == (400, body)
    assert answer.headers["x-prysm-trace-id"]


def test_a_prysm_header_chooses_the_provider(prysm: Proxied) -> None:
    with catalog_of(prysm.server) as catalog:
        catalog.set_credential(prysm.project.id, "anthropic", "sk-ant-stored")
    answer = _post(prysm, {"x-prysm-provider": "anthropic"})
    assert prysm.upstream.requests[-1].start == "POST /v1/chat/completions"
    assert _arrived(prysm)["authorization"] == "Bearer sk-ant-stored"
    assert prysm.row(answer, "attributes['headwater.upstream']", of="spans") == ("anthropic",)
    unknown = _post(prysm, {"x-prysm-provider": "wonder"})
    assert (unknown.status, unknown.headers["x-headwater-error"]) == (404, "unknown_upstream")


@pytest.mark.parametrize("header", ["layer-session-id", "X-Layer-Session-Id"])
def test_layers_session_is_taken_and_taken_off(proxied: Proxied, header: str) -> None:
    proxied.upstream.forget((whole(answered()),))
    answer = proxied.post(headers={header: "s-1"})
    assert "s-1" not in _arrived(proxied).values()
    assert proxied.row(answer, "session_id") == ("s-1",)


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
def test_tropirs_key_beside_the_providers_own_credential_opens_the_project(proxied: Proxied, path: str) -> None:
    """Its package adds the three headers to whatever the program sends."""
    key = f"tropir-{proxied.project.id}-old"
    with catalog_of(proxied.server) as catalog:
        catalog.take_over_key(proxied.project.id, "tropir", key)
    proxied.upstream.forget((whole(answered()),))
    tropir = {"x-tropir-api-key": key, "x-session-id": "s-2", "x-session-name": "shop"}
    sent = {"content-type": "application/json", "authorization": "Bearer sk-mine", **tropir}
    answer = proxied.server.request("POST", path, asked(), sent)
    assert answer.status == 200
    arrived = _arrived(proxied)
    assert arrived["authorization"] == "Bearer sk-mine"
    assert not [name for name in arrived if "tropir" in name or "x-session" in name]
    assert proxied.row(answer, "session_id", of="spans") == ("s-2",)


def test_a_session_header_alone_is_read_and_goes_on_to_the_provider(proxied: Proxied) -> None:
    proxied.upstream.forget((whole(answered()),))
    answer = proxied.post(headers={"x-session-id": "s-3", "x-session-name": "theirs"})
    assert (_arrived(proxied)["x-session-id"], _arrived(proxied)["x-session-name"]) == ("s-3", "theirs")
    assert proxied.row(answer, "session_id") == ("s-3",)
