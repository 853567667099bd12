"""What was wrong with Pulse's own packages, and is not here. One sentence each; all were seen in 0.2.7 or 0.2.8."""

import asyncio
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import openai
import pytest
from pydantic import BaseModel

from headwater import sdk
from headwater.compat.pulse_sdk import ObserveOptions, Provider, init_pulse, observe
from headwater.event import LogEvent, Span, Text
from headwater.simulator import Simulator
from tests.receiving import Receiver
from tests.rooms.compat.pulse_sdk.programs import run, sessions_of
from tests.rooms.compat.pulse_sdk.telling import ASK, HAIKU


def test_1_what_is_distributed_holds_its_modules(receiver: Receiver, simulator: Simulator):
    ran = run("import pulse_sdk.config, pulse_sdk.state, pulse_sdk.transport, pulse_sdk.types", receiver.url, simulator)
    assert ran == (0, "", "")


def test_2_the_end_of_a_program_delivers_its_last_call(receiver: Receiver, simulator: Simulator):
    assert run("ask('last')", receiver.url, simulator) == (0, "", "")
    assert sessions_of(receiver) == ["last"]


def test_2_shutdown_delivers_what_waits(receiver: Receiver, simulator: Simulator):
    assert run("ask('last'); shutdown(); os._exit(0)", receiver.url, simulator).code == 0
    assert sessions_of(receiver) == ["last"]


def test_2_a_flush_delivers_what_waits(receiver: Receiver, simulator: Simulator):
    assert run("ask('last'); flush_buffer(); os._exit(0)", receiver.url, simulator).code == 0
    assert sessions_of(receiver) == ["last"]


def test_3_a_stream_reaches_the_program_and_is_recorded(receiver: Receiver, gpt: Any):
    observe(gpt, Provider.OPENAI)
    chunks = list(gpt.chat.completions.create(**ASK, stream=True, pulse_session_id="streamed"))
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    (span,) = receiver.spans()
    assert span.call is not None
    assert (span.session_id, span.call.is_stream) == ("streamed", True)
    assert span.call.output[0].parts == (Text(content=said),)


def test_3_a_raw_response_reaches_the_program_and_is_recorded(receiver: Receiver, gpt: Any):
    raw_before = gpt.chat.completions.with_raw_response
    observe(gpt, Provider.OPENAI)
    assert gpt.chat.completions.with_raw_response is not raw_before
    raw = gpt.chat.completions.with_raw_response.create(**ASK, pulse_session_id="raw")
    assert raw.parse().choices
    with gpt.chat.completions.with_streaming_response.create(**ASK, pulse_session_id="streaming") as streaming:
        assert streaming.parse().choices
    assert [span.session_id for span in receiver.spans()] == ["raw", "streaming"]


async def test_3_an_asynchronous_client_works_and_is_recorded(receiver: Receiver, simulator: Simulator):
    async with openai.AsyncOpenAI(api_key="any", base_url=simulator.openai_url, max_retries=0) as client:
        create = cast("Any", observe(client, Provider.OPENAI).chat.completions.create)
        await create(**ASK, pulse_session_id="awaited")
        async for _chunk in await create(**ASK, stream=True, pulse_session_id="streamed"):
            pass
    spans = await asyncio.to_thread(receiver.spans)
    assert [span.session_id for span in spans] == ["awaited", "streamed"]


@pytest.mark.parametrize("is_initialised", [True, False])
@pytest.mark.parametrize("word", ["pulse_session_id", "pulseSessionId", "pulse_metadata", "pulseMetadata"])
def test_4_pulses_words_never_reach_the_provider_when_it_is_off(
    collector: Receiver, gpt: Any, claude: Any, word: str, is_initialised: bool
):
    if is_initialised:
        init_pulse({"api_key": "pulse_sk_tests", "api_url": collector.url, "enabled": False})
    observe(gpt, Provider.OPENAI, ObserveOptions(session_id="s"))
    observe(claude, Provider.ANTHROPIC)
    assert gpt.chat.completions.create(**ASK, **{word: None}).choices
    assert gpt.chat.completions.create(**ASK, **{word: {"a": 1}}).choices
    assert gpt.beta.chat.completions.create(**ASK, **{word: "x"}).choices
    assert claude.messages.create(**HAIKU, **{word: "x"}).content
    assert collector.headers == []


def test_5_what_cannot_be_copied_does_not_matter(receiver: Receiver, gpt: Any):
    observe(gpt, Provider.OPENAI)
    gpt.chat.completions.create(**ASK, timeout=60, pulse_metadata={"lock": threading.Lock(), "plain": "told"})
    (span,) = receiver.spans()
    assert span.metadata["plain"] == "told"


def test_6_a_message_of_the_vendors_own_type_is_told_with_its_neighbours(receiver: Receiver, gpt: Any):
    observe(gpt, Provider.OPENAI)
    answer = gpt.chat.completions.create(**ASK).choices[0].message
    assert isinstance(answer, BaseModel)
    gpt.chat.completions.create(model="gpt-4o-mini", messages=[*ASK["messages"], answer, *ASK["messages"]])
    first, second = receiver.spans()
    assert first.call is not None
    assert second.call is not None
    assert second.call.input[1].parts == first.call.output[0].parts


def test_7_a_collector_that_hangs_holds_up_no_call(collector: Receiver, gpt: Any):
    released = threading.Event()
    with _hanging(released) as url:
        init_pulse({"api_key": "pulse_sk_tests", "api_url": url, "batch_size": 1})
        observe(gpt, Provider.OPENAI)
        for _call in range(12):
            assert gpt.chat.completions.create(**ASK).choices
        assert not released.is_set()
        released.set()


def test_8_observing_twice_records_once(receiver: Receiver, gpt: Any):
    observe(gpt, Provider.OPENAI, ObserveOptions(session_id="first", metadata={"app": "demo"}))
    observe(gpt, Provider.OPENAI, ObserveOptions(session_id="second"))
    gpt.chat.completions.create(**ASK)
    gpt.chat.completions.create(**ASK, pulse_session_id="third")
    assert [(span.session_id, span.metadata) for span in receiver.spans()] == [
        ("second", {"app": "demo"}),
        ("third", {"app": "demo"}),
    ]


def test_9_secrets_in_headers_are_not_shipped_and_a_hook_can_hide_the_rest(collector: Receiver, gpt: Any):
    def redact(told: Span | LogEvent) -> Span | LogEvent | None:
        return None if isinstance(told, Span) and told.session_id == "private" else told

    init_pulse({"api_key": "pulse_sk_tests", "api_url": collector.url, "redact": redact})
    observe(gpt, Provider.OPENAI)
    gpt.chat.completions.create(**ASK, extra_headers={"x-customer": "open sesame"}, pulse_session_id="open")
    gpt.chat.completions.create(**ASK, pulse_session_id="private")
    (span,) = collector.spans()
    assert "sesame" not in repr(span)


def test_10_a_fork_delivers_its_own_calls_and_no_others(receiver: Receiver, simulator: Simulator):
    lines = """
ask("parent")
child = os.fork()
if child == 0:
    # A connection that two processes use is no affair of ours.
    client = observe(OpenAI(api_key="any", base_url=provider, max_retries=0), Provider.OPENAI)
    ask("child")
else:
    assert os.waitpid(child, 0)[1] == 0
    ask("parent again")
"""
    ran = run("import warnings; warnings.simplefilter('ignore')\n" + lines, receiver.url, simulator)
    assert ran == (0, "", "")
    assert sorted(sessions_of(receiver)) == ["child", "parent", "parent again"]


def test_10_a_server_that_is_away_is_not_complained_of(simulator: Simulator):
    lines = (
        "sdk = __import__('headwater').init(retry_for_s=0, url=collector, exit_timeout_s=0.2)\nask(); flush_buffer()"
    )
    assert run(lines, "http://127.0.0.1:9", simulator) == (0, "", "")


_WAYS: dict[str, Callable[[Any, str], Any]] = {
    "a stream": lambda client, session: _entered(client.chat.completions.stream(**ASK, pulse_session_id=session)),
    "a parse": lambda client, session: client.chat.completions.parse(**ASK, pulse_session_id=session),
    "beta's create": lambda client, session: client.beta.chat.completions.create(**ASK, pulse_session_id=session),
    "beta's stream": lambda client, session: _entered(
        client.beta.chat.completions.stream(**ASK, pulse_session_id=session)
    ),
    "a stream of responses": lambda client, session: _entered(
        client.responses.stream(model="gpt-4o-mini", input="hi", pulse_session_id=session)
    ),
}


@pytest.mark.parametrize("way", _WAYS)
def test_11_every_way_of_openai_to_ask_is_seen(receiver: Receiver, gpt: Any, way: str):
    observe(gpt, Provider.OPENAI)
    _WAYS[way](gpt, "seen")
    assert sessions_of(receiver) == ["seen"]


@pytest.mark.parametrize("is_beta", [True, False])
def test_11_every_way_of_anthropic_to_ask_is_seen(receiver: Receiver, claude: Any, is_beta: bool):
    observe(claude, Provider.ANTHROPIC)
    messages = claude.beta.messages if is_beta else claude.messages
    _entered(messages.stream(**HAIKU, pulse_session_id="streamed"))
    messages.create(**HAIKU, pulse_session_id="made")
    assert sessions_of(receiver) == ["streamed", "made"]


async def test_11_an_asynchronous_stream_is_seen(receiver: Receiver, simulator: Simulator):
    async with openai.AsyncOpenAI(api_key="any", base_url=simulator.openai_url, max_retries=0) as client:
        stream = cast("Any", observe(client, Provider.OPENAI).chat.completions.stream)
        async with stream(**ASK, pulse_session_id="seen") as events:
            async for _event in events:
                pass
    assert await asyncio.to_thread(sessions_of, receiver) == ["seen"]


def _entered(manager: Any) -> None:
    with manager as events:
        for _event in events:
            pass


class _hanging:
    """A collector that answers nobody until it is released."""

    def __init__(self, released: threading.Event) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                released.wait(60)
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        sdk.shutdown()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
