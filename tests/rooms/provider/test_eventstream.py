"""Bedrock's framing."""

import base64
import struct
import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.provider import Event, FrameSplitter, Splitter, payload_of
from tests.rooms.provider.recordings import RECORDED, case_name, dialect_of, read_events

_CHUNK = {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}


def _header(name: str, value: str) -> bytes:
    return bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()


def frame(headers: bytes, payload: bytes) -> bytes:
    """A frame as Bedrock sends it."""
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    body = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return body + struct.pack(">I", zlib.crc32(body))


def chunk(data: bytes) -> bytes:
    """A chunk that carries an event's JSON."""
    headers = b"".join(_header(name, value) for name, value in _CHUNK.items())
    return frame(headers, msgspec.json.encode({"bytes": base64.b64encode(data).decode(), "p": "abc"}))


def _split(*chunks: bytes) -> list[Event]:
    splitter = FrameSplitter()
    return [*(event for chunk in chunks for event in splitter.feed(chunk)), *splitter.end()]


def test_the_smallest_frame_is_the_one_of_the_format():
    """From the test data of the format's own libraries."""
    assert frame(b"", b"") == bytes.fromhex("000000100000000005c248eb7d98c8ff")
    assert _split(frame(b"", b"")) == []


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=4), st.data())
def test_any_split_gives_the_same_events(payloads: list[bytes], data: st.DataObject):
    body = b"".join(map(chunk, payloads))
    at = data.draw(st.integers(0, len(body)))
    wanted = [Event("", payload.decode("utf-8", "replace")) for payload in payloads]
    assert _split(body[:at], body[at:]) == _split(*[bytes([byte]) for byte in body]) == wanted


@pytest.mark.parametrize("path", sorted((RECORDED / "mock" / "anthropic.messages").glob("*/stream.sse")), ids=case_name)
def test_a_recorded_stream_is_the_same_in_this_framing(path: Path):
    events = Splitter().feed(path.read_bytes())
    framed = _split(b"".join(chunk(event.data.encode()) for event in events))
    payloads = [payload for event in framed if (payload := payload_of(event)) is not None]
    wanted = [payload for event in events if (payload := payload_of(event)) is not None]
    assert read_events(dialect_of(path), payloads) == read_events(dialect_of(path), wanted)


def test_an_exception_is_an_error_in_the_providers_words():
    headers = _header(":message-type", "exception") + _header(":exception-type", "throttlingException")
    (event,) = _split(frame(headers, b'{"message": "slow down"}'))
    assert payload_of(event) == {"type": "error", "error": {"type": "throttlingException", "message": "slow down"}}


def test_an_error_may_stand_in_the_headers():
    headers = _header(":message-type", "error") + _header(":error-code", "x") + _header(":error-message", "y")
    (event,) = _split(frame(headers, b""))
    assert payload_of(event) == {"type": "error", "error": {"type": "x", "message": "y"}}


def test_headers_of_every_kind_are_passed_over():
    odd = b"\x01t\x00\x01f\x01\x01b\x02\x01\x01s\x03\x00\x01\x01i\x04\x00\x00\x00\x01\x01l\x05" + bytes(8)
    odd += b"\x01d\x08" + bytes(8) + b"\x01u\x09" + bytes(16) + b"\x01y\x06\x00\x02ab"
    headers = odd + _header(":message-type", "error") + _header(":error-code", "x")
    (event,) = _split(frame(headers, b"{}"))
    assert event.name == "error"


@pytest.mark.parametrize("at", [0, 5, 9, 40, -1])
def test_from_a_damaged_frame_on_nothing_is_read(at: int):
    good = chunk(b'{"a": 1}')
    damaged = bytearray(good)
    damaged[at] ^= 0x55
    assert _split(good, bytes(damaged), good) == [Event("", '{"a": 1}')]


@given(st.binary(max_size=200))
def test_whatever_the_headers_and_payload_are_nothing_is_raised(noise: bytes):
    _split(noise)
    _split(frame(noise, noise))
    _split(frame(b"", msgspec.json.encode({"bytes": noise.decode("latin-1")})))
