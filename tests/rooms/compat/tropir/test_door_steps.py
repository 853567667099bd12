"""Steps that Tropir's clients send, and the spans that they make."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.compat.tropir.door import read
from headwater.errors import BadRequest
from headwater.event import Span
from tests.house.tree import TREE
from tests.rooms.compat.tropir.told import NOON_NS, SESSION, enveloped, read_step

_HOUR_NS = 3600 * 10**9


def test_a_step_is_a_moment_of_its_session_with_its_name_and_its_data():
    span = read_step(metadata={"k": 1, "nested": {"a": [1, "x", None]}}, session_name="checkout", step_name="retrieve")
    assert span == Span(
        trace_id=span.trace_id,
        span_id=span.span_id,
        name="retrieve",
        start_ns=NOON_NS,
        end_ns=NOON_NS,
        source="tropir",
        session_id=SESSION,
        metadata={"session.name": "checkout"},
        output={"k": 1, "nested": {"a": [1, "x", None]}},
    )


def test_what_the_published_package_sent_is_read_field_by_field():
    """Recorded from 2.1.4. The last was sent outside of its session: the header knows its name, the body does not."""
    recorded = msgspec.json.decode((TREE / "tests" / "recorded" / "tropir" / "2.1.4.json").read_bytes())
    spans = [read(enveloped(each["body"].encode(), **each["headers"])).spans[0] for each in recorded]
    assert [(span.name, span.metadata, span.output) for span in spans] == [
        ("retrieve", {"session.name": "checkout"}, {"k": 1, "nested": {"a": [1, "x", None]}}),
        ("step", {"session.name": "sync_fn"}, ["any", "json"]),
        ("async-step-0", {"session.name": "async_fn"}, {"i": 0}),
        ("async-step-1", {"session.name": "async_fn"}, {"i": 1}),
        ("step", {"session.name": "async_fn"}, {"lost": True}),
    ]
    assert [span.session_id for span in spans] == [each["headers"]["x-session-id"] for each in recorded]


@pytest.mark.parametrize("data", [["any", "json"], "a text", 7, 1.5, True, {}, [], None])
def test_a_step_holds_any_json(data: Any):
    assert read_step(metadata=data).output == data


def test_nulls_and_missing_fields_are_no_fault():
    (span,) = read(enveloped(b'{"session_id": null, "session_name": null, "step_name": null}')).spans
    assert (span.session_id, span.name, span.metadata, span.output) == ("", "step", {}, None)


def test_a_session_id_may_be_any_text():
    assert read_step(session_id="order 4711 / käse", metadata=1).session_id == "order 4711 / käse"
    assert read_step(session_id=4711, metadata=1).session_id == "4711"


def test_flags_of_a_rerun_and_fields_nobody_knows_are_kept_as_metadata():
    span = read_step(
        metadata=1, is_rerun=True, rerun_session_id="r-1", tropir_mode=True, colour={"red": 3}, nothing=None
    )
    assert span.metadata == {
        "is_rerun": "true",
        "rerun_session_id": "r-1",
        "tropir_mode": "true",
        "colour": '{"red":3}',
    }


def test_the_body_is_the_truth_where_a_header_says_otherwise():
    headers = {"x-session-id": "another", "x-session-name": "its name"}
    span = read_step(headers=headers, metadata=1)
    assert (span.session_id, span.metadata) == (SESSION, {})


def test_a_header_speaks_where_the_body_is_silent():
    name = "käse".encode().decode("latin-1")
    headers = {"x-session-id": SESSION, "x-session-name": name, "x-tropir-mode": "true", "x-tropir-rerun-session": "r"}
    span = read_step(headers=headers, session_id=None, metadata=1)
    assert span.session_id == SESSION
    assert span.metadata == {"session.name": "käse", "tropir_mode": "true", "rerun_session_id": "r"}


def test_a_header_in_latin_1_is_read_as_well():
    headers = {"x-session-id": SESSION, "x-session-name": "k\xe4se"}
    assert read_step(headers=headers, metadata=1).metadata == {"session.name": "käse"}


def test_the_same_envelope_gives_the_same_span():
    assert read_step(metadata=1) == read_step(metadata=1)


def test_two_equal_steps_that_came_one_after_the_other_are_two():
    first, second = read_step(metadata={"n": 1}), read_step(NOON_NS + 1, metadata={"n": 1})
    assert first.span_id != second.span_id
    assert first.trace_id == second.trace_id


def test_a_step_that_is_sent_again_under_a_key_is_one():
    key = {"idempotency-key": "k-1"}
    assert read_step(headers=key, metadata=1).span_id == read_step(NOON_NS + 10**9, headers=key, metadata=1).span_id


def test_a_prompt_that_is_sent_again_is_one_and_its_next_use_is_another():
    told: dict[str, Any] = {"prompt_id": "sys", "prompt_hash": "8dba57ff", "timestamp": 1795168235.1, "role": "system"}
    one = read_step(step_name="tropir_prompt_sys", metadata=told)
    assert one.span_id == read_step(NOON_NS + 5, step_name="tropir_prompt_sys", metadata=told).span_id
    later = told | {"timestamp": 1795168235.2}
    assert one.span_id != read_step(step_name="tropir_prompt_sys", metadata=later).span_id


def test_sessions_are_traces_of_their_own_and_endless_ones_are_cut_by_the_hour():
    assert read_step(metadata=1).trace_id != read_step(session_id="other", metadata=1).trace_id
    assert read_step(metadata=1).trace_id != read_step(NOON_NS + _HOUR_NS, metadata=1).trace_id


def test_what_only_python_writes_is_understood():
    (span,) = read(enveloped(b'{"session_id": "s", "metadata": {"score": NaN, "text": "half \\ud83d"}}')).spans
    assert span.output == {"score": None, "text": "half ?"}


def test_a_body_cut_anywhere_is_refused_and_nothing_else():
    body = msgspec.json.encode({"session_id": SESSION, "metadata": {"k": [1, "ä"]}, "step_name": "s"})
    for cut in range(len(body)):
        with pytest.raises(BadRequest):
            read(enveloped(body[:cut]))


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"7", b"", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(body: bytes):
    with pytest.raises(BadRequest):
        read(enveloped(body))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_names = st.sampled_from(["step", "llm_call_x_1", "tropir_prompt_x"]) | st.none() | _json
_keys = st.sampled_from(["model", "messages", "response", "request", "usage", "choices", "call_id", "prompts_used"])
_data = st.dictionaries(_keys, _json, max_size=5) | _json
_bodies = st.fixed_dictionaries({"session_id": _json, "session_name": _json, "step_name": _names, "metadata": _data})


@pytest.mark.hypothesis
@given(
    fields=st.fixed_dictionaries({"session_id": _json, "session_name": _json, "step_name": _names, "metadata": _data})
)
def test_whatever_the_fields_hold_one_span_comes_out(fields: dict[str, Any]):
    span = read_step(**fields)
    assert (len(span.trace_id), len(span.span_id)) == (32, 16)
    assert (span.kind == "call") == (span.call is not None)
    msgspec.json.encode(span)
