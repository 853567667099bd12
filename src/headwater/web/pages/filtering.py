"""Filtering: the filter bar: what is on, what can be chosen, and the address of each change."""

from typing import Any

import msgspec

from headwater.web.asked import PLURAL, RANGES, Asked, query_pairs
from headwater.web.rendering import Here
from headwater.web.shown.numbers import cost, count, duration
from headwater.web.shown.times import absolute

KINDS = ("call", "agent", "tool", "chain", "retrieval", "reranker", "guardrail", "evaluator", "span")
RANGE_CHOICES = tuple((key, name) for key, (name, _) in RANGES.items())


class Choice(msgspec.Struct, frozen=True):
    """A field of the filter panel: a menu of options, or free text completed from a facet."""

    key: str
    name: str
    facet: str = ""
    options: tuple[str, ...] = ()


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """A number that a trace must reach."""

    key: str
    name: str
    unit: str
    hint: str
    value: str = ""


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A filter that is on. `is_carried`: the form has no field that shows it, so it rides along hidden."""

    key: str
    name: str
    value: str
    shown: str
    without: str
    is_carried: bool


CHOICES = (
    Choice("kind", "Has a step of kind", options=KINDS),
    Choice("model", "Model", "model"),
    Choice("provider", "Provider", "provider"),
    Choice("user", "User", "user"),
    Choice("session", "Session", "session"),
    Choice("tag", "Tag", "tag"),
    Choice("environment", "Environment", "environment"),
    Choice("service", "Service", "service"),
    Choice("tool", "Tool", "tool"),
    Choice("error_type", "Error", "error_type"),
    Choice("source", "Told by", "source"),
)
_OF_CALLS = tuple(choice for choice in CHOICES if choice.key not in ("kind", "tool"))
_BOUNDS = (
    Bound(key="min_cost_usd", name="Cost at least", unit="US dollars", hint="Traces of unknown cost are left out"),
    Bound(
        key="min_duration_ms",
        name="Duration at least",
        unit="milliseconds",
        hint="From the first start to the last end",
    ),
    Bound(key="min_tokens", name="Tokens at least", unit="tokens", hint="Input and output together"),
)
_BOUNDS_OF_CALLS = (
    Bound(key="min_cost_usd", name="Cost at least", unit="US dollars", hint="Calls of unknown cost are left out"),
    Bound(
        key="min_duration_ms",
        name="Duration at least",
        unit="milliseconds",
        hint="From the request to the last byte",
    ),
    Bound(key="min_tokens", name="Tokens at least", unit="tokens", hint="Input and output together"),
    Bound(
        key="min_ttft_ms",
        name="First token after",
        unit="milliseconds",
        hint="Calls whose first token took at least this",
    ),
)
NAMES = {choice.key: choice.name for choice in CHOICES} | {
    "status": "Status",
    "kind": "Kind",
    "operation": "Operation",
    "release": "Release",
    "key": "Key",
    "agent": "Agent",
    "name": "Name has",
    "text": "Text has",
    "metadata": "Metadata",
    "has_error": "Has an error",
    "min_cost_usd": "Cost ≥",
    "max_cost_usd": "Cost ≤",
    "min_tokens": "Tokens ≥",
    "max_tokens": "Tokens ≤",
    "min_duration_ms": "Duration ≥",
    "max_duration_ms": "Duration ≤",
    "min_ttft_ms": "First token ≥",
    "max_ttft_ms": "First token ≤",
    "trace": "Trace",
    "set": "Set",
    "start": "From",
    "end": "Before",
}
# Shown by a field of their own, which takes their place when it changes.
_IN_FORM = frozenset({"status", "text", "min_cost_usd", "min_duration_ms", "min_tokens"})
_SHOWN = {"cost_usd": cost, "duration_ms": duration, "ttft_ms": duration, "tokens": count}


def bar(
    asked: Asked, here: Here, place: str, search_label: str, *, has_choices: bool, thing: str = "traces"
) -> dict[str, Any]:
    """Return what the filter bar's template needs; `thing` says whether traces or calls are narrowed."""
    choices, bounds = (_OF_CALLS, _BOUNDS_OF_CALLS) if thing == "calls" else (CHOICES, _BOUNDS)
    return {
        "narrowed": thing,
        "filters": asked,
        "place": place,
        "search_label": search_label,
        "ranges": RANGE_CHOICES,
        "range_name": RANGES[asked.range][0].lower() if asked.range in RANGES else "chosen times",
        "choices": choices if has_choices else (),
        "bounds": [_bound(bound, asked) for bound in bounds],
        "chips": chips(asked, here, place, _IN_FORM | {bound.key for bound in bounds}),
        "clear": here.link(place, range=asked.range),
        "all_time": here.link_pairs(place, query_pairs(asked, range="all", start=None, end=None)),
    }


def chips(asked: Asked, here: Here, place: str, in_form: frozenset[str] = _IN_FORM) -> list[Chip]:
    """Return a chip for each value that narrows, in the order of the fields; `in_form` have a field of their own."""
    hidden_times = {"start", "end"} if asked.range else set[str]()
    return [
        _chip(asked, here, place, key, value, is_carried=key not in in_form)
        for key, value in query_pairs(asked)
        if key in NAMES and key not in hidden_times
    ]


def _chip(asked: Asked, here: Here, place: str, key: str, value: str, *, is_carried: bool) -> Chip:
    remaining = (
        [other for other in getattr(asked, key) if other != value] if key in PLURAL or key == "metadata" else None
    )
    return Chip(
        key=key,
        name=NAMES[key],
        value=value,
        shown=_shown(key, value),
        without=here.link_pairs(place, query_pairs(asked, **{key: remaining})),
        is_carried=is_carried,
    )


def _shown(key: str, value: str) -> str:
    if key in ("start", "end"):
        return absolute(value).replace(".000", "")
    shorten = _SHOWN.get(key.removeprefix("min_").removeprefix("max_"))
    return shorten(float(value)) if shorten and key.startswith(("min_", "max_")) else value


def _bound(bound: Bound, asked: Asked) -> Bound:
    value = dict(query_pairs(asked)).get(bound.key, "")
    return msgspec.structs.replace(bound, value=value)
