"""Langfuse's scores as log events of the conventions' `gen_ai.evaluation.result`, joined to the span that they judge.

v3 and v4 send `{"batch": [{"type": "score-create", "body": {...}}, ...]}`, v5 an array of the bodies. Anything in a
batch that is no score is kept as a log event under its own type, so that nothing is lost.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.errors import BadRequest
from headwater.event import LogEvent
from headwater.otlp.times import moment_ns
from headwater.otlp.values import is_list, is_object

_EVENT_NAME = "gen_ai.evaluation.result"
_ATTRIBUTES = {
    "name": "gen_ai.evaluation.name",
    "comment": "gen_ai.evaluation.explanation",
    "environment": "deployment.environment.name",
}


def scores_of(body: bytes, received_ns: int = 0) -> list[LogEvent]:
    """Read the scores of a body. Raises BadRequest where it is not JSON, or no batch and no array."""
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadRequest(f"the body is not JSON ({error})") from error
    items = decoded.get("batch") if is_object(decoded) and "batch" in decoded else decoded
    if is_object(items):
        items = [items]
    if not is_list(items):
        raise BadRequest("a body of scores must be an array, or an object with field 'batch'")
    return [_event(item, received_ns) for item in items if is_object(item)]


def _event(item: Mapping[str, Any], received_ns: int) -> LogEvent:
    kind = item.get("type")
    inner = item.get("body")
    score: Mapping[str, Any] = inner if is_object(inner) else item
    is_score = kind in (None, "score-create") or "value" in score
    return LogEvent(
        time_ns=moment_ns(item.get("timestamp") or score.get("timestamp")) or received_ns,
        name=_EVENT_NAME if is_score else f"langfuse.{kind}",
        trace_id=_hex(score.get("traceId"), 32),
        span_id=_hex(score.get("observationId"), 16),
        body=score,
        attributes=_attributes(score) if is_score else {},
        scope="langfuse",
    )


def _attributes(score: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: score[key] for key, name in _ATTRIBUTES.items() if isinstance(score.get(key), str)}
    value = score.get("value")
    if isinstance(value, bool | int | float):
        found["gen_ai.evaluation.score.value"] = float(value)
    elif isinstance(value, str):
        found["gen_ai.evaluation.score.label"] = value
    return found


def _hex(value: Any, digits: int) -> str:
    text = value.lower().replace("-", "") if isinstance(value, str) else ""
    return text if len(text) == digits and all(each in "0123456789abcdef" for each in text) else ""
