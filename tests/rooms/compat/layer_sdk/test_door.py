"""Layer's door on a real server: exact statuses and bodies, as its clients compare them."""

import uuid
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tests.rooms.compat.layer_sdk.telling import USAGE, Request, output, prompt, recorded
from tests.serving import Answer, Server, command, wait_until

SESSION = "/v1/sessions"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the tests of this file share."""
    with Server(tmp_path_factory.mktemp("layer")) as running:
        yield running


def post(server: Server, path: str, body: Any, key: str = "") -> Answer:
    """Send JSON, as the client does, with a key in the place of its token."""
    headers = {"authorization": f"Bearer {key or server.key}", "content-type": "application/json"}
    return server.request("POST", path, body if isinstance(body, bytes) else msgspec.json.encode(body), headers)


def get(server: Server, path: str, key: str = "") -> Answer:
    """Ask for something."""
    return server.request("GET", path, headers={"authorization": f"Bearer {key or server.key}"})


def await_rows(server: Server, statement: str, rows: list[tuple[Any, ...]]) -> None:
    """Wait until a question in SQL has this answer: what is loaded is told a second late."""
    wait_until(lambda: server.sql(statement) == rows, 30, f"{rows} from {statement}")


@pytest.mark.parametrize("request_", recorded(), ids=lambda each: f"{each.method} {each.path}")
def test_every_recorded_request_is_answered_with_the_status_its_client_wants(server: Server, request_: Request) -> None:
    headers = {"authorization": f"Bearer {server.key}", "content-type": "application/json"}
    answer = server.request(request_.method, request_.path, request_.body.encode() or None, headers)
    assert (answer.status, answer.headers["content-type"]) == (request_.replied, "application/json")


def test_an_application_is_answered_with_its_id_alone_and_is_the_same_each_time(server: Server) -> None:
    made = [post(server, "/v1/applications", {"name": "shop", "source": "manual"}) for _ in range(3)]
    assert [each.status for each in made] == [201, 201, 201]
    assert {tuple(each.json()) for each in made} == {("application_id",)}
    assert len({each.json()["application_id"] for each in made}) == 1
    listed = get(server, "/v1/applications")
    assert {"name": "shop", "id": made[0].json()["application_id"]} in listed.json()
    assert {tuple(each) for each in listed.json()} == {("name", "id")}


def test_projects_have_applications_of_their_own(server: Server) -> None:
    assert command("projects", "create", "other", "--data", str(server.data)).code == 0
    key = command("keys", "create", "theirs", "--project", "other", "--data", str(server.data)).out.strip()
    mine = post(server, "/v1/applications", {"name": "one of both"}).json()["application_id"]
    theirs = post(server, "/v1/applications", {"name": "one of both"}, key).json()["application_id"]
    assert mine != theirs
    assert get(server, "/v1/applications", key).json() == [{"name": "one of both", "id": theirs}]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"name": null}', b'{"name": ""}', b'{"name": "a\\nb"}', b"\xff"])
def test_what_is_no_name_makes_no_application(server: Server, body: bytes) -> None:
    answer = post(server, "/v1/applications", body)
    assert answer.status == 400
    assert answer.json()["detail"] == answer.json()["message"] != ""


@pytest.mark.parametrize("session", ["2608b776-5d46-5eeb-ab25-653eede761b6", "any text at all", "ünï"])
def test_a_session_keeps_the_id_that_it_came_with(server: Server, session: str) -> None:
    answer = post(server, SESSION, {"application_id": "a", "session_id": session, "attributes": None, "actions": None})
    assert (answer.status, answer.json()) == (202, {"session_id": session})


def test_a_session_without_an_id_is_given_a_new_one_each_time(server: Server) -> None:
    answers = [post(server, SESSION, {"application_id": "a", "session_id": None}) for _ in range(2)]
    assert [each.status for each in answers] == [202, 202]
    assert len({uuid.UUID(each.json()["session_id"]) for each in answers}) == 2


def test_the_firewall_says_what_is_true_that_it_has_no_data(server: Server) -> None:
    for path in ("/firewall/v1/sessions/s-1", "/firewall/firewall/v1/sessions/s-1"):
        answer = get(server, path)
        assert answer.status == 200
        assert answer.json() == {"session_id": "s-1", "decision": "no_data", "context": {}}


def test_a_bad_action_of_a_session_takes_no_other_along(server: Server) -> None:
    session = str(uuid.uuid4())
    actions: list[Any] = [prompt("good"), None, 3, {"kind": None}, {"start_time": "now"}, output("fine")]
    answer = post(server, SESSION, {"application_id": "a", "session_id": session, "actions": actions})
    assert answer.status == 202
    asked = f"SELECT input_preview, output_preview FROM calls WHERE session_id = '{session}'"
    await_rows(server, asked, [("good", "fine")])


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"kind": 3}', b'{"kind": " "}', b"{", b"\xff"])
def test_an_action_that_is_none_is_refused_in_words(server: Server, body: bytes) -> None:
    answer = post(server, f"{SESSION}/s/actions", body)
    assert answer.status == 400
    assert set(answer.json()) == {"detail", "message"}


def test_a_call_in_the_store_has_all_that_its_session_and_two_actions_told(server: Server) -> None:
    application = post(server, "/v1/applications", {"name": "shop"}).json()["application_id"]
    attributes = {"user.id": "u-1", "environment": "production", "source": "layer-python-sdk/0.15.0"}
    made = post(server, SESSION, {"application_id": application, "session_id": None, "attributes": attributes})
    session = made.json()["session_id"]
    for action in (prompt("hi"), output("ho", scanners=USAGE)):
        answer = post(server, f"{SESSION}/{session}/actions", action)
        assert (answer.status, answer.body) == (202, b"{}")
    columns = "source, service_name, environment, user_id, model, request_model, input_tokens, input_preview"
    asked = f"SELECT {columns}, output_preview FROM calls WHERE session_id = '{session}'"
    whole = ("layer", "shop", "production", "u-1", "gpt-4o-2024-08-06", "gpt-4o", 10, "hi", "ho")
    await_rows(server, asked, [whole])


def test_posts_that_are_sent_again_leave_one_span_each(server: Server) -> None:
    session = str(uuid.uuid5(uuid.NAMESPACE_URL, "again"))
    for _ in range(4):
        post(server, SESSION, {"application_id": "a", "session_id": session})
    for action in (prompt("hi"), output("ho")):
        for _ in range(4):
            assert post(server, f"{SESSION}/{session}/actions", action).status == 202
    asked = f"SELECT name FROM spans WHERE session_id = '{session}' AND folded_into = '' ORDER BY name"
    await_rows(server, asked, [("chat gpt-4o-2024-08-06",), ("session",)])


def test_who_shows_no_key_is_told_so_in_the_shape_that_clients_read(server: Server) -> None:
    for headers in ({}, {"authorization": "Bearer tok-recorded"}):
        answer = server.request("POST", SESSION, b"{}", headers)
        assert (answer.status, answer.headers["x-should-retry"]) == (401, "false")
        assert set(answer.json()) == {"detail", "message"}
