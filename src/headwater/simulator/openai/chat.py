"""Chat completions."""

from typing import Any

from headwater.simulator.ask import Reply, mapping, whole_number
from headwater.simulator.mind import reply
from headwater.simulator.openai.asking import chat_ask, effort_of
from headwater.simulator.openai.telling import Spent, broken_event, headers, whole
from headwater.simulator.wire import Received, Stream, Whole, World, dated, event, now_s
from headwater.simulator.words import argument_pieces, number_of, pieces

_MOST_CHOICES = 8


def chat(world: World, received: Received) -> Whole | Stream:
    """Answer `POST /chat/completions`. Raises Refused."""
    ask = chat_ask(received)
    body = received.body
    replies = [reply(ask, variant) for variant in range(min(whole_number(body.get("n")) or 1, _MOST_CHOICES))]
    spent = Spent(world, ask, replies, effort_of(ask.model, body.get("reasoning_effort")))
    told: dict[str, Any] = {
        "id": world.name("chatcmpl-", received),
        "created": now_s(),
        "model": dated(ask.model),
        "service_tier": body.get("service_tier") if body.get("service_tier") not in (None, "auto") else "default",
        "system_fingerprint": f"fp_{number_of(ask.model):08x}",
    }
    if body.get("stream"):
        has_usage = bool(mapping(body.get("stream_options")).get("include_usage"))
        events = _events(world, received, told, replies, spent if has_usage else None)
        return Stream(events=events, broken=broken_event(), headers=headers(world, received))
    choices = [
        {
            "index": index,
            "message": _message(world, received, each, index),
            "logprobs": None,
            "finish_reason": _finish(each),
        }
        for index, each in enumerate(replies)
    ]
    return whole(world, received, told | {"object": "chat.completion", "choices": choices, "usage": spent.as_chat()})


def _finish(answer: Reply) -> str:
    return "tool_calls" if answer.calls else "length" if answer.is_cut else "stop"


def _message(world: World, received: Received, answer: Reply, index: int) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None, "refusal": None, "annotations": []}
    if answer.calls:
        message["tool_calls"] = [
            {
                "id": world.name("call_", received, index * 16 + place),
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments_json()},
            }
            for place, call in enumerate(answer.calls)
        ]
    return message


def _events(
    world: World, received: Received, told: dict[str, Any], replies: list[Reply], spent: Spent | None
) -> list[bytes]:
    told = told | {"object": "chat.completion.chunk"}
    # Where usage is asked for, every chunk has the field, and all but the last have it empty.
    usage: dict[str, Any] = {"usage": None} if spent else {}
    events: list[bytes] = []
    for index, answer in enumerate(replies):
        deltas = _deltas(world, received, answer, index)
        finish = [None] * len(deltas) + [_finish(answer)]
        for delta, reason in zip([*deltas, {}], finish, strict=True):
            choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
            events.append(event(told | {"choices": [choice]} | usage))
    if spent:
        events.append(event(told | {"choices": [], "usage": spent.as_chat()}))
    events.append(b"data: [DONE]\n\n")
    return events


def _deltas(world: World, received: Received, answer: Reply, index: int) -> list[dict[str, Any]]:
    if not answer.calls:
        begin: dict[str, Any] = {"role": "assistant", "content": "", "refusal": None}
        return [begin, *({"content": piece} for piece in pieces(answer.text))]
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": None}]
    for place, call in enumerate(answer.calls):
        name = world.name("call_", received, index * 16 + place)
        function = {"name": call.name, "arguments": ""}
        deltas.append({"tool_calls": [{"index": place, "id": name, "type": "function", "function": function}]})
        parts = [{"arguments": piece} for piece in argument_pieces(call.arguments_json())]
        deltas += [{"tool_calls": [{"index": place, "function": part}]} for part in parts]
    return deltas
