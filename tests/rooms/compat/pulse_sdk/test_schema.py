"""Which items are kept, and what is said of the others."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.compat.pulse_sdk.schema import SPAN as SPAN_RULES
from headwater.compat.pulse_sdk.schema import TRACE as TRACE_RULES
from headwater.compat.pulse_sdk.schema import checked
from headwater.errors import BadRequest
from tests.rooms.compat.pulse_sdk.telling import SPAN, TRACE, spans_told, trace

_JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def _checked(*items: Any):
    return checked(msgspec.json.encode(items), TRACE_RULES)


def test_a_bad_item_is_named_and_leaves_its_neighbours_alone():
    found = _checked(TRACE, "no trace", trace(provider=None, latency_ms="soon"), trace(trace_id="other"))
    assert [item["trace_id"] for item in found.items] == [TRACE["trace_id"], "other"]
    assert found.rejected == 2
    assert found.issues == [
        {
            "code": "invalid_type",
            "expected": "object",
            "path": [1],
            "message": "Invalid input: expected object, received string",
        },
        {
            "code": "invalid_type",
            "expected": "string",
            "path": [2, "provider"],
            "message": "Invalid input: expected string, received null",
        },
        {
            "code": "invalid_type",
            "expected": "number",
            "path": [2, "latency_ms"],
            "message": "Invalid input: expected number, received string",
        },
    ]


def test_the_session_of_the_readme_and_a_null_answer_are_no_faults():
    found = _checked(trace(session_id="session-123", output_text=None, response_body=None, session=object.__name__))
    assert (len(found.items), found.issues) == (1, [])


@pytest.mark.parametrize("fault", [{"status": "maybe"}, {"metadata": [1]}, {"session_id": {}}, {"model_requested": ""}])
def test_a_field_of_which_nothing_can_be_made_is_a_fault(fault: dict[str, Any]):
    found = _checked(trace(**fault))
    assert (found.items, found.rejected) == ([], 1)
    assert found.issues[0]["path"] == [0, *fault]


def test_what_is_no_array_is_one_issue():
    found = checked(b'{"trace_id": "x"}', TRACE_RULES)
    assert (found.items, found.rejected) == ([], 0)
    assert found.issues[0]["message"] == "Invalid input: expected array, received object"


@pytest.mark.parametrize("cut", range(0, len(msgspec.json.encode([SPAN])), 7))
def test_a_body_that_was_cut_is_refused(cut: int):
    with pytest.raises(BadRequest):
        checked(msgspec.json.encode([SPAN])[:cut], SPAN_RULES)


@given(field=st.sampled_from(sorted(TRACE)), value=_JSON)
def test_whatever_stands_in_a_field_is_either_told_or_refused(field: str, value: Any):
    kept = len(_checked(trace(**{field: value})).items)
    assert len(spans_told(trace(**{field: value}))) == kept


@given(items=st.lists(_JSON, max_size=4))
def test_whatever_stands_in_an_array_is_either_told_or_refused(items: list[Any]):
    found = checked(msgspec.json.encode(items), SPAN_RULES)
    assert len(found.items) + found.rejected == len(items)
    assert len(spans_told(*items, door="pulse.spans")) == len(found.items)
