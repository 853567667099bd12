"""A call as it is taken down: its life, its bounds, its span."""

import gc
import threading
import weakref
from typing import Any

import msgspec
import pytest

from headwater.capture import Exchange, Scope, is_call
from headwater.event import Failure, Message, Span, Unknown, Usage
from headwater.provider import dialect_for
from tests.conftest import HeldClock
from tests.rooms.capture.hello import ASKED, CALL, GAVE, REFUSED
from tests.rooms.capture.taking import CHAT, JSON, SCOPE, SSE, call_of, exchange, span_of, told


def _sse(*events: Any) -> bytes:
    return b"".join(b"data: " + msgspec.json.encode(event) + b"\n\n" for event in events)


def _delta(text: str, finish: str | None = None) -> dict[str, Any]:
    return {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


def test_a_call_is_told_whole(held_clock: HeldClock):
    scope = Scope(trace_id=0xABC, span_id=0xDEF, session_id="s", user_id="u", tags=("t",), metadata={"k": "v"})
    begun = exchange(scope=scope)
    start_ns = held_clock.now_ns
    begun.request = msgspec.json.encode(ASKED)
    begun.answered(200, JSON, "", 1)
    held_clock.advance(1)
    begun.chunk(msgspec.json.encode(GAVE))
    begun.ended("complete")
    held_clock.advance(5)
    assert begun.told() == Span(
        trace_id="00000000000000000000000000000abc",
        span_id="0000000000000123",
        parent_span_id="0000000000000def",
        name="chat gpt-4o-mini",
        kind="call",
        start_ns=start_ns,
        end_ns=start_ns + 1_000_000_000,
        source="headwater",
        scope="headwater",
        session_id="s",
        user_id="u",
        tags=("t",),
        metadata={"k": "v"},
        call=CALL,
        attributes={"server.address": "api.openai.com", "server.port": 443, "http.response.status_code": 200},
    )


def test_outside_of_any_span_a_call_has_no_parent():
    assert told(ASKED, scope=Scope(trace_id=0xABC)).parent_span_id == ""


def test_the_scope_goes_before_what_the_request_says_of_itself():
    asked = {**ASKED, "user": "by request", "metadata": {"a": "1", "b": "2", "user_id": "x"}}
    inside = told(asked, scope=Scope(user_id="by scope", metadata={"b": "3"}))
    assert (inside.user_id, inside.metadata) == ("by scope", {"a": "1", "b": "3"})
    assert told(asked).user_id == "by request"


def test_attempts_are_one_call_and_the_last_answer_counts():
    begun = exchange()
    begun.request = msgspec.json.encode(ASKED)
    for attempt in (1, 2):
        begun.answered(429, JSON, "", attempt)
        begun.chunk(REFUSED)
    begun.answered(200, JSON, "", 3)
    begun.chunk(msgspec.json.encode(GAVE))
    begun.ended("complete")
    span = span_of(begun)
    assert (call_of(span).attempts, span.status, call_of(span).response_id) == (3, "unset", "chatcmpl-1")


def test_a_refusal_is_a_failure_in_the_providers_words():
    span = told(ASKED, [REFUSED], status=429, is_stream=True)
    assert span.status == "error"
    assert span.failure == Failure(type="rate_limit_exceeded", message="slow down", http_status=429)
    assert "headwater.stream.end" not in span.attributes


def test_an_exception_adds_its_traceback_to_what_the_provider_said():
    begun = exchange()
    begun.answered(429, JSON)
    begun.chunk(REFUSED)
    try:
        raise ValueError("from the client")
    except ValueError as error:
        begun.failed(error)
    begun.ended("complete")
    failure = span_of(begun).failure
    assert failure is not None
    assert (failure.type, failure.http_status) == ("rate_limit_exceeded", 429)
    assert "ValueError: from the client" in (failure.stacktrace or "")


def test_a_connection_that_could_not_be_had_is_told_by_the_mapping():
    """The mapping is copied within bounds, so that what the user does to it later is not told."""
    asked = {**ASKED, "tools": [object()], "bytes": b"123"}
    begun = exchange()
    begun.request = asked
    begun.failed(ConnectionError("refused"))
    begun.tried(0)
    begun.ended("cut")
    asked["model"] = "another"
    span = span_of(begun)
    call = call_of(span)
    assert span.failure == Failure(type="ConnectionError", message="refused", stacktrace="ConnectionError: refused\n")
    assert (call.request_model, call.attempts, call.parameters["bytes"]) == ("gpt-4o-mini", 0, "<bytes of 3>")
    assert span.attributes == {"server.address": "api.openai.com", "server.port": 443}


def test_only_the_first_end_counts():
    begun = exchange(is_stream=True)
    begun.answered(200, SSE)
    won: list[bool] = []
    threads = [threading.Thread(target=lambda: won.append(begun.ended("closed"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


def test_what_comes_after_the_end_is_not_kept():
    begun = exchange()
    begun.answered(200, JSON)
    begun.ended("closed")
    size_bytes = begun.size_bytes
    for _ in range(100):
        begun.chunk(b"x" * 1000)
    assert begun.size_bytes == size_bytes
    assert call_of(span_of(begun)).output == ()


def test_the_size_is_about_what_is_held():
    begun = exchange()
    begun.request = b"r" * 10_000
    begun.answered(200, JSON)
    begun.chunk(b"a" * 20_000)
    begun.ended("complete")
    assert 30_000 <= begun.size_bytes <= 33_000


def test_an_exception_and_its_frames_are_not_held():
    class Mine(Exception):
        pass

    def fail() -> Mine:
        try:
            raise Mine("with frames")
        except Mine as error:
            return error

    begun = exchange()
    error = fail()
    begun.failed(error)
    begun.ended("cut")
    gone = weakref.ref(error)
    del error
    gc.collect()
    assert gone() is None
    failure = span_of(begun).failure
    assert failure is not None
    assert "in fail" in (failure.stacktrace or "")


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages?beta=true", "/model/claude/invoke"])
def test_only_what_asks_a_model_is_a_call(path: str):
    assert is_call(path)
    assert not is_call(path, "GET")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/models",
        "/v1/files",
        "/v1/batches",
        "/v1/messages/batches",
        "/v1/fine_tuning/jobs",
        "/v1/responses/r/cancel",
    ],
)
def test_what_nobody_bills_by_the_token_is_none(path: str):
    assert not is_call(path)
    assert exchange(path).told() is None


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/v1/embeddings", "embeddings"),
        ("/v1/moderations", "moderation"),
        ("/v1/images/generations", "image_generation"),
        ("/v1/completions", "text_completion"),
        ("/v1/messages/count_tokens", "count_tokens"),
    ],
)
def test_a_call_is_named_by_what_it_does(path: str, operation: str):
    assert dialect_for(path) is not None
    span = told({"model": "m"}, path=path)
    assert (span.name, call_of(span).operation) == (f"{operation} m", operation)


def test_an_answer_past_the_bound_still_tells_what_it_cost():
    body = msgspec.json.encode({"data": [{"b64_json": "A" * 5_000}], "model": "m-1", "usage": {"input_tokens": 7}})
    chunks = [body[at : at + 100] for at in range(0, len(body), 100)]
    span = told({"model": "m"}, chunks, path="/v1/images/generations", limit_bytes=1_000)
    call = call_of(span)
    assert call.usage == Usage(input=7, reported={"input_tokens": 7})
    described = Unknown(generic_type="cut", raw={"mime_type": JSON, "size_bytes": len(body)})
    assert call.output == (Message(role="assistant", parts=(described,)),)
    assert call.response_model == "m-1"


def test_a_stream_past_the_bound_keeps_its_ends():
    events = [_sse(_delta(f"{number} ")) for number in range(200)]
    usage: dict[str, Any] = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 200}}
    closing = [_sse(_delta("", "stop")), _sse(usage), b"data: [DONE]\n\n"]
    span = told(ASKED, [*events, *closing], content_type=SSE, is_stream=True, limit_bytes=4_000)
    call = call_of(span)
    assert (call.usage or Usage()).output == 200
    assert call.finish_reasons == ("stop",)
    assert span.attributes["headwater.stream.end"] == "complete"
    assert str(call.output[0].parts[0]).startswith("Text(content='0 1 2 3")


def test_memory_stays_bounded_however_long_a_stream_is():
    begun = exchange(is_stream=True, limit_bytes=10_000)
    begun.answered(200, SSE)
    for _ in range(2_000):
        begun.chunk(b"data: {}\n\n" * 10)
    begun.ended("complete")
    assert begun.size_bytes < 25_000


def test_a_request_past_the_bound_still_tells_its_model():
    asked = {"messages": [{"role": "user", "content": 'x "model": y ' * 2_000}], "model": "gpt-4o"}
    body = msgspec.json.encode(asked)
    call = call_of(told(body, limit_bytes=1_000))
    described = Unknown(generic_type="cut", raw={"mime_type": JSON, "size_bytes": len(body)})
    assert (call.request_model, call.input) == ("gpt-4o", (Message(role="user", parts=(described,)),))


def test_an_exchange_keeps_no_dictionary():
    """One is made for every call of the user's program."""
    assert not hasattr(Exchange(SCOPE, 1, 2, CHAT, "h", None, False), "__dict__")
