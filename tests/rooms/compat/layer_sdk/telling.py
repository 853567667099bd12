"""What Layer's clients send, and the line on which it is read."""

from pathlib import Path
from typing import Any

import msgspec

from headwater.store import SpanRow
from tests.rooms.loader.line import Line

JSON = "application/json"
SESSION = "a4b1a3f4-5b51-5c0e-9a62-3c6f0d8f1b11"
HI = [{"role": "user", "content": "hi", "name": "", "tool_call_id": None}]
USAGE = [{"name": "usage", "data": {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13}}]


class Request(msgspec.Struct, frozen=True):
    """A recorded request, and the status that its client was content with."""

    method: str
    path: str
    body: str
    replied: int


def recorded() -> list[Request]:
    """Everything that version 0.15.0 sent to Layer in one run of every thing that it does."""
    path = Path(__file__).parents[3] / "recorded" / "layer" / "0.15.0.json"
    return msgspec.json.decode(path.read_bytes(), type=list[Request])


def action(kind: str, second: int = 10, **about: Any) -> dict[str, Any]:
    """An action as the client writes it: whole seconds."""
    time = f"2026-11-20T09:50:{second:02}Z"
    empty: dict[str, Any] = {"attributes": {}, "data": None, "error": None, "scanners": None}
    return {"kind": kind, "start_time": time, "end_time": time, **empty, **about}


def prompt(text: str, second: int = 10, model: str = "gpt-4o", **more: Any) -> dict[str, Any]:
    """What was asked."""
    messages = [{"role": "user", "content": text, "name": "", "tool_call_id": None}]
    return action("completion_prompt", second, attributes={"model.id": model, **more}, data={"messages": messages})


def output(text: str, second: int = 10, model: str = "gpt-4o-2024-08-06", **about: Any) -> dict[str, Any]:
    """What was answered."""
    attributes = {"model.id": model, **about.pop("attributes", {})}
    data = {"messages": [{"content": text, "role": "assistant"}]}
    return action("completion_output", second, attributes=attributes, data=data, **about)


def tools(name: str, second: int = 10, model: str = "gpt-4o-2024-08-06", **attributes: Any) -> dict[str, Any]:
    """What a model wishes to have done."""
    data = {"tools": [{"id": "call_1", "name": name, "arguments": {"city": "Bern"}}]}
    return action("completion_tool_call", second, attributes={"model.id": model, **attributes}, data=data)


def send(line: Line, *actions: Any, session: str = SESSION, known: str = "{}") -> None:
    """Put actions into the journal, each as a request of its own."""
    for each in actions:
        headers = {"layer-session": session, "layer-known": known}
        line.append(msgspec.json.encode(each), "layer.action", JSON, headers=headers)


def create(line: Line, *actions: Any, session: str = SESSION, **attributes: Any) -> None:
    """Put the creation of a session into the journal, with actions."""
    body = {"application_id": "app", "session_id": None, "attributes": attributes, "actions": list(actions)}
    line.append(msgspec.json.encode(body), "layer.session", JSON, headers={"layer-session": session})


def calls(line: Line) -> list[SpanRow]:
    """The calls that stand for themselves, by start and arrival."""
    found = [row for row in line.store.spans if row.kind == "call" and not row.folded_into]
    return sorted(found, key=lambda row: (row.start_ns, row.received_ns))


def said(line: Line, row: SpanRow) -> tuple[str, str]:
    """What was asked and answered in a call, as text."""
    texts = {bytes(each.hash): each.text for each in line.store.messages.values()}
    return " | ".join(texts[each] for each in row.input), " | ".join(texts[each] for each in row.output)
