"""Schema: which items of an array can be kept, and what is wrong with the others, in the words of Pulse's server.

Pulse's own server refuses a whole array for one bad item, for a null and for a session id that is no UUID. Here each
item stands for itself; nulls, fields that nobody knows, ids of any form and clocks that are wrong are no faults.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, cast

import msgspec

from headwater.compat.reading import number_in, text_in
from headwater.errors import BadRequest

Issue = dict[str, Any]


class Rule(NamedTuple):
    """What a field may hold. A field that is missing or null is at fault only where it `is_required`."""

    expected: str
    holds: Callable[[Any], bool]
    is_required: bool = False


class Checked(NamedTuple):
    """The items that can be kept, how many cannot, and why; `path` in an issue begins with the item's number."""

    items: list[dict[str, Any]]
    rejected: int
    issues: list[Issue]


_STATUSES = ("success", "error")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or text_in(value) != ""


def _is_named(value: Any) -> bool:
    return text_in(value) != ""


def _is_number(value: Any) -> bool:
    return number_in(value) is not None


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_status(value: Any) -> bool:
    return value in _STATUSES


_text = Rule("string", _is_text)
_named = Rule("string", _is_named, is_required=True)
_number = Rule("number", _is_number)
_object = Rule("record", _is_object)
_status = Rule('"success"|"error"', _is_status)

_COMMON: dict[str, Rule] = {
    "trace_id": _text,
    "session_id": _text,
    "timestamp": _text,
    "status": _status,
    "model_used": _text,
    "provider_request_id": _text,
    "input_tokens": _number,
    "output_tokens": _number,
    "output_text": _text,
    "finish_reason": _text,
    "cost_cents": _number,
    "metadata": _object,
}
TRACE: Mapping[str, Rule] = {**_COMMON, "provider": _named, "model_requested": _named, "latency_ms": _number}
SPAN: Mapping[str, Rule] = {
    **_COMMON,
    "session_id": _named,
    "kind": _named,
    "span_id": _text,
    "parent_span_id": _text,
    "duration_ms": _number,
    "event_type": _text,
    "source": _text,
    "service": _text,
    "provider": _text,
    "model": _text,
    "tool_use_id": _text,
    "tool_name": _text,
    "agent_name": _text,
    "cwd": _text,
}


def checked(body: bytes, rules: Mapping[str, Rule]) -> Checked:
    """Sort the items of an array. Raises BadRequest for what is no JSON; what is no array is one issue and no item."""
    items: list[dict[str, Any]] = []
    issues: list[Issue] = []
    rejected = 0
    listed = _decoded(body)
    if not isinstance(listed, list):
        return Checked(items, rejected, [_issue((), "array", listed, is_there=True)])
    for number, item in enumerate(cast("list[Any]", listed)):
        faults = list(_faults(number, item, rules))
        if faults:
            rejected += 1
            issues += faults
        else:
            items.append(item)
    return Checked(items, rejected, issues)


def _faults(number: int, item: Any, rules: Mapping[str, Rule]) -> Iterable[Issue]:
    if not isinstance(item, dict):
        yield _issue((number,), "object", item, is_there=True)
        return
    told = cast("dict[str, Any]", item)
    for name, rule in rules.items():
        value = told.get(name)
        if (value is None and rule.is_required) or (value is not None and not rule.holds(value)):
            yield _issue((number, name), rule.expected, value, is_there=name in told)


_RECEIVED: tuple[tuple[type, str], ...] = (
    (str, "string"),
    (bool, "boolean"),
    (int, "number"),
    (float, "number"),
    (list, "array"),
    (dict, "object"),
)


def _issue(path: tuple[int | str, ...], expected: str, value: Any, *, is_there: bool) -> Issue:
    """A fault in the words of the library that Pulse's server checks with (zod's `invalid_type`)."""
    named = next((name for kind, name in _RECEIVED if isinstance(value, kind)), "null")
    received = named if is_there else "undefined"
    message = f"Invalid input: expected {expected}, received {received}"
    return {"code": "invalid_type", "expected": expected, "path": list(path), "message": message}


def _decoded(body: bytes) -> Any:
    """The body as JSON; also as Python's own encoder writes it, with NaN and halves of characters in it."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        try:
            lenient = json.loads(body, parse_constant=lambda _: None)
            return msgspec.json.decode(json.dumps(lenient, ensure_ascii=False).encode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise BadRequest(f"Invalid JSON body: {error}") from error
