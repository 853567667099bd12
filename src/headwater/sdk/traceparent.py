"""W3C Trace Context, the header `traceparent`: strict in reading, as the recommendation asks."""

from typing import NamedTuple

_HEX = frozenset("0123456789abcdef")
_LENGTH = 55


class Traceparent(NamedTuple):
    """The span that a header names, as integers of 128 and 64 bits, and whether its trace is recorded."""

    trace_id: int
    span_id: int
    is_sampled: bool


def traceparent_text(trace_id: int, span_id: int, is_sampled: bool) -> str:
    """The header for a span."""
    return f"00-{trace_id:032x}-{span_id:016x}-{'01' if is_sampled else '00'}"


def traceparent_from(text: str) -> Traceparent | None:
    """Read a header; None for anything that is not exactly one, or names no span."""
    text = text.strip(" \t")
    fields = text[:_LENGTH].split("-")
    if [len(field) for field in fields] != [2, 32, 16, 2] or not _HEX.issuperset("".join(fields)):
        return None
    version, trace_id, span_id, flags = fields
    # A later version may add fields behind these; version 00 has none, and ff is never valid.
    if version == "ff" or (len(text) > _LENGTH and (version == "00" or text[_LENGTH] != "-")):
        return None
    found = Traceparent(int(trace_id, 16), int(span_id, 16), bool(int(flags, 16) & 1))
    return found if found.trace_id and found.span_id else None
