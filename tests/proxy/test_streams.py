"""Streams: as they come, until somebody leaves; usage is asked for where the client did not, and hidden from him."""

import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.proxy.proxied import (
    DONE,
    STREAM,
    STREAM_END,
    TOLD_TOKENS,
    USAGE_CHUNK,
    Proxied,
    answered,
    asked,
    chunk,
    piece,
    proxied_through,
    streamed,
    whole,
)
from tests.proxy.upstream import Do
from tests.serving import Server, wait_until

_REFUSED = b'{"error": {"message": "Unknown parameter: \'stream_options\'", "type": "invalid_request_error"}}'


def test_an_event_reaches_the_client_before_the_next_is_made(proxied: Proxied) -> None:
    proxied.upstream.forget((STREAM, piece(chunk("Pa")), Do.HOLD, piece(chunk("ris")), piece(DONE), STREAM_END))
    with proxied.opened(asked(stream=True)) as answer:
        assert answer.readline() + answer.readline() == chunk("Pa")
        proxied.upstream.release()
        assert answer.read() == chunk("ris") + DONE
        assert proxied.row(answer, "output_preview", "is_stream") == ("Paris", 1)


def test_when_the_client_leaves_the_upstream_is_left_at_once(proxied: Proxied) -> None:
    """What has arrived is recorded, and its usage is not known."""
    proxied.upstream.forget((STREAM, piece(chunk("Pa")), Do.AWAIT_CLOSE))
    closed = proxied.upstream.closed
    with proxied.opened(asked(stream=True)) as answer:
        assert answer.readline()
    wait_until(lambda: proxied.upstream.closed > closed, 10, "the upstream to be left")
    told = proxied.row(answer, "output_preview", "input_tokens", "output_tokens")
    assert told == ("Pa", None, None)


def test_when_the_client_leaves_before_the_answer_the_upstream_is_left_too(proxied: Proxied) -> None:
    proxied.upstream.forget((Do.AWAIT_CLOSE,))
    closed = proxied.upstream.closed
    with socket.create_connection(("127.0.0.1", proxied.server.port)) as client:
        head = f"POST /openai/v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-headwater-key: {proxied.project.key}\r\n"
        client.sendall(f"{head}content-length: {len(asked())}\r\n\r\n".encode() + asked())
        wait_until(lambda: proxied.upstream.requests, 10, "the request")
    wait_until(lambda: proxied.upstream.closed > closed, 10, "the upstream to be left")
    question = "SELECT status, error_type FROM calls"
    assert wait_until(lambda: proxied.project.sql(question), 20, "the call") == [("error", "client_closed")]


@pytest.fixture
def draining(tmp_path: Path) -> Iterator[Proxied]:
    """A server that reads an answer to its end though nobody wants it."""
    extra = {"HEADWATER_PROXY_WHEN_CLIENT_LEAVES": "drain"}
    with Server(tmp_path, extra=extra) as server, proxied_through(server, "draining") as made:
        yield made


def test_an_answer_that_nobody_wants_is_read_for_its_usage_where_that_is_set(draining: Proxied) -> None:
    rest = (piece(chunk("ris")), piece(chunk()), piece(USAGE_CHUNK), piece(DONE), STREAM_END)
    draining.upstream.forget((STREAM, piece(chunk("Pa")), Do.HOLD, *rest))
    with draining.opened(asked(stream=True)) as answer:
        assert answer.readline()
    draining.upstream.release()
    told = draining.row(answer, "output_preview", "input_tokens", "output_tokens")
    assert told == ("Paris", *TOLD_TOKENS)


def test_usage_is_asked_for_and_hidden(proxied: Proxied) -> None:
    events = (chunk("Pa"), chunk("ris", usage=None), chunk(), USAGE_CHUNK, DONE)
    proxied.upstream.forget(streamed(*events))
    answer = proxied.post(asked(stream=True, stream_options={"include_obfuscation": False}))
    assert answer.body == b"".join(event for event in events if event is not USAGE_CHUNK)
    sent = msgspec.json.decode(proxied.upstream.requests[0].body)
    assert sent["stream_options"] == {"include_obfuscation": False, "include_usage": True}
    assert proxied.row(answer, "input_tokens", "output_tokens") == TOLD_TOKENS


def test_usage_is_hidden_wherever_the_stream_is_cut(proxied: Proxied) -> None:
    events = b"".join((chunk("Pa"), USAGE_CHUNK, DONE))
    script = (STREAM, *(piece(events[at : at + 1]) for at in range(len(events))), STREAM_END)
    proxied.upstream.forget(script)
    answer = proxied.post(asked(stream=True))
    assert answer.body == chunk("Pa") + DONE


def test_usage_is_hidden_from_a_stream_of_a_told_length(proxied: Proxied) -> None:
    """The length that the upstream told is another then."""
    events = (chunk("Pa"), USAGE_CHUNK, DONE)
    proxied.upstream.forget((whole(b"".join(events), content_type="text/event-stream; charset=utf-8"),))
    answer = proxied.post(asked(stream=True))
    assert answer.body == chunk("Pa") + DONE


def test_usage_that_was_asked_for_is_given_and_the_request_left_as_it_is(proxied: Proxied) -> None:
    body = b'{"stream": true,  "stream_options": {"include_usage":true}, "model": "gpt-4o-mini", "messages": []}'
    proxied.upstream.forget(streamed(chunk("Pa"), USAGE_CHUNK, DONE))
    answer = proxied.post(body)
    assert answer.body == chunk("Pa") + USAGE_CHUNK + DONE
    assert proxied.upstream.requests[0].body == body


def test_a_request_without_a_stream_is_left_as_it_is(proxied: Proxied) -> None:
    body = b'{"model" :"gpt-4o-mini","messages":[],"x":1e400,"unknown":"\\u00e9" }\r\n'
    proxied.upstream.forget((whole(answered()),))
    assert proxied.post(body).body == answered()
    assert proxied.upstream.requests[0].body == body


def test_an_upstream_that_refuses_the_wish_is_asked_without_it_and_remembered(proxied: Proxied) -> None:
    """The client sees none of it, and the next call has the wish left out."""
    refused = whole(_REFUSED, status="400 Bad")
    proxied.upstream.scripts = [(refused,), streamed(chunk("Pa"), DONE), streamed(chunk("ris"), DONE)]
    # Of a model of its own, as what was refused is remembered of each.
    body = asked(stream=True, model="one-that-refuses")
    first, second = proxied.post(body), proxied.post(body)
    assert (first.status, first.body, second.body) == (200, chunk("Pa") + DONE, chunk("ris") + DONE)
    sent = [request.body for request in proxied.upstream.requests]
    assert [b"include_usage" in each for each in sent] == [True, False, False]
    assert sent[1:] == [body, body]
    assert (proxied.row(first, "attempts"), proxied.row(second, "attempts")) == ((2,), (1,))


def test_another_refusal_is_the_clients_to_see(proxied: Proxied) -> None:
    refusal = b'{"error": {"message": "max_tokens is too large"}}'
    proxied.upstream.forget((whole(refusal, status="400 Bad"),))
    answer = proxied.post(asked(stream=True))
    assert (answer.status, answer.body, len(proxied.upstream.requests)) == (400, refusal, 1)
