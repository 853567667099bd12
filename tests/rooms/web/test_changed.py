"""Two texts as one, word by word."""

from hypothesis import given
from hypothesis import strategies as st

from headwater.web.shown.changed import Piece, changed


def test_words_that_changed_stand_between_those_that_stayed():
    assert changed("It is noon, be brief.", "It is midnight, be brief.") == (
        Piece("same", "It is "),
        Piece("gone", "noon"),
        Piece("new", "midnight"),
        Piece("same", ", be brief."),
    )


def test_a_word_is_not_cut_in_two():
    assert changed("gpt-41", "gpt-42") == (Piece("same", "gpt-"), Piece("gone", "41"), Piece("new", "42"))


def test_what_is_far_from_a_change_is_left_out():
    pieces = changed("a " * 2_000 + "one", "a " * 2_000 + "two")
    assert [piece.kind for piece in pieces] == ["skipped", "same", "gone", "new"]
    assert pieces[0].text == "3,840"


def test_long_texts_are_held_against_each_other_by_lines():
    lines = [f"line {at} of a long text with some words\n" for at in range(900)]
    pieces = changed("x\n" + "".join(lines) + "x", "y\n" + "".join([*lines[:400], "new\n", *lines[400:]]) + "y")
    assert Piece("new", "new\n") in pieces


@given(st.text(max_size=80), st.text(max_size=80))
def test_both_texts_are_in_the_pieces(before: str, after: str):
    pieces = changed(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == after
