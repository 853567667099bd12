"""Traces that no program would tell, through the whole loader: cycles, doubles, absurd times and values."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.otlp import spans_of
from tests.rooms.ingest.door import JSON
from tests.rooms.loader.line import Line

_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.text(min_size=600, max_size=700),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
_NAMES = st.sampled_from(
    (
        "gen_ai.operation.name", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.input.messages",
        "gen_ai.usage.cache_read.input_tokens", "gen_ai.output.messages", "gen_ai.response.finish_reasons",
        "gen_ai.tool.definitions", "gen_ai.response.time_to_first_chunk", "openinference.span.kind", "input.value",
        "output.value", "llm.input_messages.0.message.role", "llm.input_messages.99999999999.message.content",
        "langfuse.observation.type", "langfuse.observation.usage_details", "langfuse.observation.completion_start_time",
        "langfuse.observation.cost_details", "metadata", "traceloop.span.kind", "mlflow.spanInputs", "ai.operationId",
        "ai.prompt.messages", "logfire.msg", "logfire.span_type", "duration", "session.id", "user.id", "tag.tags",
        "operation.cost", "error.type",
    )
)  # fmt: skip
_KNOWN = st.fixed_dictionaries(
    {},
    optional={
        "gen_ai.operation.name": st.sampled_from(("chat", "invoke_agent", "execute_tool")),
        "gen_ai.request.model": st.sampled_from(("gpt-4o-mini", "m")),
        "gen_ai.response.id": st.sampled_from(("r1", "r2")),
        "gen_ai.usage.input_tokens": st.integers(min_value=-5, max_value=2**63 - 1),
        "logfire.span_type": st.sampled_from(("log", "span")),
    },
)
_IDS = st.sampled_from(("01", "02", "03", "04"))
_TIMES = st.sampled_from((0, 1, 1_795_000_000_000_000_000, 1_795_000_060_000_000_000, 2**63, 2**64 - 1)) | st.integers(
    0, 2**64 - 1
)


@st.composite
def spans(draw: st.DrawFn) -> dict[str, Any]:
    """One span of few ids, so that parents make cycles and deliveries repeat."""
    attributes = draw(_KNOWN) | draw(st.dictionaries(_NAMES, _VALUES, max_size=4))
    return {
        "traceId": draw(_IDS) * 16,
        "spanId": draw(_IDS) * 8,
        "parentSpanId": draw(st.just("") | _IDS.map(lambda each: each * 8)),
        "name": draw(st.text(max_size=5)),
        "startTimeUnixNano": str(draw(_TIMES)),
        "endTimeUnixNano": str(draw(_TIMES)),
        "status": {"code": draw(st.integers(0, 3)), "message": draw(st.text(max_size=5))},
        "attributes": [{"key": key, "value": _any_value(value)} for key, value in attributes.items()],
    }


@given(bodies=st.lists(st.lists(spans(), min_size=1, max_size=5), min_size=1, max_size=3))
def test_whatever_a_trace_is_told_to_be_it_is_stored_and_summed(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[list[dict[str, Any]]]
) -> None:
    line = Line(tmp_path_factory.mktemp("line"))
    told: set[tuple[str, str]] = set()
    for body in bodies:
        sent = msgspec.json.encode({"resourceSpans": [{"scopeSpans": [{"scope": {"name": "s"}, "spans": body}]}]})
        told |= {(span.trace_id, span.span_id) for span in spans_of(sent, JSON, 1)}
        line.append(sent, content_type=JSON, items=len(body))
        line.load()
    assert line.reasons() == []
    assert sorted((row.trace_id, row.span_id) for row in line.store.spans) == sorted(told)
    assert sum(row.span_count for row in line.store.traces) == len(told)
    assert len(line.store.traces) == len({trace_id for trace_id, _ in told})
    calls = [row for row in line.store.spans if row.kind == "call" and not row.folded_into]
    assert sum(row.input_tokens for row in line.store.traces) == sum(row.input_tokens or 0 for row in calls)
    line.close()


def _any_value(value: Any) -> Any:
    """A value in OTLP's words, or as it is, which no exporter would send."""
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_any_value(each) for each in value]}}  # pyright: ignore[reportUnknownVariableType] - any JSON
    return value
