"""Actions that come apart become calls that are whole: read by the door, joined by a loader."""

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.rooms.compat.layer_sdk.telling import JSON, USAGE, action, calls, create, output, prompt, said, send, tools
from tests.rooms.loader.line import Line


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """An empty line."""
    made = Line(tmp_path)
    yield made
    made.close()


def test_what_was_asked_and_what_was_answered_are_one_call(line: Line) -> None:
    settings: dict[str, Any] = {"model.temperature": "0.1", "model.tools": '[{"type": "web_search"}]'}
    send(line, prompt("hi", **settings))
    send(line, output("ho", scanners=USAGE, attributes={"model.completion_id": "chatcmpl-1"}))
    line.load()
    (call,) = calls(line)
    assert said(line, call) == ("hi", "ho")
    assert (call.request_model, call.model, call.response_id) == ("gpt-4o", "gpt-4o-2024-08-06", "chatcmpl-1")
    assert (call.input_tokens, call.output_tokens, call.parameters) == (10, 3, '{"temperature":0.1}')
    assert (call.input_preview, call.output_preview, len(call.tools)) == ("hi", "ho", 1)
    assert call.cost_nanousd is not None, "priced by what was told in the other half"


def test_calls_that_follow_each_other_within_a_second_keep_their_own_words(line: Line) -> None:
    for number in range(5):
        send(line, prompt(f"ask {number}"), output(f"say {number}"))
    line.load()
    assert [said(line, call) for call in calls(line)] == [(f"ask {n}", f"say {n}") for n in range(5)]


def test_it_does_not_matter_how_much_is_loaded_at_once(tmp_path: Path) -> None:
    dice = random.Random(7)
    told = [dice.choice([prompt, output, tools])(f"word{n}", dice.randint(10, 11)) for n in range(12)]
    found: list[list[tuple[str, str]]] = []
    for size in (2, 5, 12):
        line = Line(tmp_path / str(size))
        for at in range(0, len(told), size):
            send(line, *told[at : at + size])
            line.load()
        found.append(sorted(said(line, call) for call in calls(line)))
        line.close()
    assert found[0] == found[1] == found[2]


def test_an_answer_finds_its_question_after_a_restart(line: Line) -> None:
    send(line, prompt("hi", second=58))
    line.load()
    assert [said(line, call) for call in calls(line)] == [("hi", "")], "it stands alone until the answer comes"
    send(line, output("ho", second=59))
    line.load()
    assert [said(line, call) for call in calls(line)] == [("hi", "ho")]


def test_a_question_that_was_never_answered_takes_no_answer_of_another(line: Line) -> None:
    send(line, prompt("abandoned", second=10), prompt("asked", second=20), output("answered", second=20))
    line.load()
    assert [said(line, call) for call in calls(line)] == [("abandoned", ""), ("asked", "answered")]


def test_calls_at_the_same_time_are_told_apart_by_start_and_model(line: Line) -> None:
    send(line, prompt("a", 10), prompt("b", 15), prompt("c", 15, "claude-3-5-haiku-latest"))
    send(line, output("C", 15, "claude-3-5-haiku-latest"), output("B", 15), output("A", 10))
    line.load()
    assert sorted(said(line, call) for call in calls(line)) == [("a", "A"), ("b", "B"), ("c", "C")]


def test_text_and_tool_calls_of_one_answer_are_one_call_counted_once(line: Line) -> None:
    identity: dict[str, Any] = {"model.completion_id": "chatcmpl-1"}
    send(line, prompt("weather?"), output("I look", scanners=USAGE, attributes=identity))
    send(line, {**tools("forecast", **identity), "scanners": USAGE})
    line.load()
    (call,) = calls(line)
    assert said(line, call) == ("weather?", 'I look | forecast {"city":"Bern"}')
    assert call.input_tokens == 10


def test_a_streamed_answer_with_tool_calls_is_one_call_though_it_has_no_id(line: Line) -> None:
    stream: dict[str, Any] = {"stream": "true", "chunk.count": 4}
    send(line, prompt("weather?"), output("I look", attributes=stream), tools("forecast", **stream))
    send(line, prompt("and now?"), tools("radar", **stream))
    line.load()
    assert [said(line, call) for call in calls(line)] == [
        ("weather?", 'I look | forecast {"city":"Bern"}'),
        ("and now?", 'radar {"city":"Bern"}'),
    ]
    assert all(call.is_stream for call in calls(line))


def test_actions_that_come_with_their_session_are_whole_at_once(line: Line) -> None:
    create(line, prompt("a"), output("A"), tools("forecast"), prompt("b"), output("B"), prompt("c"))
    line.load()
    assert sorted(said(line, call) for call in calls(line)) == [
        ("a", 'A | forecast {"city":"Bern"}'),
        ("b", "B"),
        ("c", ""),
    ]
    assert len(line.store.spans) == 4, "three calls in one session"


def test_an_answer_that_comes_after_its_session_joins_the_question_within(line: Line) -> None:
    create(line, prompt("hi"))
    send(line, output("ho"))
    line.load()
    assert [said(line, call) for call in calls(line)] == [("hi", "ho")]


def test_a_call_that_failed_has_its_question_and_its_error(line: Line) -> None:
    failed = action("completion_output", 12, error={"message": "Error code: 500", "code": None, "details": None})
    send(line, prompt("hi"), failed)
    line.load()
    (call,) = calls(line)
    assert said(line, call) == ("hi", "")
    assert (call.status, call.error_type, call.status_message) == ("error", "error", "Error code: 500")
    assert call.request_model == "gpt-4o"


def test_an_action_that_is_sent_again_is_no_second_one(line: Line) -> None:
    every = [prompt("hi"), output("ho", scanners=USAGE), action("embeddings"), action("mine", data={"a": 1})]
    send(line, *[each for each in every for _ in range(4)])
    line.load()
    assert [said(line, call) for call in calls(line)] == [("hi", "ho"), ("", "")]
    assert len(line.store.spans) == 4


def test_sessions_do_not_take_each_others_answers(line: Line) -> None:
    for session in ("one", "two"):
        send(line, prompt(f"ask {session}"), session=session)
    for session in ("two", "one"):
        send(line, output(f"say {session}"), session=session)
    line.load()
    found = {call.session_id: said(line, call) for call in calls(line)}
    assert found == {"one": ("ask one", "say one"), "two": ("ask two", "say two")}


def test_embeddings_and_moderations_are_calls_of_their_kind(line: Line) -> None:
    usage = [{"name": "usage", "data": {"prompt_tokens": 2, "total_tokens": 2}}]
    flags = [{"name": "openai_moderation_0", "data": {"hate": False}}]
    vectors = {"model.id": "text-embedding-3-small", "model.encoding_format": "float"}
    send(line, action("embeddings", attributes=vectors, data={"input": ["x", "y"]}, scanners=usage))
    send(line, action("moderation", 11, attributes={"model.id": "m"}, data={"input": ["z"]}, scanners=flags))
    line.load()
    embedding, moderation = calls(line)
    assert (embedding.operation, embedding.provider, embedding.input_tokens) == ("embeddings", "openai", 2)
    assert said(line, embedding)[0] == "x | y"
    assert (moderation.operation, said(line, moderation)[0]) == ("moderation", "z")
    assert "hate" in moderation.output_preview


def test_what_is_no_call_is_a_step_with_all_that_was_told(line: Line) -> None:
    scanners = [{"name": "toxicity", "data": {"score": 0.2}}]
    send(line, action("retrieval", 10, data={"query": "q"}, attributes={"n": 3}, scanners=scanners))
    line.load()
    (step,) = line.store.spans
    assert (step.name, step.kind, step.input_preview) == ("retrieval", "span", '{"query":"q"}')
    assert dict(step.metadata) == {"n": "3"}
    assert step.attributes["layer.scanners"] == '[{"name":"toxicity","data":{"score":0.2}}]'


def test_an_attachment_is_kept_with_its_pieces(line: Line) -> None:
    pieces = [
        {"type": "text", "text": "see"},
        {"type": "image_url", "image_url": "https://example.test/a.png"},
        {"type": "audio", "audio_data": "AAAA", "audio_format": "wav"},
        {"type": "file", "file_name": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"},
    ]
    send(line, action("completion_prompt_attachment", data={"role": "user", "name": "", "content": pieces}))
    line.load()
    (step,) = line.store.spans
    message = msgspec.json.decode(next(iter(line.store.messages.values())).content)
    assert [part["type"] for part in message["parts"]] == ["text", "uri", "blob", "blob"]
    assert step.input_preview.startswith("see")


def test_headers_that_went_to_a_vendor_are_not_stored(line: Line) -> None:
    send(line, prompt("hi", extra_headers={"Authorization": "Bearer sk-secret"}))
    line.load()
    assert "sk-secret" not in str(line.store.spans)


def test_strange_actions_are_read_as_far_as_they_can_be(line: Line) -> None:
    strange: list[Any] = [
        {"kind": "completion_prompt"},
        {"kind": "completion_prompt", "data": "a text", "attributes": [], "start_time": 1e300},
        {"kind": "completion_output", "data": {"messages": None}, "scanners": {"name": "usage"}, "error": "boom"},
        {"kind": "completion_tool_call", "data": {"tools": [None, 3, {"name": "t"}]}},
        {"kind": "embeddings", "data": {"input": None}},
        {"kind": "moderation", "data": [], "scanners": [None, {"name": 3}], "end_time": "yesterday"},
        {"kind": "completion_prompt_attachment", "data": {"content": "x"}},
        {"kind": "é" * 300, "data": None, "unknown": {"deep": [[[]]]}},
    ]
    send(line, *strange)
    line.load()
    assert not line.reasons()
    assert len(line.store.spans) == len(strange)
    assert all(row.start_ns > 0 and row.end_ns >= row.start_ns for row in line.store.spans)


def test_every_cut_of_a_body_is_refused_or_read_but_breaks_nothing(line: Line) -> None:
    whole = msgspec.json.encode({"application_id": "a", "session_id": None, "actions": [prompt("é"), output("ho")]})
    for end in range(0, len(whole), 7):
        line.append(whole[:end], "layer.session", JSON, headers={"layer-session": "s"})
    send(line, prompt("after"))
    line.load(timeout_s=60.0)
    assert [said(line, call)[0] for call in calls(line)] == ["after"]


def test_a_session_is_the_root_that_says_whose_its_actions_are(line: Line) -> None:
    more: dict[str, Any] = {"user.id": "u", "environment": "production", "os": "Linux", "plan": "gold", "n": 3}
    create(line, prompt("hi"), **more)
    line.load()
    root, call = sorted(line.store.spans, key=lambda row: row.kind, reverse=True)
    assert (root.name, root.parent_span_id, call.parent_span_id) == ("session", "", root.span_id)
    assert dict(root.metadata) == {"plan": "gold", "n": "3"}
    assert root.resource == {"os": "Linux"}
    assert root.session_id == call.session_id
    (trace,) = line.store.traces
    assert (trace.name, trace.orphan_count, trace.call_count) == ("session", 0, 1)


def test_a_long_session_is_folded_in_good_time(line: Line) -> None:
    send(line, *[prompt(f"never answered {n}", n % 60) for n in range(400)])
    send(line, prompt("last", 59), output("answer", 59))
    line.load(timeout_s=60.0)
    assert ("last", "answer") in [said(line, call) for call in calls(line)]
    assert all(one.start_ns <= other.start_ns for one, other in pairwise(calls(line)))
