"""Token counts under anyone's names, made into buckets that never overlap.

Senders differ in two points that names alone do not settle, so each is decided by these rules, in order:

1. Cached input beside the input, or within it? Beside it if there is more cached than input; beside it under the names
   that Anthropic and Bedrock use; within it under all others. A reported total that fits only the other reading
   corrects that, except for providers whose way is known.
2. Reasoning beside the output, or within it? Beside it if there is more reasoning than output, and under Gemini's
   names; within it under all others; a reported total corrects this likewise (xAI counts it beside).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from headwater.event import Usage
from headwater.provider.narrow import count_of, objects_of

_BESIDE = "beside"
_WITHIN = "within"


class _Field(NamedTuple):
    """What one of the sender's names counts; `way` is the reading that the name alone gives, if it gives one."""

    bucket: str
    way: str = ""


def _fields(bucket: str, names: str, way: str = "") -> dict[str, _Field]:
    return {name: _Field(bucket, way) for name in names.split()}


_FIELD_OF: dict[str, _Field] = {
    **_fields("input", "input_tokens inputTokens billed_units.input_tokens tokens"),
    **_fields("input", "prompt_tokens promptTokens promptTokenCount prompt_token_count prompt_eval_count", _WITHIN),
    **_fields("input", "input", _WITHIN),
    **_fields("tool_input", "toolUsePromptTokenCount tool_use_prompt_token_count"),
    **_fields("output", "output_tokens completion_tokens outputTokens completionTokens eval_count output"),
    **_fields("output", "candidatesTokenCount candidates_token_count responseTokenCount billed_units.output_tokens"),
    **_fields("total", "total_tokens totalTokens totalTokenCount total_token_count total"),
    **_fields("cache_read", "prompt_tokens_details.cached_tokens input_tokens_details.cached_tokens", _WITHIN),
    **_fields("cache_read", "input_token_details.cached_tokens input_token_details.cache_read", _WITHIN),
    **_fields("cache_read", "prompt_cache_hit_tokens cachedInputTokens inputTokenDetails.cacheReadTokens", _WITHIN),
    **_fields("cache_read", "cachedContentTokenCount cached_content_token_count cached_tokens", _WITHIN),
    **_fields("cache_read", "cache_read_input_tokens cacheReadInputTokens cacheReadInputTokenCount", _BESIDE),
    **_fields("cache_read", "input_cached_tokens input_cache_read cache_read_tokens"),
    **_fields("cache_write", "prompt_tokens_details.cache_write_tokens", _WITHIN),
    **_fields("cache_write", "input_tokens_details.cache_write_tokens", _WITHIN),
    **_fields("cache_write", "input_token_details.cache_creation inputTokenDetails.cacheWriteTokens", _WITHIN),
    **_fields("cache_write", "cache_creation_input_tokens cacheWriteInputTokens", _BESIDE),
    **_fields("cache_write", "cacheWriteInputTokenCount", _BESIDE),
    **_fields("cache_write", "input_cache_creation cache_write_tokens cache_creation_tokens"),
    **_fields("cache_write_5m", "cache_creation.ephemeral_5m_input_tokens", _BESIDE),
    **_fields("cache_write_1h", "cache_creation.ephemeral_1h_input_tokens", _BESIDE),
    **_fields("cache_write_5m", "input_cache_creation_5m"),
    **_fields("cache_write_1h", "input_cache_creation_1h"),
    **_fields("reasoning", "completion_tokens_details.reasoning_tokens output_tokens_details.reasoning_tokens"),
    **_fields("reasoning", "output_tokens_details.thinking_tokens output_token_details.reasoning"),
    **_fields("reasoning", "output_token_details.reasoning_tokens outputTokenDetails.reasoningTokens"),
    **_fields("reasoning", "reasoningTokens reasoning_tokens"),
    **_fields("reasoning", "thoughtsTokenCount thoughts_token_count", _BESIDE),
    **_fields("reasoning", "output_reasoning_tokens output_reasoning"),
    **_fields("input_audio", "prompt_tokens_details.audio_tokens input_tokens_details.audio_tokens"),
    **_fields("input_audio", "input_token_details.audio_tokens input_token_details.audio"),
    **_fields("cached_audio", "input_token_details.cached_tokens_details.audio_tokens"),
    **_fields("output_audio", "completion_tokens_details.audio_tokens output_tokens_details.audio_tokens"),
    **_fields("output_audio", "output_token_details.audio_tokens output_token_details.audio"),
}

# Their input excludes what the cache gave or took, whatever a total beside it says (a wrapper may have added it up).
_BESIDE_PROVIDERS = frozenset({"anthropic", "aws.bedrock", "aws_bedrock", "bedrock"})
_BESIDE_NAMES = frozenset({"cacheReadInputTokens", "cacheWriteInputTokens"})


class _Counts(dict[str, int]):
    """Counts by bucket, and the ways that the names seen have given."""

    def __init__(self) -> None:
        super().__init__()
        self.input_way = ""
        self.cache_ways: set[str] = set()
        self.reasoning_way = ""
        self.is_certain = False


def usage_from(mapping: Mapping[str, Any], provider: str = "") -> Usage | None:
    """Read a usage object of any provider or client library; None where it counts nothing.

    Understood: OpenAI (chat, responses, realtime, transcription), Anthropic, Gemini, Bedrock, Cohere, Ollama,
    LangChain, Vercel AI, Langfuse's `usage_details`. `provider` (an OpenTelemetry provider name) settles readings that
    the names leave open. `reported` of the result is the mapping itself.
    """
    counts = _counted(mapping)
    if not counts:
        return Usage(reported=mapping) if count_of(mapping.get("seconds")) is not None else None
    cache_read, write_5m, write_1h = _cache(counts)
    reasoning = counts.get("reasoning", 0)
    given_input, given_output = _with_total(counts)
    cached = cache_read + write_5m + write_1h
    beside = _is_cache_beside(counts, cached, provider, given_input, given_output)
    if given_output is not None and _is_reasoning_beside(counts, reasoning, cached if beside else 0, given_output):
        given_output += reasoning
    usage = disjoint_usage(
        input_tokens=given_input,
        output_tokens=given_output,
        cache_read=cache_read,
        cache_write_5m=write_5m,
        cache_write_1h=write_1h,
        reasoning=reasoning,
        input_audio=max(0, counts.get("input_audio", 0) - counts.get("cached_audio", 0)),
        output_audio=counts.get("output_audio", 0),
        is_cache_beside=beside,
        reported=mapping,
    )
    return _with_compaction(usage, mapping) if "iterations" in mapping else usage


def disjoint_usage(
    *,
    input_tokens: int | None,
    output_tokens: int | None,
    cache_read: int = 0,
    cache_write_5m: int = 0,
    cache_write_1h: int = 0,
    reasoning: int = 0,
    input_audio: int = 0,
    output_audio: int = 0,
    is_cache_beside: bool = False,
    estimated: bool = False,
    reported: Mapping[str, Any] | None = None,
) -> Usage:
    """Make a `Usage` of numbers that may overlap; no bucket of it does, and none is negative.

    `is_cache_beside` says that `input_tokens` leaves out what the cache gave and took (Anthropic's way). More cached
    tokens than input are read so in any case, since they cannot be a part of it.
    """
    cached = cache_read + cache_write_5m + cache_write_1h
    rest = input_tokens
    if rest is not None and not is_cache_beside and cached <= rest:
        rest -= cached
    return Usage(
        input=rest,
        cache_read=cache_read,
        cache_write_5m=cache_write_5m,
        cache_write_1h=cache_write_1h,
        output=output_tokens,
        reasoning=min(reasoning, output_tokens or 0),
        input_audio=min(input_audio, rest or 0),
        output_audio=min(output_audio, output_tokens or 0),
        estimated=estimated,
        reported={} if reported is None else reported,
    )


def _counted(mapping: Mapping[str, Any]) -> _Counts:
    """Sort the numbers by what they count; of two names for one thing the greater counts, as one is often a bare 0."""
    counts = _Counts()
    for name, value in _flat(mapping):
        field = _FIELD_OF.get(name)
        if field is None:
            continue
        number = value if value.__class__ is int and value >= 0 else count_of(value)
        if number is None:
            continue
        bucket, way = field
        if bucket == "input" and number >= counts.get("input", 0):
            counts.input_way = way
        elif bucket.startswith("cache_") and number and way:
            counts.cache_ways.add(way)
            counts.is_certain |= name in _BESIDE_NAMES
        elif bucket == "reasoning" and number:
            counts.reasoning_way = counts.reasoning_way or way
        counts[bucket] = max(number, counts.get(bucket, 0))
    return counts


def _flat(mapping: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Every value with its name, those of inner objects with a dotted one; at most two objects deep."""
    found = list(mapping.items())
    for name, value in mapping.items():
        if value.__class__ is dict:
            for inner_name, inner in value.items():
                found.append((f"{name}.{inner_name}", inner))
                if inner.__class__ is dict:
                    found += [(f"{name}.{inner_name}.{last}", number) for last, number in inner.items()]
    return found


def _cache(counts: _Counts) -> tuple[int, int, int]:
    """Tokens read from the cache, written to it for the usual time, and written for an hour."""
    write_1h = counts.get("cache_write_1h", 0)
    write_5m = max(counts.get("cache_write_5m", 0), counts.get("cache_write", 0) - write_1h)
    return counts.get("cache_read", 0), write_5m, write_1h


def _with_total(counts: _Counts) -> tuple[int | None, int | None]:
    """Input and output as given; the one that is missing is what the total leaves."""
    given_input, given_output, total = counts.get("input"), counts.get("output"), counts.get("total")
    if given_input is not None:
        given_input += counts.get("tool_input", 0)
    if total is not None and given_output is None and given_input is not None:
        return given_input, max(0, total - given_input)
    if total is not None and given_input is None and given_output is not None:
        return max(0, total - given_output), given_output
    return given_input, given_output


def _is_cache_beside(
    counts: _Counts, cached: int, provider: str, given_input: int | None, given_output: int | None
) -> bool:
    if not cached or given_input is None:
        return False
    if cached > given_input or counts.is_certain:
        return True
    if provider in _BESIDE_PROVIDERS and counts.cache_ways == {_BESIDE}:
        return True
    default = not counts.input_way and counts.cache_ways == {_BESIDE}
    total = counts.get("total")
    if total is None or given_output is None:
        return default
    outputs = (given_output, given_output + counts.get("reasoning", 0))
    fits_within = any(total == given_input + output for output in outputs)
    fits_beside = any(total == given_input + cached + output for output in outputs)
    return default if fits_within == fits_beside else fits_beside


def _is_reasoning_beside(counts: _Counts, reasoning: int, cached_beside: int, given_output: int) -> bool:
    if not reasoning:
        return False
    if reasoning > given_output:
        return True
    default = counts.reasoning_way == _BESIDE
    total, given_input = counts.get("total"), counts.get("input")
    if total is None or given_input is None:
        return default
    rest = total - given_input - cached_beside - counts.get("tool_input", 0)
    if rest in (given_output, given_output + reasoning):
        return rest != given_output
    return default


def _with_compaction(usage: Usage, mapping: Mapping[str, Any]) -> Usage:
    """Add the tokens of Anthropic's compaction passes, which are billed but left out of its top-level numbers."""
    passes = [_counted(item) for item in objects_of(mapping["iterations"]) if item.get("type") == "compaction"]
    if not passes:
        return usage
    caches = [_cache(one) for one in passes]
    return Usage(
        input=(usage.input or 0) + sum(one.get("input", 0) for one in passes),
        cache_read=usage.cache_read + sum(cache[0] for cache in caches),
        cache_write_5m=usage.cache_write_5m + sum(cache[1] for cache in caches),
        cache_write_1h=usage.cache_write_1h + sum(cache[2] for cache in caches),
        output=(usage.output or 0) + sum(one.get("output", 0) for one in passes),
        reasoning=usage.reasoning,
        input_audio=usage.input_audio,
        output_audio=usage.output_audio,
        reported=usage.reported,
    )
