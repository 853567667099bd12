"""LiteLLM: rows of its spend logs, and the standard logging payloads that its file and bucket loggers write.

Source: LiteLLM's documentation, proxy/logging_spec (StandardLoggingPayload) and the table LiteLLM_SpendLogs.
"""

from collections.abc import Mapping
from typing import Any

from headwater.compat.exports.answered import Logged, item_of
from headwater.compat.exports.told import Item, Whole, decoded, first
from headwater.compat.forms import (
    count_in,
    list_in,
    metadata_in,
    number_in,
    object_in,
    span_id_from,
    text_in,
    trace_id_from,
)
from headwater.compat.reading import moment_in
from headwater.errors import BadRequest
from headwater.event import Failure

_NAME = "litellm"
_OPERATIONS = {
    "embedding": "embeddings",
    "moderation": "moderation",
    "image_generation": "image_generation",
    "transcription": "transcription",
    "speech": "speech",
    "text_completion": "text_completion",
}
_TOKENS = ("prompt_tokens", "completion_tokens", "total_tokens")
# What of a row's metadata has a place of its own here, or is LiteLLM's own bookkeeping.
_NOT_METADATA = (
    "usage_object",
    "error_information",
    "additional_usage_values",
    "model_map_information",
    "hidden_params",
)


def read(record: Mapping[str, Any]) -> list[Item | Whole]:
    """Read a row or payload."""
    named = text_in(first(record, "request_id", "id", "litellm_call_id"))
    start_ns = moment_in(first(record, "startTime", "start_time"))
    end_ns = moment_in(first(record, "endTime", "end_time"))
    if not named or start_ns is None:
        raise BadRequest("it has no 'request_id' or 'id', or no 'startTime'")
    metadata = object_in(record.get("metadata"))
    trace = text_in(first(record, "trace_id", "session_id")) or named
    # Cached answers cost nothing and were no call of the provider, but they have an id of their own all the same.
    return [
        item_of(
            Logged(
                trace_id=trace_id_from(_NAME, trace),
                span_id=span_id_from(_NAME, named),
                start_ns=start_ns,
                end_ns=end_ns or start_ns,
                first_ns=moment_in(first(record, "completionStartTime")) if record.get("stream") else None,
                request=_request(record),
                response=decoded(record.get("response")) or None,
                model=text_in(first(record, "model_group", "model")),
                response_model=text_in(record.get("model")),
                provider=text_in(record.get("custom_llm_provider")),
                operation=_operation(text_in(record.get("call_type"))),
                counts=_counts(record, metadata),
                cost_usd=number_in(first(record, "response_cost", "spend")),
                is_stream=record.get("stream") if isinstance(record.get("stream"), bool) else None,
                failure=_failure(record, metadata),
                session_id=text_in(first(record, "session_id")),
                user_id=text_in(first(record, "end_user", "user", "metadata.user_api_key_end_user_id")),
                tags=tuple(map(text_in, list_in(decoded(record.get("request_tags"))))),
                metadata=metadata_in({name: each for name, each in metadata.items() if name not in _NOT_METADATA}),
            )
        )
    ]


def _operation(call_type: str) -> str:
    return _OPERATIONS.get(call_type.removeprefix("a"), _OPERATIONS.get(call_type, ""))


def _request(record: Mapping[str, Any]) -> dict[str, Any] | None:
    sent = object_in(record.get("proxy_server_request"))
    messages = decoded(record.get("messages"))
    if not messages:
        return sent or None
    asked = {"model": text_in(record.get("model")), **object_in(record.get("model_parameters"))}
    return {**asked, "messages": [{"role": "user", "content": messages}] if isinstance(messages, str) else messages}


def _counts(record: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    told = object_in(metadata.get("usage_object"))
    plain = {name: count_in(record.get(name)) for name in _TOKENS}
    return told or {name: count for name, count in plain.items() if count is not None}


def _failure(record: Mapping[str, Any], metadata: Mapping[str, Any]) -> Failure | None:
    status = text_in(first(record, "status")) or text_in(metadata.get("status"))
    if status != "failure":
        return None
    told = object_in(record.get("error_information")) or object_in(metadata.get("error_information"))
    code = count_in(told.get("error_code"))
    return Failure(
        type=text_in(told.get("error_class")) or (str(code) if code else "failure"),
        message=text_in(first(record, "error_str")) or text_in(told.get("error_message")),
        http_status=code if code is not None and 100 <= code < 600 else None,
    )
