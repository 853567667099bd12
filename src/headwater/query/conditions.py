"""Conditions: filters as SQL. One table says what each field means on a span, one what it means on a trace.

A field that a trace's own row does not hold is asked of its spans. Every condition is read together with the bounds
`{low:Int64}` and `{high:Int64}` on the start of the listed thing (Unix nanoseconds, from low, before high).
"""

import math
import re
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from headwater.errors import BadRequest
from headwater.query.filters import CallFilters, Filters, SpanFilters, TraceFilters

_MAX_VALUES = 1_000
_MAX_CHARACTERS = 1_000
_MAX_IDS = 10_000
_IDS = frozenset({"among", "marks"})

_TOKENS = "(ifNull(input_tokens, 0) + ifNull(output_tokens, 0))"
_COST_FROM = "toFloat64(cost_usd) >= {min_cost_usd:Float64}"
_COST_TO = "toFloat64(cost_usd) <= {max_cost_usd:Float64}"
_DURATION_FROM = "toFloat64(duration_ns) >= {min_duration_ms:Float64} * 1e6"
_DURATION_TO = "toFloat64(duration_ns) <= {max_duration_ms:Float64} * 1e6"

# A call that has not told its status is no error; `FINAL` takes care of versions.
IN_WINDOW = (
    "project = {project:String} AND start_time >= fromUnixTimestamp64Nano({low:Int64}, 'UTC')"
    " AND start_time < fromUnixTimestamp64Nano({high:Int64}, 'UTC')"
)
IS_CALL = "kind = 'call' AND folded_into = ''"

_AMONG = "trace_id IN {among:Array(String)}"

_OF_SPANS: Mapping[str, str] = {
    "among": _AMONG,
    "marks": "concat(trace_id, ':', span_id) IN {marks:Array(String)}",
    "trace_ids": "trace_id IN {trace_ids:Array(String)}",
    "kinds": "kind IN {kinds:Array(String)}",
    "statuses": "status IN {statuses:Array(String)}",
    "models": "model IN {models:Array(String)}",
    "providers": "provider IN {providers:Array(String)}",
    "operations": "operation IN {operations:Array(String)}",
    "users": "user_id IN {users:Array(String)}",
    "sessions": "session_id IN {sessions:Array(String)}",
    "tags": "hasAny(tags, {tags:Array(String)})",
    "environments": "environment IN {environments:Array(String)}",
    "services": "service_name IN {services:Array(String)}",
    "releases": "release IN {releases:Array(String)}",
    "keys": "attributes['headwater.key_id'] IN {keys:Array(String)}",
    "sources": "source IN {sources:Array(String)}",
    "error_types": "error_type IN {error_types:Array(String)}",
    "tools": "tool_name IN {tools:Array(String)}",
    "agents": "agent_name IN {agents:Array(String)}",
    "names": "name IN {names:Array(String)}",
    "name": "positionCaseInsensitive(name, {name:String}) > 0",
    "min_cost_usd": _COST_FROM,
    "max_cost_usd": _COST_TO,
    "min_tokens": _TOKENS + " >= {min_tokens:Int64}",
    "max_tokens": _TOKENS + " <= {max_tokens:Int64}",
    "min_duration_ms": _DURATION_FROM,
    "max_duration_ms": _DURATION_TO,
    "min_ttft_ms": "ttft_ns >= {min_ttft_ms:Float64} * 1e6",
    "max_ttft_ms": "ttft_ns <= {max_ttft_ms:Float64} * 1e6",
}

_OF_TRACES: Mapping[str, str] = {
    "among": _AMONG,
    "kinds": "hasAny(kinds, {kinds:Array(String)})",
    "statuses": "status IN {statuses:Array(String)}",
    "models": "hasAny(models, {models:Array(String)})",
    "providers": "hasAny(providers, {providers:Array(String)})",
    "users": "user_id IN {users:Array(String)}",
    "sessions": "session_id IN {sessions:Array(String)}",
    "tags": "hasAny(tags, {tags:Array(String)})",
    "environments": "environment IN {environments:Array(String)}",
    "services": "service_name IN {services:Array(String)}",
    "sources": "hasAny(sources, {sources:Array(String)})",
    "error_types": "hasAny(error_types, {error_types:Array(String)})",
    "names": "name IN {names:Array(String)}",
    "name": "positionCaseInsensitive(name, {name:String}) > 0",
    "min_cost_usd": _COST_FROM,
    "max_cost_usd": _COST_TO,
    "min_tokens": _TOKENS + " >= {min_tokens:Int64}",
    "max_tokens": _TOKENS + " <= {max_tokens:Int64}",
    "min_duration_ms": _DURATION_FROM,
    "max_duration_ms": _DURATION_TO,
}

_SPANS_OF_A_TRACE = ("operations", "releases", "keys", "tools", "agents")
"""Fields that a trace has by one of its spans that stand for themselves."""

_NOT_CONDITIONS = frozenset({"start", "end", "text", "metadata", "has_error", "with_folded"})

# A trace starts with its first span, so none of its spans lies before the window.
_TRACE_HAS_SPAN = (
    "trace_id IN (SELECT trace_id FROM headwater.spans FINAL WHERE project = {{project:String}}"
    " AND start_time >= fromUnixTimestamp64Nano({{low:Int64}}, 'UTC') AND {0})"
)
_SPAN_SAYS = (
    "arrayExists(h -> h IN (SELECT hash FROM headwater.messages WHERE project = {{project:String}} AND {0}),"
    " arrayConcat(input, output))"
)

_WORD = re.compile(r"[A-Za-z0-9\u0080-\U0010ffff]{2,}")
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class Conditions(msgspec.Struct, frozen=True):
    """SQL terms to be joined by AND, and their parameters. `said` is what messages must hold, "" without a text."""

    terms: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = {}
    asks_text: bool = False
    said: str = ""

    @property
    def span_says(self) -> str:
        """The part of a term that holds a span against the messages which hold the text."""
        return _SPAN_SAYS.format(self.said)

    def sql(self, *also: str) -> str:
        """Return all terms, these first, joined by AND."""
        return " AND ".join((*also, *self.terms))


def trace_conditions(filters: TraceFilters) -> Conditions:
    """Return what traces must fulfil; raises BadRequest that names the field."""
    given = _given(filters)
    terms = [_OF_TRACES[field] for field in given if field in _OF_TRACES]
    terms += [
        _TRACE_HAS_SPAN.format("folded_into = '' AND " + _OF_SPANS[field])
        for field in given
        if field in _SPANS_OF_A_TRACE
    ]
    parameters = dict(given)
    if filters.has_error is not None:
        terms.append("error_count > 0" if filters.has_error else "error_count = 0")
    named, values = _metadata(filters)
    said, words = _text(filters)
    terms += [_TRACE_HAS_SPAN.format(each) for each in (*named, *([_SPAN_SAYS.format(said)] if said else []))]
    return Conditions(tuple(terms), parameters | values | words, asks_text=bool(filters.text), said=said)


def span_conditions(filters: CallFilters) -> Conditions:
    """Return what spans (or calls) must fulfil; raises BadRequest that names the field."""
    given = _given(filters)
    terms = [_OF_SPANS[field] for field in given]
    parameters = dict(given)
    if filters.has_error is not None:
        terms.append("status = 'error'" if filters.has_error else "status != 'error'")
    if isinstance(filters, SpanFilters) and not filters.with_folded:
        terms.append("folded_into = ''")
    named, values = _metadata(filters)
    said, words = _text(filters)
    terms += [*named, *([_SPAN_SAYS.format(said)] if said else [])]
    return Conditions(tuple(terms), parameters | values | words, asks_text=bool(filters.text), said=said)


def given_fields(filters: Filters) -> frozenset[str]:
    """Return the names of the fields that narrow something, apart from the times."""
    fields = {field for field in filters.__struct_fields__ if getattr(filters, field) not in (None, (), "", {})}
    return frozenset(fields - {"start", "end"})


def _given(filters: Filters) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for field in filters.__struct_fields__:
        value = getattr(filters, field)
        if field not in _NOT_CONDITIONS and value not in (None, (), ""):
            _check(field, value)
            given[field] = list(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value
    return given


def _check(field: str, value: Any) -> None:
    values = cast("tuple[Any, ...]", value) if isinstance(value, tuple) else (value,)
    most = _MAX_IDS if field in _IDS else _MAX_VALUES
    if len(values) > most:
        raise BadRequest(f"{field}: {len(values)} values; send at most {most}")
    for each in values:
        if isinstance(each, str) and len(each) > _MAX_CHARACTERS:
            raise BadRequest(f"{field}: {each[:40]!r} is longer than {_MAX_CHARACTERS} characters; send less")
        if isinstance(each, float) and not math.isfinite(each):
            raise BadRequest(f"{field}: {each!r} is not a number to compare with; send a finite one")
        if isinstance(each, int) and not -(2**63) <= each < 2**63:
            raise BadRequest(f"{field}: {each!r} is out of range; send a number of 64 bits")


def _metadata(filters: Filters) -> tuple[list[str], dict[str, Any]]:
    terms: list[str] = []
    parameters: dict[str, Any] = {}
    if len(filters.metadata) > _MAX_VALUES:
        raise BadRequest(f"metadata: {len(filters.metadata)} keys; send at most {_MAX_VALUES}")
    for index, (key, value) in enumerate(filters.metadata.items()):
        _check("metadata", (key, value))
        terms.append(f"metadata[{{metadata_key_{index}:String}}] = {{metadata_value_{index}:String}}")
        parameters |= {f"metadata_key_{index}": key, f"metadata_value_{index}": value}
    return terms, parameters


def _text(filters: Filters) -> tuple[str, dict[str, Any]]:
    """Words of two characters and more narrow by the text index; the whole needle then decides."""
    _check("text", filters.text)
    if not filters.text.strip():
        return "", {}
    needle = filters.text.translate(_ASCII_LOWER)
    words = [word for word in dict.fromkeys(_WORD.findall(needle))][:8]
    parameters: dict[str, Any] = {f"word_{index}": f"%{word}%" for index, word in enumerate(words)}
    terms = [f"lower(text) LIKE {{word_{index}:String}}" for index in range(len(words))]
    if words != [needle]:
        terms.append("position(lower(text), {text:String}) > 0")
        parameters["text"] = needle
    return " AND ".join(terms), parameters
