"""Gaps: what the kept span of a call leaves open is filled from the others that tell of it."""

from collections.abc import Iterable

from headwater.loader.halves import FURTHER
from headwater.pricing import PRICED_AS
from headwater.store import SpanRow

_FILLED = (
    "provider",
    "request_model",
    "model",
    "response_id",
    "is_stream",
    "service_tier",
    "finish_reasons",
    "parameters",
    "tools",
    "ttft_ns",
    "reported_cost_usd",
    "session_id",
    "user_id",
    "environment",
    "release",
    "service_name",
    "tags",
)
_CACHE_FIELDS = ("cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens")
_INPUT_FIELDS = ("input_tokens", *_CACHE_FIELDS, "input_audio_tokens")
_OUTPUT_FIELDS = ("output_tokens", "reasoning_tokens", "output_audio_tokens")
_COST_FIELDS = ("cost_nanousd", "price_version", "price_lines")


def gaps(kept: SpanRow, folded: SpanRow) -> bool:
    """Fill what the kept span of a call leaves open from another span of it; return whether anything changed."""
    changed = _fill_failure(kept, folded)
    changed |= _fill_usage(kept, folded)
    changed |= _fill_side(kept, folded, "input")
    changed |= _fill_side(kept, folded, "output")
    if folded.scope == FURTHER and not set(folded.output) <= set(kept.output):
        kept.output = (*kept.output, *folded.output)
        changed = True
    changed |= _copy(kept, folded, [name for name in _FILLED if _is_open(getattr(kept, name))])
    if PRICED_AS in folded.attributes and PRICED_AS not in kept.attributes:
        kept.attributes = {**kept.attributes, PRICED_AS: folded.attributes[PRICED_AS]}
        changed = True
    if folded.attributes.get("logfire.span_type") == "log" and folded.end_ns > kept.end_ns:
        # The kept span ended when the stream opened; the call ended when the stream did.
        kept.end_ns = folded.end_ns
        changed = True
    return changed


def _is_open(value: object) -> bool:
    return value is None or value == "" or value == ()


def _copy(kept: SpanRow, folded: SpanRow, names: Iterable[str]) -> bool:
    changed = False
    for name in names:
        value = getattr(folded, name)
        if not _is_open(value) and value != getattr(kept, name):
            setattr(kept, name, value)
            changed = True
    return changed


def _fill_side(kept: SpanRow, folded: SpanRow, side: str) -> bool:
    """Messages and their preview go together."""
    return not getattr(kept, side) and _copy(kept, folded, (side, f"{side}_preview"))


def _fill_failure(kept: SpanRow, folded: SpanRow) -> bool:
    """An answer that broke off is told as an error by some and not by others; a failed attempt is no failed call."""
    if kept.status == "error":
        names = ("error_type", "status_message", "stacktrace")
        return folded.status == "error" and _copy(kept, folded, [name for name in names if not getattr(kept, name)])
    if folded.status != "error" or not folded.response_id or kept.response_id not in ("", folded.response_id):
        return False
    return _copy(kept, folded, ("status", "error_type", "status_message", "stacktrace"))


def _fill_usage(kept: SpanRow, folded: SpanRow) -> bool:
    if folded.input_tokens is None and folded.output_tokens is None:
        return False
    changed = _copy(kept, folded, _open_counts(kept, folded))
    if not changed:
        return False
    _copy(kept, folded, ("usage_estimated",) if folded.usage_estimated else ())
    _copy(kept, folded, ("usage_reported",) if not kept.usage_reported else ())
    if all(getattr(kept, name) == getattr(folded, name) for name in (*_INPUT_FIELDS, *_OUTPUT_FIELDS)):
        _copy(kept, folded, _COST_FIELDS)
    return True


def _open_counts(kept: SpanRow, folded: SpanRow) -> list[str]:
    """Return the counts to take over: what nobody counted, and the details of a number that both agree on."""
    names: list[str] = []
    if not kept.input_tokens and not kept.output_tokens:
        # Some instruments write two zeros for what they could not see.
        return [*_INPUT_FIELDS, *_OUTPUT_FIELDS]
    has_cache = any(getattr(kept, name) for name in _CACHE_FIELDS)
    cached = sum(getattr(folded, name) for name in _CACHE_FIELDS)
    if kept.input_tokens is None:
        names += _INPUT_FIELDS
    elif not has_cache and folded.input_tokens in (kept.input_tokens, kept.input_tokens + cached):
        # The second: the kept span's instrument leaves cached tokens out, and the other one shows how many.
        names += ("input_tokens", *_CACHE_FIELDS)
    if kept.output_tokens is None:
        names += _OUTPUT_FIELDS
    elif folded.output_tokens == kept.output_tokens and not kept.reasoning_tokens:
        names.append("reasoning_tokens")
    return names
