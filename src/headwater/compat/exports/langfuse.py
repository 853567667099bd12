"""Langfuse: traces, observations and scores, as its public API gives them and its export writes them.

A trace of Langfuse is a record of its own, here the span above its observations. What a record says is put under the
names that Langfuse's own SDK sends by OTLP, which are understood already.
Source: Langfuse's API reference, /api/public/traces, /observations (v1 and v2) and /scores.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.compat.exports.told import Item, Whole, attributes_of, decoded, first, json_of, span_item
from headwater.compat.forms import count_in, list_in, number_in, object_in, span_id_from, text_in, trace_id_from
from headwater.compat.reading import moment_in
from headwater.errors import BadRequest

_NAME = "langfuse"
_OF_TRACE = {
    "langfuse.trace.name": ("traceName", "trace_name"),
    "user.id": ("userId", "user_id"),
    "session.id": ("sessionId", "session_id"),
    "langfuse.trace.tags": ("tags",),
    "langfuse.environment": ("environment",),
    "langfuse.release": ("release",),
}
_TOKENS = {
    "input": ("usage.input", "promptTokens", "inputUsage", "usage.promptTokens"),
    "output": ("usage.output", "completionTokens", "outputUsage", "usage.completionTokens"),
    "total": ("usage.total", "totalTokens", "totalUsage", "usage.totalTokens"),
}
_MARK = "gen_ai.evaluation."


def read(record: Mapping[str, Any]) -> list[Item | Whole]:
    """Read a trace with what is nested in it, an observation, or a score."""
    if first(record, "traceId", "trace_id") is None:
        return _trace(record)
    if "value" in record or "stringValue" in record:
        return [_score(record)]
    return [_observation(record, {})]


def _trace(record: Mapping[str, Any]) -> list[Item | Whole]:
    named = text_in(record.get("id"))
    if not named:
        raise BadRequest("it has neither a 'traceId' nor an 'id'")
    about = _about_trace(record) | {"langfuse.trace.name": text_in(record.get("name"))}
    observations = [object_in(each) for each in list_in(record.get("observations")) if isinstance(each, dict)]
    ends = [moment_in(first(each, "endTime", "end_time", "startTime")) for each in observations]
    start_ns = moment_in(first(record, "timestamp", "createdAt"))
    root = span_item(
        trace_id=trace_id_from(_NAME, named),
        span_id=_root_id(named),
        name=text_in(record.get("name")) or "trace",
        start_ns=start_ns,
        end_ns=max(filter(None, [start_ns, *ends]), default=None),
        attributes={
            **about,
            "langfuse.observation.type": "span",
            "langfuse.observation.input": json_of(record.get("input")),
            "langfuse.observation.output": json_of(record.get("output")),
            **_metadata(record, "langfuse.trace.metadata."),
        },
    )
    inner = [_observation({"traceId": named, **each}, about) for each in observations]
    scores = [_score({"traceId": named, **each}) for each in _scores(record)]
    return [root, *inner, *scores]


def _scores(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    # A list of traces has only the ids of their scores.
    return [object_in(each) for each in list_in(record.get("scores")) if isinstance(each, dict)]


def _root_id(trace: str) -> str:
    return span_id_from(_NAME, "trace", trace)


def _about_trace(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: first(record, *fields) for name, fields in _OF_TRACE.items()}


def _observation(record: Mapping[str, Any], about: Mapping[str, Any]) -> Item:
    trace = text_in(first(record, "traceId", "trace_id"))
    named = text_in(record.get("id"))
    if not named:
        raise BadRequest("the observation has no 'id'")
    parent = text_in(first(record, "parentObservationId", "parent_observation_id"))
    level = text_in(record.get("level")).upper()
    return span_item(
        trace_id=trace_id_from(_NAME, trace),
        span_id=span_id_from(_NAME, named),
        parent_span_id=span_id_from(_NAME, parent) if parent else _root_id(trace),
        name=text_in(record.get("name")) or text_in(record.get("type")).lower(),
        start_ns=moment_in(first(record, "startTime", "start_time")),
        end_ns=moment_in(first(record, "endTime", "end_time")),
        status="error" if level == "ERROR" else "",
        message=text_in(first(record, "statusMessage", "status_message")),
        attributes={
            **{name: value for name, value in _about_trace(record).items() if value is not None},
            **about,
            "langfuse.observation.type": text_in(record.get("type")).lower() or "span",
            "langfuse.observation.model.name": first(record, "model", "providedModelName"),
            "langfuse.observation.model.parameters": json_of(decoded(record.get("modelParameters"))),
            "langfuse.observation.input": json_of(record.get("input")),
            "langfuse.observation.output": json_of(record.get("output")),
            "langfuse.observation.usage_details": json_of(_usage(record)),
            "langfuse.observation.cost_details": json_of(_cost(record)),
            "langfuse.observation.completion_start_time": first(record, "completionStartTime"),
            "langfuse.observation.level": level,
            "langfuse.observation.status_message": first(record, "statusMessage", "status_message"),
            "langfuse.observation.prompt.name": first(record, "promptName"),
            "langfuse.observation.prompt.version": count_in(record.get("promptVersion")),
            **_metadata(record, "langfuse.observation.metadata."),
        },
    )


def _metadata(record: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {prefix + name: json_of(value) for name, value in object_in(record.get("metadata")).items()}


def _usage(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """Tokens by kind; what was counted in another unit (characters, images) is no tokens."""
    details = object_in(record.get("usageDetails"))
    unit = text_in(first(record, "usage.unit", "unit")).upper()
    if details or unit not in ("", "TOKENS"):
        return details or None
    counts = {kind: count_in(first(record, *fields)) for kind, fields in _TOKENS.items()}
    return {kind: count for kind, count in counts.items() if count is not None} if any(counts.values()) else None


def _cost(record: Mapping[str, Any]) -> dict[str, Any] | None:
    details = object_in(record.get("costDetails"))
    if details:
        return details
    total = number_in(first(record, "calculatedTotalCost", "totalCost", "usage.totalCost"))
    return {"total": total} if total is not None else None


def _score(record: Mapping[str, Any]) -> Item:
    trace = text_in(first(record, "traceId", "trace_id"))
    observation = text_in(first(record, "observationId", "observation_id"))
    value = record.get("value")
    number = number_in(value)
    label = first(record, "stringValue") or (value if isinstance(value, str) else None)
    at_ns = str(moment_in(first(record, "timestamp", "createdAt")) or 0)
    told = {
        "timeUnixNano": at_ns,
        "observedTimeUnixNano": at_ns,
        "eventName": _MARK + "result",
        "traceId": trace_id_from(_NAME, trace),
        "spanId": span_id_from(_NAME, observation) if observation else _root_id(trace),
        "attributes": attributes_of(
            {
                _MARK + "name": text_in(record.get("name")),
                _MARK + "score.value": None if isinstance(value, bool) else number,
                _MARK + "score.label": label,
                _MARK + "explanation": text_in(record.get("comment")),
            }
        ),
    }
    return Item(signal="logs", body=msgspec.json.encode(told))
