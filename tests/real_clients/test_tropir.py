"""What the package `tropir` sends, field by field: steps, and the headers that it puts on calls of models."""

from typing import Any

import msgspec
import pytest

from tests.real_clients.driven import Driven, Row, clients, in_order
from tests.real_clients.relay import Exchange

pytestmark = pytest.mark.real_clients

_STEP = "session_id, name, kind, metadata, output, parent_span_id"
_UNNAMED = "step"
_OWN = {"session_id", "session_name", "step_name", "metadata"}


def span_of(exchange: Exchange) -> Row:
    """The span that a step makes. What stands beside the usual fields is metadata; what the body leaves out, a header
    may say."""
    body = exchange.json()
    named = {"session.name": body.get("session_name") or exchange.headers.get("x-session-name")}
    more = {name: value for name, value in body.items() if name not in _OWN} | named
    return {
        "session_id": body["session_id"],
        "name": body.get("step_name") or _UNNAMED,
        "kind": "span",
        "metadata": {name: _text(value) for name, value in more.items() if value is not None},
        "output": [body["metadata"]],
        "parent_span_id": "",
    }


def is_llm_call(exchange: Exchange) -> bool:
    """Whether 2.4 tells of one of its groups of prompts around a call."""
    return "prompts_used" in exchange.json()["metadata"]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def steps(driven: Driven) -> list[Exchange]:
    """Every step that was sent."""
    return driven.sent("POST", "/api/v1/metadata")


@clients("tropir")
def test_every_field_of_a_step_is_stored(driven: Driven):
    wanted = [span_of(step) for step in steps(driven) if not is_llm_call(step)]
    rows = driven.rows(_STEP, "spans WHERE source = 'tropir' AND kind = 'span'", len(wanted))
    found = [row | {"output": msgspec.json.decode(row["output"])} for row in rows]
    assert len(wanted) >= 5
    assert in_order(found) == in_order(wanted)


@clients("tropir", "2.4")
def test_a_call_that_the_program_names_is_a_call_with_its_prompts(driven: Driven):
    (told,) = [step.json()["metadata"] for step in steps(driven) if is_llm_call(step)]
    (row,) = driven.rows("name, request_model, duration_ms, input_preview", "calls WHERE source = 'tropir'", 1)
    assert row.pop("duration_ms") == pytest.approx(told["duration"] * 1000, abs=0.001)
    prompt = told["prompt_details"]["usr"]["final_prompt"]
    assert row == {"name": told["call_name"], "request_model": told["model"], "input_preview": prompt}


@clients("tropir")
def test_a_call_through_the_proxy_belongs_to_the_session_of_its_headers(driven: Driven):
    called = [each for each in driven.exchanges if "/openai/" in each.path and each.status == 200]
    wanted = [
        {
            "session_id": each.headers["x-session-id"],
            # Any program may send this header: it is taken for Tropir's where Tropir's key stands beside it.
            "session_name": each.headers["x-session-name"] if "x-tropir-api-key" in each.headers else "",
            "request_model": each.json()["model"],
        }
        for each in called
    ]
    columns = "session_id, metadata['session.name'] AS session_name, request_model"
    proxied = "calls WHERE source = 'headwater.proxy' AND status != 'error'"
    assert len(wanted) >= 3
    assert in_order(driven.rows(columns, proxied, len(wanted))) == in_order(wanted)
