"""What a tool answers fits into a model's context, and says what it left out."""

import msgspec
import pytest

from headwater.errors import BadRequest
from headwater.web.mcp.bounded import LONGEST, bounded


def test_an_answer_that_fits_is_whole():
    assert bounded({"items": ["a", None, 1.5]}) == ('{"items":["a",null,1.5]}', "")


def test_long_texts_are_cut_and_the_rest_is_told_of():
    text, cut = bounded({"output": "x" * 100_000})
    assert msgspec.json.decode(text) == {"output": "x" * 8_000 + "… (92000 characters more)"}
    assert cut.startswith("Cut to fit: texts after 8000 characters")


def test_a_long_conversation_keeps_its_beginning_and_its_end():
    text, cut = bounded({"input": [{"turn": turn, "text": "x" * 1_000} for turn in range(1_000)]})
    turns = msgspec.json.decode(text)["input"]
    assert len(text) <= LONGEST
    assert (turns[0]["turn"], turns[-1]["turn"]) == (0, 999)
    assert f"… {1_001 - len(turns)} entries left out …" in turns
    assert cut


def test_what_was_asked_for_with_a_limit_is_never_less_than_that():
    rows = [["x" * 5_000]] * 50
    text, _ = bounded({"rows": rows})
    assert len(msgspec.json.decode(text)["rows"]) == 50
    with pytest.raises(BadRequest, match=r"^limit: "):
        bounded({"rows": [[number] * 100 for number in range(1_000)]})
