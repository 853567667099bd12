"""Answers, as bytes cut anywhere, in any encoding, of any kind."""

import gzip
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from headwater.event import Message, Text, Unknown
from headwater.provider import Answered, Splitter
from tests.conftest import HeldClock
from tests.rooms.capture.taking import HOSTS, JSON, SSE, call_of, exchange, span_of, told
from tests.rooms.provider.recordings import CASES, SMALL_STREAMS, STREAMS, case_name, dialect_of, load, read_chunks
from tests.rooms.provider.test_eventstream import chunk

PATHS = {
    "openai.chat": "/v1/chat/completions",
    "openai.completions": "/v1/completions",
    "openai.responses": "/v1/responses",
    "openai.input_tokens": "/v1/responses/input_tokens",
    "openai.embeddings": "/v1/embeddings",
    "openai.moderations": "/v1/moderations",
    "openai.images": "/v1/images/generations",
    "openai.transcriptions": "/v1/audio/transcriptions",
    "anthropic.messages": "/v1/messages",
    "anthropic.count_tokens": "/v1/messages/count_tokens",
}
WHOLE = [case for case in CASES if (case / "response.json").exists() and not case.name.startswith("err")]
ANTHROPIC_STREAMS = sorted(path for path in STREAMS if dialect_of(path).provider == "anthropic")
ASKED = {"model": "m", "stream": True}


def _about(path: Path) -> dict[str, Any]:
    dialect = dialect_of(path)
    return {"path": PATHS[dialect.name], "host": HOSTS[dialect.provider]}


def _heard(span: Any) -> tuple[Any, ...]:
    call = call_of(span)
    return call.output, call.usage, call.finish_reasons, call.response_id, call.response_model, span.failure


def _read(answered: Answered) -> tuple[Any, ...]:
    said = answered.messages, answered.usage, answered.finish_reasons
    return (*said, answered.id, answered.model, answered.failure)


@pytest.mark.parametrize("path", STREAMS, ids=case_name)
def test_a_recorded_stream_is_heard_whole(path: Path):
    body = path.read_bytes()
    span = told(ASKED, [body], content_type=SSE, is_stream=True, **_about(path))
    assert _heard(span) == _read(read_chunks(dialect_of(path), [body]))
    assert call_of(span).is_stream is True


@pytest.mark.parametrize("path", SMALL_STREAMS, ids=case_name)
def test_a_stream_that_comes_byte_by_byte_is_the_same(path: Path):
    body = path.read_bytes()
    chunks = [body[at : at + 1] for at in range(len(body))]
    for encoding in ("", "gzip"):
        sent = chunks if not encoding else [bytes([byte]) for byte in gzip.compress(body)]
        span = told(ASKED, sent, content_type=SSE, encoding=encoding, is_stream=True, **_about(path))
        assert _heard(span) == _read(read_chunks(dialect_of(path), [body]))


@pytest.mark.parametrize("path", SMALL_STREAMS, ids=case_name)
def test_a_stream_cut_anywhere_tells_what_came(path: Path):
    body = path.read_bytes()
    for at in range(0, len(body), 97):
        span = told(ASKED, [body[:at]], content_type=SSE, how="cut", is_stream=True, **_about(path))
        assert _heard(span) == _read(read_chunks(dialect_of(path), [body[:at]]))


@pytest.mark.parametrize("case", WHOLE, ids=case_name)
def test_a_recorded_exchange_is_told_whole(case: Path):
    request, response = load(case / "request.json"), load(case / "response.json")
    dialect = dialect_of(case)
    body = msgspec.json.encode(response)
    span = told(request, [body[:7], body[7:]], **_about(case))
    asked = dialect.request(request)
    assert _heard(span) == _read(dialect.response(response))
    assert (call_of(span).input, call_of(span).parameters) == (asked.messages, asked.parameters)


@pytest.mark.parametrize("path", ANTHROPIC_STREAMS, ids=case_name)
def test_bedrocks_framing_carries_the_same_answer(path: Path):
    """Cut into pieces of odd sizes, as a network does."""
    body = b"".join(chunk(event.data.encode()) for event in Splitter().feed(path.read_bytes()))
    span = told(
        {"anthropic_version": "bedrock-2023-05-31"},
        [body[at : at + 37] for at in range(0, len(body), 37)],
        content_type="application/vnd.amazon.eventstream",
        is_stream=True,
        path="/model/claude/invoke-with-response-stream",
        host="bedrock-runtime.us-east-1.amazonaws.com",
    )
    assert _heard(span) == _read(read_chunks(dialect_of(path), [path.read_bytes()]))
    assert (call_of(span).provider, span.name) == ("aws.bedrock", "chat claude")


def test_the_first_content_is_timed_by_the_chunk_that_brought_it(held_clock: HeldClock):
    begun = exchange("/v1/messages", "api.anthropic.com", is_stream=True)
    begun.answered(200, SSE)
    start = b'data: {"type": "message_start", "message": {"role": "assistant", "content": []}}\n\n'
    delta = b'data: {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "hi"}}\n\n'
    for data in (start, b"event: ping\ndata: {}\n\n", delta[:20], delta[20:], delta):
        held_clock.advance(1)
        begun.chunk(data)
    begun.ended("closed")
    assert call_of(span_of(begun)).ttft_ns == 4_000_000_000


def _delta(finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": "a"}, "finish_reason": finish}
    return b"data: " + msgspec.json.encode({"choices": [choice], **more}) + b"\n\n"


_USAGE = {"usage": {"prompt_tokens": 1, "completion_tokens": 1}}
_DONE = b"data: [DONE]\n\n"
_ERROR = b'data: {"error": {"message": "overloaded"}}\n\n'


@pytest.mark.parametrize(
    ("chunks", "how", "end"),
    [
        ([_delta(), _delta("stop"), _DONE], "complete", "complete"),
        ([_delta(), _delta("stop"), _DONE], "closed", "complete"),
        ([_delta(), _delta("stop", **_USAGE)], "closed", "complete"),
        ([_delta(), _delta("stop")], "complete", "complete"),
        ([_delta(), _delta("stop")], "closed", "closed"),
        ([_delta()], "complete", "cut"),
        ([_delta()], "cut", "cut"),
        ([_delta()], "abandoned", "abandoned"),
        ([], "abandoned", "abandoned"),
        ([_delta(), _ERROR], "complete", "complete"),
        ([_delta(), _ERROR], "cut", "cut"),
    ],
)
def test_how_a_stream_ended_is_judged_by_what_came(chunks: list[bytes], how: Any, end: str):
    span = told(ASKED, chunks, content_type=SSE, how=how, is_stream=True)
    assert span.attributes["headwater.stream.end"] == end


def test_an_error_within_a_stream_is_a_failure():
    span = told(ASKED, [_delta(), _ERROR], content_type=SSE, is_stream=True)
    assert (span.status, span.failure and span.failure.message) == ("error", "overloaded")
    assert call_of(span).output[0].parts == (Text(content="a"),)


def test_a_body_that_is_read_later_and_whole_is_no_stream():
    span = told({"model": "m"}, [b'{"choices": []}'], is_stream=True)
    assert "headwater.stream.end" not in span.attributes
    assert call_of(span).is_stream is False
    assert (
        told({"model": "m"}, [b'{"choi'], is_stream=True, how="closed").attributes["headwater.stream.end"] == "closed"
    )


def _raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", _raw_deflate), ("identity", bytes)],
)
def test_an_encoding_is_undone_at_any_split(encoding: str, compress: Any):
    body = compress(b'{"choices": [{"message": {"content": "hi"}}]}')
    for at in range(len(body)):
        span = told(ASKED, [body[:at], body[at:]], encoding=encoding)
        assert call_of(span).output[0].parts == (Text(content="hi"),)


def test_encodings_may_be_stacked():
    body = gzip.compress(zlib.compress(b'{"choices": [{"message": {"content": "hi"}}]}'))
    assert call_of(told(ASKED, [body], encoding="deflate, gzip")).output[0].parts == (Text(content="hi"),)


def test_an_encoding_is_undone_by_the_clients_own_library(monkeypatch: pytest.MonkeyPatch):
    """What a client asks for, it has a library for, and that is loaded."""

    class Decompressor:
        def process(self, data: bytes) -> bytes:
            return data[::-1]

    body = b'{"choices": [{"message": {"content": "hi"}}]}'[::-1]
    monkeypatch.setitem(sys.modules, "brotli", SimpleNamespace(Decompressor=Decompressor))
    assert call_of(told(ASKED, [body], encoding="br")).output[0].parts == (Text(content="hi"),)


def test_an_encoding_that_nobody_can_undo_is_named():
    described = Unknown(generic_type="binary", raw={"mime_type": "application/json; zz", "size_bytes": 3})
    assert call_of(told(ASKED, [b"abc"], encoding="zz")).output == (Message(role="assistant", parts=(described,)),)


def test_a_bomb_is_let_go_at_the_bound():
    body = gzip.compress(b" " * 200_000_000, 1)
    span = told(ASKED, [body], encoding="gzip")
    assert call_of(span).usage is None


def test_damaged_bytes_are_told_as_far_as_they_go():
    body = gzip.compress(b"data: {}\n\n" + _delta() * 100)
    span = told(ASKED, [body[:60], b"\x00" * 50], content_type=SSE, encoding="gzip", is_stream=True)
    assert span.attributes["headwater.stream.end"] == "cut"


def test_sound_is_told_by_its_kind_and_size():
    span = told(
        {"model": "tts-1", "input": "say"}, [b"\xff\xf3", b"\x00"], content_type="audio/mpeg", path="/v1/audio/speech"
    )
    described = Unknown(generic_type="binary", raw={"mime_type": "audio/mpeg", "size_bytes": 3})
    assert call_of(span).output == (Message(role="assistant", parts=(described,)),)
    assert span.name == "speech tts-1"


def test_a_transcript_may_be_bare_text_in_any_charset():
    kind = "text/plain; charset=latin-1"
    span = told({"model": "whisper-1"}, ["né".encode("latin-1")], content_type=kind, path="/v1/audio/transcriptions")
    assert call_of(span).output[0].parts == (Text(content="né"),)
    odd = told({"model": "m"}, ["né".encode()], content_type="text/plain; charset=nonsense")
    assert call_of(odd).output[0].parts == (Text(content="né"),)


@pytest.mark.parametrize("body", [b"<html>gateway</html>", b'{"half": ', b"\xff\xfe", b"[" * 100_000])
def test_an_answer_that_cannot_be_read_is_told_as_it_is(body: bytes):
    for kind in (JSON, "text/html"):
        (part,) = call_of(told(ASKED, [body], content_type=kind)).output[0].parts
        assert part == Text(content=body.decode("utf-8", "replace"))


def test_an_error_that_is_no_json_is_told_as_text():
    span = told(ASKED, [b"<html>bad gateway</html>"], status=502, content_type="text/html")
    assert span.failure is not None
    assert (span.failure.type, span.failure.message) == ("502", "<html>bad gateway</html>")


def test_an_answer_without_a_body_is_empty():
    span = told(ASKED, [])
    assert (call_of(span).output, span.status) == ((), "unset")


@pytest.mark.parametrize("usage", ["", '"usage": {"input_tokens": ', '"usage": {"input_tokens": nothing}'])
def test_an_answer_past_the_bound_may_not_say_what_it_cost(usage: str):
    body = f'{{"data": "{"A" * 5_000}", {usage}}}'.encode()
    span = told({"model": "m"}, [body[:900], body[900:]], path="/v1/images/generations", limit_bytes=1_000)
    assert call_of(span).usage is None


def test_zstandard_is_undone_by_either_library(monkeypatch: pytest.MonkeyPatch):
    """One has decoders, the other decoders that make decoders."""

    class Decoder:
        def decompressobj(self) -> "Decoder":
            return self

        def decompress(self, data: bytes) -> bytes:
            return data[::-1]

    body = b'{"choices": [{"message": {"content": "hi"}}]}'[::-1]
    names = ("compression.zstd", "backports.zstd", "zstandard")
    for loaded in ("backports.zstd", "zstandard"):
        for name in names:
            monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.setitem(sys.modules, loaded, SimpleNamespace(ZstdDecompressor=Decoder))
        assert call_of(told(ASKED, [body], encoding="zstd")).output[0].parts == (Text(content="hi"),)
