"""Editing: what a person does to traces: read, checked, made durable.

In:  fields of a form or of a JSON body, and targets.   Out: an `Edited`, once the journal has it.
Rule 1: what is said to be done is durable; whether it can be seen already is said beside it.
Rule 2: what is wrong with it is found before anything is written.
"""

import math
from collections.abc import Iterable, Sequence

import msgspec

from headwater.errors import BadRequest
from headwater.event import EDIT_TRACES, Edit, EditTarget
from headwater.web.desk import Desk, Visitor

_TAG_CHARS = 100
_TAGS = 20
_NAME_CHARS = 100
_LABEL_CHARS = 200
_TEXT_CHARS = 10_000
_EVENTS = 100


class Edited(msgspec.Struct, frozen=True, kw_only=True):
    """What was done: how many traces or spans it names; `is_shown`: whether lists show it already."""

    done: int
    is_shown: bool


def tags_of(words: str | Iterable[str], field: str = "add") -> tuple[str, ...]:
    """Read tags, with commas between or one by one. Raises BadRequest that names the field."""
    given = words.split(",") if isinstance(words, str) else words
    tags = tuple(dict.fromkeys(word.strip() for word in given if word.strip()))
    if len(tags) > _TAGS:
        raise BadRequest(f"{field}: {len(tags)} are too many; give at most {_TAGS} at a time")
    for tag in tags:
        if len(tag) > _TAG_CHARS or not tag.isprintable():
            raise BadRequest(f"{field}: {tag[:40]!r} is no tag; give up to {_TAG_CHARS} printable characters")
    return tags


def tagging(add: Sequence[str], remove: Sequence[str]) -> Edit:
    """Tags to add and to remove. Raises BadRequest where there are none, or one is both."""
    added, removed = tags_of(add), tags_of(remove, "remove")
    if not added and not removed:
        raise BadRequest("add: write at least one tag")
    both = set(added) & set(removed)
    if both:
        raise BadRequest(f"add: {min(both)!r} cannot be added and removed at once")
    return Edit(kind="tags", targets=(), add=added, remove=removed)


def scoring(name: str, value: str | float | None, label: str = "", text: str = "") -> Edit:
    """A score: a number, or a word that is none. Raises BadRequest."""
    name = _checked("name", name, _NAME_CHARS)
    number = _number(value)
    label = label.strip()
    if number is None and isinstance(value, str) and value.strip():
        label = label or value.strip()
    if not name:
        raise BadRequest("name: say what is judged, such as helpful")
    if number is None and not label:
        raise BadRequest("value: give a number, or a word such as good")
    label, text = _checked("label", label, _LABEL_CHARS), _text(text)
    return Edit(kind="score", targets=(), name=name, value=number, label=label, text=text)


def commenting(text: str) -> Edit:
    """A comment. Raises BadRequest where nothing is said."""
    if not text.strip():
        raise BadRequest("text: write something first")
    return Edit(kind="comment", targets=(), text=_text(text))


def retracting(events: Iterable[str]) -> Edit:
    """Scores and comments to be taken back, by their ids. Raises BadRequest."""
    ids = tuple(dict.fromkeys(events))
    if not ids or len(ids) > _EVENTS or any(len(each) != 32 or set(each) - set("0123456789abcdef") for each in ids):
        raise BadRequest(f"events: give 1 to {_EVENTS} ids of scores and comments, each 32 hex digits")
    return Edit(kind="retraction", targets=(), events=ids)


def deleting() -> Edit:
    """The traces go."""
    return Edit(kind="deletion", targets=())


async def do(desk: Desk, visitor: Visitor, edit: Edit, targets: Sequence[EditTarget]) -> Edited:
    """Make an edit of these targets durable, in pieces that one envelope holds. Raises BadRequest where there are none,
    Unavailable where the journal cannot take it now."""
    if not targets:
        raise BadRequest("chosen: nothing is chosen; mark what is meant first")
    if edit.kind in ("tags", "deletion"):
        targets = [EditTarget(trace_id) for trace_id in dict.fromkeys(each.trace_id for each in targets)]
    person = visitor.person
    signed = msgspec.structs.replace(edit, by=person.name if person else "", by_id=person.id if person else "")
    pieces = tuple(
        [
            msgspec.structs.replace(signed, targets=tuple(targets[start : start + EDIT_TRACES]))
            for start in range(0, len(targets), EDIT_TRACES)
        ]
    )
    is_shown = await desk.asker.ask(lambda: desk.ports.edit(visitor.project, pieces))
    return Edited(done=len(targets), is_shown=is_shown)


def _number(value: str | float | None) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    if not math.isfinite(number):
        raise BadRequest(f"value: {value!r} is no number to count with; give a finite one")
    return number


def _checked(field: str, words: str, most: int) -> str:
    words = words.strip()
    if len(words) > most or not words.isprintable():
        raise BadRequest(f"{field}: {words[:40]!r} cannot be kept; give up to {most} printable characters")
    return words


def _text(text: str) -> str:
    text = text.strip().replace("\r\n", "\n")
    if len(text) > _TEXT_CHARS:
        raise BadRequest(f"text: {len(text)} characters are too many; give at most {_TEXT_CHARS}")
    return text
