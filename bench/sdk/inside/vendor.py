"""Vendor: a model that answers from memory, behind the real openai client. No sockets, no sleeping."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import openai

CHUNKS = 200
MODEL = "gpt-4o-mini"
MARK = "the headland keeps its light"
# Seconds that the model takes to answer when 200 are asked at once: most of a real call is waiting.
THOUGHT_S = 0.05
_SENTENCE = f"Past the last buoy {MARK}, and the tide tables are wrong by eleven minutes. "
_QUESTION = "Which of the harbours between here and the point can be entered at low water, and by which light? "
MESSAGES: list[Any] = [
    {"role": "system", "content": "You are the pilot of a small harbour. Answer in whole sentences."},
    {"role": "user", "content": _QUESTION * 5},
]


def _answer(content: str) -> bytes:
    """A chat completion as it comes on the wire."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 130, "completion_tokens": 420, "total_tokens": 550}
    head = {"id": "chatcmpl-bench", "object": "chat.completion", "created": 1_760_000_000, "model": MODEL}
    return json.dumps({**head, "choices": [choice], "usage": usage}).encode()


def _chunks() -> list[bytes]:
    """The server-sent events of a stream: 200 chunks of text, one with the finish and the usage, and the end."""
    head = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1_760_000_000, "model": MODEL}
    deltas: list[dict[str, Any]] = [{"content": f"{word} "} for word in (_SENTENCE * CHUNKS).split()[:CHUNKS]]
    said: list[dict[str, Any]] = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    usage = {"prompt_tokens": 130, "completion_tokens": CHUNKS, "total_tokens": 130 + CHUNKS}
    said.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage})
    return [f"data: {json.dumps(each)}\n\n".encode() for each in said] + [b"data: [DONE]\n\n"]


ANSWER = _answer((_SENTENCE * 30)[: 2048 - len(_answer(""))])
STREAM = _chunks()


class _Pieces(httpx2.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield from STREAM


class _AsyncPieces(httpx2.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in STREAM:
            yield piece


class Memory(httpx2.BaseTransport):
    """Answers each request at once: with a stream if one was asked for."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, as httpx2 has it."""
        if b'"stream":true' in request.read():
            return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=_Pieces())
        return httpx2.Response(200, headers={"content-type": "application/json"}, content=ANSWER)


class AsyncMemory(httpx2.AsyncBaseTransport):
    """Answers each request after a while, as a model does."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, as httpx2 has it."""
        body = await request.aread()
        await asyncio.sleep(THOUGHT_S)
        if b'"stream":true' in body:
            return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=_AsyncPieces())
        return httpx2.Response(200, headers={"content-type": "application/json"}, content=ANSWER)


def client() -> openai.OpenAI:
    """A new client of the vendor in memory."""
    return openai.OpenAI(api_key="none", http_client=httpx2.Client(transport=Memory()), max_retries=0)


def async_client() -> openai.AsyncOpenAI:
    """The same for asyncio."""
    return openai.AsyncOpenAI(api_key="none", http_client=httpx2.AsyncClient(transport=AsyncMemory()), max_retries=0)


def ask(of: openai.OpenAI) -> Any:
    """One call."""
    return of.chat.completions.create(model=MODEL, messages=MESSAGES, temperature=0.2)


def listen(of: openai.OpenAI) -> int:
    """One streamed call, to its end; how many chunks came."""
    return sum(1 for _ in of.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True))
