"""Marks: placeholders that a template holds where each filling puts something of its own.

A mark has the length of what replaces it, so that no length in the protobuf changes, and a form that no payload has.
"""

import re
import struct

_TRACE = b"\xfaT\xfb"
_SPAN = b"\xfaS\xfb"
_TIME = b"\xa5\x5a\x7f"
_TIME_MASK = int.from_bytes(bytes(5) + _TIME, "little")

# Shorter runs can be lengths of the protobuf.
TEXT_FOUND = re.compile(rb"~{20,}")
HEX_FOUND = re.compile(rb"`{10,}")
NONCE_FOUND = re.compile(rb"\^{10,}")
TRACE_FOUND = re.compile(re.escape(_TRACE) + rb".{13}", re.DOTALL)
SPAN_FOUND = re.compile(re.escape(_SPAN) + rb".{5}", re.DOTALL)
TIME_FOUND = re.compile(rb"[\x39\x41\x09].{5}" + re.escape(_TIME), re.DOTALL)
"""A time of a span or an event with the tag before it: fields 7, 8 and 1, each fixed64."""


def text_mark(length: int) -> str:
    """Room for so many characters of text, after the quotes of JSON."""
    return "~" * length


def hex_mark(length: int) -> str:
    """Room for so many hexadecimal digits."""
    return "`" * length


def nonce_mark(length: int) -> str:
    """Room for so many digits that are the same in all of one body."""
    return "^" * length


def trace_mark(number: int) -> bytes:
    """A trace id."""
    return _TRACE + number.to_bytes(13, "big")


def span_mark(number: int) -> bytes:
    """A span id."""
    return _SPAN + number.to_bytes(5, "big")


def time_mark(offset_ns: int) -> int:
    """A time, `offset_ns` after the moment that a filling is for (up to 18 minutes)."""
    return _TIME_MASK | offset_ns


def offset_of(time: bytes) -> int:
    """The offset in ns that a time mark holds."""
    return int(struct.unpack("<Q", time)[0]) & ((1 << 40) - 1)
