"""Parts of messages, whoever wrote them down."""

from typing import Any

import msgspec
import pytest

from headwater.event import Blob, File, Message, Part, Reasoning, Text, ToolCall, ToolCallResponse, Unknown, Uri
from headwater.provider import message_from, part_from, parts_from, tool_call_from

_PARTS: list[tuple[dict[str, Any], Part]] = [
    ({"type": "text", "text": "a"}, Text(content="a")),
    ({"type": "text", "content": "a"}, Text(content="a")),
    ({"type": "text", "text": ""}, Text(content="")),
    ({"type": "input_text", "text": "a"}, Text(content="a")),
    ({"type": "output_text", "text": "a", "annotations": []}, Text(content="a")),
    ({"text": "a"}, Text(content="a")),
    ({"text": "a", "thought": True}, Reasoning(content="a")),
    ({"type": "thinking", "thinking": "a", "signature": "s"}, Reasoning(content="a")),
    ({"type": "thinking", "content": "a"}, Reasoning(content="a")),
    ({"type": "reasoning", "content": "a"}, Reasoning(content="a")),
    ({"type": "reasoning", "text": "a"}, Reasoning(content="a")),
    ({"reasoningContent": {"reasoningText": {"text": "a"}}}, Reasoning(content="a")),
    (
        {"type": "redacted_thinking", "data": "x"},
        Unknown(generic_type="redacted_thinking", raw={"type": "redacted_thinking", "data": "x"}),
    ),
    (
        {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}},
        Uri(modality="image", uri="https://x.example/a.png"),
    ),
    (
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
        Blob(modality="image", content="QUJD", mime_type="image/png"),
    ),
    (
        {"type": "input_image", "image_url": "https://x.example/a.png"},
        Uri(modality="image", uri="https://x.example/a.png"),
    ),
    ({"type": "input_image", "file_id": "f1"}, File(modality="image", file_id="f1")),
    (
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"}},
        Blob(modality="image", content="QUJD", mime_type="image/png"),
    ),
    (
        {"type": "image", "source": {"type": "url", "url": "https://x.example/a"}},
        Uri(modality="image", uri="https://x.example/a"),
    ),
    ({"type": "image", "source": {"type": "file", "file_id": "f1"}}, File(modality="image", file_id="f1")),
    (
        {"type": "image", "image": "QUJD", "mediaType": "image/png"},
        Blob(modality="image", content="QUJD", mime_type="image/png"),
    ),
    (
        {"image": {"format": "png", "source": {"bytes": "QUJD"}}},
        Blob(modality="image", content="QUJD", mime_type="image/png"),
    ),
    (
        {"inlineData": {"mimeType": "image/png", "data": "QUJD"}},
        Blob(modality="image", content="QUJD", mime_type="image/png"),
    ),
    (
        {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/v"}},
        Uri(modality="video", uri="gs://b/v", mime_type="video/mp4"),
    ),
    (
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "QUJD"}},
        Blob(modality="document", content="QUJD", mime_type="application/pdf"),
    ),
    ({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "a"}}, Text(content="a")),
    (
        {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "wav"}},
        Blob(modality="audio", content="QUJD", mime_type="audio/wav"),
    ),
    ({"type": "file", "file": {"file_id": "f1", "filename": "a.pdf"}}, File(modality="file", file_id="f1")),
    (
        {"type": "file", "data": "QUJD", "mediaType": "image/png"},
        Blob(modality="image", content="QUJD", mime_type="image/png"),
    ),
    (
        {"type": "input_file", "file_url": "https://x.example/a.pdf"},
        Uri(modality="file", uri="https://x.example/a.pdf"),
    ),
    (
        {"type": "file", "modality": "video", "file_id": "f1", "mime_type": "video/mp4"},
        File(modality="video", file_id="f1", mime_type="video/mp4"),
    ),
    (
        {"type": "blob", "modality": "image", "content": "QUJD", "mime_type": "image/png"},
        Blob(modality="image", content="QUJD", mime_type="image/png"),
    ),
    ({"type": "uri", "modality": "image", "uri": "https://x.example"}, Uri(modality="image", uri="https://x.example")),
    (
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "x"}},
        ToolCall(name="web_search", id="s", arguments={"query": "x"}),
    ),
    ({"type": "web_search_tool_result", "tool_use_id": "s", "content": []}, ToolCallResponse(id="s", response=[])),
    (
        {"type": "tool_result", "tool_use_id": "s", "content": "no", "is_error": True},
        ToolCallResponse(id="s", response={"content": "no", "is_error": True}),
    ),
    (
        {"type": "server_tool_call", "id": "s", "name": "x", "server_tool_call": {"type": "y"}},
        ToolCall(name="x", id="s", arguments={"type": "y"}),
    ),
    (
        {"type": "server_tool_call_response", "id": "s", "server_tool_call_response": {"type": "y"}},
        ToolCallResponse(id="s", response={"type": "y"}),
    ),
    ({"type": "hologram", "x": 1}, Unknown(generic_type="hologram", raw={"type": "hologram", "x": 1})),
    ({"type": "image_url"}, Unknown(generic_type="image_url", raw={"type": "image_url"})),
]


@pytest.mark.parametrize(("value", "part"), _PARTS, ids=lambda value: None)
def test_a_part_is_read_in_every_shape(value: dict[str, Any], part: Part):
    assert parts_from([value]) == (part,)
    assert message_from({"role": "user", "content": [value]}).parts == (part,)


@pytest.mark.parametrize("part", [part for _, part in _PARTS], ids=repr)
def test_what_we_wrote_ourselves_is_read_as_it_was(part: Part):
    message = Message(role="user", parts=(part,), name="ann")
    assert message_from(msgspec.json.decode(msgspec.json.encode(message))) == message


@pytest.mark.parametrize("text", ["", "Par", '{"a": 1', "Infinity"])
def test_arguments_that_are_no_json_stay_text(text: str):
    call = tool_call_from({"id": "c", "function": {"name": "f", "arguments": text}})
    assert call == ToolCall(name="f", id="c", arguments=text)


def test_an_entry_that_names_no_tool_is_no_call():
    assert tool_call_from({"id": "c"}) is None
    assert tool_call_from("x") is None


@pytest.mark.parametrize("depth", [50, 200, 5_000])
def test_arguments_too_deep_to_be_written_again_stay_text(depth: int):
    text = "[" * depth + "]" * depth
    call = tool_call_from({"function": {"name": "f", "arguments": text}})
    assert call is not None
    assert (call.arguments == text) is (depth > 100)
    msgspec.json.encode(call)


def test_many_arguments_side_by_side_are_not_deep():
    call = tool_call_from({"function": {"name": "f", "arguments": "[" + ",".join(["[]"] * 500) + "]"}})
    assert call is not None
    assert len(call.arguments) == 500


@pytest.mark.parametrize(
    "value",
    [
        {"type": "tool_use"},
        {"type": "tool_result"},
        {"type": "blob"},
        {"type": "uri"},
        {"type": "generic"},
        {"type": "image", "source": {"type": "url"}},
        {"type": "function", "function": {"arguments": "{}"}},
        {"type": "reasoning"},
        {"inlineData": {"mimeType": "image/png"}},
        {"functionResponse": 3},
    ],
    ids=repr,
)
def test_a_part_that_lacks_what_its_word_promises_is_kept_whole(value: dict[str, Any]):
    part = part_from(value)
    assert isinstance(part, Unknown)
    assert part.raw == value
