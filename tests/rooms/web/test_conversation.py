"""Messages as they are put on a page."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.web.shown.addresses import safe_link
from headwater.web.shown.conversation import (
    LARGEST_MEDIA,
    LONGEST_SIDE,
    LONGEST_TEXT,
    SHORTENED_TEXT,
    conversation,
    flat,
    named_results,
    part_text,
    plain,
)
from tests.pages.sample_spans import PNG, WAV

_WORDS = st.sampled_from(
    [
        "role",
        "parts",
        "type",
        "text",
        "blob",
        "uri",
        "file",
        "tool_call",
        "tool_call_response",
        "reasoning",
        "content",
        "mime_type",
        "image/png",
        "modality",
        "generic",
        "arguments",
        "response",
        "javascript:x",
        "https://h/x",
        "data:image/png;base64,AA==",
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS | st.text(max_size=4), inner, max_size=5),
    max_leaves=12,
)
_PARTS = st.lists(st.dictionaries(_WORDS, _JSON, max_size=6), max_size=4)


def _only(part: Any) -> Any:
    return conversation(({"role": "user", "parts": [part]},), "input")[0].parts[0]


@given(st.lists(_JSON | st.fixed_dictionaries({"role": st.text(), "parts": _PARTS}), max_size=4))
def test_whatever_was_sent_can_be_shown(values: list[Any]):
    """No input raises; no address that could run or load anything gets into a link or a picture."""
    for message in conversation(tuple(values), "input"):
        for part in message.parts:
            assert part.media.startswith(
                ("", "http://", "https://", "data:image/", "data:audio/")[0 if not part.media else 1 :]
            )
            assert len(part.text) <= LONGEST_TEXT


@given(_JSON, st.integers(-2, 5), st.integers(-2, 5))
def test_a_whole_text_can_be_asked_of_anything(value: Any, message: int, part: int):
    assert part_text((value,), message, part) is None or (message, part) >= (0, 0)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", " javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "data:text/html,x",
          "//host/x", "https:", "http://", "file:///etc/passwd", "blob:https://x/1", "https://[broken", ""],
)  # fmt: skip
def test_only_plain_web_addresses_become_links(address: str):
    assert safe_link(address) == ""
    assert _only({"type": "uri", "modality": "image", "uri": address}).form == "note"


def test_a_web_address_is_a_link_and_never_a_picture():
    part = _only({"type": "uri", "modality": "image", "uri": "https://cdn.example/a.png"})
    assert (part.form, part.media, part.text) == ("link", "https://cdn.example/a.png", "https://cdn.example/a.png")


@pytest.mark.parametrize(
    ("mime", "form"), [("image/png", "image"), ("IMAGE/PNG", "image"), ("image/jpeg; q=1", "image"), ("", "image")]
)
def test_pictures_of_safe_types_are_shown(mime: str, form: str):
    part = _only({"type": "blob", "modality": "image", "mime_type": mime, "content": PNG})
    assert part.form == form
    assert part.media.startswith("data:image/")


def test_sounds_are_played_whatever_their_format_is_called():
    for mime in ("audio/wav", "wav"):
        part = _only({"type": "blob", "modality": "audio", "mime_type": mime, "content": WAV})
        assert (part.form, part.media) == ("audio", f"data:audio/wav;base64,{WAV}")


@pytest.mark.parametrize("mime", ["image/svg+xml", "text/html", "application/pdf", "image/x-unheard", "video/mp4"])
def test_media_that_may_carry_a_program_is_not_shown(mime: str):
    part = _only({"type": "blob", "modality": "image", "mime_type": mime, "content": PNG})
    assert (part.form, part.media) == ("note", "")
    assert "not shown" in part.text


def test_broken_and_giant_media_are_said_not_shown():
    broken = _only({"type": "blob", "modality": "image", "mime_type": "image/png", "content": "not base64 <>"})
    giant = _only({"type": "blob", "modality": "image", "mime_type": "image/png", "content": "A" * (LARGEST_MEDIA * 2)})
    assert "not base64" in broken.text
    assert "too large" in giant.text


def test_a_data_address_is_shown_as_the_media_that_it_is():
    assert _only({"type": "uri", "modality": "image", "uri": f"data:image/png;base64,{PNG}"}).form == "image"
    assert _only({"type": "uri", "modality": "image", "uri": f"data:image/svg+xml;base64,{PNG}"}).form == "note"


def test_json_in_a_text_is_laid_out_and_other_text_left_alone():
    laid_out = _only({"type": "text", "content": '{"a":[1,2]}'})
    assert (laid_out.form, laid_out.text) == ("json", '{\n  "a": [\n    1,\n    2\n  ]\n}')
    for text in ("{not json", "12", "  two  spaces\n\n", "[" * 5000):
        assert _only({"type": "text", "content": text}).text == text


def test_a_long_text_is_cut_and_can_be_had_whole():
    value = {"role": "user", "parts": [{"type": "text", "content": "x" * 50_000}]}
    part = conversation((value,), "input")[0].parts[0]
    assert (len(part.text), part.full_size, part.is_cut, part.place) == (LONGEST_TEXT, 50_000, True, "input.0.0")
    assert part_text((value,), 0, 0) == "x" * 50_000


def test_a_result_carries_the_name_of_the_tool_that_was_called():
    asked = conversation(
        ({"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "find"}]},), "input"
    )
    gave = conversation(
        ({"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": 1}]},), "output"
    )
    _, (named,) = named_results(asked, gave)
    assert named.parts[0].title == "find"


def test_objects_in_an_object_are_laid_beside_its_fields():
    assert flat({"a": 1, "b": {"c": 2, "d": {"e": [3]}}, "f": {}}) == {"a": 1, "b.c": 2, "b.d.e": [3], "f": {}}


def test_values_that_are_no_messages_are_shown_as_they_are():
    shown = conversation(("plain", {"query": 1}, None, {"role": 5}), "input")
    assert [(message.role, message.parts[0].form) for message in shown] == [
        ("", "text"),
        ("", "json"),
        ("", "text"),
        ("", "json"),
    ]
    assert plain({"a": "é"}) == '{\n  "a": "é"\n}'


def test_a_giant_conversation_keeps_its_last_messages_whole():
    values = (
        tuple({"role": "user", "parts": [{"type": "text", "content": str(at) * 10_000}]} for at in range(1, 10)) * 10
    )
    shown = conversation(values, "input")
    assert sum(len(message.parts[0].text) for message in shown) < LONGEST_SIDE + len(values) * SHORTENED_TEXT
    assert not shown[-1].parts[0].is_cut
    assert (len(shown[0].parts[0].text), shown[0].parts[0].full_size) == (SHORTENED_TEXT, 10_000)
