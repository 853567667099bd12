"""Arguments: what each tool takes, in the words of the API, and the JSON schema that says so."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from headwater.errors import BadRequest
from headwater.web.asked import Asked

_STRICT = ConfigDict(extra="forbid", frozen=True)


class Narrowed(Asked):
    """What narrows sums."""

    model_config = _STRICT


class Listed(Narrowed):
    """What a list is asked for."""

    cursor: str | None = Field(default=None, description="the next of the page before, of the same question")
    limit: int = Field(default=20, ge=1, le=50, description="entries of a page")


class OneUser(Narrowed):
    """Which user."""

    user_id: str = Field(min_length=1)


class Scored(Listed):
    """Which scores, and which of them singly."""

    score: str = Field(default="", description="the name of the scores that are listed singly; all when not given")


class Traded(Narrowed):
    """Which calls, and the model that they are to be priced as."""

    at_model: str = Field(min_length=1, max_length=200, description="the other model")
    at_provider: str = Field(default="", max_length=100, description="its provider; any when not given")


class OneTrace(BaseModel):
    """Which trace, and which of its spans."""

    model_config = _STRICT

    trace_id: str = Field(description="32 hex digits")
    offset: int = Field(default=0, ge=0, description="spans to pass over, in tree order")
    limit: int = Field(default=50, ge=1, le=100, description="spans of its tree")


class OneSpan(BaseModel):
    """Which span."""

    model_config = _STRICT

    trace_id: str = Field(description="32 hex digits")
    span_id: str = Field(description="16 hex digits")


class TwoSpans(BaseModel):
    """Which two spans."""

    model_config = _STRICT

    a: str = Field(description="the trace's id, a colon, the span's id")
    b: str = Field(description="the other span, written alike")


class OneSession(BaseModel):
    """Which session."""

    model_config = _STRICT

    session_id: str = Field(min_length=1)


class OneAlert(BaseModel):
    """Which alert, and how many of the times that it fired."""

    model_config = _STRICT

    alert: str = Field(min_length=1, description="the id of an alert of list_alerts")
    limit: int = Field(default=20, ge=1, le=50, description="times that it fired, the newest first")


class Replayed(OneSession):
    """Which session, and which of its turns."""

    cursor: str | None = Field(default=None, description="the next of the page before")
    limit: int = Field(default=20, ge=1, le=50, description="turns; a page of heavy ones has fewer")


class Facet(BaseModel):
    """Which values of a facet."""

    model_config = _STRICT

    facet: str = Field(description="model, provider, user, session, tag, environment, service, tool, error_type, …")
    contains: str | None = Field(default=None, description="part of the value")
    start: str | None = Field(default=None, description="seen since, RFC 3339; whole days count")
    limit: int = Field(default=50, ge=1, le=200)


class Statement(BaseModel):
    """A statement, and how many of its rows are wanted."""

    model_config = _STRICT

    sql: str = Field(min_length=1, max_length=100_000, description="one SELECT statement in ClickHouse's dialect")
    limit: int = Field(default=100, ge=1, le=1000, description="rows; what is beyond is cut off, and said so")


class Nothing(BaseModel):
    """No argument."""

    model_config = _STRICT


def schema_of(kind: type[BaseModel], without: frozenset[str]) -> dict[str, Any]:
    """Return the JSON schema of a tool's arguments, short: without titles, and without defaults that say nothing."""
    whole = kind.model_json_schema()
    properties = {name: _plain(schema) for name, schema in whole.get("properties", {}).items() if name not in without}
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": whole["required"]} if "required" in whole else {})


def read_arguments(kind: type[BaseModel], schema: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """Return the arguments as their kind; raises BadRequest that names the argument."""
    known = schema["properties"]
    for name in given:
        if name not in known:
            raise BadRequest(f"{name}: is no argument of this tool; it takes {', '.join(known) or 'none'}")
    try:
        return kind.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        raise BadRequest(f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}") from error


def _plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    choices = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    plain: dict[str, Any] = {**schema, **(choices[0] if choices else {})}
    is_told = plain.get("default") not in (None, "", [])
    return {
        name: value
        for name, value in plain.items()
        if name not in ("anyOf", "title") and (name != "default" or is_told)
    }
