"""Markdown as blocks and pieces: what models write is laid out, and nothing of it is more than text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.web.shown.markdown import Block, Item, Piece, blocks, pieces


def _forms(text: str) -> list[str]:
    return [block.form for block in blocks(text)]


def test_blocks_are_told_apart():
    text = "# Head\n\nWords\nmore\n- one\n  on\n  - two\n1. three\n\n> said\n\n---\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    assert _forms(text) == ["heading", "paragraph", "list", "quote", "rule", "table"]
    assert blocks(text)[2].items == (
        Item(0, "-", (Piece("one\non"),)),
        Item(1, "-", (Piece("two"),)),
        Item(0, "1.", (Piece("three"),)),
    )


def test_code_keeps_every_character_and_ends_with_its_fence():
    found = blocks("```python\nif a:\n    **b**\n\n<script>\n```\nafter")
    assert found[0] == Block(form="code", text="if a:\n    **b**\n\n<script>", language="python")
    assert found[1].pieces == (Piece("after"),)


def test_a_fence_that_never_ends_holds_the_rest():
    assert blocks("~~~\na\nb") == (Block(form="code", text="a\nb"),)


def test_pieces_within_a_line():
    assert pieces("a `b*c*` **d** *e* [f](https://h/f) https://h/g.") == (
        Piece("a "),
        Piece("b*c*", "code"),
        Piece(" "),
        Piece("d", "strong"),
        Piece(" "),
        Piece("e", "em"),
        Piece(" "),
        Piece("f", "link", "https://h/f"),
        Piece(" "),
        Piece("https://h/g.", "link", "https://h/g"),
    )


def test_text_that_is_no_markdown_stays_as_it_was():
    for text in ("2*3*4 and a_b_c", "line one\nline two", "a | b", "#hash", "* ", "** a **b"):
        (block,) = blocks(text)
        assert "".join(piece.text for piece in block.pieces) == text


@pytest.mark.parametrize(
    "text",
    ["[x](javascript:alert(1))", "[x](data:text/html,1)", "![x](javascript:1)", "[x](//h/x)", "<a href=javascript:1>",
     "[a](JaVaScRiPt:1)"],
)  # fmt: skip
def test_an_address_that_is_not_plain_web_is_no_link(text: str):
    assert [piece for piece in pieces(text) if piece.to] == []
    assert "".join(piece.text for piece in pieces(text)) == text


def test_a_picture_is_at_most_a_link():
    assert pieces("![cat](https://h/cat.png)") == (Piece("cat", "link", "https://h/cat.png"),)


_MARKS = st.text(st.sampled_from("a b\n`*_[]()!#>-|~1.<\u202e\x00é:/"), max_size=200)


@given(_MARKS)
def test_every_letter_of_a_text_stands_in_it(text: str):
    """Marks may go; what is no mark does not."""
    found = blocks(text)
    held = "".join(_texts(found))
    assert [held.count(letter) for letter in "abé"] == [text.count(letter) for letter in "abé"]
    assert [piece for block in found for piece in _pieces(block) if piece.to] == []


@pytest.mark.parametrize(
    "mark", ["[", "`", "*", "**a", "[a](", "_a", "> ", "- ", "|", "#", "~~~\n", "|-|\n", "https://"]
)
def test_a_megabyte_of_any_mark_is_read_in_time(mark: str):
    """In proportion to its length: a pattern that goes back over the text would take hours."""
    began = time.process_time()
    blocks(mark * (1_000_000 // len(mark)))
    assert time.process_time() - began < 60


def _pieces(block: Block) -> list[Piece]:
    listed = [piece for item in block.items for piece in item.pieces]
    return [*block.pieces, *listed, *(piece for row in block.rows for cell in row for piece in cell)]


def _texts(found: tuple[Block, ...]) -> list[str]:
    return [text for block in found for text in (block.text, block.language, *(piece.text for piece in _pieces(block)))]
