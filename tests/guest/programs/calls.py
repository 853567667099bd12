"""A program that asks models in every way it can, and says all that it can see of the answers.

It knows nothing of headwater. Its output is the same on every run, whoever watches it.
"""

import asyncio
import contextlib
import copy
import inspect
import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import anthropic
import openai

_DIFFERENT_EACH_TIME = {"id", "created", "created_at", "completed_at", "item_id", "request_id", "expires_at"}
_ADDRESS = re.compile(" at 0x[0-9a-f]+")
_CHAT: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Name three rivers."}]
_ASK: list[Any] = _CHAT[1:]
_TOOLS: list[Any] = [
    {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}
]


def say(what: str, value: Any) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps({what: shown(value)}, sort_keys=True, default=repr) + "\n")


def shown(value: Any) -> Any:
    """A value without what is different each time."""
    if hasattr(value, "model_dump"):
        return {"class": type(value).__qualname__, "fields": shown(value.model_dump(warnings=False))}
    if isinstance(value, dict):
        fields = cast(dict[str, Any], value)
        return {str(key): shown(item) for key, item in fields.items() if key not in _DIFFERENT_EACH_TIME}
    if isinstance(value, list | tuple):
        return [shown(item) for item in cast(list[Any], value)]
    return value


def outcome(act: Callable[[], Any]) -> Any:
    """What an act gives, or all that its exception says."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - which one it is, is what is compared
        return failure(error)


async def async_outcome(act: Callable[[], Any]) -> Any:
    """The same of an act that is awaited."""
    try:
        return await act()
    except Exception as error:  # noqa: BLE001 - which one it is, is what is compared
        return failure(error)


def failure(error: BaseException | None) -> Any:
    """All that an exception says, and what it came from."""
    if error is None:
        return None
    return {
        "class": f"{type(error).__module__}.{type(error).__qualname__}",
        "text": str(error),
        "status": getattr(error, "status_code", None),
        "body": getattr(error, "body", None),
        "has request": getattr(error, "request", None) is not None,
        "retries": retries_of(error),
        "cause": failure(error.__cause__),
        "context": type(error.__context__).__qualname__,
        "notes": getattr(error, "__notes__", None),
    }


def retries_of(error: BaseException) -> Any:
    """What the vendor's client has counted."""
    request = getattr(error, "request", None)
    return request.headers.get("x-stainless-retry-count") if request is not None else None


def surface(thing: Any) -> Any:
    """What a stream or a response lets its user do."""
    return [
        [kin.__qualname__ for kin in type(thing).__mro__],
        sorted(name for name in dir(thing) if not name.startswith("__")),
    ]


def signatures(*clients: Any) -> Iterator[tuple[str, Any]]:
    """How everything that can be called on the clients is called."""
    for client in clients:
        for path in (
            "request",
            "get",
            "post",
            "_request",
            "with_options",
            "copy",
            "close",
            "chat.completions.create",
            "chat.completions.parse",
            "chat.completions.stream",
            "chat.completions.with_raw_response.create",
            "chat.completions.with_streaming_response.create",
            "responses.create",
            "responses.stream",
            "responses.parse",
            "embeddings.create",
            "messages.create",
            "messages.stream",
            "messages.count_tokens",
            "messages.with_raw_response.create",
            "messages.with_streaming_response.create",
        ):
            with contextlib.suppress(AttributeError):
                found = client
                for name in path.split("."):
                    found = getattr(found, name)
                kinds = (inspect.iscoroutinefunction(found), inspect.isfunction(found), inspect.ismethod(found))
                signature = _ADDRESS.sub("", str(inspect.signature(found)))
                told = (signature, found.__name__, found.__qualname__, found.__doc__, *kinds)
                yield f"{type(client).__name__}.{path}", told


def ask_openai(client: openai.OpenAI) -> None:
    """Whole answers, streams and raw answers."""
    chat: Any = client.chat.completions
    arguments = {"model": "gpt-5", "messages": copy.deepcopy(_CHAT), "tools": copy.deepcopy(_TOOLS), "temperature": 0.5}
    before = copy.deepcopy(arguments)
    say("chat", chat.create(**arguments))
    say("arguments as they were", arguments == before)
    with chat.create(model="gpt-5", messages=_CHAT, stream=True, stream_options={"include_usage": True}) as stream:
        say("stream", [surface(stream), stream.response.status_code, stream.response.headers["content-type"]])
        say("chunks", list(stream))
        say("after the end", [stream.response.is_closed, list(stream)])
    stream = chat.create(model="gpt-5", messages=_CHAT, stream=True)
    say("first chunk", next(stream))
    say("closed early", [stream.close(), stream.response.is_closed])
    for chunk in chat.create(model="gpt-5", messages=_CHAT, stream=True):
        say("left after", chunk)
        break
    with chat.stream(model="gpt-5", messages=_CHAT) as events:
        say("events", [[event.type for event in events], events.get_final_completion()])
    raw = chat.with_raw_response.create(model="gpt-5", messages=_CHAT)
    say("raw", [raw.status_code, raw.retries_taken, surface(raw), raw.parse(), json.loads(raw.http_response.text)])
    with chat.with_streaming_response.create(model="gpt-5", messages=_CHAT) as response:
        say("streamed raw", [surface(response), json.loads(b"".join(response.iter_bytes()))])
    with chat.with_streaming_response.create(model="gpt-5", messages=_CHAT, stream=True) as response:
        say("lines", len(list(response.iter_lines())))
    say("responses", client.responses.create(model="gpt-5", input="Name three rivers."))
    say("responses stream", list(client.responses.create(model="gpt-5", input="Name three rivers.", stream=True)))
    say("embeddings", client.embeddings.create(model="text-embedding-3-small", input=["a", "b"]))


def fail_openai(client: openai.OpenAI) -> None:
    """Refusals, retries, and connections that break."""
    chat: Any = client.chat.completions
    for model in ("err-400", "err-401", "err-404", "err-429", "err-500", "cut", "cut-mid"):
        say(model, outcome(lambda model=model: chat.create(model=model, messages=_CHAT)))
    for model in ("err-mid", "cut-mid", "err-503"):
        say(
            f"{model} in a stream",
            outcome(lambda model=model: list(chat.create(model=model, messages=_CHAT, stream=True))),
        )
    patient: Any = client.with_options(max_retries=2).chat.completions
    again = {"x-simulate": "err-429; first=2"}
    say("tried again", outcome(lambda: patient.create(model="gpt-5", messages=_CHAT, extra_headers=again)))
    say("tried again for nothing", outcome(lambda: patient.create(model="err-503", messages=_CHAT)))
    say("wrong arguments", outcome(lambda: chat.create(model="gpt-5")))
    say("wrong object", outcome(lambda: chat.create(model="gpt-5", messages=_CHAT, extra_body={"x": object()})))
    nobody = client.with_options(base_url="http://127.0.0.1:1/v1")
    say("nobody there", outcome(lambda: nobody.chat.completions.create(model="gpt-5", messages=_CHAT)))
    client.close()
    say("closed", outcome(lambda: chat.create(model="gpt-5", messages=_CHAT)))


def ask_anthropic(client: anthropic.Anthropic) -> None:
    """The same of the other vendor."""
    messages: Any = client.messages
    arguments: dict[str, Any] = {"model": "claude-of-ours", "max_tokens": 64, "messages": copy.deepcopy(_ASK)}
    before = copy.deepcopy(arguments)
    say("message", messages.create(**arguments))
    say("arguments as they were", arguments == before)
    with messages.create(**arguments, stream=True) as stream:
        say("stream", [surface(stream), list(stream)])
    with messages.stream(**arguments) as events:
        say("events", [surface(events), list(events.text_stream), events.get_final_message()])
    with messages.stream(**arguments) as events:
        say("left after", next(events))
    raw = messages.with_raw_response.create(**arguments)
    say("raw", [raw.status_code, raw.retries_taken, surface(raw), raw.parse()])
    say("count", messages.count_tokens(model="claude-of-ours", messages=_ASK))
    for model in ("err-400", "err-529", "err-500", "cut", "cut-mid", "err-mid"):
        say(model, outcome(lambda model=model: messages.create(**{**arguments, "model": model})))
        say(
            f"{model} in a stream",
            outcome(lambda model=model: list(messages.create(**{**arguments, "model": model}, stream=True))),
        )


async def ask_both_at_once(ours: openai.AsyncOpenAI, theirs: anthropic.AsyncAnthropic) -> None:
    """Many at once, streams, failures, and a task that is cancelled."""
    chat: Any = ours.chat.completions
    messages: Any = theirs.messages
    arguments: dict[str, Any] = {"model": "claude-of-ours", "max_tokens": 64, "messages": _ASK}
    say("together", await asyncio.gather(*(chat.create(model="gpt-5", messages=_CHAT) for _ in range(5))))
    say("together, theirs", await asyncio.gather(*(messages.create(**arguments) for _ in range(5))))
    async with await chat.create(model="gpt-5", messages=_CHAT, stream=True) as stream:
        say("async stream", [surface(stream), [chunk async for chunk in stream]])
    async with messages.stream(**arguments) as events:
        say("async events", [surface(events), await events.get_final_message()])
    left = await chat.create(model="gpt-5", messages=_CHAT, stream=True)
    async for chunk in left:
        say("async left after", chunk)
        break
    await left.close()
    for model in ("err-429", "cut", "cut-mid"):
        say(f"async {model}", await async_outcome(lambda model=model: chat.create(model=model, messages=_CHAT)))
        say(
            f"async {model}, theirs",
            await async_outcome(lambda model=model: messages.create(**{**arguments, "model": model})),
        )
    task: asyncio.Future[Any] = asyncio.ensure_future(chat.create(model="gpt-5", messages=_CHAT))
    await asyncio.sleep(0)
    task.cancel()
    ended: Any = await asyncio.gather(task, return_exceptions=True)
    say("cancelled", type(ended[0]).__qualname__)
    await ours.close()
    await theirs.close()


def ask_in_threads(client: openai.OpenAI) -> None:
    """Several threads with one client."""
    found: dict[int, Any] = {}

    def ask(number: int) -> None:
        found[number] = client.chat.completions.create(model="gpt-5", messages=_CHAT)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    say("threads", [found[number] for number in sorted(found)])


def main(openai_url: str, anthropic_url: str) -> None:
    """Ask everything."""
    key, retries = "not-a-key", 0
    ours = openai.OpenAI(base_url=openai_url, api_key=key, max_retries=retries)
    theirs = anthropic.Anthropic(base_url=anthropic_url, api_key=key, max_retries=retries)
    async_ours = openai.AsyncOpenAI(base_url=openai_url, api_key=key, max_retries=retries)
    async_theirs = anthropic.AsyncAnthropic(base_url=anthropic_url, api_key=key, max_retries=retries)
    say("signatures", dict(signatures(ours, theirs, async_ours, async_theirs)))
    ask_openai(ours)
    ask_in_threads(ours)
    ask_anthropic(theirs)
    asyncio.run(ask_both_at_once(async_ours, async_theirs))
    fail_openai(ours)
    theirs.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
