"""One logical request, whatever happens to it, is one call."""

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest

from headwater.capture import Scope
from headwater.sdk.context import scope_here
from headwater.sdk.instrument import observe
from tests.rooms.sdk.instrument.asking import MESSAGES, MODEL, ask, only_call, only_span
from tests.versions.mock_llm import serving
from tests.versions.recording import Recording


def failing_first(times: int, key: str) -> dict[str, str]:
    """Headers for which the server answers 429 so many times before it succeeds."""
    return {"x-mock-fail-first": str(times), "x-mock-key": key}


def test_an_answer_is_told_with_its_usage(outbox: Recording, gpt: openai.OpenAI):
    ask(observe(gpt), temperature=0.2)
    span, call = only_span(outbox), only_call(outbox)
    assert (call.provider, call.request_model, call.operation) == ("openai", MODEL, "chat")
    assert call.usage is not None
    assert (call.usage.input_tokens, call.usage.cache_read, call.usage.output_tokens) == (2024, 1920, 7)
    assert call.parameters["temperature"] == 0.2
    assert span.attributes["server.address"] == "127.0.0.1"
    assert call.is_stream is not True


def test_retries_are_attempts_of_one_call(outbox: Recording, gpt: openai.OpenAI):
    client = observe(gpt).with_options(max_retries=3)
    ask(client, extra_headers=failing_first(2, "attempts"))
    assert only_call(outbox).attempts == 3
    assert only_span(outbox).status != "error"


def test_a_retried_stream_tells_its_last_answer_only(outbox: Recording, gpt: openai.OpenAI):
    client = observe(gpt).with_options(max_retries=3)
    list(
        client.chat.completions.create(
            model=MODEL, messages=MESSAGES, stream=True, extra_headers=failing_first(1, "stream")
        )
    )
    assert only_call(outbox).attempts == 2
    assert only_call(outbox).output != ()
    assert only_span(outbox).status != "error"


def test_an_error_is_raised_untouched_and_recorded(outbox: Recording, gpt: openai.OpenAI):
    observe(gpt)
    with pytest.raises(openai.RateLimitError) as raised:
        ask(gpt, model="err-429")
    assert raised.value.status_code == 429
    assert raised.value.__context__ is None or raised.value.__suppress_context__
    span = only_span(outbox)
    assert span.status == "error"
    assert span.failure is not None
    assert span.failure.message.startswith("mock error 429") or "mock error 429" in span.failure.message


def test_a_server_that_is_not_there_is_a_failed_call_with_its_question(outbox: Recording):
    with serving() as base:
        pass
    with (
        observe(openai.OpenAI(base_url=f"{base}/v1", api_key="sk-mock", max_retries=1)) as client,
        pytest.raises(openai.APIConnectionError),
    ):
        ask(client)
    call = only_call(outbox)
    assert call.attempts == 2
    assert [part for message in call.input for part in message.parts] != []
    assert only_span(outbox).status == "error"


def test_raw_answers_and_compressed_ones_are_read(outbox: Recording, gpt: openai.OpenAI):
    observe(gpt)
    raw = gpt.chat.completions.with_raw_response.create(
        model=MODEL, messages=MESSAGES, extra_headers={"x-mock-gzip": "1"}
    )
    assert raw.headers["content-encoding"] == "gzip"
    assert raw.parse().choices[0].message.content == "The capital of France is Paris."
    assert only_call(outbox).usage is not None


def test_an_upload_is_told_without_its_file(outbox: Recording, gpt: openai.OpenAI):
    observe(gpt)
    gpt.audio.transcriptions.create(model="whisper-1", file=("speech.wav", b"RIFF" * 1000))
    call = only_call(outbox)
    assert (call.operation, call.request_model) == ("transcription", "whisper-1")
    assert call.output != ()


def test_calls_of_many_threads_are_not_mixed_up(outbox: Recording, gpt: openai.OpenAI):
    observe(gpt)
    begin = threading.Barrier(4)

    def work(worker: int) -> None:
        begin.wait()
        for turn in range(5):
            ask(gpt, model=f"gpt-{worker}-{turn}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    told = [(span.call.request_model, span.call.response_model) for span in outbox.spans() if span.call]
    assert len(told) == 20
    assert all(asked == answered for asked, answered in told)


async def test_calls_of_many_tasks_are_not_mixed_up(outbox: Recording, vendor_url: str):
    async with observe(openai.AsyncOpenAI(base_url=f"{vendor_url}/v1", api_key="sk-mock")) as client:
        models = [f"gpt-{number}" for number in range(12)]
        await asyncio.gather(
            *(client.chat.completions.create(model=model, messages=MESSAGES) for model in models),
        )
    told = [(span.call.request_model, span.call.response_model) for span in outbox.spans() if span.call]
    assert sorted(told) == sorted((model, model) for model in models)


async def test_a_cancelled_request_is_recorded_as_failed_and_stays_cancelled(outbox: Recording):
    # Connections are taken by the system, and nobody ever answers.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base = f"http://127.0.0.1:{silent.getsockname()[1]}"
        async with observe(openai.AsyncOpenAI(base_url=base, api_key="sk")) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await client.chat.completions.create(model=MODEL, messages=MESSAGES)
    assert only_span(outbox).status == "error"
    assert only_call(outbox).request_model == MODEL


def test_a_call_is_a_child_of_the_scope_around_it_and_takes_over_its_session(outbox: Recording, gpt: openai.OpenAI):
    observe(gpt)
    scope_here.set(Scope(trace_id=10, span_id=11, session_id="s", user_id="u", tags=("t",), metadata={"k": "v"}))
    ask(gpt)
    assert scope_here.get() == Scope(
        trace_id=10, span_id=11, session_id="s", user_id="u", tags=("t",), metadata={"k": "v"}
    )
    scope_here.set(None)
    span = only_span(outbox)
    assert (span.trace_id, span.parent_span_id) == (f"{10:032x}", f"{11:016x}")
    assert (span.session_id, span.user_id, span.tags, span.metadata) == ("s", "u", ("t",), {"k": "v"})


def test_an_azure_deployment_is_told_by_its_path(outbox: Recording, vendor_url: str):
    with observe(
        openai.AzureOpenAI(azure_endpoint=vendor_url, api_key="k", api_version="2024-10-21", max_retries=0)
    ) as client:
        ask(client, model="my-deployment")
    assert only_call(outbox).provider == "azure.ai.openai"
    assert only_call(outbox).request_model == "my-deployment"
