"""Layer's explicit calls: what goes over the wire, and what is raised when it does not."""

import pickle
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import pytest

from headwater.compat.layer_sdk import (
    AuthProvider,
    Client,
    LayerAlreadyInitializedError,
    LayerHTTPError,
    LayerMissingRequiredConfigurationError,
    LayerRequestError,
    LayerRequestPreparationError,
    LayerSchemaValidationError,
    SessionActionError,
    SessionActionKind,
    SessionActionRequest,
    SessionActionScanner,
)
from tests.rooms.compat.layer_sdk.client.answering import Answering, Got, Says

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
PROMPT: Any = {"kind": SessionActionKind.COMPLETION_PROMPT, "start_time": AT, "end_time": AT + timedelta(seconds=2)}


def only(server: Answering, what: str) -> Got:
    (got,) = server.got(what)
    return got


def test_a_session_is_created_as_the_readme_says(layer: Client, server: Answering):
    session_id = layer.create_session(
        attributes={"user.id": "user-001"}, start_time=AT, end_time=AT + timedelta(minutes=5)
    )
    got = only(server, "POST sessions")
    body = got.json()
    attributes = body.pop("attributes")
    assert body == {
        "application_id": "app-1",
        "session_id": session_id,
        "actions": None,
        "start_time": "2026-01-02T03:04:05.678901Z",
        "end_time": "2026-01-02T03:09:05.678901Z",
    }
    assert UUID(session_id).version == 5
    assert attributes["user.id"] == "user-001"
    assert (attributes["environment"], attributes["source"]) == ("tests", "layer-python-sdk/0.15.0")
    assert {"os", "python.runtime", "python.runtime.version"} <= set(attributes)


def test_the_headers_are_layers(layer: Client, server: Answering):
    layer.create_session()
    headers = only(server, "POST sessions").headers
    assert headers["user-agent"].startswith("layer-sdk-python/")
    assert (headers["accept"], headers["content-type"]) == ("application/json", "application/json")
    assert "authorization" not in headers


def test_the_words_of_the_program_win_over_those_of_the_sdk(layer: Client, server: Answering):
    given = {"source": "mine", "environment": "blue"}
    layer.create_session(attributes=given)
    attributes = only(server, "POST sessions").json()["attributes"]
    assert (attributes["source"], attributes["environment"]) == ("mine", "blue")
    assert given == {"source": "mine", "environment": "blue"}


def test_the_session_is_the_one_that_the_server_names(layer: Client, server: Answering):
    server.teach("POST sessions", Says(202, {"session_id": "s-of-server", "more": 1}), Says(200, b""))
    assert layer.create_session() == "s-of-server"
    assert UUID(layer.create_session()).version == 5


def test_an_own_session_id_is_a_uuid_of_version_5(layer: Client):
    own = uuid5(NAMESPACE_URL, "https://x/1")
    assert layer.create_session(session_id=own) == layer.create_session(session_id=str(own)) == str(own)
    for wrong in (uuid4(), str(uuid4()), "session-1"):
        with pytest.raises(LayerSchemaValidationError):
            layer.create_session(session_id=wrong)


def test_an_action_keeps_its_microseconds_and_its_zone(layer: Client, server: Answering):
    layer.append_action(
        "s 1/2",
        kind=SessionActionKind.COMPLETION_OUTPUT,
        start_time=AT.astimezone(timezone(timedelta(hours=2))),
        end_time=datetime(2026, 1, 2, 3, 4, 6, 5),  # noqa: DTZ001 - a time without a zone is what is tried
        attributes={"model.id": "gpt-4o", "n": 3, "flag": True, "uuid": UUID(int=7)},
        data={"messages": [{"role": "assistant", "content": "héllo ✓"}]},
        error=SessionActionError(message="boom", code=42, details={"a": 1}),
        scanners=[SessionActionScanner(name="usage", data={"total_tokens": 3})],
    )
    got = only(server, "POST actions")
    assert got.path == "/v1/sessions/s%201%2F2/actions"
    assert got.json() == {
        "kind": "completion_output",
        "start_time": "2026-01-02T05:04:05.678901+02:00",
        "end_time": "2026-01-02T03:04:06.000005Z",
        "attributes": {"model.id": "gpt-4o", "n": 3, "flag": True, "uuid": str(UUID(int=7))},
        "data": {"messages": [{"role": "assistant", "content": "héllo ✓"}]},
        "error": {"message": "boom", "code": 42, "details": {"a": 1}},
        "scanners": [{"name": "usage", "data": {"total_tokens": 3}}],
    }


class Colour(Enum):
    RED = "red"


@dataclass
class Place:
    name: str


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Decimal("1.50"), "1.50"),
        ({1: "a"}, {"1": "a"}),
        ({"x"}, ["x"]),
        (Colour.RED, "red"),
        (Place("Skerry"), {"name": "Skerry"}),
        (float("nan"), None),
        (ValueError("no"), "ValueError: no"),
    ],
)
def test_values_of_any_sort_can_be_sent(layer: Client, server: Answering, value: Any, told: Any):
    """Defect 7: the old package could send no decimal number, no set, and no object with numbers for keys."""
    layer.append_action("s", **PROMPT, data={"value": value})
    assert only(server, "POST actions").json()["data"] == {"value": told}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("append_action", {"session_id": "s", **PROMPT, "data": {"value": object()}}),
        ("append_action", {"session_id": "s", **PROMPT, "colour": "red"}),
        ("append_action", {"session_id": "s", "kind": "moderation"}),
        ("create_session", {"started_at": AT}),
        ("create_session", {"application_id": "other"}),
        ("create_session", {"attributes": ["a"]}),
        ("create_session", {"actions": 7}),
    ],
)
def test_what_makes_no_request_is_an_error_of_preparation(
    layer: Client, server: Answering, name: str, given: dict[str, Any]
):
    with pytest.raises(LayerRequestPreparationError):
        getattr(layer, name)(**given)
    assert server.got() == []


@pytest.mark.parametrize(
    ("what", "name", "given"),
    [
        ("POST sessions", "create_session", {}),
        ("POST actions", "append_action", {"session_id": "s", **PROMPT}),
        ("GET applications", "list_applications", {}),
        ("GET applications", "get_applications_by_name", {}),
    ],
)
def test_a_refusal_tells_its_status_and_its_words(
    layer: Client, server: Answering, what: str, name: str, given: dict[str, Any]
):
    server.teach(what, Says(400, {"detail": "not like this"}))
    with pytest.raises(LayerHTTPError, match="not like this") as refused:
        getattr(layer, name)(**given)
    assert (refused.value.status_code, refused.value.response_data) == (400, '{"detail": "not like this"}')
    assert refused.value.message.startswith("Failed to ")
    again = pickle.loads(pickle.dumps(refused.value))  # noqa: S301 - our own
    assert (str(again), again.status_code) == (str(refused.value), 400)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"id": "x"}', b"[1]"])
def test_an_answer_that_cannot_be_read_is_an_error_of_layers(fresh: Client, server: Answering, body: bytes):
    fresh.init(base_url=server.url, application_name="shop")
    server.teach("POST applications", Says(201, body))
    with pytest.raises(LayerHTTPError, match="Failed to create application"):
        fresh.create_application()


@pytest.mark.parametrize("status", [408, 425, 502, 503, 504])
def test_the_documented_statuses_are_tried_again(layer: Client, server: Answering, status: int, held_clock: Any):
    server.teach("POST actions", *[Says(status)] * 3)
    before_ns = held_clock.now_ns
    layer.append_action("s", **PROMPT)
    assert len(server.got("POST actions")) == 4
    assert held_clock.now_ns - before_ns == 3 * 10**9
    assert len({got.body for got in server.got("POST actions")}) == 1


def test_after_four_attempts_the_last_answer_is_raised(layer: Client, server: Answering, held_clock: Any):
    server.teach("POST sessions", *[Says(503, b"down")] * 4)
    with pytest.raises(LayerHTTPError, match="down"):
        layer.create_session()
    bodies = [got.json()["session_id"] for got in server.got("POST sessions")]
    assert len(bodies) == 4
    assert len(set(bodies)) == 1, "a session that is asked for again is the same session"


def test_a_server_that_is_busy_is_asked_again_when_it_says_but_not_in_an_hour(
    layer: Client, server: Answering, held_clock: Any
):
    server.teach("POST actions", Says(429, headers={"retry-after": "2"}))
    layer.append_action("s", **PROMPT)
    server.teach("POST actions", Says(503, headers={"retry-after": "3600"}))
    with pytest.raises(LayerHTTPError):
        layer.append_action("s", **PROMPT)
    server.teach("POST actions", Says(429))
    with pytest.raises(LayerHTTPError):
        layer.append_action("s", **PROMPT)
    assert len(server.got("POST actions")) == 4


def test_no_server_is_an_error_of_the_request(fresh: Client, held_clock: Any):
    fresh.init(base_url="http://127.0.0.1:9", application_id="a", http_timeout=0.5)
    with pytest.raises(LayerRequestError, match="Failed request to create session"):
        fresh.create_session()


def test_a_session_can_begin_with_its_actions(layer: Client, server: Answering):
    naive = datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 - as a program may have it
    made = SessionActionRequest(kind=SessionActionKind.MODERATION, start_time=naive, end_time=AT, attributes=None)
    layer.create_session(actions=[made, {"kind": "moderation"}])
    first, second = only(server, "POST sessions").json()["actions"]
    assert (first["start_time"], first["attributes"], second) == ("2026-01-02T03:04:05Z", None, {"kind": "moderation"})


def test_a_header_that_http_has_no_form_for_is_an_error_of_the_request(fresh: Client, server: Answering):
    class Odd(AuthProvider):
        def get_headers(self) -> dict[str, str]:
            return {"X-Tenant": "a\nb"}

    fresh.init(base_url=server.url, application_id="a", auth_provider=Odd())
    with pytest.raises(LayerRequestError, match="cannot be sent"):
        fresh.create_session()


def test_a_redirection_is_not_followed(layer: Client, server: Answering, vendor: Answering):
    server.teach("GET applications", Says(302, headers={"location": vendor.url + "/v1/applications"}))
    with pytest.raises(LayerHTTPError):
        layer.list_applications()
    assert vendor.got() == []


def test_an_application_that_is_named_is_found(fresh: Client, server: Answering):
    fresh.init(base_url=f' "{server.url}/" ', application_name="shop")
    server.teach("GET applications", Says(200, [{"name": "other", "id": "a-0"}, {"name": "shop", "id": "a-1", "x": 1}]))
    fresh.create_session()
    fresh.create_session()
    assert [got.json()["application_id"] for got in server.got("POST sessions")] == ["a-1", "a-1"]
    assert len(server.got("GET applications")) == 1


def test_an_application_that_is_not_there_is_made(fresh: Client, server: Answering):
    fresh.init(base_url=server.url, application_name="shop")
    fresh.create_session()
    assert only(server, "POST applications").json() == {"name": "shop", "source": "manual"}
    assert only(server, "POST sessions").json()["application_id"] == "app-made"


def test_init_is_told_by_the_environment(fresh: Client, server: Answering, monkeypatch: pytest.MonkeyPatch):
    for name, value in {"BASE_URL": server.url, "APPLICATION_ID": "app-e", "ENVIRONMENT": "Production"}.items():
        monkeypatch.setenv(f"LAYER_{name}", value)
    fresh.init()
    fresh.create_session()
    body = only(server, "POST sessions").json()
    assert (body["application_id"], body["attributes"]["environment"]) == ("app-e", "production")


class Session:
    """Looks like a session of requests, and notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    def post(self, url: str, *, data: Any, headers: Any, timeout: Any) -> Any:
        self.asked.append((url, timeout))

        class Response:
            status_code = 202
            content = b'{"session_id": "s-1"}'

        return Response()

    def get(self, url: str, *, headers: Any, timeout: Any) -> Any:
        raise OSError("no route")


@pytest.mark.parametrize(
    ("given", "variables", "timeout"),
    [
        (None, {}, 10),
        (15, {"LAYER_HTTP_TIMEOUT": "3"}, 15),
        (None, {"LAYER_HTTP_TIMEOUT": "3", "LAYER_TIMEOUT": "4"}, 3),
        (None, {"LAYER_TIMEOUT": "4"}, 4),
        (None, {"LAYER_HTTP_TIMEOUT": "soon"}, 10),
    ],
)
def test_the_timeout_has_both_of_its_names(
    fresh: Client, monkeypatch: pytest.MonkeyPatch, given: Any, variables: dict[str, str], timeout: float
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    session = Session()
    fresh.init(base_url="http://127.0.0.1:9", application_id="a", http_session=session, http_timeout=given)
    assert fresh.create_session() == "s-1"
    assert session.asked == [("http://127.0.0.1:9/v1/sessions", timeout)]


def test_an_http_session_of_the_program_is_used_and_its_errors_are_layers(fresh: Client):
    fresh.init(base_url="http://127.0.0.1:9", application_id="a", http_session=Session())
    with pytest.raises(LayerRequestError, match="no route"):
        fresh.list_applications()


def test_a_second_init_is_refused(layer: Client):
    with pytest.raises(LayerAlreadyInitializedError):
        layer.init(base_url="http://127.0.0.1:9", application_id="b")
    assert Client() is layer


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "Application ID or Application Name"),
        ({"application_id": "a", "base_url": "layer.example"}, "base_url='layer.example'"),
        ({"application_id": "a", "enable_firewall_instrumentation": True}, "Firewall base URL"),
    ],
)
def test_init_says_what_is_missing(fresh: Client, given: dict[str, Any], named: str):
    with pytest.raises(LayerMissingRequiredConfigurationError, match=named):
        fresh.init(**given)
    fresh.init(application_id="a")


def test_before_init_an_explicit_call_says_so(fresh: Client):
    for call in (fresh.create_session, fresh.list_applications, lambda: fresh.append_action("s", **PROMPT)):
        with pytest.raises(LayerMissingRequiredConfigurationError, match="init"):
            call()


def test_a_key_of_headwater_opens_the_server_and_is_shown_to_no_other(
    fresh: Client, server: Answering, vendor: Answering, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HEADWATER_KEY", "hw_key")
    fresh.init(base_url=server.url, application_id="a", firewall_base_url=vendor.url + "/firewall")
    fresh.create_session()
    vendor.teach("GET firewall", Says(200, {"session_id": "s", "decision": "pass", "context": {}}))
    fresh.firewall_session_lookup("s")
    assert only(server, "POST sessions").headers["x-headwater-key"] == "hw_key"
    assert "x-headwater-key" not in only(vendor, "GET firewall").headers


def test_a_provider_of_headers_is_asked_for_each_request_and_keeps_its_own(fresh: Client, server: Answering):
    kept = {"Authorization": "Basic eDp5", "X-Tenant": "t"}

    class Own(AuthProvider):
        def get_headers(self) -> dict[str, str]:
            return kept

    fresh.init(base_url=server.url, application_id="a", auth_provider=Own())
    fresh.create_session()
    headers = only(server, "POST sessions").headers
    assert (headers["authorization"], headers["x-tenant"]) == ("Basic eDp5", "t")
    assert kept == {"Authorization": "Basic eDp5", "X-Tenant": "t"}
