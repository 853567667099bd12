"""Streams: they reach the program as they came, and end in one of four ways."""

import asyncio
import gc
from typing import Any

import anthropic
import httpx2
import openai
import pytest

from headwater.capture import Exchange
from headwater.sdk.guest import caught
from headwater.sdk.instrument import observe, uninstrument
from tests.rooms.sdk.instrument.asking import MESSAGES, MODEL, ask_in_stream, only_call, only_span
from tests.versions.recording import Recording

_END = "headwater.stream.end"


def text_of(chunks: list[Any]) -> str:
    """What the chunks of a stream say together."""
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def test_a_stream_read_to_its_end_is_complete(outbox: Recording, gpt: openai.OpenAI):
    chunks = list(ask_in_stream(observe(gpt), stream_options={"include_usage": True}))
    assert text_of(chunks) == "The capital of France is Paris."
    span, call = only_span(outbox), only_call(outbox)
    assert call.is_stream is True
    assert call.usage is not None
    assert call.ttft_ns is not None
    # The server waits 20 ms before the first words.
    assert 10_000_000 < call.ttft_ns <= span.end_ns - span.start_ns
    assert span.attributes[_END] == "complete"


def test_a_stream_closed_early_tells_what_came(outbox: Recording, gpt: openai.OpenAI):
    stream = ask_in_stream(observe(gpt))
    read = [next(stream) for _ in range(3)]
    stream.close()
    assert only_span(outbox).attributes[_END] == "closed"
    assert text_of(read) != ""
    assert only_call(outbox).output != ()


def test_a_forgotten_stream_is_recorded_as_abandoned(outbox: Recording, gpt: openai.OpenAI):
    stream = ask_in_stream(observe(gpt))
    assert outbox.items == []
    del stream
    gc.collect()
    assert only_span(outbox).attributes[_END] in ("abandoned", "closed")


def test_a_broken_connection_cuts_the_stream_and_is_the_programs_to_see(outbox: Recording, gpt: openai.OpenAI):
    stream = ask_in_stream(observe(gpt), model="cut-mid")
    with pytest.raises((openai.APIConnectionError, httpx2.RemoteProtocolError)):
        list(stream)
    span = only_span(outbox)
    assert span.attributes[_END] == "cut"
    assert span.status == "error"
    assert only_call(outbox).output != ()


def test_an_error_within_a_stream_is_recorded(outbox: Recording, claude: anthropic.Anthropic):
    observe(claude)
    with pytest.raises(anthropic.APIStatusError):
        list(
            claude.messages.create(
                model="err-mid", max_tokens=64, messages=[{"role": "user", "content": "Hi"}], stream=True
            )
        )
    assert only_span(outbox).status == "error"


def test_a_stream_that_is_never_read_within_its_block_is_closed(outbox: Recording, gpt: openai.OpenAI):
    observe(gpt)
    with gpt.chat.completions.with_streaming_response.create(model=MODEL, messages=MESSAGES) as response:
        assert response.status_code == 200
        assert outbox.items == []
    assert only_call(outbox).request_model == MODEL


async def test_a_cancelled_stream_is_recorded_as_abandoned(outbox: Recording, vendor_url: str):
    async with observe(openai.AsyncOpenAI(base_url=f"{vendor_url}/v1", api_key="sk-mock")) as client:
        stream = await client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
        begun = asyncio.Event()

        async def read() -> None:
            async for _ in stream:
                begun.set()
                await asyncio.Event().wait()

        reading = asyncio.get_running_loop().create_task(read())
        await begun.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await stream.close()
    assert only_span(outbox).attributes[_END] in ("abandoned", "closed")


async def test_an_asynchronous_stream_is_complete_when_it_was_read(outbox: Recording, vendor_url: str):
    async with observe(openai.AsyncOpenAI(base_url=f"{vendor_url}/v1", api_key="sk-mock")) as client:
        stream = await client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
        chunks = [chunk async for chunk in stream]
    assert text_of(chunks) == "The capital of France is Paris."
    assert only_span(outbox).attributes[_END] == "complete"


def test_a_stream_goes_on_when_telling_it_fails(outbox: Recording, gpt: openai.OpenAI, monkeypatch: pytest.MonkeyPatch):
    def broken(self: Exchange, data: bytes) -> None:
        raise RuntimeError("telling failed")

    monkeypatch.delenv("HEADWATER_RAISE")
    monkeypatch.setattr(Exchange, "chunk", broken)
    before = caught()
    assert text_of(list(ask_in_stream(observe(gpt)))) == "The capital of France is Paris."
    assert caught() == before + 1
    assert len(outbox.items) == 1


def test_a_stream_under_way_is_recorded_after_uninstrument(outbox: Recording, gpt: openai.OpenAI):
    stream = ask_in_stream(observe(gpt))
    uninstrument()
    list(stream)
    assert only_span(outbox).attributes[_END] == "complete"


def test_a_response_that_is_kept_holds_nothing_of_ours(outbox: Recording, gpt: openai.OpenAI):
    stream = ask_in_stream(observe(gpt))
    list(stream)
    tee = stream.response.stream
    assert tee._calling is None
    assert tee._keep.__name__ == "_ignore"
