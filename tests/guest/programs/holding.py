"""A program that lets go of all that it used, and says what is still held by somebody, once what waits is sent."""

import asyncio
import contextlib
import gc
import json
import sys
import time
import weakref
from collections.abc import Callable
from typing import Any

import anthropic
import openai

mark: Callable[[Any], Any] = globals()["mark"]
_PATIENCE_S = 20.0

Followed = dict[str, weakref.ref[Any]]


class Message(dict[str, str]):
    """A message that can be followed."""


class Thing:
    """An object of the program."""


class Failed(Exception):
    """An error of the program."""


@mark
def handed_back(thing: Thing, **more: Any) -> Thing:
    """Take a thing and give it back."""
    return thing


@mark
def failing(thing: Thing) -> None:
    """Raise with a thing in a local name, in the error and in its traceback."""
    local = [thing]
    raise Failed(local)


@mark
async def awaited(thing: Thing) -> Thing:
    """The same, in a task."""
    await asyncio.sleep(0)
    return thing


@mark
def stepping(thing: Thing) -> Any:
    """Yield a thing twice."""
    yield thing
    yield thing


def use_functions() -> Followed:
    """Things that go through marked functions."""
    things = {name: Thing() for name in ("given", "named", "raised", "awaited", "yielded")}
    handed_back(things["given"], name=things["named"])
    with contextlib.suppress(Failed):
        failing(things["raised"])
    asyncio.run(awaited(things["awaited"]))
    next(stepping(things["yielded"]))
    return {name: weakref.ref(thing) for name, thing in things.items()}


def use_openai(url: str) -> Followed:
    """Clients, requests, answers, streams and errors."""
    client = openai.OpenAI(base_url=url, api_key="x", max_retries=0)
    message: Any = Message(role="user", content="Name a river.")
    chat = client.chat.completions
    answer = chat.create(model="gpt-5", messages=[message])
    whole, left = (chat.create(model="gpt-5", messages=[message], stream=True) for _ in range(2))
    list(whole)
    next(left)
    raw = chat.with_raw_response.create(model="gpt-5", messages=[message])
    used = {
        "client": client,
        "http client": client._client,  # type: ignore[attr-defined]
        "message": message,
        "answer": answer,
        "stream": whole,
        "left stream": left,
        "http response": raw.http_response,
        "http request": raw.http_request,
    }
    try:
        chat.create(model="err-500", messages=[message])
    except openai.APIError as error:
        used["error"] = error
    left.close()
    return {name: weakref.ref(thing) for name, thing in used.items()}


def use_anthropic(url: str) -> Followed:
    """The same of the other vendor, in a stream that is broken off."""
    client = anthropic.Anthropic(base_url=url, api_key="x", max_retries=0)
    message: Any = Message(role="user", content="Name a river.")
    stream = client.messages.create(model="cut-mid", max_tokens=9, messages=[message], stream=True)
    used: dict[str, Any] = {"their client": client, "their message": message, "their stream": stream}
    try:
        list(stream)
    except Exception as error:  # noqa: BLE001 - whatever a broken connection is to them
        used["their error"] = error
    return {name: weakref.ref(thing) for name, thing in used.items()}


def still_held(followed: Followed) -> list[str]:
    """What is left after all that waits was sent; a thread that is just at work gets its time."""
    headwater = sys.modules.get("headwater")
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        if headwater is not None:
            headwater.flush(1.0)
        gc.collect()
        held = sorted(name for name, thing in followed.items() if thing() is not None)
        if not held or time.monotonic() > deadline:
            return held
        time.sleep(0.05)


def main(openai_url: str, anthropic_url: str) -> None:
    """Use everything, let go of it, look."""
    followed = {**use_functions(), **use_openai(openai_url), **use_anthropic(anthropic_url)}
    sys.stdout.write(json.dumps({"followed": len(followed), "held": still_held(followed)}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
