"""A body and its content type: which decoder reads it, and what the edge must know of it before it says yes.

Checking and decoding share their idea of a span that cannot be kept, so what the edge accepted is what is decoded.
"""

from collections.abc import Callable

from headwater.otlp import json_body, protobuf
from headwater.otlp.encoding import is_json
from headwater.otlp.raw import Checked, Decoded, RawLog, RawSpan


def check_traces(body: bytes, content_type: str) -> Checked:
    """Count the spans to be kept and those with ids that cannot be. Raises BadRequest for an unreadable body."""
    return (json_body if is_json(content_type) else protobuf).check_traces(body)


def check_logs(body: bytes, content_type: str) -> Checked:
    """Count the log records. Raises BadRequest for an unreadable body."""
    return (json_body if is_json(content_type) else protobuf).check_logs(body)


def check_metrics(body: bytes, content_type: str) -> Checked:
    """Count the data points. Raises BadRequest for an unreadable body."""
    return (json_body if is_json(content_type) else protobuf).check_metrics(body)


CHECKS: dict[str, Callable[[bytes, str], Checked]] = {
    "traces": check_traces,
    "logs": check_logs,
    "metrics": check_metrics,
}


def decode_traces(body: bytes, content_type: str) -> Decoded[RawSpan]:
    """Read the spans of a body. Raises BadRequest for an unreadable one."""
    return (json_body if is_json(content_type) else protobuf).decode_traces(body)


def decode_logs(body: bytes, content_type: str) -> Decoded[RawLog]:
    """Read the log records of a body. Raises BadRequest for an unreadable one."""
    return (json_body if is_json(content_type) else protobuf).decode_logs(body)
