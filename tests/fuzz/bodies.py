"""Bodies that nobody would send: good ones cut, flipped, spliced and nested, and bytes drawn at random."""

import json
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from tests.sending import ENCODERS, body_of, draw

RECORDED = Path(__file__).parents[1] / "recorded" / "otlp"
PROTOBUF = "application/x-protobuf"
JSON = "application/json"
SIGNALS = ("traces", "logs", "metrics")


class Knock(msgspec.Struct, frozen=True):
    """One request: path, content type, content encoding, body."""

    path: str
    content_type: str
    encoding: str
    body: bytes


@cache
def good_bodies() -> dict[tuple[str, str], list[bytes]]:
    """Bodies of real exporters and our own by signal and content type, the small ones."""
    found: dict[tuple[str, str], list[bytes]] = {(signal, kind): [] for signal in SIGNALS for kind in (PROTOBUF, JSON)}
    found[("traces", PROTOBUF)].append(body_of(draw(random.Random(1), 0, 3)))
    for meta in sorted(RECORDED.glob("*/*.meta.json")):
        told: Any = json.loads(meta.read_text())
        headers = {name.lower(): value for name, value in told["headers"].items()}
        body = meta.with_name(meta.name.replace(".meta.json", ".bin"))
        signal = told["path"].rpartition("/")[2]
        if body.exists() and (signal, headers["content-type"]) in found and body.stat().st_size < 60_000:
            found[(signal, headers["content-type"])].append(body.read_bytes())
    for signal in SIGNALS:
        found[(signal, JSON)].append(_JSON[signal])
    return found


_JSON = {
    "traces": b'{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":{"stringValue":"b"}}]},"scopeSpans":'
    b'[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"x","kind":1,'
    b'"startTimeUnixNano":"1795000000000000000","attributes":[{"key":"gen_ai.usage.input_tokens","value":'
    b'{"intValue":"7"}},{"key":"gen_ai.input.messages","value":{"stringValue":"[{}]"}}],"status":{"code":2}}]}]}]}',
    "logs": b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":1,"body":{"kvlistValue":{"values":[]}}}]}]}'
    b"]}",
    "metrics": b'{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","sum":{"dataPoints":[{"asInt":"1"}]}}]}'
    b"]}]}",
}


def cut(source: random.Random, body: bytes) -> bytes:
    """End it early."""
    return body[: source.randrange(len(body) + 1)]


def flip(source: random.Random, body: bytes) -> bytes:
    """Turn some bits over."""
    flipped = bytearray(body or b"\0")
    for _ in range(source.choice((1, 1, 2, 8, 64))):
        flipped[source.randrange(len(flipped))] ^= 1 << source.randrange(8)
    return bytes(flipped)


def splice(source: random.Random, body: bytes) -> bytes:
    """Put a piece of it, or of chance, into another place."""
    start, at = source.randrange(len(body) + 1), source.randrange(len(body) + 1)
    piece = source.choice((body[start : start + source.randrange(200)], source.randbytes(source.randrange(20))))
    return body[:at] + piece + body[at + source.choice((0, len(piece))) :]


def replace_value(source: random.Random, body: bytes) -> bytes:
    """Put a strange JSON value where another one stood."""
    starts = [index for index, byte in enumerate(body) if byte in b':[,"{']
    if not starts:
        return body
    at = source.choice(starts) + 1
    return body[:at] + source.choice(_STRANGE) + body[at + source.randrange(12) :]


def nest(source: random.Random, body: bytes) -> bytes:
    """Make it very deep."""
    depth = source.choice((50, 500, 5_000))
    return (
        source.choice((b"[" * depth, b'{"a":' * depth, b'{"resourceSpans":' + b"[" * depth, b"\x0a\x7f" * depth)) + body
    )


def random_bytes(source: random.Random, body: bytes) -> bytes:
    """Nothing of it."""
    return source.randbytes(source.choice((0, 1, 7, 100, 3000)))


def leave(source: random.Random, body: bytes) -> bytes:
    """All of it, so that what surrounds it is tried as well."""
    return body


_STRANGE = (
    b"null", b"-1", b"1e400", b"NaN", b"1" * 400, b'"\\ud800"', b'"\\u0000"', b"{}", b"[]", b"true",
    b'"' + b"9" * 30 + b'"', b"18446744073709551616", b'"-"', b"-0.0", b'{"arrayValue":{"values":[null,{}]}}',
)  # fmt: skip
HARMS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    cut,
    flip,
    splice,
    replace_value,
    nest,
    random_bytes,
    leave,
)


def draw_knock(source: random.Random) -> Knock:
    """Draw one request: a good body harmed before or after its compression, sometimes under a wrong name."""
    signal, kind = source.choice(sorted(good_bodies()))
    body = source.choice(good_bodies()[(signal, kind)] or [b""])
    for _ in range(source.choice((1, 1, 1, 2, 3))):
        body = source.choice(HARMS)(source, body)
    encoding = source.choice((*ENCODERS, "identity", "identity"))
    body = ENCODERS[encoding](body)
    if source.random() < 0.2:
        body = source.choice((cut, flip, splice))(source, body)
    if source.random() < 0.1:
        signal, kind = source.choice(SIGNALS), source.choice((PROTOBUF, JSON))
    return Knock(f"/v1/{signal}", kind, encoding, body)
