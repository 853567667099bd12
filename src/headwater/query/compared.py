"""Compared: two spans side by side: what was asked with which parameters, what it took, and what was said otherwise.

In:  two spans with their content.   Out: of their lists of messages what is the same, changed, added, left out.
Rule 1: what is the same is only counted; messages are addressed by what they say, so the same is exactly the same.
Rule 2: a change is of one message into one of the same role at the same place between what is the same around it.
"""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import msgspec

from headwater.query.answers import Answer
from headwater.query.content import mapping_or_empty
from headwater.query.traced import SpanShown

_MOST = 2_000
"""Messages of a side that are held against each other; what is beyond is told to be left out."""


class Difference(Answer, frozen=True, kw_only=True):
    """A piece of two lists. `kind` is same, changed, added (only in b) or removed (only in a).

    `at_a` and `at_b` are where it begins, counted from 0. `count` messages are the same; of the other kinds it is 1,
    and `a` and `b` are what stands there, None where nothing does.
    """

    kind: str
    at_a: int
    at_b: int
    count: int = 1
    a: Any = None
    b: Any = None


class Beside(Answer, frozen=True, kw_only=True):
    """A number or a word of both spans. `difference` is b less a, None where one of them is unknown or no number."""

    name: str
    a: Any
    b: Any
    difference: float | None
    is_same: bool


class Compared(Answer, frozen=True, kw_only=True):
    """Two spans, a before b as they were asked for. `facts` and `parameters` have both, the same ones too.

    `left_out` messages at the end of the longer lists were not compared.
    """

    a_trace_id: str
    a_span_id: str
    b_trace_id: str
    b_span_id: str
    facts: tuple[Beside, ...]
    parameters: tuple[Beside, ...]
    tools: tuple[Difference, ...]
    input: tuple[Difference, ...]
    output: tuple[Difference, ...]
    left_out: int = 0


FACTS = (
    "name", "kind", "provider", "request_model", "model", "operation", "service_tier", "status", "error_type",
    "finish_reasons", "is_stream", "start_time", "duration_ms", "ttft_ms", "input_tokens", "cache_read_tokens",
    "cache_write_tokens", "output_tokens", "reasoning_tokens", "cost_usd", "price_version", "attempts", "agent_name",
    "tool_name", "user_id", "session_id", "environment", "service_name", "release",
)  # fmt: skip
"""What is told of both, by its name in `SpanShown`."""


def compare(a: SpanShown, b: SpanShown) -> Compared:
    """Hold two spans against each other."""
    longest = max(len(each) for span in (a, b) for each in (span.input, span.output, span.tools))
    return Compared(
        a_trace_id=a.trace_id,
        a_span_id=a.span_id,
        b_trace_id=b.trace_id,
        b_span_id=b.span_id,
        facts=tuple([_beside(name, getattr(a, name), getattr(b, name)) for name in FACTS]),
        parameters=tuple(
            [
                _beside(name, a.parameters.get(name), b.parameters.get(name))
                for name in _names(a.parameters, b.parameters)
            ]
        ),
        tools=differences(a.tools, b.tools),
        input=differences(a.input, b.input),
        output=differences(a.output, b.output),
        left_out=max(0, longest - _MOST),
    )


def differences(a: Sequence[Any], b: Sequence[Any]) -> tuple[Difference, ...]:
    """Return the pieces of two lists, in order; of each list the first `_MOST` entries."""
    a, b = a[:_MOST], b[:_MOST]
    encode = msgspec.json.Encoder(order="sorted").encode
    matcher = SequenceMatcher(None, [encode(each) for each in a], [encode(each) for each in b], autojunk=False)
    found: list[Difference] = []
    for tag, from_a, to_a, from_b, to_b in matcher.get_opcodes():
        if tag == "equal":
            found.append(Difference(kind="same", at_a=from_a, at_b=from_b, count=to_a - from_a))
        else:
            found += _changed(a, b, range(from_a, to_a), range(from_b, to_b))
    return tuple(found)


def _changed(a: Sequence[Any], b: Sequence[Any], places_a: range, places_b: range) -> list[Difference]:
    """Entries of one role at one place are one that changed; the others were left out, or are new."""
    found: list[Difference] = []
    for at in range(max(len(places_a), len(places_b))):
        at_a, at_b = places_a.start + min(at, len(places_a)), places_b.start + min(at, len(places_b))
        has_a, has_b = at < len(places_a), at < len(places_b)
        if has_a and has_b and _role(a[at_a]) == _role(b[at_b]):
            found.append(Difference(kind="changed", at_a=at_a, at_b=at_b, a=a[at_a], b=b[at_b]))
            continue
        if has_a:
            found.append(Difference(kind="removed", at_a=at_a, at_b=at_b, a=a[at_a]))
        if has_b:
            found.append(Difference(kind="added", at_a=at_a, at_b=at_b, b=b[at_b]))
    return found


def _role(value: Any) -> Any:
    whole = mapping_or_empty(value)
    return whole.get("role") or whole.get("name")


def _names(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    return sorted({*a, *b})


def _beside(name: str, a: Any, b: Any) -> Beside:
    is_number = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (a, b))
    return Beside(name=name, a=a, b=b, difference=b - a if is_number else None, is_same=a == b)
