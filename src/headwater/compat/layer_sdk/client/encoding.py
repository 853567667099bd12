"""Bodies of requests: JSON with whole times, of whatever users put into `attributes` and `data`."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

import msgspec

from headwater.compat.layer_sdk.client.exceptions import LayerRequestPreparationError

_MOMENTS = ("start_time", "end_time")


def encoded(request: Any) -> bytes:
    """A schema as JSON. Times keep their microseconds; one without a zone is UTC.

    Numbers of any sort, sets, dates, UUIDs, enums, dataclasses and models of pydantic may stand in it. Raises
    LayerRequestPreparationError for what has no form in JSON, naming its type.
    """
    try:
        return msgspec.json.encode(_body(request), enc_hook=_plain)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise LayerRequestPreparationError(f"the request cannot be made JSON: {error}") from error


def _body(request: Any) -> dict[str, Any]:
    """A schema's fields. A time that is missing is left out: of a session, Layer's wire knows none."""
    body = {each.name: getattr(request, each.name) for each in dataclasses.fields(request)}
    actions: list[Any] | None = body.get("actions")
    if actions is not None:
        body["actions"] = [_body(action) if dataclasses.is_dataclass(action) else action for action in actions]
    for name in _MOMENTS:
        moment = body.get(name)
        if isinstance(moment, datetime) and moment.tzinfo is None:
            body[name] = moment.replace(tzinfo=UTC)
        elif moment is None:
            body.pop(name, None)
    return body


def _plain(value: Any) -> Any:
    """Another form of a value that JSON has none for."""
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return dump(mode="json")
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    raise TypeError(f"{type(value).__qualname__!r} has no form in JSON: give its text or its fields instead")
