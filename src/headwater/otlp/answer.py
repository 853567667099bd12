"""What a receiver answers (opentelemetry-proto 1.11.0, docs/specification.md): in the encoding of the request."""

import msgspec

from headwater.otlp.encoding import is_json

_REJECTED_NAMES = {
    "traces": "rejectedSpans",
    "logs": "rejectedLogRecords",
    "metrics": "rejectedDataPoints",
}
_MESSAGE_MAX = 2000


def encode_success(content_type: str, signal: str, rejected: int = 0, message: str = "") -> bytes:
    """Encode the `Export…ServiceResponse` of a signal (traces, logs, metrics).

    All taken and nothing to say is the empty message. `partial_success` is field 1 of each of the three, and within it
    the rejected count is field 1 and the message field 2.
    """
    message = message[:_MESSAGE_MAX]
    if is_json(content_type):
        partial: dict[str, str] = {}
        if rejected:
            partial[_REJECTED_NAMES[signal]] = str(rejected)
        if message:
            partial["errorMessage"] = message
        return msgspec.json.encode({"partialSuccess": partial} if partial else {})
    partial_success = _count_field(1, rejected) + _text_field(2, message)
    return b"\x0a" + _varint(len(partial_success)) + partial_success if partial_success else b""


def encode_error(content_type: str, code: int, message: str) -> bytes:
    """Encode a `google.rpc.Status`: `code` is a gRPC status code (3 invalid argument, 14 unavailable, ...)."""
    message = message[:_MESSAGE_MAX]
    if is_json(content_type):
        return msgspec.json.encode({"code": code, "message": message})
    return _count_field(1, code) + _text_field(2, message)


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _count_field(number: int, value: int) -> bytes:
    return bytes([number << 3]) + _varint(value) if value else b""


def _text_field(number: int, text: str) -> bytes:
    encoded = text.encode(errors="replace")
    return bytes([number << 3 | 2]) + _varint(len(encoded)) + encoded if encoded else b""
