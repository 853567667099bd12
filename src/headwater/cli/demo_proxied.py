"""Three programs that know nothing of Headwater but an address: an example to copy, and what `headwater demo` shows.

    export OPENAI_API_KEY=...  ANTHROPIC_API_KEY=...  HEADWATER_URL=http://localhost:3000  HEADWATER_KEY=hw_...
    python -m headwater.cli.demo_proxied

What observes are base URLs, and headers where there is more to tell; nothing of ours is imported.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import Any

import anthropic
import openai
import urllib3

_SOURCES = {
    "shipping.py": "def cost(kg: float) -> float:\n    return 4.9 if kg <= 5 else 9.9\n",
    "returns.py": "def is_free(days: int) -> bool:\n    return days <= 30\n",
}
_RESULTS = {"edit_file": {"lines_changed": 2}, "run_tests": {"passed": 14, "failed": 0}}
_TASKS = (
    "Read the file shipping.py, edit the file so that parcels over 30 kg cost twice as much, then run its tests.",
    "Good. Now edit the file returns.py so that returns are free for 60 days, and run its tests.",
)


_STYLE = files("headwater.cli").joinpath("demo_data", "handbook.md").read_text()
_WISHES = (
    ("9:40", "Draft three lines about the Aurora lamp for winter evenings."),
    ("9:41", "Make the second line shorter."),
    ("9:43", "And one line about the Borealis."),
)


def write_newsletter(url: str, key: str) -> None:
    """OpenAI's client. Our headers name the conversation and whose it is; the stream does not ask for its usage."""
    client = openai.OpenAI(
        base_url=f"{url}/openai/v1",
        default_headers={
            "x-headwater-key": key,
            "x-headwater-session-id": "newsletter-november",
            "x-headwater-user-id": "ingrid",
            "x-headwater-tags": "newsletter",
        },
    )
    messages: list[Any] = [{"role": "system", "content": ""}]
    for clock, wish in _WISHES:
        # A time at the beginning of a prompt is a common and costly mistake: the provider has to read it all anew.
        messages[0]["content"] = f"It is {clock}. You write for Lumen, a shop for lamps.\n{_STYLE}"
        messages.append({"role": "user", "content": wish})
        chunks = client.chat.completions.create(model="gpt-4.1-mini", messages=messages, stream=True)
        draft = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        messages.append({"role": "assistant", "content": draft})


def translate_reviews(url: str, key: str) -> None:
    """Anthropic's client, with the headers that another product has. The second time its provider is overloaded."""
    client = anthropic.Anthropic(
        base_url=f"{url}/anthropic",
        max_retries=0,
        default_headers={
            "helicone-auth": f"Bearer {key}",
            "helicone-user-id": "ingrid",
            "helicone-property-task": "reviews",
        },
    )
    wish: list[Any] = [{"role": "user", "content": "Translate to English: Die Lampe ist schön, aber zu dunkel."}]
    with client.messages.stream(model="claude-haiku-4-5", max_tokens=300, messages=wish) as stream:
        stream.get_final_text()
    try:
        # Only a simulated provider listens to this header.
        trouble = {"x-simulate": "err-529"}
        client.messages.create(model="claude-haiku-4-5", max_tokens=300, messages=wish, extra_headers=trouble)
    except anthropic.APIStatusError:
        pass


def write_code(url: str, key: str) -> None:
    """A coding agent on plain HTTP: its base URL is all that it lets you set, so the key is in there."""
    messages: list[Any] = [{"role": "system", "content": "You are a coding agent. Use the tools, one at a time."}]
    with urllib3.PoolManager(headers={"user-agent": "lumen-coder/1.4", "authorization": "Bearer none"}) as http:
        for task in _TASKS:
            messages.append({"role": "user", "content": task})
            while calls := _next_step(http, f"{url}/p/{key}/openai/v1", messages):
                messages += [_used(call) for call in calls]


def _next_step(http: urllib3.PoolManager, base_url: str, messages: list[Any]) -> list[Any]:
    """Ask the model to go on; its answer goes to the messages. Return the tools that it wants."""
    asked = {"model": "gpt-5-mini", "messages": messages, "tools": _TOOLS, "parallel_tool_calls": False}
    answer = http.request("POST", f"{base_url}/chat/completions", json=asked, timeout=30.0)
    if answer.status != 200:
        raise RuntimeError(f"status {answer.status}: {answer.data[:500]!r}")
    message = answer.json()["choices"][0]["message"]
    messages.append(message)
    return message.get("tool_calls") or []


def _used(call: Any) -> Any:
    """What a tool says. Nothing is read, written or run."""
    name, file = call["function"]["name"], json.loads(call["function"]["arguments"])["file"]
    said = _SOURCES[file] if name == "read_file" else json.dumps({"file": file, **_RESULTS[name]})
    return {"role": "tool", "tool_call_id": call["id"], "content": said}


def _tool(name: str, description: str, **more: Any) -> Any:
    properties = {"file": {"type": "string", "enum": list(_SOURCES)}, **more}
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


_TOOLS: Any = [
    _tool("read_file", "Read a file of the shop's sources"),
    _tool("edit_file", "Edit a file of the shop's sources", request={"type": "string"}),
    _tool("run_tests", "Run the tests of a file"),
]


def run(url: str, key: str) -> None:
    """All three at the same time."""
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(each, url, key) for each in (write_newsletter, translate_reviews, write_code)]:
            done.result()


if __name__ == "__main__":
    run(os.environ["HEADWATER_URL"], os.environ["HEADWATER_KEY"])
