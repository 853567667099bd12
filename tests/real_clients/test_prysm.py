"""What the package `prysmai` sends, field by field."""

from collections import Counter
from typing import Any

import msgspec
import pytest

from tests.real_clients.driven import Driven, Row, clients, in_order, told_at
from tests.real_clients.relay import Exchange

pytestmark = pytest.mark.real_clients


def call_of(exchange: Exchange) -> Row:
    """The call that a proxied request makes."""
    body, headers = exchange.json(), exchange.headers
    metadata: dict[str, Any] = msgspec.json.decode(headers.get("x-prysm-metadata", "{}"))
    if "x-prysm-governance-session-id" in headers:
        metadata |= {"governance_session_id": headers["x-prysm-governance-session-id"]}
    asked = body["messages"][-1]["content"] if "messages" in body else body["input"]
    return {
        "request_model": body["model"],
        "is_stream": int(body.get("stream", False)),
        "session_id": headers.get("x-prysm-session-id", ""),
        "user_id": headers.get("x-prysm-user-id", ""),
        "metadata": {name: str(value) for name, value in metadata.items()},
        "input_preview": asked,
        "status": "unset",
    }


@clients("prysmai")
def test_every_proxied_call_is_stored_as_it_was_made(driven: Driven):
    proxied = [each for each in driven.sent("POST", "/api/v1/") if "telemetry" not in each.path]
    wanted = [call_of(each) for each in proxied]
    columns = "request_model, is_stream, session_id, user_id, metadata, input_preview, status"
    assert in_order(driven.rows(columns, "calls WHERE source = 'headwater.proxy'", len(wanted))) == in_order(wanted)


@clients("prysmai")
def test_every_proxied_call_has_its_tokens_and_its_cost(driven: Driven):
    columns = "input_tokens > 0, output_tokens > 0 OR operation = 'embeddings', cost_usd > 0"
    rows = driven.rows(columns, "calls WHERE source = 'headwater.proxy'", 1)
    assert {tuple(row.values()) for row in rows} == {(1, 1, 1)}


def told(driven: Driven) -> list[dict[str, Any]]:
    """What the governance of 0.9 tells of its sessions after their start, over MCP as over REST; `tool` names it."""
    messages = [each.json()["params"] for each in driven.sent("POST", "/api/mcp")]
    over_mcp = [{"tool": params["name"], **params["arguments"]} for params in messages if "name" in params]
    rest = [each for method in ("POST", "PATCH") for each in driven.sent(method, "/governance/")]
    over_rest = [{"tool": each.path, "session_id": _session_in(each.path), **each.json()} for each in rest]
    return [each for each in over_mcp + over_rest if each.get("session_id")]


def _session_in(path: str) -> str:
    return next((part for part in path.split("/") if part.startswith("gov_")), "")


@clients("prysmai", "0.9.0")
def test_everything_that_a_governed_session_tells_is_below_it(driven: Driven):
    """A check tells of its events, every other message of one thing."""
    wanted: Counter[str] = Counter()
    for each in told(driven):
        wanted[each["session_id"]] += len(each.get("events", "1"))
    started = "SELECT session_id, span_id FROM spans WHERE kind = 'agent' AND startsWith(name, 'governance session')"
    below = "spans WHERE source = 'prysm' AND parent_span_id != ''"
    rows = driven.rows("session_id, parent_span_id", below, wanted.total())
    assert len(wanted) == 3
    assert Counter(row["session_id"] for row in rows) == wanted
    assert dict(driven.project.sql(started)) == {row["session_id"]: row["parent_span_id"] for row in rows}


@clients("prysmai", "0.9.0")
def test_every_field_of_a_recorded_call_is_stored(driven: Driven):
    (sent,) = [each for each in told(driven) if each["tool"] == "prysm_record_llm_call"]
    columns = "session_id, request_model, duration_ms, input_tokens, input_preview, output_preview, metadata"
    (row,) = driven.rows(columns, "calls WHERE source = 'prysm' AND output_preview != ''", 1)
    assert row == {
        "session_id": sent["session_id"],
        "request_model": sent["model"],
        "duration_ms": sent["latency_ms"],
        "input_tokens": sent["prompt_tokens"],
        "input_preview": sent["messages"][-1]["content"],
        "output_preview": sent["completion"],
        "metadata": sent["metadata"] | {"governance_session_id": sent["session_id"]},
    }


@clients("prysmai", "0.9.0")
def test_every_field_of_a_recorded_tool_is_stored(driven: Driven):
    (sent,) = [each for each in told(driven) if each["tool"] == "prysm_record_tool_call"]
    columns = "session_id, tool_name, duration_ms, status, input, output, metadata"
    (row,) = driven.rows(columns, f"spans WHERE kind = 'tool' AND name = '{sent['tool_name']}'", 1)
    assert msgspec.json.decode(row.pop("input")) == [sent["input"]]
    assert msgspec.json.decode(row.pop("output")) == [sent["output"]]
    assert row == {
        "session_id": sent["session_id"],
        "tool_name": sent["tool_name"],
        "duration_ms": sent["duration_ms"],
        "status": "ok",
        "metadata": sent["metadata"] | {"governance_session_id": sent["session_id"]},
    }


@clients("prysmai", "0.9.0")
def test_every_field_of_a_threat_is_stored(driven: Driven):
    sent = [each.json() for each in driven.sent("POST", "/threat-events")]
    wanted = [
        {
            "name": f"{threat['detector']} {threat['category']}",
            "started": told_at(round(threat["timestamp"] * 10**6) * 1000),
            "metadata": {"severity": threat["severity"], "category": threat["category"]},
        }
        for threat in sent
    ]
    columns = "name, toString(start_time) AS started, metadata"
    guards = "spans WHERE kind = 'guardrail' AND has(tags, 'threat')"
    assert wanted
    assert in_order(driven.rows(columns, guards, len(wanted))) == in_order(wanted)
