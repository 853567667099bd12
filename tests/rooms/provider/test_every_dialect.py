"""What holds for every dialect, over every recording and over nonsense."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater.event import Call, Message, Reasoning, Text
from headwater.provider import Answered, Asked, dialect_names
from tests.rooms.provider.recordings import (
    CASES,
    SMALL_STREAMS,
    STREAMS,
    case_name,
    dialect_of,
    json_objects,
    json_values,
    load,
    named,
    read_chunks,
)

_WITH_BOTH = [case for case in CASES if (case / "stream.sse").exists() and (case / "response.json").exists()]
_CUTTABLE = [path for path in STREAMS if "err-mid" not in case_name(path) and "cut-mid" not in case_name(path)]


@pytest.mark.parametrize("path", SMALL_STREAMS, ids=case_name)
def test_any_split_of_a_stream_gives_the_same_answer(path: Path):
    body, dialect = path.read_bytes(), dialect_of(path)
    whole = read_chunks(dialect, [body])

    @settings(max_examples=25, suppress_health_check=[HealthCheck.nested_given])
    @given(st.lists(st.integers(0, len(body)), max_size=12))
    def check(cuts: list[int]) -> None:
        edges = [0, *sorted(cuts), len(body)]
        pieces = [body[start:end] for start, end in pairwise(edges)]
        assert read_chunks(dialect, pieces) == whole

    check()


@pytest.mark.parametrize("path", SMALL_STREAMS, ids=case_name)
def test_a_stream_fed_byte_by_byte_gives_the_same_answer(path: Path):
    body, dialect = path.read_bytes(), dialect_of(path)
    assert read_chunks(dialect, [body[at : at + 1] for at in range(len(body))]) == read_chunks(dialect, [body])


@pytest.mark.parametrize("case", _WITH_BOTH, ids=case_name)
def test_a_stream_and_the_whole_give_the_same_answer(case: Path):
    dialect = dialect_of(case)
    whole = dialect.response(load(case / "response.json"))
    assert read_chunks(dialect, [(case / "stream.sse").read_bytes()]) == whole
    assert whole.is_complete


@pytest.mark.parametrize("path", _CUTTABLE, ids=case_name)
def test_a_stream_may_be_cut_after_any_event(path: Path):
    """What came is kept, a beginning of what the whole says; and the answer is complete only when it ended."""
    dialect = dialect_of(path)
    blocks = path.read_bytes().split(b"\n\n")
    answers = [read_chunks(dialect, [b"\n\n".join(blocks[:count]) + b"\n\n"]) for count in range(len(blocks) + 1)]
    whole = answers[-1]
    assert not answers[0].is_complete
    assert not answers[1].is_complete
    assert whole.is_complete
    for answer in answers:
        told = zip(whole.messages, answer.messages, strict=False)
        assert all(_text(full).startswith(_text(cut)) for full, cut in told)


def _text(message: Message) -> str:
    return "".join(part.content for part in message.parts if isinstance(part, Text | Reasoning))


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_what_is_read_of_a_request_fits_into_a_call(case: Path):
    asked = dialect_of(case).request(load(case / "request.json"))
    call = Call(operation=asked.operation, request_model=asked.model, input=asked.messages, tools=asked.tools)
    assert asked.model
    assert msgspec.json.decode(msgspec.json.encode(call), type=Call) == call


@pytest.mark.parametrize("name", dialect_names())
@given(json_values(), st.lists(json_objects(), max_size=5))
@settings(max_examples=60)
def test_nothing_makes_a_dialect_raise(name: str, body: Any, events: list[dict[str, Any]]):
    dialect = named(name)
    reader = dialect.reader()
    for event in events:
        assert isinstance(reader.feed(event), bool)
        assert isinstance(reader.answered(), Answered)
    assert isinstance(dialect.request(body), Asked)
    assert isinstance(dialect.response(body), Answered)
    assert dialect.failure(500, body).type


@pytest.mark.parametrize("name", dialect_names())
@pytest.mark.parametrize("body", [None, [], "", "text", 3, {}], ids=repr)
def test_a_body_that_says_nothing_is_read_as_nothing(name: str, body: Any):
    answered = named(name).response(body)
    assert answered == Answered()
    assert named(name).reader().answered() == Answered()


@given(json_values())
def test_every_message_that_is_read_is_one_of_ours(value: Any):
    dialect = named("openai.chat")
    for message in dialect.request({"messages": value}).messages:
        assert isinstance(message, Message)
        assert isinstance(message.role, str)
