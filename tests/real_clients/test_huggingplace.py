"""What HuggingPlace's package sends, field by field. The package is in no index, so what it once sent is sent again."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.journeys.projects import Project, make_project
from tests.real_clients.conftest import Programs
from tests.real_clients.driven import Row, in_order, rows_of
from tests.serving import Answer

pytestmark = pytest.mark.real_clients

_RECORDED = Path(__file__).parent / "recorded" / "huggingplace-64914ae.json"


class Replayed(msgspec.Struct, frozen=True):
    """The recorded bodies, the server's answers, and the project that they went to."""

    bodies: list[dict[str, Any]]
    answers: list[Answer]
    project: Project


@pytest.fixture(scope="module")
def replayed(programs: Programs) -> Replayed:
    """Every recorded request, sent once to a project of its own."""
    project = make_project(programs.server, "huggingplace")
    exchanges = msgspec.json.decode(_RECORDED.read_bytes())
    answers = [_send(project, exchange) for exchange in exchanges]
    programs.server.await_loaded()
    return Replayed([exchange["json"] for exchange in exchanges], answers, project)


def _send(project: Project, exchange: dict[str, Any]) -> Answer:
    headers = {name.lower(): value for name, value in exchange["headers"]}
    headers |= {"authorization": f"Bearer {project.key}"}
    headers = {name: headers[name] for name in ("user-agent", "accept", "content-type", "authorization")}
    return project.server.request(exchange["method"], exchange["path"], exchange["body"].encode(), headers)


def is_test(body: dict[str, Any]) -> bool:
    """Whether the client only tries its connection, which is answered and not shown."""
    return body["user_prompt"] == "connection_test"


def test_every_answer_is_one_that_the_package_takes(replayed: Replayed):
    assert {answer.status for answer in replayed.answers} == {200}
    assert {answer.json()["message"] for answer in replayed.answers} == {"stored"}


def metadata_of(body: dict[str, Any]) -> dict[str, str]:
    """What can be searched for: the two objects of the body, the user's behind `user.`, and whose it is."""
    told: dict[str, Any] = body.get("metadata") or {}
    user: dict[str, Any] = body.get("user_metadata") or {}
    of_user = {f"user.{name}": str(value) for name, value in user.items()}
    return {name: str(value) for name, value in told.items()} | of_user | {"org_id": body["org_id"]}


def root_of(body: dict[str, Any]) -> Row:
    """The root span of an interaction."""
    return {
        "session_id": body.get("session_id") or "",
        "user_id": body.get("user_id") or "",
        "environment": body["mode"],
        "input_preview": body["user_prompt"],
        "output_preview": body["response"],
        "duration_ms": round((body.get("response_time") or 0) * 1000, 6),
        "metadata": metadata_of(body),
    }


def test_every_field_of_an_interaction_is_stored(replayed: Replayed):
    wanted = [root_of(body) for body in replayed.bodies if not is_test(body)]
    columns = "session_id, user_id, environment, input_preview, output_preview, duration_ms, metadata"
    rows = rows_of(replayed.project, columns, "spans WHERE parent_span_id = ''", len(wanted))
    assert in_order(rows) == in_order(wanted)


def test_every_step_is_below_its_interaction(replayed: Replayed):
    steps = [step for body in replayed.bodies for step in body.get("step_data") or ()]
    wanted = [
        {
            "name": step["type"],
            "request_model": step.get("llm_model", ""),
            "input_tokens": step.get("input_tokens"),
            "output_tokens": step.get("output_tokens"),
            "duration_ms": step.get("response_time", 0) * 1000,
        }
        for step in steps
    ]
    below = "spans WHERE parent_span_id != '' AND NOT startsWith(name, 'chat')"
    columns = "name, request_model, input_tokens, output_tokens, duration_ms"
    assert in_order(rows_of(replayed.project, columns, below, len(wanted))) == in_order(wanted)
