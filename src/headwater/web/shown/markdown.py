"""Markdown: what models write, as blocks of pieces that a template can put on a page.

In:  text.   Out: blocks and pieces; every character of the text that is no mark stands in one of them, as text.
Rule 1: no HTML comes out of here and none that is in the text is read: a tag is text like any other.
Rule 2: a picture is at most a link: nothing is loaded because a model wrote an address.
Rule 3: every pattern takes time in proportion to the text: a class never holds the mark that opens its pattern.
Rule 4: a line that ends stays ended: texts that are no Markdown look as they were written.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from headwater.web.shown.addresses import safe_link

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^`]*)$")
_HEADING = re.compile(r"^(#{1,6})[ \t]+(\S.*)$")
_BULLET = re.compile(r"^([ \t]*)([-*+•]|\d{1,6}[.)])[ \t]+(\S.*)$")
_RULE = re.compile(r"^ {0,3}(?:-{3,}|\*{3,}|_{3,})[ \t]*$")
_TABLE_LINE = re.compile(r"^[ \t]*\|?[ \t:|-]*-[ \t:|-]*$")
_INLINE = re.compile(
    r"`(?P<code>[^`\n]{1,1000})`"
    r"|\*\*(?=\S)(?P<strong>[^*\n]{1,1000})(?<=\S)\*\*"
    r"|(?<![\w*])\*(?P<em>[^\s*][^*\n]{0,1000})\*(?![\w*])"
    r"|!?\[(?P<label>[^\[\]\n]{1,500})\]\((?P<to>[^()\s]{1,2000})\)"
    r"|(?P<bare>https?://[^\s<>\"'`()\[\]*]{1,2000})"
)
_DEEPEST = 3
_MOST_COLUMNS = 20


class Piece(msgspec.Struct, frozen=True, gc=False):
    """A run of text. `form` is "", code, strong, em or link; `to` is a link's http(s) address."""

    text: str
    form: str = ""
    to: str = ""


class Item(msgspec.Struct, frozen=True):
    """A line of a list: how deep it lies (0 to 3), its mark as it was written, what it says."""

    depth: int
    mark: str
    pieces: tuple[Piece, ...]


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A block. `form` says which fields count.

    paragraph, heading, quote   `pieces`, for a heading with its `level`
    code                        `text` and `language`
    list                        `items`
    table                       `rows` of cells, the first one its head
    rule                        nothing
    """

    form: str
    pieces: tuple[Piece, ...] = ()
    level: int = 0
    text: str = ""
    language: str = ""
    items: tuple[Item, ...] = ()
    rows: tuple[tuple[tuple[Piece, ...], ...], ...] = ()


def blocks(text: str) -> tuple[Block, ...]:
    """Read a text."""
    return tuple(_blocks(text.replace("\r\n", "\n").split("\n")))


def pieces(text: str) -> tuple[Piece, ...]:
    """Read what stands within a line, or within some that belong together."""
    found: list[Piece] = []
    at = 0
    for mark in _INLINE.finditer(text):
        piece = _piece(mark)
        if piece is None:
            continue
        if mark.start() > at:
            found.append(Piece(text[at : mark.start()]))
        found.append(piece)
        at = mark.end()
    if at < len(text):
        found.append(Piece(text[at:]))
    return tuple(found)


def _piece(mark: re.Match[str]) -> Piece | None:
    match mark.lastgroup:
        case "to":
            link = safe_link(mark["to"])
            return Piece(mark["label"], "link", link) if link else None
        case "bare":
            address = mark["bare"].rstrip(".,;:!?")
            link = safe_link(address)
            # A sentence's own mark is not of the address, yet stays in what is read.
            return Piece(mark["bare"], "link", link) if link else None
        case form:
            return Piece(mark[str(form)], str(form))


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    at, held = 0, 0
    while at < len(lines):
        found = _block_at(lines, at)
        if found is None and lines[at].strip():
            at += 1
            continue
        if held < at:
            yield Block(form="paragraph", pieces=pieces("\n".join(lines[held:at])))
        at, block = found or (at + 1, None)
        held = at
        if block is not None:
            yield block
    if held < len(lines):
        yield Block(form="paragraph", pieces=pieces("\n".join(lines[held:])))


def _block_at(lines: Sequence[str], at: int) -> tuple[int, Block] | None:
    """The block that begins at a line, with where the next one begins; None where a paragraph does."""
    line = lines[at]
    if fence := _FENCE.match(line):
        return _code(lines, at, fence[1], fence[2])
    if heading := _HEADING.match(line):
        return at + 1, Block(form="heading", level=len(heading[1]), pieces=pieces(heading[2].rstrip("# \t")))
    if _RULE.match(line):
        return at + 1, Block(form="rule")
    if _BULLET.match(line):
        return _list(lines, at)
    if line.startswith(">"):
        return _quote(lines, at)
    if "|" in line and at + 1 < len(lines) and "|" in lines[at + 1] and _TABLE_LINE.match(lines[at + 1]):
        return _table(lines, at)
    return None


def _code(lines: Sequence[str], at: int, fence: str, language: str) -> tuple[int, Block]:
    end = at + 1
    while end < len(lines) and not (lines[end].strip().startswith(fence) and not lines[end].strip(" \t`~")):
        end += 1
    return min(end + 1, len(lines)), Block(form="code", text="\n".join(lines[at + 1 : end]), language=language.strip())


def _list(lines: Sequence[str], at: int) -> tuple[int, Block]:
    items: list[tuple[int, str, list[str]]] = []
    while at < len(lines):
        line = lines[at]
        if (found := _BULLET.match(line)) and not _RULE.match(line):
            depth = min(len(found[1].expandtabs(4)) // 2, _DEEPEST)
            items.append((depth, found[2], [found[3]]))
        elif line[:2].isspace() and line.strip() and not _FENCE.match(line):
            items[-1][2].append(line.strip())
        else:
            break
        at += 1
    said = tuple(Item(depth, mark, pieces("\n".join(words))) for depth, mark, words in items)
    return at, Block(form="list", items=said)


def _quote(lines: Sequence[str], at: int) -> tuple[int, Block]:
    end = at
    while end < len(lines) and lines[end].startswith(">"):
        end += 1
    said = "\n".join(line[1:].removeprefix(" ") for line in lines[at:end])
    return end, Block(form="quote", pieces=pieces(said))


def _table(lines: Sequence[str], at: int) -> tuple[int, Block]:
    end = at + 2
    while end < len(lines) and "|" in lines[end]:
        end += 1
    return end, Block(form="table", rows=tuple(_cells(line) for line in (lines[at], *lines[at + 2 : end])))


def _cells(line: str) -> tuple[tuple[Piece, ...], ...]:
    cells = line.strip().removeprefix("|").removesuffix("|").split("|", _MOST_COLUMNS)
    return tuple(pieces(cell.strip()) for cell in cells)
