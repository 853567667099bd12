"""Steps, spans and calls that a program tells by Tropir's names."""

import asyncio
import datetime
import logging
import socket
import threading
from typing import Any

import pytest

import headwater
from headwater.compat import tropir
from headwater.event import Message, Text
from tests.guest.rude import Rude
from tests.receiving import Receiver
from tests.rooms.compat.tropir.told import CHAT_REQUEST, CHAT_RESPONSE

pytestmark = pytest.mark.usefixtures("receiver")


def test_a_step_holds_whatever_the_program_tells(receiver: Receiver):
    deep: Any = {"a": [{"b": [{"c": [{"d": [{"e": ["deep"]}]}]}]}], "many": [*range(2000)]}
    with tropir.session("s") as session:
        for number, data in enumerate((deep, ["any", "json"], "a text", None, {"when": datetime.date(2026, 1, 2)})):
            session.add_step(data, f"step {number}")
    told = [span.output for span in receiver.spans() if span.kind == "span"]
    assert told == [deep, ["any", "json"], "a text", None, {"when": "2026-01-02"}]


def test_what_cannot_be_told_does_not_hurt(receiver: Receiver):
    class Strange:
        def __repr__(self) -> str:
            raise RuntimeError("not here")

    ring: list[Any] = []
    ring.append(ring)
    with tropir.session("s") as session:
        assert session.add_step(ring, "ring").ok
        assert session.add_step({"x": Strange()}, "strange").ok
    assert {span.name for span in receiver.spans()} == {"s", "ring", "strange"}


def test_a_step_outside_of_any_session_belongs_to_that_of_the_process(receiver: Receiver):
    tropir.session(None).add_step({"lost": False})
    assert receiver.span("step").session_id == tropir.get_session_id()


def test_the_answer_to_a_step_is_a_response_and_true():
    answer = tropir.session("s").add_step({"k": 1})
    assert (bool(answer), answer.status_code, answer.ok, answer.text, answer.json()) == (True, 200, True, "{}", {})
    answer.raise_for_status()


async def test_a_step_in_async_code_is_told_awaited_or_not(receiver: Receiver):
    with tropir.session("s") as session:
        session.add_step(1, "not awaited")
        assert (await session.add_step(2, "awaited")).status_code == 200
        first, second = await asyncio.gather(session.add_step(3, "gathered"), session.add_step(4, "gathered too"))
        assert first.ok
        assert second.ok
        assert await asyncio.get_running_loop().create_task(session.add_step(5, "a task"))
    told = {span.name for span in receiver.spans() if span.kind == "span"}
    assert told == {"not awaited", "awaited", "gathered", "gathered too", "a task"}


async def test_a_step_that_was_made_a_task_can_be_cancelled():
    task = asyncio.get_running_loop().create_task(tropir.session("s").add_step(1))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_loop_that_ends_at_once_loses_no_step(receiver: Receiver):
    @tropir.begin_session
    async def short() -> None:
        tropir.session("short").add_step({"i": 1}, "last")

    asyncio.run(short())
    assert receiver.span("last").output == {"i": 1}


def test_a_server_that_never_answers_delays_nobody(monkeypatch: pytest.MonkeyPatch):
    never = threading.Event()

    def hold(_: socket.socket) -> None:
        never.wait(30)

    with Rude(hold) as rude:
        monkeypatch.setenv("TROPIR_METADATA_ENDPOINT", f"{rude.url}/api/v1/metadata")
        monkeypatch.setenv("HEADWATER_EXIT_TIMEOUT_S", "0")
        told = threading.Thread(target=lambda: [tropir.session("s").add_step(n) for n in range(100)], daemon=True)
        told.start()
        told.join(15)
        assert not told.is_alive()
        never.set()


def test_a_span_tells_each_key_and_keeps_keys_apart(receiver: Receiver):
    with tropir.session("annotated") as session:
        span = tropir.get_current_span()
        span.add("customer", {"tier": "gold"})
        span.add("customer", {"tier": "dup"})
        span.add("tropir_prompts", "reserved")
        wanted = {"customer": {"tier": "gold"}, "customer_2": {"tier": "dup"}, "tropir_prompts_1": "reserved"}
        assert span.get_metadata() == wanted
    assert {each.name: each.output for each in receiver.spans() if each.kind == "span"} == wanted
    assert tropir.get_stored_span_metadata(str(session.session_id)) == wanted
    assert tropir.get_stored_span_metadata(str(session.session_id)) == {}


def test_what_is_remembered_of_a_session_is_bounded():
    span = tropir.Span("endless", "endless")
    for number in range(2000):
        span.note(f"key {number}", number)
    assert len(span.get_metadata()) <= 500


def test_a_call_has_its_prompts_its_variables_and_its_answer(receiver: Receiver):
    @tropir.begin_session("pipeline")
    def pipeline() -> None:
        tropir.tropir_variable("temperature", 0.7)
        with tropir.tropir_llm_call("answer", model="gpt-4o", team="search") as call:
            tropir.tropir_prompt("sys", "Be kind", role="system")
            tropir.tropir_prompt("usr", "Answer: {q}", role="user")
            tropir.tropir_variable("q", "why?")
            call.set_response("because")

    pipeline()
    (call,) = [span for span in receiver.spans() if span.kind == "call"]
    assert call.call is not None
    assert (call.name, call.call.request_model) == ("answer", "gpt-4o")
    assert call.call.input == (_said("system", "Be kind"), _said("user", "Answer: {q}"))
    assert call.call.output == (_said("assistant", "because"),)
    assert call.parent_span_id == receiver.span("pipeline").span_id
    assert receiver.span("tropir_prompt_usr").parent_span_id == call.span_id
    assert receiver.span("pipeline").attributes["tropir.variable.temperature"] == 0.7


def _said(role: str, text: str) -> Message:
    return Message(role=role, parts=(Text(content=text),))


def test_a_vendors_response_gives_a_call_its_usage(receiver: Receiver):
    with tropir.tropir_llm_call("ask") as call:
        call.set_response(CHAT_RESPONSE)
    told = receiver.span("ask").call
    assert told is not None
    assert (told.response_model, told.response_id, told.provider) == ("gpt-4o-mini-2024-07-18", "chatcmpl-1", "openai")
    assert told.output[0].parts == (Text(content="Hello!"),)
    assert told.usage is not None
    assert (told.usage.input, told.usage.cache_read, told.usage.output) == (6, 4, 3)


def test_a_step_with_a_request_and_its_response_is_a_call(receiver: Receiver):
    with tropir.session("s") as session:
        session.add_step({"request": CHAT_REQUEST, "response": CHAT_RESPONSE, "duration": 2, "try": 1}, "asked")
    span = receiver.span("asked")
    assert span.call is not None
    assert (span.call.request_model, span.call.response_id) == ("gpt-4o-mini", "chatcmpl-1")
    assert (span.call.input, span.call.parameters) == ((_said("user", "hi"),), {"temperature": 0.2})
    assert span.call.usage is not None
    assert (span.call.usage.input, span.call.usage.cache_read, span.call.usage.output) == (6, 4, 3)
    assert (span.end_ns - span.start_ns, span.attributes["tropir.try"]) == (2_000_000_000, 1)
    assert span.session_id == session.session_id


def test_a_call_that_raises_has_failed_and_the_program_sees_it(receiver: Receiver):
    with pytest.raises(ValueError, match="no"), tropir.tropir_llm_call("ask") as call:
        raise ValueError("no")
    span = receiver.span("ask")
    assert span.failure is not None
    assert (span.status, span.failure.type, call.error) == ("error", "ValueError", "no")


def test_an_error_that_cannot_be_told_is_still_the_programs_own(receiver: Receiver):
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("not here")

    with pytest.raises(Mute), tropir.tropir_llm_call("ask") as call:
        raise Mute
    assert call.error == "Mute"
    assert receiver.span("ask").status == "error"


def test_requests_that_were_made_within_a_call_can_be_noted():
    with tropir.tropir_llm_call("ask") as call:
        call.add_llm_call("log-1", [{"role": "user", "content": "hi"}], tokens=3)
    context = tropir.get_llm_call_context(call.call_id)
    assert context is not None
    assert [(each["log_id"], each["tokens"]) for each in context["llm_calls"]] == [("log-1", 3)]
    tropir.tropir_register_prompt_param("outside of any call")


def test_a_call_leaves_no_thread_behind():
    before = threading.active_count()
    for _ in range(50):
        with tropir.tropir_llm_call("ask"):
            pass
    assert threading.active_count() <= before + 1  # the outbox's one


def test_what_calls_used_can_be_asked_for():
    with tropir.session("mapped") as session, tropir.tropir_llm_call("ask") as call:
        tropir.tropir_prompt("one", "First")
        tropir.tropir_register_prompt_param("First")
        tropir.tropir_register_prompt_param("Second", role="user")
        context = tropir.get_llm_call_context()
    assert context is not None
    assert context["call_id"] == call.call_id
    mapping = tropir.get_all_llm_call_mappings(session.session_id)[call.call_id]
    assert mapping["prompts"] == ["one", "param_prompt_c22cf837"]
    assert tropir.get_llm_call_context() is None
    assert tropir.get_llm_call_context(call.call_id) is not None


def test_nothing_of_the_programs_data_is_logged(caplog: pytest.LogCaptureFixture):
    handlers = list(logging.getLogger().handlers)
    with caplog.at_level(logging.DEBUG), tropir.session("s") as session:
        session.add_step({"card": "4111 1111"}, "secret step")
        tropir.tropir_variable("card", "4111 1111")
    assert "4111" not in caplog.text
    assert logging.getLogger().handlers == handlers


@pytest.mark.parametrize(
    ("variable", "path"),
    [
        ("TROPIR_METADATA_ENDPOINT", "/api/v1/metadata"),
        ("TROPIR_METADATA_ENDPOINT", "/of/a/program/for/itself"),
        ("TROPIR_API_ENDPOINT", "/"),
    ],
)
def test_the_old_variables_say_where_and_with_which_key(
    receiver: Receiver, variable: str, path: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("TROPIR_METADATA_ENDPOINT")
    monkeypatch.setenv(variable, receiver.url + path)
    monkeypatch.setenv("TROPIR_API_KEY", "tropir-test-key")
    tropir.session("s").add_step({"k": 1})
    assert receiver.span("step").output == {"k": 1}
    assert {headers["x-headwater-key"] for headers in receiver.headers} == {"tropir-test-key"}


def test_headwaters_own_variables_overrule_the_old_ones(receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TROPIR_METADATA_ENDPOINT", "http://127.0.0.1:1/api/v1/metadata")
    monkeypatch.setenv("TROPIR_API_KEY", "old")
    monkeypatch.setenv("HEADWATER_URL", receiver.url)
    monkeypatch.setenv("HEADWATER_KEY", "new")
    headwater.init()
    tropir.session("s").add_step({"k": 2})
    assert receiver.span("step").output == {"k": 2}
    assert {headers["x-headwater-key"] for headers in receiver.headers} == {"new"}


def test_what_the_program_has_set_itself_stays_beside_an_old_address(receiver: Receiver):
    headwater.init(service_name="shop", release="7")
    tropir.session("s").add_step({"k": 3})
    assert receiver.span("step").service_name == "shop"


def test_an_address_that_cannot_be_hurts_nobody(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TROPIR_METADATA_ENDPOINT", "not an address")
    assert tropir.session("s").add_step({"k": 4}).ok


def test_the_default_is_never_the_vendors_cloud(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("TROPIR_METADATA_ENDPOINT")
    monkeypatch.setenv("ENVIRONMENT", "dev")
    assert tropir.get_default_metadata_endpoint() == "http://localhost:8080/api/v1/metadata"
    monkeypatch.delenv("ENVIRONMENT")
    assert tropir.get_default_metadata_endpoint().startswith("http://127.0.0.1:")
