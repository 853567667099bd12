"""Frames that were too long to be kept still say what they were, and what they cost."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.capture import shortened

_USAGE = {"input_tokens": 5, "output_tokens": 2, "output_tokens_details": {"reasoning_tokens": 1}}


def _short(frame: dict[str, Any], end_bytes: int = 1_000) -> Any:
    data = msgspec.json.encode(frame)
    return msgspec.json.decode(shortened(data[:end_bytes], data[-end_bytes:], len(data)))


def test_the_last_frame_keeps_its_usage():
    response = {"id": "resp_1", "status": "completed", "model": "gpt-x", "output": ["x" * 9_000], "usage": _USAGE}
    told = {"id": "resp_1", "model": "gpt-x", "status": "completed", "usage": _USAGE}
    assert _short({"type": "response.completed", "response": response}) == {
        "type": "response.completed",
        "response": told,
    }


@pytest.mark.parametrize("fields", [{"model": "m", "input": "x" * 9_000}, {"input": "x" * 9_000, "model": "m"}])
def test_a_request_keeps_its_model_wherever_it_stands(fields: dict[str, Any]):
    told = _short({"type": "response.create", **fields})["response"]
    assert (told["model"], told["input"][0]["size_bytes"] > 9_000) == ("m", True)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_nonsense_becomes_a_frame_of_no_type(head: bytes, tail: bytes):
    assert msgspec.json.decode(shortened(head, tail, 600)).keys() == {"type", "response"}
