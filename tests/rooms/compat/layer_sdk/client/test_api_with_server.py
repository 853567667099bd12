"""Layer's client and Headwater's own server: what a program says by Layer's names is found on the dashboard."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import headwater
from headwater.compat.layer_sdk import (
    Client,
    FirewallLookupDecision,
    OIDCClientCredentials,
    SessionActionKind,
    SessionActionScanner,
)
from headwater.simulator import Simulator
from tests.serving import Server, wait_until

AT = datetime(2026, 11, 20, 9, 50, tzinfo=UTC)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """A server that the tests of this file share."""
    with Server(tmp_path_factory.mktemp("layer-client")) as running:
        yield running


@pytest.fixture
def layer(fresh: Client, real: Server) -> Client:
    """A program that trades its key for tokens, as the README has it."""
    provider = OIDCClientCredentials(
        token_url=real.base_url + "/realms/demo/protocol/openid-connect/token",
        client_id="default",
        client_secret=real.key,
        scope="layer-sdk",
    )
    fresh.init(
        base_url=real.base_url + "/",
        application_name="shop",
        environment="Production",
        auth_provider=provider,
        firewall_base_url=real.base_url + "/firewall",
        enable_firewall_instrumentation=True,
    )
    return fresh


def await_rows(real: Server, statement: str, rows: list[tuple[Any, ...]]) -> None:
    wait_until(lambda: real.sql(statement) == rows, 60, f"{rows} from {statement}")


def test_explicit_calls_make_a_session_and_its_call(layer: Client, real: Server):
    session_id = layer.create_session(attributes={"user.id": "user-001"})
    asked: Any = {"messages": [{"role": "user", "content": "hi"}]}
    told: Any = {"messages": [{"role": "assistant", "content": "hello"}]}
    usage = SessionActionScanner(name="usage", data={"prompt_tokens": 10, "completion_tokens": 3})
    times: Any = {"start_time": AT, "end_time": AT + timedelta(milliseconds=250)}
    model: Any = {"attributes": {"model.id": "gpt-4o-mini"}}
    layer.append_action(session_id, kind=SessionActionKind.COMPLETION_PROMPT, data=asked, **times, **model)
    layer.append_action(
        session_id, kind=SessionActionKind.COMPLETION_OUTPUT, data=told, scanners=[usage], **times, **model
    )
    await_rows(
        real,
        f"SELECT user_id, service_name, request_model, output_tokens FROM calls WHERE session_id = '{session_id}'",
        [("user-001", "shop", "gpt-4o-mini", 3)],
    )


def test_a_session_was_when_the_program_says(layer: Client, real: Server):
    session_id = layer.create_session(start_time=AT, end_time=AT + timedelta(minutes=5))
    await_rows(
        real,
        f"SELECT toUnixTimestamp(start_time), duration_ms FROM spans WHERE session_id = '{session_id}'",
        [(int(AT.timestamp()), 300_000.0)],
    )


def test_the_application_is_one_however_often_it_is_named(layer: Client):
    layer.create_session()
    assert layer.get_applications_by_name().keys() >= {"shop"}
    assert layer.create_application() == layer.get_applications_by_name()["shop"]


def test_a_key_alone_is_enough(fresh: Client, real: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HEADWATER_KEY", real.key)
    monkeypatch.setenv("HEADWATER_URL", real.base_url)
    fresh.init(application_name="shop of keys")
    assert fresh.create_session()
    assert "shop of keys" in fresh.get_applications_by_name()


def test_the_firewall_has_no_opinion_and_stops_nobody(layer: Client):
    assert layer.firewall_session_lookup("any text").decision is FirewallLookupDecision.NO_DATA


def test_decorated_functions_and_calls_to_models_are_of_the_session_that_was_created(layer: Client, real: Server):
    import openai

    session_id = layer.create_session(attributes={"user.id": "user-002"})

    @layer.action(session_id=session_id, kind=SessionActionKind.COMPLETION_TOOL_CALL)
    def look_up() -> dict[str, int]:
        return {"tide": 3}

    look_up()
    with Simulator() as models, openai.OpenAI(base_url=models.openai_url, api_key="k") as client:
        client.chat.completions.create(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": "hi"}],
            extra_headers={"X-Layer-Session-Id": session_id},
        )
    assert headwater.flush(20).kept == 0
    await_rows(
        real,
        f"SELECT kind, count() FROM spans WHERE session_id = '{session_id}' GROUP BY kind ORDER BY kind",
        [("call", 1), ("span", 1), ("tool", 1)],
    )
