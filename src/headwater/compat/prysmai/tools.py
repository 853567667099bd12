"""Tools: what the MCP server offers, in the words of MCP's tools/list."""

from collections.abc import Mapping
from typing import Any

_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
_NUMBER = {"type": "number"}
_OBJECT = {"type": "object"}
_TEXTS = {"type": "array", "items": _TEXT}
_OBJECTS = {"type": "array", "items": _OBJECT}
_TRUTH = {"type": "boolean"}
_SESSION = {"session_id": _TEXT}
_MORE = {"external_trace_id": _TEXT, "metadata": _OBJECT}


def _tool(name: str, description: str, properties: Mapping[str, Any], needed: tuple[str, ...] = ()) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(needed)}
    return {"name": name, "description": description, "inputSchema": schema}


TOOLS = [
    _tool(
        "prysm_session_start",
        "Begin a session: everything that names its id afterwards is recorded in one trace.",
        {"task_instructions": _TEXT, "agent_type": _TEXT, "available_tools": _TEXTS, "context": _OBJECT},
        ("task_instructions",),
    ),
    _tool(
        "prysm_check_behavior",
        "Record what the agent did. Behaviour is not evaluated: no flag or violation is ever raised.",
        {**_SESSION, "events": _OBJECTS},
        ("session_id", "events"),
    ),
    _tool(
        "prysm_scan_code",
        "Search code for secrets and personal data by their form. Vulnerabilities are not looked for.",
        {**_SESSION, "code": _TEXT, "language": _TEXT, "file_path": _TEXT},
        ("code",),
    ),
    _tool(
        "prysm_session_end",
        "End a session; the report counts what was recorded.",
        {**_SESSION, "outcome": _TEXT, "output_summary": _TEXT, "files_modified": _TEXTS},
        ("session_id",),
    ),
    _tool(
        "prysm_record_llm_call",
        "Record a call of a model that was made elsewhere.",
        {
            **_SESSION,
            "model": _TEXT,
            "messages": _OBJECTS,
            **dict.fromkeys(("provider", "completion", "finish_reason", "status", "error_message"), _TEXT),
            **dict.fromkeys(("status_code", "latency_ms", "max_tokens"), _WHOLE),
            **dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), _WHOLE),
            **dict.fromkeys(("cost_usd", "temperature", "top_p"), _NUMBER),
            "logprobs": _OBJECT,
            "run_security_scan": _TRUTH,
            **_MORE,
        },
        ("model", "messages"),
    ),
    _tool(
        "prysm_record_tool_call",
        "Record a tool's call.",
        {
            **_SESSION,
            "tool_name": _TEXT,
            "input": _OBJECT,
            "output": _OBJECT,
            "success": _TRUTH,
            "duration_ms": _WHOLE,
            **_MORE,
        },
        ("session_id", "tool_name"),
    ),
    _tool(
        "prysm_record_decision",
        "Record a decision of the agent.",
        {**_SESSION, **dict.fromkeys(("description", "rationale", "selected_action", "severity"), _TEXT), **_MORE},
        ("session_id", "description"),
    ),
    _tool(
        "prysm_record_file_change",
        "Record that a file was read or written.",
        {**_SESSION, **dict.fromkeys(("operation", "path", "language", "content"), _TEXT), **_MORE},
        ("session_id", "operation", "path"),
    ),
]
"""Every tool, with the JSON schema of its arguments."""

RESOURCES = [
    {"uri": "prysm://policies", "name": "policies", "mimeType": "application/json", "description": "There are none."}
]
RESOURCE_TEMPLATES = [
    {
        "uriTemplate": f"prysm://session/{{session_id}}/{name}",
        "name": name,
        "mimeType": "application/json",
        "description": description,
    }
    for name, description in (
        ("status", "Whether a session has begun and ended, as far as the store knows."),
        ("report", "How much was recorded of a session, as far as the store knows."),
    )
]
