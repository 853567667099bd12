"""Token counts from attributes, as a `Usage`.

The conventions count input with what the cache gave and took. A sender that leaves those out is known by its scope, or
shows itself by more cached tokens than input (both settled in `provider.disjoint_usage`).
"""

import ast
from typing import Any

import msgspec

from headwater.event import Usage
from headwater.otlp.find import Found
from headwater.otlp.names import EXCLUSIVE_INPUT_SCOPES, FIELDS, USAGE_OBJECTS
from headwater.otlp.values import count_of, decoded, is_object
from headwater.provider import disjoint_usage, usage_from

_COUNTED = (
    "input_tokens",
    "output_tokens",
    "cache_read",
    "cache_write",
    "cache_write_5m",
    "cache_write_1h",
    "reasoning",
    "input_audio",
    "output_audio",
)
_NAMES = frozenset(name for field in _COUNTED for name in FIELDS[field])
_Counts = dict[str, Any]

# Under this name, `provider.usage_from` reads cached tokens as a part of the input.
_INCLUSIVE_INPUT = "prompt_tokens"
# Langfuse's own word for the input. It counts what its cache names tell within it, but for names that split it up.
_LANGFUSE_INPUT = "input"
_LANGFUSE_SPLIT = "input_c"
_PRINTED_MAX = 4096


def usage_of(found: Found, scope: str, provider: str) -> Usage | None:
    """Return the tokens that a call's attributes tell, or None where they tell none.

    Two zeros are what some instruments write for an answer that they could not read, so they tell nothing.
    """
    usage = _flat_usage(found, scope)
    for name, words in USAGE_OBJECTS:
        value = found.attributes.get(name)
        if value is not None and is_object(told := _printed(value) if words == "printed" else decoded(value)):
            usage = _merged(usage, _object_usage(told, words, provider))
            break
    if usage is None or usage.input_tokens or usage.output_tokens:
        return usage
    return Usage(reported=usage.reported) if usage.output == 0 else usage


def _flat_usage(found: Found, scope: str) -> Usage | None:
    fields = found.fields
    counts = {field: count_of(fields[field]) for field in _COUNTED if field in fields}
    if all(count is None for count in counts.values()):
        return None
    write_1h = counts.get("cache_write_1h") or 0
    write_5m = max(counts.get("cache_write_5m") or 0, (counts.get("cache_write") or 0) - write_1h)
    return disjoint_usage(
        input_tokens=counts.get("input_tokens"),
        output_tokens=counts.get("output_tokens"),
        cache_read=counts.get("cache_read") or 0,
        cache_write_5m=write_5m,
        cache_write_1h=write_1h,
        reasoning=counts.get("reasoning") or 0,
        input_audio=counts.get("input_audio") or 0,
        output_audio=counts.get("output_audio") or 0,
        is_cache_beside=scope.startswith(EXCLUSIVE_INPUT_SCOPES),
        reported={name: value for name, value in found.attributes.items() if name in _NAMES},
    )


def _object_usage(told: _Counts, words: str, provider: str) -> Usage | None:
    if words == "vendor":
        return usage_from(told, provider)
    renamed = ""
    if words == "inclusive":
        renamed = "input_tokens"
    elif words == "langfuse" and not any(name.startswith(_LANGFUSE_SPLIT) for name in told):
        renamed = _LANGFUSE_INPUT
    if renamed not in told:
        return usage_from(told)
    usage = usage_from({(_INCLUSIVE_INPUT if name == renamed else name): told[name] for name in told})
    return None if usage is None else msgspec.structs.replace(usage, reported=told)


def _printed(value: Any) -> Any:
    """Read what Python's `repr` makes of an object of numbers (LiteLLM)."""
    if not isinstance(value, str) or len(value) > _PRINTED_MAX:
        return None
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _merged(flat: Usage | None, told: Usage | None) -> Usage | None:
    """What the attributes say goes first; the object fills in what they leave out."""
    if flat is None or told is None:
        return told if flat is None else flat
    is_same_input = flat.input_tokens is None or flat.input_tokens == told.input_tokens
    takes_cache = is_same_input and not (flat.cache_read or flat.cache_write)
    return Usage(
        input=told.input if takes_cache else flat.input,
        cache_read=told.cache_read if takes_cache else flat.cache_read,
        cache_write_5m=told.cache_write_5m if takes_cache else flat.cache_write_5m,
        cache_write_1h=told.cache_write_1h if takes_cache else flat.cache_write_1h,
        output=told.output if flat.output is None else flat.output,
        reasoning=flat.reasoning or told.reasoning,
        input_audio=flat.input_audio or told.input_audio,
        output_audio=flat.output_audio or told.output_audio,
        reported={**told.reported, **flat.reported},
    )
