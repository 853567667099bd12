"""Helicone: requests, as its export and its API (`/v1/request/query`) give them.

Source: Helicone's API reference, type HeliconeRequest.
"""

from collections.abc import Mapping
from typing import Any

from headwater.compat.exports.answered import Logged, item_of
from headwater.compat.exports.told import Item, Whole, decoded, first
from headwater.compat.forms import count_in, metadata_in, number_in, object_in, span_id_from, text_in, trace_id_from
from headwater.compat.reading import moment_in
from headwater.errors import BadRequest
from headwater.event import Failure

_NAME = "helicone"
_SESSION = "Helicone-Session-Id"
_FIRST_ERROR = 400
_COUNTS = {
    "prompt_tokens": "prompt_tokens",
    "completion_tokens": "completion_tokens",
    "total_tokens": "total_tokens",
    "prompt_cache_read_tokens": "cache_read_tokens",
    "prompt_cache_write_tokens": "cache_write_tokens",
    "reasoning_tokens": "reasoning_tokens",
}
_MS = 10**6


def read(record: Mapping[str, Any]) -> list[Item | Whole]:
    """Read a request with its response."""
    named = text_in(first(record, "request_id", "id"))
    start_ns = moment_in(first(record, "request_created_at", "created_at"))
    if not named or start_ns is None:
        raise BadRequest("it has no 'request_id', or no 'request_created_at'")
    properties = object_in(first(record, "request_properties", "properties"))
    session = text_in(properties.get(_SESSION))
    return [
        item_of(
            Logged(
                trace_id=trace_id_from(_NAME, session or named),
                span_id=span_id_from(_NAME, named),
                start_ns=start_ns,
                end_ns=_end_ns(record, start_ns),
                first_ns=_first_ns(record, start_ns),
                request=first(record, "request_body"),
                response=decoded(first(record, "response_body")),
                model=text_in(first(record, "request_model", "model_override", "model")),
                response_model=text_in(first(record, "response_model", "model")),
                provider=text_in(record.get("provider")).lower(),
                counts=_counts(record),
                cost_usd=number_in(first(record, "costUSD", "cost_usd", "cost")),
                failure=_failure(record),
                session_id=session,
                user_id=text_in(first(record, "request_user_id", "user_id")),
                metadata=metadata_in({name: each for name, each in properties.items() if name != _SESSION}),
            )
        )
    ]


def _end_ns(record: Mapping[str, Any], start_ns: int) -> int:
    delay_ms = number_in(first(record, "delay_ms", "latency"))
    if delay_ms is not None and delay_ms >= 0:
        return start_ns + round(delay_ms * _MS)
    return moment_in(first(record, "response_created_at")) or start_ns


def _first_ns(record: Mapping[str, Any], start_ns: int) -> int | None:
    first_ms = number_in(record.get("time_to_first_token"))
    return start_ns + round(first_ms * _MS) if first_ms is not None and first_ms >= 0 else None


def _counts(record: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: count_in(record.get(field)) for field, name in _COUNTS.items()}
    return {name: count for name, count in counts.items() if count}


def _failure(record: Mapping[str, Any]) -> Failure | None:
    status = number_in(first(record, "response_status", "status"))
    if status is None or 0 <= status < _FIRST_ERROR:
        return None
    body = object_in(decoded(record.get("response_body")))
    error = object_in(body.get("error")) or body
    # Helicone writes negative numbers for what never had an answer.
    http_status = int(status) if status >= _FIRST_ERROR else None
    kind = text_in(error.get("type")) or text_in(error.get("code")) or str(int(status))
    return Failure(type=kind, message=text_in(error.get("message")), http_status=http_status)
