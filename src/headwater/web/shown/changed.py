"""Changed: two texts as one, word by word: what stayed, what went, what came.

What is the same at the beginning and the end is taken away first. What is left is held against each other by words, or
by lines where it is long, or shown whole where it is longer still.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import takewhile

import msgspec

_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_WORDS = 1_200
_MOST_LINES = 1_500
_CONTEXT = 160
LONGEST = 40_000
"""Characters of each text that are looked at."""


class Piece(msgspec.Struct, frozen=True):
    """A piece of two texts. `kind` is same, gone, new, or skipped: what is the same and far from any change."""

    kind: str
    text: str


def changed(before: str, after: str) -> tuple[Piece, ...]:
    """Return the pieces of two texts in order, the first `LONGEST` characters of each."""
    one, other = before[:LONGEST], after[:LONGEST]
    head = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))
    head = _at_word(one, head)
    left_one, left_other = one[head:], other[head:]
    rest = zip(reversed(left_one), reversed(left_other), strict=False)
    tail = len(list(takewhile(lambda pair: pair[0] == pair[1], rest)))
    while tail and left_one[len(left_one) - tail].isalnum():
        tail -= 1
    end_one, end_other = len(left_one) - tail, len(left_other) - tail
    middle = _middle(left_one[:end_one], left_other[:end_other])
    return tuple(_near(_joined([Piece("same", one[:head]), *middle, Piece("same", left_one[end_one:])])))


def _at_word(text: str, at: int) -> int:
    while 0 < at < len(text) and text[at - 1].isalnum():
        at -= 1
    return at if at < len(text) else len(text)


def _middle(one: str, other: str) -> list[Piece]:
    a, b = _WORD.findall(one), _WORD.findall(other)
    if len(a) > _MOST_WORDS or len(b) > _MOST_WORDS:
        a, b = one.splitlines(keepends=True), other.splitlines(keepends=True)
    if len(a) > _MOST_LINES or len(b) > _MOST_LINES:
        return [Piece("gone", one), Piece("new", other)]
    return _matched(a, b)


def _matched(a: Sequence[str], b: Sequence[str]) -> list[Piece]:
    found: list[Piece] = []
    for tag, from_a, to_a, from_b, to_b in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(a[from_a:to_a])))
        else:
            found += [Piece("gone", "".join(a[from_a:to_a])), Piece("new", "".join(b[from_b:to_b]))]
    return found


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    found: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if found and found[-1].kind == piece.kind:
            found[-1] = Piece(piece.kind, found[-1].text + piece.text)
        else:
            found.append(piece)
    return found


def _near(pieces: Sequence[Piece]) -> list[Piece]:
    """Leave of what is the same only what is near a change; a text that is all the same is left out but its ends."""
    found: list[Piece] = []
    for at, piece in enumerate(pieces):
        if piece.kind != "same" or len(piece.text) <= 3 * _CONTEXT:
            found.append(piece)
            continue
        head = piece.text[:_CONTEXT] if at else ""
        tail = piece.text[-_CONTEXT:] if at < len(pieces) - 1 else ""
        skipped = len(piece.text) - len(head) - len(tail)
        found += [Piece("same", head)] if head else []
        found += [Piece("skipped", f"{skipped:,}")]
        found += [Piece("same", tail)] if tail else []
    return found
