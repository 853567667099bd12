"""What the package `protectai-layer-sdk` sends, field by field: sessions, actions, and calls told in two halves."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from tests.real_clients.driven import Driven, Row, clients, in_order, told_at

pytestmark = pytest.mark.real_clients

_SESSION = "session_id, user_id, environment, resource['source'] AS version, service_name"
_ACTION = (
    "session_id, toString(start_time) AS started, toString(end_time) AS ended, status, status_message, error_type, "
    "metadata"
)
_CALL = (
    "session_id, request_model, model, response_id, input_tokens, output_tokens, input_preview, output_preview, "
    "parameters"
)


class Sent(msgspec.Struct, frozen=True):
    """A body, of a session or of an action, and the session's id."""

    session_id: str
    body: dict[str, Any]


def sessions(driven: Driven) -> list[Sent]:
    """The bodies that made sessions, with the ids that were answered."""
    made = [each for each in driven.sent("POST", "/v1/sessions") if each.path == "/v1/sessions"]
    return [Sent(msgspec.json.decode(each.answer)["session_id"], each.json()) for each in made]


def actions(driven: Driven) -> list[Sent]:
    """Every action, in order, whether it was sent by itself or with its session."""
    found: list[Sent] = []
    for each in driven.sent("POST", "/v1/sessions"):
        if each.path.endswith("/actions"):
            found.append(Sent(each.path.split("/")[3], each.json()))
        else:
            session_id = msgspec.json.decode(each.answer)["session_id"]
            found += [Sent(session_id, action) for action in each.json()["actions"] or ()]
    return found


def span_of(action: Sent) -> Row:
    """The span of an action. Settings of a model are no metadata, but the call's own."""
    error: dict[str, Any] = action.body["error"] or {}
    attributes: dict[str, Any] = action.body["attributes"]
    own = {name: value for name, value in attributes.items() if not name.startswith("model.")}
    for name in ("stream", "chunk.count", "extra_headers"):
        own.pop(name, None)
    return {
        "session_id": action.session_id,
        "started": told_at(action.body["start_time"]),
        "ended": told_at(action.body["end_time"]),
        "status": "error" if error else "unset",
        "status_message": error.get("message", ""),
        "error_type": str(error.get("code", "")),
        "metadata": {name: value if isinstance(value, str) else _json(value) for name, value in own.items()},
    }


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def observed(driven: Driven) -> Iterator[Row]:
    """The calls that the package saw by itself: a prompt and right behind it an output."""
    for asked, answered in pairwise(actions(driven)):
        kinds = (asked.body["kind"], answered.body["kind"])
        if kinds == ("completion_prompt", "completion_output") and asked.session_id == answered.session_id:
            scanners = {scanner["name"]: scanner["data"] for scanner in answered.body["scanners"] or ()}
            usage: dict[str, int] = scanners.get("usage", {})
            yield {
                "session_id": asked.session_id,
                "request_model": asked.body["attributes"]["model.id"],
                "model": answered.body["attributes"]["model.id"],
                "response_id": answered.body["attributes"].get("model.completion_id", ""),
                "input_tokens": usage.get("prompt_tokens", usage.get("input_tokens")),
                "output_tokens": usage.get("completion_tokens", usage.get("output_tokens")),
                "input_preview": _text(asked),
                "output_preview": _text(answered),
                "temperature": float(asked.body["attributes"].get("model.temperature", 0)),
            }


def _text(action: Sent) -> str:
    content = action.body["data"]["messages"][-1]["content"]
    return content if isinstance(content, str) else content[0]["text"]


@clients("protectai-layer-sdk")
def test_every_field_of_a_session_is_stored(driven: Driven):
    named = {"protectai-layer-sdk-0.15.0": "my-app", "protectai-layer-sdk-0.10.0": "my-app-id"}[driven.client.name]
    wanted = [
        {
            "session_id": session.session_id,
            "user_id": session.body["attributes"].get("user.id", ""),
            "environment": session.body["attributes"]["environment"],
            "version": session.body["attributes"]["source"],
            "service_name": named,
        }
        for session in sessions(driven)
    ]
    rows = driven.rows(_SESSION, "spans WHERE parent_span_id = ''", len(wanted))
    assert in_order(rows) == in_order(wanted)


@clients("protectai-layer-sdk")
def test_every_field_of_an_action_is_stored(driven: Driven):
    wanted = [span_of(action) for action in actions(driven)]
    rows = driven.rows(_ACTION, "spans WHERE parent_span_id != ''", len(wanted))
    assert len(wanted) >= 10
    assert in_order(rows) == in_order(wanted)


@clients("protectai-layer-sdk")
def test_a_prompt_and_its_output_are_one_call_with_the_fields_of_both(driven: Driven):
    wanted = list(observed(driven))
    rows = driven.rows(
        _CALL, "calls WHERE input_preview IN ('hi', 'x') AND output_preview != '' AND operation = 'chat'", len(wanted)
    )
    for row in rows:
        parameters = msgspec.json.decode(row.pop("parameters") or "{}")
        row["temperature"] = parameters.get("temperature", 0)
    assert len(wanted) >= 3
    assert in_order(rows) == in_order(wanted)
