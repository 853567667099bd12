"""Clients: the headers in which known programs name the conversation that a request belongs to."""

from collections.abc import Mapping

SESSION_HEADERS = (
    # opencode gives an agent within an agent a session of its own, and names here the one that it works for:
    # https://github.com/router-for-me/CLIProxyAPI/issues/4452
    "x-parent-session-id",
    # Claude Code: https://code.claude.com/docs/en/llm-gateway-protocol (before 2.1.86 in the body's metadata alone)
    "x-claude-code-session-id",
    # Codex: https://github.com/openai/codex/pull/22193; before that, and in pi, with an underscore
    "session-id",
    "session_id",
    # opencode towards its own service, https://opencode.ai/docs/go/, and towards everybody else's
    "x-opencode-session",
    "x-session-affinity",
    # Kilo Code, Copilot's command line, Copilot in an editor (for one turn of the user's), Coder's agents:
    # https://github.com/coder/coder/blob/main/aibridge/session.go
    "x-kilocode-taskid",
    "x-client-session-id",
    "x-interaction-id",
    "x-coder-chat-id",
    # What programs send of their own accord, and clients of OpenRouter and the like
    "x-session-id",
)
"""Lower-case names, the more special before the more general: the first that a request has tells its session."""

_MAX_CHARACTERS = 256


def session_in(headers: Mapping[str, str]) -> str:
    """The session that these headers (lower-case names) tell, "" for none. What is no id is passed over."""
    for name in SESSION_HEADERS:
        told = headers.get(name, "").strip()
        if told and len(told) <= _MAX_CHARACTERS and told.isprintable():
            return told
    return ""
