"""Transport: governance's tools, over MCP, or over REST where the server has no MCP.

There is no asking beforehand: a call that finds no MCP at its address is made again over REST, as all later ones are.
"""

import json
from collections.abc import Mapping
from itertools import count
from typing import Any, NamedTuple, cast
from urllib.parse import quote

from headwater.compat.prysmai.client.config import PrysmConnectionConfig, mcp_url_of, root_of
from headwater.compat.prysmai.client.results import GovernanceError
from headwater.compat.prysmai.client.shapes import fields
from headwater.compat.prysmai.client.wire import Answer, Unreachable, Wire

_MCP = "/api/mcp"
_ACCEPT = {"accept": "application/json, text/event-stream"}
_NO_MCP = frozenset({404, 405})
_SHOWN = 500


class _Rest(NamedTuple):
    method: str
    path: str
    is_whole: bool


_REST: dict[str, _Rest] = {
    "prysm_session_start": _Rest("POST", "/governance/sessions", True),
    "prysm_session_end": _Rest("PATCH", "/governance/sessions/{session}", True),
    "prysm_scan_code": _Rest("POST", "/governance/scan", True),
    "prysm_check_behavior": _Rest("POST", "/governance/sessions/{session}/events", False),
}
# What REST has no routes for is told as events of the session.
_EVENTS: dict[str, str] = {
    "prysm_record_llm_call": "llm_call",
    "prysm_record_tool_call": "tool_call",
    "prysm_record_decision": "decision",
    "prysm_record_file_change": "file_write",
}


class Transport:
    """Calls tools of one server. Threads may share it."""

    def __init__(self, connection: PrysmConnectionConfig, timeout_s: float) -> None:
        self.mcp_url = mcp_url_of(connection.base_url)
        self._wire = Wire(root_of(connection.base_url), connection.prysm_key, timeout_s)
        self._numbers = count(1)
        self._has_mcp = True

    def call_tool(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call a tool and return what it says. Raises GovernanceError."""
        found = self._rpc("tools/call", {"name": name, "arguments": dict(arguments)}) if self._has_mcp else None
        return self._call_over_rest(name, arguments) if found is None else _said_by(name, found)

    def list_of(self, what: str) -> list[dict[str, Any]]:
        """List the server's "tools" or "resources"; none where it has no MCP. Raises GovernanceError."""
        found = self._rpc(f"{what}/list", {}) if self._has_mcp else None
        listed = (found or {}).get(what)
        return cast("list[dict[str, Any]]", listed) if isinstance(listed, list) else []

    def read_resource(self, uri: str) -> dict[str, Any]:
        """Read a resource. Raises GovernanceError."""
        found = self._rpc("resources/read", {"uri": uri}) if self._has_mcp else None
        if found is None:
            raise GovernanceError(f"the resource {uri!r} cannot be read: the server speaks no MCP at {self.mcp_url}")
        return found

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def _rpc(self, method: str, params: Mapping[str, Any]) -> dict[str, Any] | None:
        """The result of a JSON-RPC call; None where there is no MCP."""
        body = {"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": params}
        answer = self._send("POST", _MCP, body, _ACCEPT)
        if answer.status in _NO_MCP:
            self._has_mcp = False
            return None
        if not answer.status < 300:
            raise GovernanceError(f"MCP request failed with status {answer.status}: {answer.text[:_SHOWN]}")
        return _result_in(answer.text)

    def _call_over_rest(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        rest, body = _REST.get(name), dict(arguments)
        if rest is None:
            if name not in _EVENTS:
                raise GovernanceError(f"the tool {name!r} is not there: the server speaks no MCP at {self.mcp_url}")
            rest, body = _REST["prysm_check_behavior"], {"events": [_event_of(name, arguments)]}
        elif not rest.is_whole:
            body.pop("session_id", None)
        session = quote(str(arguments.get("session_id") or ""), safe="")
        answer = self._send(rest.method, rest.path.format(session=session), body, {})
        if not answer.status < 300:
            raise GovernanceError(f"REST call failed with status {answer.status}: {answer.text[:_SHOWN]}")
        return _object_in(answer.text)

    def _send(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Answer:
        try:
            return self._wire.send(method, path, body, headers)
        except Unreachable as error:
            raise GovernanceError(f"no answer from {self.mcp_url.removesuffix(_MCP)}: {error}") from error


def _event_of(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    data = {key: value for key, value in arguments.items() if key != "session_id"}
    is_read = name == "prysm_record_file_change" and arguments.get("operation") == "read"
    return {"event_type": "file_read" if is_read else _EVENTS[name], "data": data}


def _result_in(text: str) -> dict[str, Any]:
    """The result in a JSON-RPC answer, which is JSON or server-sent events with JSON in them."""
    bodies = [text] if text.lstrip().startswith("{") else _data_in(text)
    for body in reversed(bodies):
        try:
            found = json.loads(body)
        except ValueError:
            continue
        if isinstance(found, dict):
            return _result_of(cast("dict[str, Any]", found))
    raise GovernanceError(f"the MCP answer cannot be read: {text[:_SHOWN]!r}")


def _data_in(text: str) -> list[str]:
    """The data of server-sent events; lines of one event belong together."""
    events = text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n")
    lines = ([line[5:].removeprefix(" ") for line in event.split("\n") if line.startswith("data:")] for event in events)
    return ["\n".join(found) for found in lines if found]


def _result_of(message: dict[str, Any]) -> dict[str, Any]:
    error = message.get("error")
    if error is not None:
        told: Mapping[str, Any] = fields(error) or {"message": str(error)}
        raise GovernanceError(f"JSON-RPC error: {told.get('message') or 'unknown error'}", code=told.get("code"))
    result = message.get("result", message)
    return cast("dict[str, Any]", result) if isinstance(result, dict) else {}


def _said_by(name: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """What a tool says: JSON in the text of its first content."""
    content: Any = result.get("content") or [{}]
    said = _object_in(str(content[0].get("text") or "{}"))
    if result.get("isError"):
        raise GovernanceError(f"the tool {name} failed: {said.get('error') or said.get('raw') or 'unknown error'}")
    return said


def _object_in(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {"raw": text}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {"raw": found}
