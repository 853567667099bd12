"""The firewall: its word is typed, and a block blocks."""

from datetime import UTC, datetime
from typing import Any

import anthropic
import openai
import pytest

from headwater.compat.layer_sdk import (
    AuthProvider,
    Client,
    FirewallLookupDecision,
    FirewallLookupResponseContextViolatedPolicy,
    LayerFirewallException,
    LayerFirewallHTTPError,
    LayerFirewallRequestError,
    LayerFirewallSessionBlocked,
    LayerHTTPError,
    LayerMissingRequiredConfigurationError,
    SessionActionKind,
)
from tests.conftest import HeldClock
from tests.rooms.compat.layer_sdk.client.answering import Answering, Says

AT = datetime(2026, 1, 2, tzinfo=UTC)
PROMPT: Any = {"kind": SessionActionKind.COMPLETION_PROMPT, "start_time": AT, "end_time": AT}
ASKED: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}
BLOCK = Says(200, {"session_id": "s", "decision": "block", "context": {}, "a_field_of_tomorrow": 1})
PASS = Says(200, {"session_id": "s", "decision": "pass", "context": None})


def begin(layer: Client, server: Answering, **more: Any) -> None:
    layer.init(
        base_url=server.url,
        application_id="a",
        firewall_base_url=server.url + "/firewall/",
        enable_firewall_instrumentation=True,
        http_timeout=5,
        **more,
    )


def test_a_lookup_is_typed_and_reads_past_what_it_does_not_know(fresh: Client, server: Answering):
    begin(fresh, server)
    policy = {"id": 7, "name": "no secrets", "severity": "high", "action": "block", "owner": "x"}
    server.teach("GET firewall", Says(200, {**BLOCK.body, "context": {"violated_policies": [policy], "n": 1}}))
    found = fresh.firewall_session_lookup("s")
    assert found.decision is FirewallLookupDecision.BLOCK
    assert found.decision == "block"
    assert found.context.violated_policies == [
        FirewallLookupResponseContextViolatedPolicy(id=7, name="no secrets", severity="high", action="block")
    ]
    assert [got.path for got in server.got()] == ["/firewall/v1/sessions/s"]


def test_a_block_stops_an_action_before_it_is_sent(fresh: Client, server: Answering):
    """Defect 1: the old package compared a text with an enum, and let everything pass."""
    begin(fresh, server)
    server.teach("GET firewall", BLOCK)
    with pytest.raises(LayerFirewallSessionBlocked, match="blocked by the firewall"):
        fresh.append_action("s", **PROMPT)
    assert server.got("POST actions") == []


@pytest.mark.parametrize("decision", ["no_data", "pass", "skip", "alert"])
def test_every_other_decision_lets_it_pass(fresh: Client, server: Answering, decision: str):
    begin(fresh, server)
    server.teach("GET firewall", Says(200, {**BLOCK.body, "decision": decision}))
    fresh.append_action("s", **PROMPT)
    assert len(server.got("POST actions")) == 1


@pytest.mark.parametrize("says", [Says(500), Says(200, b"?"), Says(200, {"decision": "perhaps"}), Says(503)])
def test_without_a_decision_it_is_open_or_closed_as_the_program_says(
    fresh: Client, server: Answering, says: Says, monkeypatch: pytest.MonkeyPatch
):
    begin(fresh, server)
    server.teach("GET firewall", says)
    fresh.append_action("s", **PROMPT)
    only: Any = Client
    only._only = None
    monkeypatch.setenv("LAYER_FIREWALL_FAIL_CLOSED", "true")
    begin(Client(), server)
    server.teach("GET firewall", says)
    with pytest.raises(LayerFirewallSessionBlocked, match="firewall_fail_closed"):
        Client().append_action("s", **PROMPT)
    assert (len(server.got("POST actions")), len(server.got("GET firewall"))) == (1, 2)


def test_a_provider_of_headers_that_fails_gives_no_decision(fresh: Client, server: Answering, vendor: Answering):
    class Broken(AuthProvider):
        def get_headers(self) -> dict[str, str]:
            raise KeyError("vault")

    begin(fresh, server, auth_provider=Broken())
    with openai.OpenAI(base_url=vendor.url + "/v1", api_key="k") as client:
        client.chat.completions.create(**ASKED, extra_headers={"X-Layer-Session-Id": "s"})
    assert len(vendor.got()) == 1


def test_a_lookup_that_fails_says_so(fresh: Client, server: Answering, held_clock: HeldClock):
    begin(fresh, server)
    server.teach("GET firewall", Says(500, b"oh"), Says(200, {"decision": "perhaps"}))
    with pytest.raises(LayerFirewallHTTPError) as failed:
        fresh.firewall_session_lookup("s")
    assert isinstance(failed.value, LayerHTTPError)
    assert isinstance(failed.value, LayerFirewallException)
    assert (failed.value.status_code, failed.value.response_data) == (500, "oh")
    with pytest.raises(LayerFirewallHTTPError, match="perhaps"):
        fresh.firewall_session_lookup("s")


def test_no_firewall_is_an_error_of_the_firewalls_request(fresh: Client, held_clock: HeldClock):
    fresh.init(base_url="http://127.0.0.1:9", application_id="a", firewall_base_url="http://127.0.0.1:9")
    with pytest.raises(LayerFirewallRequestError):
        fresh.firewall_session_lookup("s")


def test_a_lookup_without_an_address_names_what_is_missing(layer: Client):
    with pytest.raises(LayerMissingRequiredConfigurationError, match="Firewall base URL"):
        layer.firewall_session_lookup("s")


def test_a_block_stops_a_call_to_a_model_before_it_is_sent(fresh: Client, server: Answering, vendor: Answering):
    begin(fresh, server)
    server.teach("GET firewall", BLOCK)
    with openai.OpenAI(base_url=vendor.url + "/v1", api_key="k") as client:
        with pytest.raises(LayerFirewallSessionBlocked):
            client.chat.completions.create(**ASKED, extra_headers={"X-Layer-Session-Id": "s"})
        client.chat.completions.create(**ASKED)
    assert len(vendor.got()) == 1, "a call of no session is nobody's to stop"
    blocked, _ = server.spans()
    assert (blocked.session_id, blocked.status) == ("s", "error")
    assert blocked.failure is not None
    assert "LayerFirewallSessionBlocked" in blocked.failure.type


async def test_a_block_stops_an_asynchronous_call_too(fresh: Client, server: Answering, vendor: Answering):
    begin(fresh, server)
    server.teach("GET firewall", BLOCK, PASS)
    async with anthropic.AsyncAnthropic(base_url=vendor.url, api_key="k") as client:
        ask: Any = {"model": "claude-opus-4-1", "max_tokens": 9, "messages": ASKED["messages"]}
        with pytest.raises(LayerFirewallSessionBlocked):
            await client.messages.create(**ask, extra_headers={"Layer-Session-Id": "s"})
        create: Any = client.messages.create
        answer = await create(**ask, extra_headers={"Layer-Session-Id": "s"})
    assert answer.id == "msg_1"
    assert len(vendor.got()) == 1


def test_a_session_of_the_decorator_is_let_through_as_well(fresh: Client, server: Answering, vendor: Answering):
    begin(fresh, server)
    server.teach("GET firewall", BLOCK)

    @fresh.session()
    def ask() -> None:
        with openai.OpenAI(base_url=vendor.url + "/v1", api_key="k") as client:
            client.chat.completions.create(**ASKED)

    with pytest.raises(LayerFirewallSessionBlocked):
        ask()
    assert vendor.got() == []


async def test_a_block_stops_a_decorated_action_before_it_runs(fresh: Client, server: Answering):
    begin(fresh, server)
    server.teach("GET firewall", BLOCK, BLOCK)
    ran: list[str] = []

    @fresh.action(session_id="s", kind=SessionActionKind.COMPLETION_PROMPT)
    def plain() -> None:
        ran.append("plain")

    @fresh.action(session_id="s", kind=SessionActionKind.COMPLETION_PROMPT)
    async def asynchronous() -> None:
        ran.append("async")

    with pytest.raises(LayerFirewallSessionBlocked):
        plain()
    with pytest.raises(LayerFirewallSessionBlocked):
        await asynchronous()
    assert ran == []
    await asynchronous()
    assert ran == ["async"]
