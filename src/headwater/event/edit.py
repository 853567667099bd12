"""Edit: what a person did to traces that are there, as the journal keeps it."""

from typing import Literal

import msgspec

from headwater.errors import BadRequest

EDIT_DOOR = "edit"
EDIT_TRACES = 1_000
"""How many traces or spans one edit may name."""

EditKind = Literal["tags", "score", "comment", "retraction", "deletion"]


class EditTarget(msgspec.Struct, frozen=True, omit_defaults=True):
    """A trace, or one span of it."""

    trace_id: str
    span_id: str = ""


class Edit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing done to several traces or spans by one person (`by`: the name; `by_id`: who it is in the catalog).

    tags        `add` and `remove` tags of whole traces
    score       `name` with a `value` or a `label`, and a `text` that explains it
    comment     a `text`
    retraction  `events`, ids of scores and comments in hex, are taken back
    deletion    the traces go, with all that is known of them
    """

    kind: EditKind
    targets: tuple[EditTarget, ...]
    by: str = ""
    by_id: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    name: str = ""
    value: float | None = None
    label: str = ""
    text: str = ""
    events: tuple[str, ...] = ()

    @property
    def trace_ids(self) -> tuple[str, ...]:
        """The traces that it names, each once."""
        return tuple(dict.fromkeys(target.trace_id for target in self.targets))


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Edit)


def edit_body(edit: Edit) -> bytes:
    """Encode an edit as the body of an envelope of the door `EDIT_DOOR`."""
    return _encoder.encode(edit)


def edit_from(body: bytes) -> Edit:
    """Read the body of such an envelope. Raises BadRequest."""
    try:
        return _decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise BadRequest(f"an edit cannot be read: {error}") from error
