"""MCP: JSON-RPC 2.0 in one POST, as much of it as Prysm's clients and an agent's runtime need.

https://modelcontextprotocol.io/specification/2025-06-18/basic/transports. There is no session and no stream of ours:
each request says all that is needed to answer it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from headwater.compat.desk import json_of
from headwater.compat.prysmai.governance import TOOLS as KNOWN
from headwater.compat.prysmai.governance import Act, problem_of
from headwater.compat.prysmai.tools import RESOURCE_TEMPLATES, RESOURCES, TOOLS
from headwater.compat.reading import list_in, object_in, text_in
from headwater.errors import BadRequest, HeadwaterError, NotFound, Unavailable

MESSAGES = 1000
NO_METHOD, BAD_REQUEST, BAD_PARAMETERS, NOT_PARSED, NO_RESOURCE, FAILED = -32601, -32600, -32602, -32700, -32002, -32603
_VERSIONS = ("2025-06-18", "2025-03-26", "2024-11-05")
_EVENT_STREAM = "text/event-stream"
Result = dict[str, Any]


class Message(NamedTuple):
    """A request, or where it has no id a notification. What is none has the method ""."""

    method: str
    params: Mapping[str, Any]
    id: Any = None
    is_awaited: bool = True


class Backing(NamedTuple):
    """Who answers what the protocol itself does not: acts that were recorded, and resources by their address."""

    done: Callable[[Act], Awaitable[Result]]
    read: Callable[[str], Awaitable[Any]]


def messages_of(body: bytes) -> tuple[list[Message], bool]:
    """The messages of a body, and whether they came as a batch. Raises BadRequest."""
    told = json_of(body)
    if not isinstance(told, list):
        return [_message(told)], False
    batch = list_in(told)
    if not 0 < len(batch) <= MESSAGES:
        raise BadRequest(f"a batch has 1 to {MESSAGES} messages: send fewer at once")
    return [_message(each) for each in batch], True


def _message(told: Any) -> Message:
    said = object_in(told)
    method = said.get("method")
    if not isinstance(method, str):
        # The answer to a request of ours needs none itself; we make no requests, so it is passed over.
        return Message("", {}, said.get("id"), not ("result" in said or "error" in said))
    return Message(method, object_in(said.get("params")), said.get("id"), "id" in said)


def acts_in(messages: Sequence[Message], request: str) -> list[Act]:
    """What of the messages is to be recorded."""
    acts = (_act(message, request, place) for place, message in enumerate(messages))
    return [act for act in acts if act is not None and not problem_of(act)]


def _act(message: Message, request: str, place: int) -> Act | None:
    tool = text_in(message.params.get("name"))
    if message.method != "tools/call" or tool not in KNOWN:
        return None
    return Act(tool, object_in(message.params.get("arguments")), request, place)


async def answered(messages: Sequence[Message], request: str, backing: Backing) -> list[Result]:
    """The answers to those messages that await one, in their order."""
    found: list[Result] = []
    for place, message in enumerate(messages):
        if not message.is_awaited:
            continue
        try:
            told = {"result": await _result(message, _act(message, request, place), backing)}
        except HeadwaterError as error:
            told = {"error": {"code": _code(message, error), "message": str(error)}}
        found.append({"jsonrpc": "2.0", "id": message.id, **told})
    return found


def _code(message: Message, error: HeadwaterError) -> int:
    if isinstance(error, Unavailable):
        return FAILED
    if not message.method:
        return BAD_REQUEST
    if isinstance(error, NotFound):
        return NO_RESOURCE if message.method == "resources/read" else NO_METHOD
    return BAD_PARAMETERS


async def _result(message: Message, act: Act | None, backing: Backing) -> Result:
    if message.method == "tools/call":
        return await _called(message, act, backing)
    if message.method == "resources/read":
        uri = text_in(message.params.get("uri"))
        text = msgspec.json.encode(await backing.read(uri)).decode()
        return {"contents": [{"uri": uri, "mimeType": "application/json", "text": text}]}
    if message.method == "initialize":
        wanted = message.params.get("protocolVersion")
        return {
            "protocolVersion": wanted if wanted in _VERSIONS else _VERSIONS[0],
            "capabilities": {"tools": {}, "resources": {}},
            "serverInfo": {"name": "headwater", "version": "1"},
        }
    fixed = _FIXED.get(message.method)
    if fixed is None:
        if not message.method:
            raise BadRequest("a message is an object with a 'method'")
        raise NotFound(f"there is no method {message.method[:100]!r}")
    return fixed


_FIXED: dict[str, Result] = {
    "ping": {},
    "tools/list": {"tools": TOOLS},
    "resources/list": {"resources": RESOURCES},
    "resources/templates/list": {"resourceTemplates": RESOURCE_TEMPLATES},
}


async def _called(message: Message, act: Act | None, backing: Backing) -> Result:
    if act is None:
        raise BadRequest(f"there is no tool {text_in(message.params.get('name'))[:100]!r}: tools/list names them")
    problem = problem_of(act)
    told = {"error": problem} if problem else await backing.done(act)
    content = [{"type": "text", "text": msgspec.json.encode(told).decode()}]
    return {"content": content, "isError": bool(problem)}


def framed(told: Any, accepts: str) -> tuple[bytes, str]:
    """The body of an answer and its type: JSON, or an event where nothing else is taken."""
    body = msgspec.json.encode(told)
    if _EVENT_STREAM in accepts and "json" not in accepts and "*/*" not in accepts:
        return b"event: message\ndata: %b\n\n" % body, _EVENT_STREAM
    return body, "application/json"
