"""A step as Tropir's clients send it: `{"session_id", "metadata", "session_name"?, "step_name"?}`, without a time.

Versions 2.2 and later add flags of a rerun beside these. Whatever else a body holds is kept as metadata.
"""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from headwater.compat.desk import json_of
from headwater.compat.reading import metadata_in, text_in
from headwater.errors import BadRequest

# A header, and the field of a body that says the same.
_HEADERS = (
    ("x-session-id", "session_id"),
    ("x-session-name", "session_name"),
    ("x-tropir-mode", "tropir_mode"),
    ("x-tropir-rerun-session", "rerun_session_id"),
)
_FIELDS = ("session_id", "session_name", "step_name", "metadata")
SESSION_NAME = "session.name"
"""The metadata that holds a session's name."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step. `data` is what the program told with it, any JSON; `metadata` all that came beside, as texts.

    `key` is the sender's own name of the request ("" for none), `body` its bytes: a request sent again has the same.
    """

    session_id: str
    name: str
    data: Any
    metadata: Mapping[str, str]
    key: str
    body: bytes


def step_from(body: bytes, headers: Mapping[str, str]) -> Step:
    """Read a body, and from the headers what it does not say. Raises BadRequest where it is no JSON object."""
    told = json_of(body)
    if not isinstance(told, dict):
        raise BadRequest("the body must be a JSON object such as {'session_id': ..., 'metadata': ...}")
    fields = cast("dict[str, Any]", told)
    beside = {field: _header(headers[name]) for name, field in _HEADERS if headers.get(name)}
    if fields.get("session_id") not in (None, beside.get("session_id")):
        # The headers speak of another session: what they call it is not the name of this one.
        beside.pop("session_name", None)
    said = {**beside, **{name: value for name, value in fields.items() if value is not None}}
    more = {name: value for name, value in said.items() if name not in _FIELDS}
    session_name = text_in(said.get("session_name"))
    return Step(
        session_id=text_in(said.get("session_id")),
        name=text_in(said.get("step_name")),
        data=said.get("metadata"),
        metadata=metadata_in({**more, SESSION_NAME: session_name or None}),
        key=headers.get("idempotency-key", ""),
        body=body,
    )


def _header(value: str) -> str:
    """A header's text: clients write UTF-8 where HTTP knows Latin-1 only."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
