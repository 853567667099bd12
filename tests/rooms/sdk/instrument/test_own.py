"""What a server of ours is told of a call, and that nobody else is told."""

from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast

import anthropic
import httpx2
import openai
import pytest
from opentelemetry.sdk.trace import TracerProvider

from headwater.sdk.instrument import observe, uninstrument
from tests.rooms.sdk.instrument.asking import MESSAGES, ask, ask_in_stream, http_client_of, only_span
from tests.versions.recording import Recording, recording

_BODY = b'{"id": "c", "object": "chat.completion", "model": "m", "created": 1, "choices": []}'
_REFUSED = b'{"error": {"message": "later"}}'


class Listener:
    """A server that keeps the headers of every request. It refuses the first `refusing`, or sends to `elsewhere`."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []
        self.refusing = 0
        self.elsewhere = ""
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                listener.seen.append({name.lower(): value for name, value in self.headers.items()})
                is_refused = len(listener.seen) <= listener.refusing
                self.send_response(307 if listener.elsewhere else 503 if is_refused else 200)
                body = _REFUSED if is_refused else _BODY
                if listener.elsewhere:
                    self.send_header("location", listener.elsewhere)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def traceparents(self) -> list[str | None]:
        """What each request was told."""
        return [headers.get("traceparent") for headers in self.seen]


@pytest.fixture
def server() -> Generator[Listener]:
    """A server that the SDK sends to, or somebody else's."""
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def other() -> Generator[Listener]:
    """Another server."""
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def ours(server: Listener) -> Generator[Recording]:
    """What is recorded by an SDK that sends to the server."""
    with recording(url=server.url) as kept:
        yield kept
        uninstrument()


def _gpt(url: str, **more: Any) -> openai.OpenAI:
    return observe(openai.OpenAI(base_url=url, api_key="sk", max_retries=more.pop("max_retries", 0), **more))


def _told_of(outbox: Recording) -> str:
    span = only_span(outbox)
    return f"00-{span.trace_id}-{span.span_id}-01"


def test_our_own_server_is_told_the_calls_trace_and_span(ours: Recording, server: Listener):
    with _gpt(f"{server.url}/openai/v1") as client:
        ask(client)
    assert server.traceparents() == [_told_of(ours)]


def test_this_machine_has_several_names(ours: Recording, server: Listener):
    with _gpt(f"http://localhost:{server.port}/openai/v1") as client:
        ask(client)
    assert server.traceparents() == [_told_of(ours)]


def test_every_try_is_told_the_same(ours: Recording, server: Listener):
    server.refusing = 2
    with _gpt(f"{server.url}/openai/v1", max_retries=2) as client:
        ask(client)
    assert server.traceparents() == [_told_of(ours)] * 3


def test_calls_of_anthropics_client_are_told_too(ours: Recording, server: Listener):
    with observe(anthropic.Anthropic(base_url=f"{server.url}/anthropic", api_key="x", max_retries=0)) as client:
        client.messages.create(model="m", max_tokens=5, messages=MESSAGES)
    assert server.traceparents() == [_told_of(ours)]


def test_a_span_that_the_vendors_client_makes_itself_does_not_come_between(ours: Recording, server: Listener):
    theirs = {"tracer_provider": TracerProvider()}
    client = anthropic.Anthropic(
        base_url=f"{server.url}/anthropic", api_key="x", max_retries=0, open_telemetry=cast("Any", theirs)
    )
    with observe(client):
        client.messages.create(model="m", max_tokens=5, messages=MESSAGES)
    assert server.traceparents() == [_told_of(ours)]


async def test_an_asynchronous_client_tells_it_too(ours: Recording, server: Listener):
    async with observe(openai.AsyncOpenAI(base_url=f"{server.url}/openai/v1", api_key="sk", max_retries=0)) as client:
        await client.chat.completions.create(model="m", messages=MESSAGES)
    assert server.traceparents() == [_told_of(ours)]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/openai/v1", {"X-Headwater-Key": "hw_1"}),
        ("/openai/v1", {"x-headwater-user-id": "u"}),
        ("/p/hw_abc/openai/v1", {}),
    ],
)
def test_who_is_given_a_key_or_header_of_ours_is_ours(
    outbox: Recording, server: Listener, path: str, headers: dict[str, str]
):
    with _gpt(server.url + path, default_headers=headers) as client:
        ask(client)
    assert server.traceparents() == [_told_of(outbox)]


def test_a_header_of_ours_on_one_call_tells_of_that_call_alone(outbox: Recording, server: Listener):
    with _gpt(f"{server.url}/v1") as client:
        ask(client, extra_headers={"x-headwater-session-id": "s"})
        ask(client)
    assert [told is not None for told in server.traceparents()] == [True, False]


def test_nobody_else_is_told(ours: Recording, other: Listener):
    with _gpt(f"{other.url}/v1") as client:
        ask(client)
        assert http_client_of(client).event_hooks["request"] == []
    assert other.traceparents() == [None]
    assert len(ours.items) == 1


def test_a_redirect_leads_to_nobody_who_is_told(ours: Recording, server: Listener, other: Listener):
    server.elsewhere = f"{other.url}/v1/chat/completions"
    with _gpt(f"{server.url}/openai/v1") as client:
        ask(client)
    assert [told is not None for told in server.traceparents()] == [True]
    assert other.traceparents() == [None]
    assert len(ours.items) == 1


def test_a_middlewares_own_request_through_the_same_client_is_not_told_of(
    ours: Recording, server: Listener, other: Listener
):
    with httpx2.Client() as http_client:

        def asked(request: httpx2.Request) -> None:
            if request.url.port == server.port:
                http_client.post(f"{other.url}/token", content=b"")

        http_client.event_hooks = {"request": [asked], "response": []}
        ask(_gpt(f"{server.url}/openai/v1", http_client=http_client))
    assert other.traceparents() == [None]
    assert server.traceparents() == [_told_of(ours)]


def test_a_header_that_is_there_stays(ours: Recording, server: Listener):
    mine = "00-11111111111111111111111111111111-2222222222222222-01"
    with _gpt(f"{server.url}/openai/v1") as client:
        ask(client, extra_headers={"traceparent": mine})
    assert server.traceparents() == [mine]


def test_what_is_not_recorded_is_not_told_of(server: Listener):
    with recording(url=server.url, sample_rate=0.0) as kept:
        with _gpt(f"{server.url}/openai/v1") as client:
            ask(client)
        uninstrument()
    assert (server.traceparents(), kept.items) == ([None], [])


def test_what_the_program_handed_over_is_as_it_was(ours: Recording, server: Listener):
    headers = {"x-mine": "1"}
    with _gpt(f"{server.url}/openai/v1", default_headers=headers) as client:
        list(ask_in_stream(client, extra_headers=headers))
        before = dict(client.default_headers)
    assert headers == {"x-mine": "1"}
    assert "traceparent" not in before
    assert server.seen[0]["x-mine"] == "1"


def test_afterwards_the_client_has_no_hook_of_ours(ours: Recording, server: Listener):
    with _gpt(f"{server.url}/openai/v1") as client:
        ask(client)
        assert len(http_client_of(client).event_hooks["request"]) == 1
        uninstrument()
        assert http_client_of(client).event_hooks == {"request": [], "response": []}
        ask(client)
    assert server.traceparents()[1] is None
