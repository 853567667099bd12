"""Programs that use Pulse's functions."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import openai
import pytest

from headwater import sdk
from headwater.compat.pulse_sdk import ObserveOptions, Provider, api_state, flush_buffer, init_pulse, observe, shutdown
from headwater.compat.pulse_sdk.api_config import ConfigError
from headwater.compat.pulse_sdk.api_told import add_to_buffer, send_spans, send_traces
from headwater.event import Span
from headwater.provider import dialect_named
from headwater.sdk.context import current_scope
from headwater.simulator import Simulator
from tests.journeys.projects import Project
from tests.receiving import Receiver
from tests.rooms.compat.pulse_sdk.telling import ASK, HAIKU, SPAN, TRACE


def _only(receiver: Receiver) -> Span:
    (span,) = receiver.spans()
    assert span.call is not None
    return span


def test_the_readmes_call_is_recorded_with_its_session_and_metadata(receiver: Receiver, gpt: Any):
    observed = observe(gpt, Provider.OPENAI)
    assert observed is gpt
    answer = observed.chat.completions.create(
        **ASK, pulse_session_id="session-123", pulse_metadata={"feature": "chat", "n": 7, "deep": {"a": 1}, "no": None}
    )
    span = _only(receiver)
    assert span.call is not None
    assert (span.session_id, span.call.response_id) == ("session-123", answer.id)
    assert span.metadata == {"feature": "chat", "n": "7", "deep": '{"a": 1}'}


def test_the_readmes_call_of_anthropic_is_recorded(receiver: Receiver, claude: Any):
    observe(claude, Provider.ANTHROPIC)
    claude.messages.create(**HAIKU, pulseSessionId="camel", pulseMetadata={"case": "camel"})
    span = _only(receiver)
    assert span.call is not None
    assert (span.session_id, span.metadata, span.call.provider) == ("camel", {"case": "camel"}, "anthropic")


def test_a_calls_own_words_go_before_those_of_its_client(receiver: Receiver, gpt: Any):
    observe(gpt, Provider.OPENAI, ObserveOptions(session_id="ours", metadata={"app": "demo", "feature": "none"}))
    gpt.chat.completions.create(**ASK)
    gpt.chat.completions.create(**ASK, pulse_session_id="its own", pulse_metadata={"feature": "chat"})
    first, second = receiver.spans()
    assert (first.session_id, first.metadata) == ("ours", {"app": "demo", "feature": "none"})
    assert (second.session_id, second.metadata) == ("its own", {"app": "demo", "feature": "chat"})


def test_a_session_around_a_call_holds_where_pulse_says_nothing(receiver: Receiver, gpt: Any):
    observe(gpt, Provider.OPENAI)
    with sdk.session("around"):
        gpt.chat.completions.create(**ASK)
        gpt.chat.completions.create(**ASK, pulse_session_id="within")
    assert [span.session_id for span in receiver.spans()] == ["around", "within"]


def test_clients_do_not_learn_of_each_other(receiver: Receiver, gpt: Any, simulator: Simulator):
    observe(gpt, Provider.OPENAI, ObserveOptions(session_id="one"))
    with openai.OpenAI(api_key="any", base_url=simulator.openai_url, max_retries=0) as other:
        observe(other, Provider.OPENAI, ObserveOptions(session_id="two"))
        other.chat.completions.create(**ASK)
    gpt.chat.completions.create(**ASK)
    with openai.OpenAI(api_key="any", base_url=simulator.openai_url, max_retries=0) as plain:
        plain.chat.completions.create(**ASK)
    assert [span.session_id for span in receiver.spans()] == ["two", "one"]


def test_calls_at_once_keep_their_sessions(receiver: Receiver, gpt: Any):
    observe(gpt, Provider.OPENAI)
    with ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(gpt.chat.completions.create, **ASK, user=name, pulse_session_id=name) for name in "abcdefgh"
        ]
        for each in asked:
            each.result()
    spans = receiver.spans()
    assert sorted(span.session_id for span in spans) == list("abcdefgh")
    assert all(span.session_id == span.user_id for span in spans)


async def test_asynchronous_calls_at_once_keep_their_sessions(receiver: Receiver, simulator: Simulator):
    async with openai.AsyncOpenAI(api_key="any", base_url=simulator.openai_url, max_retries=0) as client:
        observe(client, Provider.OPENAI)
        create: Any = client.chat.completions.create
        await asyncio.gather(*[create(**ASK, user=name, pulse_session_id=name) for name in "abcdefgh"])
    spans = await asyncio.to_thread(receiver.spans)
    assert sorted(span.session_id for span in spans) == list("abcdefgh")
    assert all(span.session_id == span.user_id for span in spans)


def test_a_copy_that_a_client_makes_of_itself_is_observed_too(receiver: Receiver, gpt: Any):
    observe(gpt, Provider.OPENAI, ObserveOptions(metadata={"app": "demo"}))
    gpt.with_options(timeout=9).chat.completions.create(**ASK, pulse_session_id="of a copy")
    span = _only(receiver)
    assert (span.session_id, span.metadata) == ("of a copy", {"app": "demo"})


class _OldResource:
    """A resource as openai 1.x has it: it holds what the client gave it, and asks the client for its neighbours."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._post = client.post
        self.completions = self

    def create(self) -> str:
        return self._post()

    def stream(self) -> str:
        return self._client.chat.create()


class _OldClient:
    """A client as openai 1.x has it: its resources are there from the beginning. It answers with the session."""

    def __init__(self) -> None:
        self.chat = _OldResource(self)

    def post(self) -> str:
        return self.request()

    def request(self) -> str:
        return current_scope().session_id


@pytest.mark.parametrize("method", ["create", "stream"])
@pytest.mark.usefixtures("receiver")
def test_a_client_that_has_its_resources_from_the_beginning_keeps_each_calls_session(
    monkeypatch: pytest.MonkeyPatch, method: str
):
    monkeypatch.setenv("HEADWATER_RAISE", "0")
    client: Any = observe(_OldClient(), Provider.OPENAI, ObserveOptions(session_id="of the client"))
    ask = getattr(client.chat.completions, method)
    assert [ask(pulse_session_id="of the call"), ask()] == ["of the call", "of the client"]


def test_the_responses_api_and_embeddings_take_pulses_words(receiver: Receiver, gpt: Any):
    observe(gpt, Provider.OPENAI)
    gpt.responses.create(model="gpt-4o-mini", input="hi", pulse_session_id="r")
    gpt.embeddings.create(model="text-embedding-3-small", input="hi", pulse_session_id="e")
    assert [span.session_id for span in receiver.spans()] == ["r", "e"]


def test_a_failing_call_raises_what_the_vendor_raises_and_is_recorded(receiver: Receiver, gpt: Any):
    observe(gpt, Provider.OPENAI)
    with pytest.raises(openai.RateLimitError) as raised:
        gpt.chat.completions.create(**{**ASK, "model": "err-429"}, pulse_session_id="failing")
    assert "pulse" not in str(raised.value)
    span = _only(receiver)
    assert (span.status, span.session_id) == ("error", "failing")
    assert span.failure is not None
    assert span.failure.http_status == 429


def test_a_cost_that_openrouter_tells_is_kept(receiver: Receiver, gpt: Any):
    chat = dialect_named("openai.chat")
    assert chat is not None
    assert chat.response({"choices": [], "cost": 0.0021}).reported_cost_usd == 0.0021
    assert chat.response({"choices": [], "cost": 1, "usage": {"cost": 0.0021}}).reported_cost_usd == 0.0021
    observe(gpt, Provider.OPENROUTER)
    gpt.chat.completions.create(**ASK)
    assert _only(receiver).call is not None


def test_observing_before_init_records_from_init_on(collector: Receiver, gpt: Any):
    observe(gpt, Provider.OPENAI)
    gpt.chat.completions.create(**ASK, pulse_session_id="before")
    init_pulse({"api_key": "pulse_sk_tests", "api_url": collector.url})
    gpt.chat.completions.create(**ASK, pulse_session_id="after")
    assert [span.session_id for span in collector.spans()] == ["after"]


def test_after_shutdown_nothing_is_recorded_and_calls_go_on(receiver: Receiver, gpt: Any):
    observe(gpt, Provider.OPENAI)
    gpt.chat.completions.create(**ASK, pulse_session_id="before")
    shutdown()
    shutdown()
    flush_buffer()
    gpt.chat.completions.create(**ASK, pulse_session_id="after")
    init_pulse({"api_key": "pulse_sk_tests", "api_url": receiver.url})
    gpt.chat.completions.create(**ASK, pulse_session_id="again")
    assert [span.session_id for span in receiver.spans()] == ["before", "again"]


def test_the_key_goes_to_the_address_that_was_given(receiver: Receiver, gpt: Any):
    observe(gpt, Provider.OPENAI)
    gpt.chat.completions.create(**ASK)
    assert receiver.spans()
    assert {sent["x-headwater-key"] for sent in receiver.headers} == {"pulse_sk_tests"}


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"api_key": "nope"},
        {"api_key": "pulse_sk_x", "batch_size": 0},
        {"api_key": "pulse_sk_x", "batch_size": 101},
        {"api_key": "pulse_sk_x", "batch_size": "many"},
        {"api_key": "pulse_sk_x", "flush_interval": 999},
        {"api_key": "pulse_sk_x", "api_url": "nowhere"},
    ],
)
@pytest.mark.usefixtures("collector")
def test_a_setting_that_cannot_be_is_named(config: Any):
    with pytest.raises(ConfigError, match="Pulse SDK"):
        init_pulse(config)
    assert not api_state.is_enabled()


def test_a_provider_that_there_is_not_is_named(gpt: Any):
    with pytest.raises(ValueError, match="Unsupported provider"):
        observe(gpt, "acme")  # pyright: ignore[reportArgumentType]


def test_a_double_of_a_client_takes_pulses_words_too(receiver: Receiver):
    def create(**kwargs: Any) -> Any:
        return kwargs

    double = SimpleNamespace(chat=SimpleNamespace(completions=SimpleNamespace(create=create)))
    observe(observe(double, Provider.OPENAI), Provider.OPENAI)
    told: Any = double.chat.completions
    assert told.create(model="m", pulse_session_id="s", pulse_metadata={}) == {"model": "m"}
    assert receiver.spans() == []


def test_what_is_no_client_comes_back_as_it_is(receiver: Receiver):
    for thing in (None, 7, object()):
        assert observe(thing, Provider.OPENAI) is thing


def test_what_it_has_to_say_goes_to_its_logger(collector: Receiver, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG, "headwater.compat.pulse_sdk"):
        init_pulse({"api_key": "pulse_sk_tests", "api_url": collector.url})
    assert [record.name for record in caplog.records] == ["headwater.compat.pulse_sdk"]
    assert "pulse_sk_tests" not in caplog.text


def test_a_trace_that_a_program_tells_itself_is_recorded(receiver: Receiver):
    add_to_buffer(TRACE)  # pyright: ignore[reportArgumentType]
    add_to_buffer(SPAN)  # pyright: ignore[reportArgumentType]
    call, tool = receiver.spans()
    assert call.call is not None
    assert (call.session_id, call.metadata) == ("session-123", {"app": "demo", "feature": "chat"})
    assert (call.call.request_model, call.call.provider, call.end_ns - call.start_ns) == (
        "gpt-4o-mini",
        "openai",
        10**7,
    )
    assert call.call.reported_cost_usd == pytest.approx(0.0000033)
    assert (tool.kind, tool.name, tool.output) == ("tool", "Bash", {"stdout": "a\nb"})


def test_traces_and_spans_that_a_program_sends_itself_arrive(project: Project):
    url = project.server.base_url
    send_traces(url, project.key, [TRACE])  # pyright: ignore[reportArgumentType]
    send_spans(url + "/", project.key, [SPAN])  # pyright: ignore[reportArgumentType]
    send_traces(url, "nobody's", [])
    project.await_spans(2)
    with pytest.raises(RuntimeError, match="401"):
        send_traces(url, "pulse_sk_nobody", [TRACE])  # pyright: ignore[reportArgumentType]
    with pytest.raises(RuntimeError, match="failed to send"):
        send_spans("http://127.0.0.1:9", "pulse_sk_nobody", [SPAN])  # pyright: ignore[reportArgumentType]


def test_settings_are_told_once_they_are_there(collector: Receiver):
    with pytest.raises(RuntimeError, match="init_pulse"):
        api_state.get_config()
    api_state.set_config(api_state.ResolvedConfig("pulse_sk_tests", collector.url, 10, 5000, True))
    api_state.start_flush_worker()
    assert (api_state.get_config().api_url, api_state.is_enabled()) == (collector.url, True)
    api_state.stop_flush_worker()
    api_state.reset_state()
    assert not api_state.is_enabled()
