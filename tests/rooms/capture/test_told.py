"""Telling what passed by: every wire, however it was cut, and everything that is no call."""

import gzip
import random
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from backports import zstd

from headwater.capture import Recorded, told_of
from headwater.event import Failure, Message, Span, Text, Unknown
from tests.rooms.capture import taking
from tests.rooms.capture.hello import ASKED, CALL, GAVE, REFUSED
from tests.rooms.capture.passing import HOSTS, JSON, SSE, START_NS, call_of, recorded, told
from tests.rooms.provider.recordings import CASES, STREAMS, case_name, dialect_of, read_chunks

GIVEN = msgspec.json.encode(GAVE)
_PATHS = {
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


def test_a_call_is_told_whole():
    span = told(
        ASKED,
        [GIVEN[:20], GIVEN[20:]],
        parent_span_id=bytes.fromhex("def".zfill(16)),
        session_id="s",
        session_name="Friday",
        user_id="u",
        tags=("t",),
        metadata={"k": "v"},
        key_id="key-1",
        client="curl/8",
        request_id="req_1",
        resend=2,
    )
    assert span == Span(
        trace_id="abc".zfill(32),
        span_id="123".zfill(16),
        parent_span_id="def".zfill(16),
        name="chat gpt-4o-mini",
        kind="call",
        start_ns=START_NS,
        end_ns=START_NS + 1_000_000_000,
        source="headwater.proxy",
        scope="headwater.proxy",
        session_id="s",
        user_id="u",
        tags=("t",),
        metadata={"k": "v", "session.name": "Friday"},
        call=CALL,
        attributes={
            "server.address": "api.openai.com",
            "server.port": 443,
            "http.response.status_code": 200,
            "headwater.upstream": "openai",
            "headwater.upstream.request_id": "req_1",
            "headwater.key_id": "key-1",
            "user_agent.original": "curl/8",
            "http.request.resend_count": 2,
        },
    )


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_a_recorded_exchange_is_told_as_the_programs_own_client_tells_it(case: Path):
    """The relay and the SDK read the same bytes, so both tell the same call."""
    response = next(path for path in (case / "response.json", case / "stream.sse") if path.exists())
    name = dialect_of(case).name
    about: dict[str, Any] = {"path": _PATHS[name], "host": HOSTS[name.partition(".")[0]]}
    body, kind = response.read_bytes(), SSE if response.suffix == ".sse" else JSON
    request = (case / "request.json").read_bytes()
    mine = told(request, [body], response_type=kind, **about)
    theirs = taking.told(request, [body], content_type=kind, is_stream=kind == SSE, **about)
    assert call_of(mine) == msgspec.structs.replace(call_of(theirs), ttft_ns=call_of(mine).ttft_ns)


def _stream(path: Path, cuts: list[int]) -> Recorded:
    body = path.read_bytes()
    pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    name = dialect_of(path).name
    about = {"path": _PATHS[name], "host": HOSTS[name.partition(".")[0]]}
    return recorded({"model": "m", "stream": True}, pieces, response_type=SSE, **about)


@pytest.mark.parametrize("path", STREAMS, ids=case_name)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_stream_cut_anywhere_is_the_same_call(path: Path, seed: int):
    size = path.stat().st_size
    dice = random.Random(seed)
    cuts = sorted(dice.sample(range(1, size), min(size - 1, dice.randint(1, 40))))
    answered = read_chunks(dialect_of(path), [path.read_bytes()])
    call = call_of(told_of(_stream(path, cuts)))
    assert (call.output, call.usage, call.response_id) == (answered.messages, answered.usage, answered.id)


@pytest.mark.parametrize("path", [path for path in STREAMS if path.stat().st_size < 9_000], ids=case_name)
def test_a_stream_that_came_byte_by_byte_is_the_same_call(path: Path):
    answered = read_chunks(dialect_of(path), [path.read_bytes()])
    call = call_of(told_of(_stream(path, list(range(1, path.stat().st_size)))))
    assert (call.output, call.usage, call.finish_reasons) == (
        answered.messages,
        answered.usage,
        answered.finish_reasons,
    )


def test_the_first_content_is_timed_by_the_chunk_that_brought_it():
    head, first, rest = b'data: {"choices":[{"index":0,"delta":{"role":"assistant"}}]}\n\n', _delta("a"), _delta("b")
    span = told(ASKED, [head, first[:9], first[9:], rest], response_type=SSE, chunk_ns=(1, 20, 300, 4_000))
    assert call_of(span).ttft_ns == 300


def _delta(text: str, finish: str | None = None) -> bytes:
    event = {"id": "c", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}
    return b"data: " + msgspec.json.encode(event) + b"\n\n"


_ENCODERS: dict[str, Any] = {"gzip": gzip.compress, "deflate": zlib.compress, "zstd": zstd.compress}


@pytest.mark.parametrize("encoding", _ENCODERS)
def test_bodies_that_came_compressed_are_read(encoding: str):
    encode = _ENCODERS[encoding]
    request, answer = encode(msgspec.json.encode(ASKED)), encode(GIVEN)
    about = {"request_encoding": encoding, "response_encoding": encoding}
    packed = told(request, [answer[index : index + 1] for index in range(len(answer))], **about)
    assert packed.call == told(ASKED, [GIVEN]).call


@pytest.mark.parametrize("encoding", _ENCODERS)
def test_a_small_body_that_unpacks_to_very_much_is_told_by_a_bounded_size(encoding: str):
    bomb = _ENCODERS[encoding](bytes(80 * 1024 * 1024))
    (part,) = call_of(told(bomb, [GIVEN], request_encoding=encoding)).input[0].parts
    assert part == Unknown(generic_type="cut", raw={"mime_type": JSON, "size_bytes": 64 * 1024 * 1024})


def test_an_encoding_that_nobody_can_undo_is_told_by_its_size():
    described = call_of(told(b"abc", [b"defg"], request_encoding="snappy", response_encoding="snappy"))
    assert [part for message in (*described.input, *described.output) for part in message.parts] == [
        Unknown(generic_type="cut", raw={"mime_type": JSON, "size_bytes": 3}),
        Unknown(generic_type="binary", raw={"mime_type": "application/json; snappy", "size_bytes": 4}),
    ]


def test_what_was_too_long_to_be_kept_is_told_by_its_ends_its_size_and_its_hash():
    span = told(
        b'{"messages": [',
        [b'{"id": "chatcmpl-1", "choices"'],
        request_bytes=9_000_000,
        request_tail=b'], "model": "gpt-4o-mini"}',
        request_sha256="12",
        tail=b'"usage": {"prompt_tokens": 3, "completion_tokens": 4}}',
        lost_bytes=8_000_000,
        response_sha256="ab",
    )
    call = call_of(span)
    assert (call.request_model, call.usage and call.usage.input_tokens) == ("gpt-4o-mini", 3)
    names = ("http.request.body.size", "http.response.body.size")
    assert [span.attributes[name] for name in names] == [9_000_000, 8_000_030]
    assert (span.attributes["headwater.request.sha256"], span.attributes["headwater.response.sha256"]) == ("12", "ab")


def test_a_body_that_was_left_out_is_told_by_its_size():
    call = call_of(told(b"", [GIVEN], request_bytes=70, path="/v1/audio/transcriptions", request_type="audio/wav"))
    assert call.input[0].parts == (Unknown(generic_type="cut", raw={"mime_type": "audio/wav", "size_bytes": 70}),)


def test_a_refusal_is_a_failure_in_the_providers_words():
    span = told(ASKED, [REFUSED], status=429)
    assert (span.status, span.failure) == (
        "error",
        Failure(type="rate_limit_exceeded", message="slow down", http_status=429),
    )
    assert "headwater.stream.end" not in span.attributes


def test_our_own_failure_is_told_by_its_name():
    span = told(ASKED, status=0, end="cut", failure_type="connect_error", failure_message="refused")
    assert (span.status, span.failure) == ("error", Failure(type="connect_error", message="refused"))


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        ("closed", "client_closed"),
        ("cut", "upstream_closed"),
        ("abandoned", "relay_stopped"),
        ("complete", "no_answer"),
    ],
)
def test_a_call_without_any_answer_failed(end: str, kind: str):
    span = told(ASKED, status=0, end=end)
    assert span.failure is not None
    assert (span.failure.type, span.status) == (kind, "error")


@pytest.mark.parametrize(
    ("end", "told_end", "failure"),
    [
        ("complete", "cut", ""),
        ("closed", "closed", ""),
        ("cut", "cut", "upstream_closed"),
        ("abandoned", "abandoned", "relay_stopped"),
    ],
)
def test_a_stream_without_its_end_is_told_as_far_as_it_came(end: str, told_end: str, failure: str):
    """Whoever stops reading has what they wanted; usage stays unknown, as nobody said it."""
    span = told(ASKED, [_delta("half a")], response_type=SSE, end=end)
    assert (span.attributes["headwater.stream.end"], span.failure.type if span.failure else "") == (told_end, failure)
    assert (call_of(span).usage, call_of(span).output[0].parts) == (None, (Text(content="half a"),))


def test_a_stream_that_was_whole_before_its_connection_broke_is_whole():
    span = told(ASKED, [_delta("all", "stop"), b"data: [DONE]\n\n"], response_type=SSE, end="cut")
    assert (span.attributes["headwater.stream.end"], span.failure) == ("complete", None)


def test_half_an_object_is_no_answer_whoever_broke_it_off():
    span = told(ASKED, [GIVEN[:30]], end="closed")
    assert span.failure == Failure(type="client_closed", message="the client went away before the answer was whole")


def test_an_error_inside_a_stream_is_a_failure():
    event = b'data: {"error": {"message": "overloaded", "code": "server_error"}}\n\n'
    span = told(ASKED, [_delta("a"), event], response_type=SSE)
    assert span.failure == Failure(type="server_error", message="overloaded")


@pytest.mark.parametrize(
    ("host", "given", "provider"),
    [
        ("api.groq.com", "", "groq"),
        ("api.groq.com", "mine", "groq"),
        ("10.0.0.5", "vllm", "vllm"),
        ("10.0.0.5", "", "openai"),
    ],
)
def test_the_provider_is_the_hosts_or_the_upstreams_or_the_dialects(host: str, given: str, provider: str):
    assert call_of(told(ASKED, [GIVEN], host=host, provider=given)).provider == provider


def test_a_deployment_named_in_the_path_is_the_model():
    path = "/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21"
    span = told({"messages": []}, [GIVEN], host="x.openai.azure.com", path=path)
    assert (call_of(span).request_model, call_of(span).provider) == ("my-gpt", "azure.ai.openai")


def test_the_model_that_sets_the_price_stands_beside_those_that_were_told():
    call = call_of(told(ASKED, [GIVEN], model_override="gpt-5"))
    assert (call.priced_as, call.request_model, call.response_model) == ("gpt-5", ASKED["model"], GAVE["model"])


def test_what_our_headers_say_goes_before_what_the_body_says_and_that_before_the_clients_headers():
    body = {**ASKED, "metadata": {"session_id": "by body"}}
    headers = {"session-id": "by client"}
    assert told(body, session_id="by us", client_headers=headers).session_id == "by us"
    assert told(body, client_headers=headers).session_id == "by body"
    assert told(ASKED, client_headers=headers).session_id == "by client"


@pytest.mark.parametrize("value", ["", "  ", "x" * 257, "a\x00b", "a\nb"])
def test_a_clients_header_that_holds_no_id_is_passed_over(value: str):
    headers = {"x-claude-code-session-id": value, "x-session-id": " by another "}
    assert told(ASKED, client_headers=headers).session_id == "by another"


def test_the_more_special_header_goes_first():
    headers = {"x-session-affinity": "of the part", "x-parent-session-id": "of the whole"}
    assert told(ASKED, client_headers=headers).session_id == "of the whole"


def test_a_post_that_no_dialect_reads_is_a_call_told_as_it_is():
    path = "/v1beta/models/gemini-3:generateContent?key=…"
    gave: dict[str, Any] = {"candidates": [], "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 2}}
    span = told({"contents": []}, [msgspec.json.encode(gave)], path=path, upstream="mine", host="10.0.0.1")
    assert (span.kind, span.name) == ("call", "generateContent")
    call = call_of(span)
    assert (call.provider, call.operation, call.usage and call.usage.output) == ("mine", "generateContent", 2)
    assert call.output == (Message(role="assistant", parts=(Unknown(generic_type="opaque", raw=gave),)),)
    assert span.attributes["url.path"] == "/v1beta/models/gemini-3:generateContent"


def test_a_stream_that_no_dialect_reads_ends_as_its_connection_did():
    path, event = "/v1beta/models/gemini-3:streamGenerateContent", b'data: {"candidates": []}\n\n'
    ended = told({"contents": []}, [event, event], path=path, response_type=SSE)
    cut = told({"contents": []}, [event], path=path, response_type=SSE, end="cut")
    assert ended.attributes["headwater.stream.end"] == "complete"
    assert (cut.attributes["headwater.stream.end"], cut.failure and cut.failure.type) == ("cut", "upstream_closed")
    assert call_of(ended).output[0].parts == (Unknown(generic_type="opaque", raw=[{"candidates": []}] * 2),)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/v1/models", "GET models"),
        ("GET", "/v1/chat/completions?limit=2", "GET completions"),
        ("GET", "/v1/responses/resp_1", "GET responses"),
        ("DELETE", "/v1/files/file-12", "DELETE files"),
        ("POST", "/v1/files", "POST files"),
        ("POST", "/v1/batches", "POST batches"),
        ("POST", "/v1/responses/resp_1/cancel", "POST cancel"),
        ("GET", "/", "GET opaque"),
    ],
)
def test_what_asks_no_model_is_a_step_and_no_call(method: str, path: str, name: str):
    span = told(None, [b'{"data": []}'], method=method, path=path)
    assert (span.kind, span.name, span.call, span.status) == ("span", name, None, "unset")
    assert (span.attributes["http.request.method"], span.attributes["http.response.body.size"]) == (method, 12)
    assert span.output_messages[0].parts == (Unknown(generic_type="opaque", raw={"data": []}),)


def test_an_upload_is_told_by_its_fields_and_files():
    form = b'--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
    form += b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n{}\r\n--x--\r\n'
    span = told(form, [b"{}"], path="/v1/files", request_type="multipart/form-data; boundary=x")
    files = Unknown(generic_type="file", raw={"field": "file", "filename": "a.jsonl", "mime_type": "", "size_bytes": 2})
    assert span.input_messages == (
        Message(role="user", parts=(Unknown(generic_type="opaque", raw={"purpose": "batch"}),)),
        Message(role="user", parts=(files,)),
    )


def test_a_failed_step_is_a_failure():
    span = told(None, [REFUSED], method="GET", path="/v1/models", status=429)
    assert (span.kind, span.failure and span.failure.http_status) == ("span", 429)


@pytest.mark.parametrize("counts", [(), (3,), (3, 4, 5_000), (0, 0)])
def test_chunks_that_do_not_add_up_lose_nothing(counts: tuple[int, ...]):
    assert told(ASKED, [GIVEN], chunk_bytes=counts, chunk_ns=()).call == told(ASKED, [GIVEN]).call
