"""What the package `pulse-trace-sdk` sends, field by field: as JSON up to 0.2.7, as OTLP from 0.2.8 on."""

from typing import Any

import msgspec
import pytest

from tests.real_clients.driven import Driven, Row, clients, told_at

pytestmark = pytest.mark.real_clients

_CALL = (
    "trace_id, provider, request_model, model, response_id, input_tokens, output_tokens, finish_reasons, status, "
    "error_type, duration_ms, toString(end_time) AS ended, session_id, metadata, reported_cost_usd, input_preview, "
    "output_preview"
)
_SPAN = (
    "trace_id, span_id, parent_span_id, name, kind, session_id, request_model, provider, input_tokens, output_tokens, "
    "tool_name, status, status_message, toString(start_time) AS started, toString(end_time) AS ended, metadata, "
    "output_preview, service_name"
)
_ANSWER = "span_id, model, response_id, finish_reasons, reported_cost_usd, input_preview, error_type"
_OF_THE_CLIENT = ("pulse.", "gen_ai.")


def call_of(trace: dict[str, Any]) -> Row:
    """The call that a trace of 0.2.7 makes."""
    cents = trace.get("cost_cents")
    error: dict[str, str] = trace.get("error") or {}
    return {
        "trace_id": trace["trace_id"].replace("-", ""),
        "provider": trace["provider"],
        "request_model": trace["model_requested"],
        "model": trace.get("model_used", trace["model_requested"]),
        "response_id": trace.get("provider_request_id", ""),
        "input_tokens": trace.get("input_tokens"),
        "output_tokens": trace.get("output_tokens"),
        "finish_reasons": [trace["finish_reason"]] if "finish_reason" in trace else [],
        "status": {"success": "ok", "error": "error"}[trace["status"]],
        "error_type": error.get("name", ""),
        "duration_ms": trace["latency_ms"],
        "ended": told_at(trace["timestamp"]),
        "session_id": trace.get("session_id", ""),
        "metadata": trace.get("metadata", {}),
        "reported_cost_usd": pytest.approx(cents / 100) if cents is not None else None,
        "input_preview": trace["request_body"]["messages"][-1]["content"],
        "output_preview": trace.get("output_text", ""),
    }


def attributes_of(span: dict[str, Any]) -> dict[str, Any]:
    """Attributes by name. A value of OTLP has one field, whose name is its type."""
    return {each["key"]: next(iter(each["value"].values())) for each in span["attributes"]}


def answer_of(span: dict[str, Any]) -> Row:
    """What the call of a span has beside that."""
    told = attributes_of(span)
    cents, error = told.get("pulse.cost_cents"), msgspec.json.decode(told.get("pulse.error", "{}"))
    return {
        "span_id": span["spanId"],
        "model": told.get("gen_ai.response.model", told["gen_ai.request.model"]),
        "response_id": told.get("gen_ai.response.id", ""),
        "finish_reasons": msgspec.json.decode(told.get("gen_ai.response.finish_reasons", "[]")),
        "reported_cost_usd": None if cents is None else pytest.approx(cents / 100),
        "input_preview": msgspec.json.decode(told["pulse.request"])["messages"][-1]["content"],
        "error_type": error.get("name", ""),
    }


def span_of(span: dict[str, Any]) -> Row:
    """The span that a span of 0.2.8 makes. What the user attached has no name of the client's."""
    told = attributes_of(span)
    tokens = told.get("gen_ai.usage.input_tokens"), told.get("gen_ai.usage.output_tokens")
    return {
        "trace_id": span["traceId"],
        "span_id": span["spanId"],
        "parent_span_id": span.get("parentSpanId", ""),
        "name": span["name"],
        "kind": {"llm_call": "call", "tool_use": "tool"}[told["pulse.kind"]],
        "session_id": told["pulse.session_id"],
        "request_model": told.get("gen_ai.request.model", ""),
        "provider": told.get("gen_ai.provider.name", ""),
        "input_tokens": tokens[0] and int(tokens[0]),
        "output_tokens": tokens[1] and int(tokens[1]),
        "tool_name": told.get("gen_ai.tool.name", ""),
        "status": {1: "ok", 2: "error"}[span["status"]["code"]],
        "status_message": span["status"].get("message", ""),
        "started": told_at(int(span["startTimeUnixNano"])),
        "ended": told_at(int(span["endTimeUnixNano"])),
        "metadata": {name: value for name, value in told.items() if not name.startswith(_OF_THE_CLIENT)},
        "output_preview": told.get("pulse.output_text", told.get("pulse.tool.response", "")).strip('"'),
        "service_name": "pulse-sdk-py",
    }


def traces_in(driven: Driven) -> list[dict[str, Any]]:
    """The traces that 0.2.7 sends."""
    return [trace for each in driven.sent("POST", "/v1/traces/async") for trace in each.json()]


def spans_in(driven: Driven) -> list[dict[str, Any]]:
    """The spans that 0.2.8 sends."""
    bodies = [each.json() for each in driven.sent("POST", "/v1/traces") if each.path == "/v1/traces"]
    scopes = [scope for body in bodies for each in body["resourceSpans"] for scope in each["scopeSpans"]]
    return [span for scope in scopes for span in scope["spans"]]


@clients("pulse-trace-sdk", "0.2.7")
def test_every_field_of_a_trace_is_stored(driven: Driven):
    wanted = {trace["trace_id"].replace("-", ""): call_of(trace) for trace in traces_in(driven)}
    rows = {row["trace_id"]: row for row in driven.rows(_CALL, "calls", len(wanted))}
    assert len(wanted) >= 5
    assert rows == wanted


@clients("pulse-trace-sdk", "0.2.8")
def test_every_field_of_a_span_is_stored(driven: Driven):
    wanted = {span["spanId"]: span_of(span) for span in spans_in(driven)}
    rows = {row["span_id"]: row for row in driven.rows(_SPAN, "spans", len(wanted))}
    assert len(wanted) >= 5
    assert rows == wanted


@clients("pulse-trace-sdk", "0.2.8")
def test_every_field_of_an_answer_is_stored(driven: Driven):
    calls = [span for span in spans_in(driven) if attributes_of(span)["pulse.kind"] == "llm_call"]
    wanted = {span["spanId"]: answer_of(span) for span in calls}
    rows = {row["span_id"]: row for row in driven.rows(_ANSWER, "calls", len(wanted))}
    assert rows == wanted
