"""The Responses API."""

import itertools
from collections.abc import Callable
from typing import Any

from headwater.simulator.ask import Ask, Reply, mapping
from headwater.simulator.mind import reply, thought
from headwater.simulator.openai.asking import effort_of, responses_ask
from headwater.simulator.openai.telling import Spent, headers, whole
from headwater.simulator.wire import (
    Received,
    Stream,
    Whole,
    World,
    dated,
    event,
    now_s,
    prompt_of,
    prompt_tokens_of,
)
from headwater.simulator.words import argument_pieces, pieces

_AS_GIVEN: dict[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}, "verbosity": "medium"},
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}
Say = Callable[..., None]


def responses(world: World, received: Received) -> Whole | Stream:
    """Answer `POST /responses`. Raises Refused."""
    ask = responses_ask(received)
    answer = reply(ask)
    full = _response(world, received, ask, answer)
    if not received.body.get("stream"):
        return whole(world, received, full)
    events, broken = _events(full)
    return Stream(events=events, broken=broken, headers=headers(world, received))


def input_tokens(world: World, received: Received) -> Whole:
    """Answer `POST /responses/input_tokens`. Raises Refused."""
    ask = responses_ask(received)
    count = prompt_tokens_of(ask, prompt_of(ask))
    return whole(world, received, {"object": "response.input_tokens", "input_tokens": count})


def _response(world: World, received: Received, ask: Ask, answer: Reply) -> dict[str, Any]:
    body = received.body
    effort = effort_of(ask.model, mapping(body.get("reasoning")).get("effort"))
    given = {name: default if body.get(name) is None else body[name] for name, default in _AS_GIVEN.items()}
    return given | {
        "id": world.name("resp_", received),
        "object": "response",
        "created_at": now_s(),
        "status": "incomplete" if answer.is_cut else "completed",
        "background": False,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if answer.is_cut else None,
        "model": dated(ask.model),
        "output": _output(world, received, ask, answer, effort),
        "service_tier": "default",
        "usage": Spent(world, ask, [answer], effort).as_response(),
    }


def _output(world: World, received: Received, ask: Ask, answer: Reply, effort: str) -> list[dict[str, Any]]:
    output: list[dict[str, Any]] = []
    if effort != "none":
        is_told = mapping(received.body.get("reasoning")).get("summary")
        summary = [{"type": "summary_text", "text": thought(ask)}] if is_told else []
        output.append({"id": world.name("rs_", received), "type": "reasoning", "summary": summary})
    for place, call in enumerate(answer.calls):
        output.append(
            {
                "id": world.name("fc_", received, place),
                "type": "function_call",
                "status": "completed",
                "call_id": world.name("call_", received, place),
                "name": call.name,
                "arguments": call.arguments_json(),
            }
        )
    if not answer.calls:
        part: dict[str, Any] = {"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}
        status = "incomplete" if answer.is_cut else "completed"
        output.append(
            {
                "id": world.name("msg_", received),
                "type": "message",
                "status": status,
                "role": "assistant",
                "content": [part],
            }
        )
    return output


def _events(full: dict[str, Any]) -> tuple[list[bytes], bytes]:
    numbers = itertools.count()
    events: list[bytes] = []

    def say(kind: str, **fields: Any) -> None:
        events.append(
            event({"type": f"response.{kind}", "sequence_number": next(numbers), **fields}, f"response.{kind}")
        )

    begun: dict[str, Any] = full | {"status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
    say("created", response=begun)
    say("in_progress", response=begun)
    for place, item in enumerate(full["output"]):
        emptied = _EMPTIED[item["type"]]
        status = {"status": "in_progress"} if "status" in item else {}
        say("output_item.added", output_index=place, item=item | emptied | status)
        _TELLERS[item["type"]](say, item, {"item_id": item["id"], "output_index": place})
        say("output_item.done", output_index=place, item=item)
    say("incomplete" if full["status"] == "incomplete" else "completed", response=full)
    error = {"code": "server_error", "message": "The model failed to generate a response."}
    failed: dict[str, Any] = {
        "type": "response.failed",
        "sequence_number": next(numbers),
        "response": begun | {"status": "failed", "error": error},
    }
    return events, event(failed, "response.failed")


def _tell_message(say: Say, item: dict[str, Any], where: dict[str, Any]) -> None:
    part = item["content"][0]
    where = where | {"content_index": 0}
    say("content_part.added", **where, part=part | {"text": ""})
    for piece in pieces(part["text"]):
        say("output_text.delta", **where, delta=piece, logprobs=[])
    say("output_text.done", **where, text=part["text"], logprobs=[])
    say("content_part.done", **where, part=part)


def _tell_function_call(say: Say, item: dict[str, Any], where: dict[str, Any]) -> None:
    text = item["arguments"]
    for piece in argument_pieces(text):
        say("function_call_arguments.delta", **where, delta=piece)
    say("function_call_arguments.done", **where, arguments=text, name=item["name"])


def _tell_reasoning(say: Say, item: dict[str, Any], where: dict[str, Any]) -> None:
    for place, part in enumerate(item["summary"]):
        at = where | {"summary_index": place}
        say("reasoning_summary_part.added", **at, part=part | {"text": ""})
        for piece in pieces(part["text"]):
            say("reasoning_summary_text.delta", **at, delta=piece)
        say("reasoning_summary_text.done", **at, text=part["text"])
        say("reasoning_summary_part.done", **at, part=part)


_EMPTIED: dict[str, dict[str, Any]] = {
    "message": {"content": []},
    "function_call": {"arguments": ""},
    "reasoning": {"summary": []},
}
_TELLERS: dict[str, Callable[[Say, dict[str, Any], dict[str, Any]], None]] = {
    "message": _tell_message,
    "function_call": _tell_function_call,
    "reasoning": _tell_reasoning,
}
