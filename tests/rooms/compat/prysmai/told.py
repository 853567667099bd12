"""What an envelope of Prysm's door says, without a server around it."""

import json
from collections.abc import Sequence
from typing import Any

from headwater.compat.prysmai.door import read
from headwater.event import Envelope, Span

ARRIVED_NS = 1_790_000_000_000_000_000
REQUEST = "a" * 32


def told(door: str, body: Any, request: str = REQUEST, **headers: str) -> Sequence[Span]:
    """The spans of a request's body."""
    kept = {"request": request, **headers}
    bare = body if isinstance(body, bytes) else json.dumps(body).encode()
    decoded = read(Envelope(door=f"prysm.{door}", project="p", received_ns=ARRIVED_NS, headers=kept, body=bare))
    return decoded.spans


def acted(tool: str, arguments: Any, request: str = REQUEST) -> Sequence[Span]:
    """The spans of a tool's call over MCP."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    return told("mcp", call, request)


def checked(*events: Any, request: str = REQUEST, session: str = "gov_1") -> Sequence[Span]:
    """The spans of events that a governance session reports."""
    return acted("prysm_check_behavior", {"session_id": session, "events": list(events)}, request)


def reported(*events: Any, source: str = "langgraph", request: str = REQUEST, **more: Any) -> Sequence[Span]:
    """The spans of a monitor's batch."""
    return told("telemetry", {"source": source, "session_id": "run-1", "events": list(events), **more}, request)
