"""A span's panel: results beside their calls, the bill, the call as curl."""

import json
import subprocess
from typing import Any

import msgspec

from headwater.query import PriceLine
from headwater.web.shown.bill import bill_of
from headwater.web.shown.conversation import LARGEST_SIDE, conversation
from headwater.web.shown.curl import can_curl, curl_of
from headwater.web.shown.minimap import minimap
from headwater.web.shown.pairing import paired, side_of
from tests.pages.sample_spans import PNG, call, span, text


def _wish(id: str, name: str = "find") -> dict[str, Any]:
    return {"role": "assistant", "parts": [{"type": "tool_call", "id": id, "name": name, "arguments": {"q": id}}]}


def _answer(*ids: str) -> dict[str, Any]:
    return {"role": "tool", "parts": [{"type": "tool_call_response", "id": id, "response": f"of {id}"} for id in ids]}


def _shown(*messages: Any):
    return conversation(messages, "input")


def _call(**fields: Any):
    return call("t" * 32, "s" * 16, fields.pop("model", "gpt-5"), (10, 4, 2), **fields)


def test_a_result_stands_in_its_call_and_its_message_goes():
    (shown,) = paired(_shown(_wish("a"), _answer("a")))
    assert shown.parts[0].answer is not None
    assert (shown.parts[0].title, shown.parts[0].answer.text) == ("find", "of a")


def test_a_result_without_its_call_and_an_id_used_twice_stay_where_they_are():
    shown = paired(_shown(_wish("a"), _wish("a"), _answer("a", "lost"), _answer("b"), _wish("b")))
    assert [len(message.parts) for message in shown] == [1, 1, 2, 1]
    assert shown[-1].parts[0].answer is not None


def test_what_was_said_before_is_folded_and_a_new_result_is_not_hidden_with_its_call():
    side = side_of("Input", _shown(text("user", "hi"), _wish("a"), _answer("a")), 2)
    assert (side.is_continued, len(side.hidden), [part.form for part in side.tail[0].parts]) == (
        True,
        2,
        ["tool_answer"],
    )


def test_much_media_is_named_and_not_shown():
    """The last pictures are kept: a page must not carry a hundred megabytes."""
    large = {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "A" * (LARGEST_SIDE // 3)}
    shown = _shown(*({"role": "user", "parts": [large]} for _ in range(5)))
    assert [message.parts[0].form for message in shown] == ["note", "note", "note", "image", "image"]
    assert "much media" in shown[0].parts[0].text


def test_a_bill_tells_how_counts_are_made_and_what_no_line_holds():
    lines = (
        PriceLine(bucket="input", tokens=5, usd_per_million=1.0, usd=5e-6),
        PriceLine(bucket="cache_read", tokens=4, usd_per_million=0.1, usd=4e-7),
    )
    (made,) = bill_of(_call(price_lines=lines, price_version="own:7")).made
    assert (made.side, made.total, made.parts, made.rest) == ("Input", 10, (("input", 5), ("cache_read", 4)), 1)
    assert bill_of(_call(price_version="own:7")).source == "your own price 7"
    assert bill_of(_call(price_version="")).source == ""


def _asked(command: str) -> Any:
    """What a shell would hand to curl."""
    whole = f"curl() {{ cat; }}\n{command}\n"
    ran = subprocess.run(["/bin/sh", "-c", whole], capture_output=True, check=True, timeout=30)
    return json.loads(ran.stdout)


EVIL = "'; touch /tmp/x\nJSON\n$(touch x) `touch x` \\ \" \x00 \u202e <script>"


def test_a_shell_reads_a_hostile_conversation_as_text():
    command = curl_of(_call(input=(text("system", EVIL), text("user", EVIL)), parameters={EVIL: EVIL}))
    assert command is not None
    asked = _asked(command)
    assert [message["content"] for message in asked["messages"]] == [EVIL, EVIL]
    assert asked[EVIL] == EVIL


def test_an_openai_call_asks_the_same_again():
    image = {"role": "user", "parts": [{"type": "blob", "modality": "image", "mime_type": "image/png", "content": PNG}]}
    tools = ({"name": "find", "type": "function", "parameters": {"type": "object"}},)
    command = curl_of(_call(input=(image, _wish("a"), _answer("a")), tools=tools, parameters={"stop_sequences": ["x"]}))
    assert command is not None
    asked = _asked(command)
    assert command.startswith("curl https://api.openai.com/v1/chat/completions")
    assert asked["messages"][0]["content"][0]["image_url"]["url"] == f"data:image/png;base64,{PNG}"
    assert asked["messages"][1]["tool_calls"][0]["function"] == {"name": "find", "arguments": '{"q":"a"}'}
    assert asked["messages"][2] == {"role": "tool", "tool_call_id": "a", "content": "of a"}
    assert (asked["stop"], asked["tools"][0]["function"]["name"]) == (["x"], "find")


def test_an_anthropic_call_has_its_own_form():
    tools = ({"name": "find", "type": "function", "parameters": {"type": "object"}},)
    said = (text("system", "be kind"), text("user", "hi"), _wish("a"), _answer("a"))
    command = curl_of(_call(model="claude-sonnet-5", input=said, tools=tools, parameters={"max_tokens": 7}))
    assert command is not None
    asked = _asked(command)
    assert (asked["system"], asked["max_tokens"]) == ("be kind", 7)
    assert asked["messages"][1]["content"] == [{"type": "tool_use", "id": "a", "name": "find", "input": {"q": "a"}}]
    assert asked["messages"][2]["role"] == "user"
    assert asked["tools"] == [{"name": "find", "input_schema": {"type": "object"}}]


def test_no_secret_is_in_a_command():
    key = "sk-proj-" + "a1B2" * 12
    hidden = {"api_key": "short", "extra": {"headers": {"x": "y"}, "authorization": "z", "kept": 1}}
    command = curl_of(_call(input=(text("user", f"my key is {key}"),), parameters=hidden)) or ""
    assert key not in command
    assert "[masked: " in command
    assert [word for word in ("short", '"y"', '"z"') if word in command] == []
    assert _asked(command)["extra"] == {"kept": 1}


def test_what_cannot_be_put_together_is_not_offered():
    step = span("t" * 32, "s" * 16, "tool", kind="tool", input=({"q": 1},))
    bare = _call(input=())
    odd = msgspec.structs.replace(_call(input=("just text",)), operation="rerank")
    assert [(can_curl(each), curl_of(each)) for each in (step, bare, odd)] == [(False, None)] * 3


def test_a_map_of_nothing_is_empty():
    assert minimap((), 0).columns == ()
