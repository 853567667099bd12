"""Messages encode to the shapes of the OpenTelemetry GenAI conventions and read back whole."""

import msgspec
import pytest

from headwater.event import (
    Blob,
    File,
    Message,
    Reasoning,
    Text,
    ToolCall,
    ToolCallResponse,
    Unknown,
    Uri,
    searchable_text,
)

EVERY_PART = Message(
    role="assistant",
    parts=(
        Text(content="hello"),
        Reasoning(content="they greet"),
        ToolCall(name="get_weather", id="call_1", arguments={"city": "Paris"}),
        ToolCallResponse(id="call_1", response={"temp": 21}),
        Blob(modality="image", content="aGk=", mime_type="image/png"),
        Uri(modality="image", uri="https://example.com/a.png"),
        File(modality="audio", file_id="file_1"),
        Unknown(generic_type="citation", raw={"page": 7}),
    ),
    finish_reason="stop",
)


def test_a_message_reads_back_as_it_was():
    assert msgspec.json.decode(msgspec.json.encode(EVERY_PART), type=Message) == EVERY_PART


def test_a_message_encodes_to_the_shape_of_the_conventions():
    assert msgspec.to_builtins(Message(role="user", parts=(Text(content="hi"),))) == {
        "role": "user",
        "parts": ({"type": "text", "content": "hi"},),
    }


def test_unset_fields_are_left_out():
    part = msgspec.to_builtins(ToolCall(name="look_up"))
    assert part == {"type": "tool_call", "name": "look_up"}


def test_search_sees_text_reasoning_tools_and_addresses_and_no_base64():
    assert searchable_text(EVERY_PART).split("\n") == [
        "hello",
        "they greet",
        'get_weather {"city":"Paris"}',
        '{"temp":21}',
        "https://example.com/a.png",
        "file_1",
        '{"page":7}',
    ]


def test_a_message_cannot_be_changed():
    message = Message(role="user")
    with pytest.raises(AttributeError):
        message.role = "system"  # pyright: ignore[reportAttributeAccessIssue]
