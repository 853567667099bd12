"""The two encodings of OTLP over HTTP, and what both agree on."""

from headwater.errors import BadRequest

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
_IS_JSON = {
    JSON: True,
    "text/json": True,
    PROTOBUF: False,
    "application/protobuf": False,
    "application/vnd.google.protobuf": False,
}


def is_json(content_type: str) -> bool:
    """Whether a content type names OTLP's JSON encoding; else it is protobuf. Raises BadRequest for any other."""
    found = _IS_JSON.get(content_type.partition(";")[0].strip().lower())
    if found is None:
        raise BadRequest(f"content-type {content_type!r} is not understood: send {PROTOBUF} or {JSON}")
    return found


def rejection(rejected: int, total: int, first: str) -> str:
    """Tell what was left out of a body; `first` describes the first such span."""
    return f"{rejected} of {total} spans cannot be kept; the first: {first}" if rejected else ""
