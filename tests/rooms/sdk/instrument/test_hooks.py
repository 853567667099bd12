"""HTTP clients of every kind, and the program's own hooks in them."""

import asyncio
import gc
import json
import weakref
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest

from headwater.sdk.instrument import instrument, observe
from tests.rooms.sdk.instrument.asking import ask, ask_in_stream, http_client_of, only_call, only_span
from tests.versions.recording import Recording

_ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-x",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
}


def client_with(http_client: Any, base_url: str) -> openai.OpenAI:
    """A client of OpenAI's with an HTTP client of the program's own."""
    return openai.OpenAI(base_url=base_url, api_key="sk-mock", max_retries=0, http_client=http_client)


def test_hooks_of_the_program_run_as_before(outbox: Recording, vendor_url: str):
    seen: list[str] = []

    def asked(request: httpx2.Request) -> None:
        seen.append(request.method)

    def answered(response: httpx2.Response) -> None:
        seen.append(response.headers["content-type"])

    with httpx2.Client(event_hooks={"request": [asked], "response": [answered]}) as http_client:
        ask(observe(client_with(http_client, f"{vendor_url}/v1")))
    assert seen == ["POST", "application/json"]
    assert only_call(outbox).usage is not None


def test_a_hook_that_reads_the_body_leaves_us_the_body(outbox: Recording, vendor_url: str):
    with httpx2.Client(event_hooks={"response": [httpx2.Response.read]}) as http_client:
        list(ask_in_stream(observe(client_with(http_client, f"{vendor_url}/v1"))))
    assert only_call(outbox).output != ()


def test_hooks_that_are_set_anew_do_not_end_the_recording(outbox: Recording, gpt: openai.OpenAI):
    observe(gpt)
    ask(gpt)
    http_client_of(gpt).event_hooks = {"request": [], "response": []}
    ask(gpt)
    assert len(outbox.items) == 2


def test_a_client_of_the_older_http_library_is_recorded(outbox: Recording, vendor_url: str):
    with httpx.Client() as http_client:
        client = observe(client_with(http_client, f"{vendor_url}/v1"))
        ask(client)
        list(ask_in_stream(client, stream_options={"include_usage": True}))
    usages = [span.call.usage.output_tokens for span in outbox.spans() if span.call and span.call.usage]
    assert usages == [7, 7]


async def test_an_asynchronous_client_of_the_older_library_is_recorded(outbox: Recording, vendor_url: str):
    async with httpx.AsyncClient() as http_client:
        older: Any = http_client
        client = observe(openai.AsyncOpenAI(base_url=f"{vendor_url}/v1", api_key="sk", http_client=older))
        stream = await client.chat.completions.create(
            model="gpt-x", messages=[{"role": "user", "content": "Hi"}], stream=True
        )
        assert [chunk async for chunk in stream] != []
    assert only_call(outbox).output != ()


def test_an_answer_that_never_was_on_a_wire_is_recorded(outbox: Recording):
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, json=_ANSWER))
    with httpx2.Client(transport=transport) as http_client:
        ask(observe(client_with(http_client, "http://nowhere.test/v1")))
    usage = only_call(outbox).usage
    assert usage is not None
    assert usage.output_tokens == 1


def test_other_requests_of_the_same_http_client_are_not_taken_for_the_call(outbox: Recording):
    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.host == "models.test":
            http_client.get("http://elsewhere.test/token")
            return httpx2.Response(200, json=_ANSWER)
        return httpx2.Response(200, json={"token": "t"})

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http_client:
        ask(observe(client_with(http_client, "http://models.test/v1")))
    assert only_call(outbox).output != ()
    assert only_span(outbox).status != "error"


def test_the_question_is_the_bytes_that_were_sent(outbox: Recording):
    sent: list[bytes] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request.content)
        return httpx2.Response(200, json=_ANSWER)

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http_client:
        ask(observe(client_with(http_client, "http://models.test/v1")), extra_body={"top_k": 5})
    assert json.loads(sent[0])["top_k"] == 5
    item: Any = outbox.items[0]
    assert item.request == sent[0]


def test_anthropics_own_middleware_sees_what_it_saw_before(outbox: Recording, vendor_url: str):
    seen: list[int] = []

    def middleware(request: Any, call_next: Any) -> Any:
        response = call_next(request)
        seen.append(response.http_response.status_code)
        return response

    with anthropic.Anthropic(base_url=vendor_url, api_key="mock", middleware=[middleware]) as client:
        observe(client)
        client.messages.create(model="claude-opus-5", max_tokens=64, messages=[{"role": "user", "content": "Hi"}])
    assert seen == [200]
    assert only_call(outbox).usage is not None


def test_the_module_level_client_is_recorded(outbox: Recording, vendor_url: str, monkeypatch: pytest.MonkeyPatch):
    instrument()
    monkeypatch.setattr(openai, "api_key", "sk-mock")
    monkeypatch.setattr(openai, "base_url", f"{vendor_url}/v1/")
    openai.chat.completions.create(model="gpt-x", messages=[{"role": "user", "content": "Hi"}])
    monkeypatch.setattr(openai, "_client", None)
    assert only_call(outbox).request_model == "gpt-x"


def test_clients_end_when_the_program_lets_go_of_them(outbox: Recording, vendor_url: str):
    client = observe(openai.OpenAI(base_url=f"{vendor_url}/v1", api_key="sk-mock"))
    ask(client)
    kept = weakref.ref(http_client_of(client))
    client.close()
    del client
    gc.collect()
    assert kept() is None


def test_a_client_is_used_in_one_loop_after_another(outbox: Recording, vendor_url: str):
    async def once() -> None:
        async with observe(openai.AsyncOpenAI(base_url=f"{vendor_url}/v1", api_key="sk-mock")) as client:
            await client.chat.completions.create(model="gpt-x", messages=[{"role": "user", "content": "Hi"}])

    asyncio.run(once())
    asyncio.run(once())
    assert len(outbox.items) == 2
