"""The demo's input: recorded OTLP bodies of real programs, their times moved to the last hour, their ids made anew."""

import random
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import urllib3
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from headwater.clock import now_ns
from headwater.errors import HeadwaterError

_SPREAD_NS = 55 * 60 * 1_000_000_000
_TIMES = ("start_time_unix_nano", "end_time_unix_nano")


def feed(base_url: str, key: str) -> int:
    """Send every recording; return how many spans were sent. Raises HeadwaterError where one is refused."""
    pool = urllib3.PoolManager()
    headers = {"content-type": "application/x-protobuf", "x-headwater-key": key}
    sent = 0
    bodies = sorted(_recordings())
    for number, (name, body) in enumerate(bodies):
        request = ExportTraceServiceRequest.FromString(body)
        sent += _move(request, now_ns() - _SPREAD_NS * (len(bodies) - number) // len(bodies))
        answer = pool.request("POST", f"{base_url}/v1/traces", body=request.SerializeToString(), headers=headers)
        if answer.status != 200:
            raise HeadwaterError(f"recording {name!r} was refused with {answer.status}: {answer.data[:200]!r}")
    return sent


def _recordings() -> Iterator[tuple[str, bytes]]:
    for each in files("headwater.cli").joinpath("demo_data").iterdir():
        if each.name.endswith(".bin"):
            yield each.name, each.read_bytes()


def _move(request: Any, start_ns: int) -> int:
    """Let the first span start at `start_ns` and give every trace a new id, so that a second demo adds to the first."""
    spans = [span for rs in request.resource_spans for ss in rs.scope_spans for span in ss.spans]
    shift = start_ns - min(span.start_time_unix_nano for span in spans)
    salt = random.randbytes(16)  # noqa: S311 - names, not secrets
    for span in spans:
        span.trace_id = bytes(a ^ b for a, b in zip(span.trace_id, salt, strict=True))
        for name in _TIMES:
            setattr(span, name, getattr(span, name) + shift)
        for event in span.events:
            event.time_unix_nano += shift
    return len(spans)
