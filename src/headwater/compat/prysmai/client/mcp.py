"""PrysmMCPClient: the server's tools and resources, by name."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from headwater.compat.prysmai.client.config import resolve_prysm_connection
from headwater.compat.prysmai.client.shapes import fields, items
from headwater.compat.prysmai.client.transport import Transport

if TYPE_CHECKING:
    from headwater.compat.prysmai.client.governance import GovernanceSession


@dataclass(frozen=True)
class PrysmMCPConfig:
    """What an agent's runtime needs to connect by itself."""

    server_url: str
    headers: dict[str, str] = field(repr=False)
    transport: str = "streamable_http"


class PrysmMCPClient:
    """The server's MCP side. Its methods answer, or raise GovernanceError; `timeout` in seconds for each request."""

    def __init__(
        self,
        client: Any = None,
        prysm_key: str | None = None,
        base_url: str | None = None,
        timeout: float = 60.0,
    ) -> None:
        connection = resolve_prysm_connection(client=client, prysm_key=prysm_key, base_url=base_url)
        self.prysm_key = connection.prysm_key
        self.base_url = connection.base_url
        self.timeout = timeout
        self._transport = Transport(connection, timeout)

    @property
    def mcp_url(self) -> str:
        """Where the server speaks MCP."""
        return self._transport.mcp_url

    @property
    def auth_headers(self) -> dict[str, str]:
        """The header that carries the key."""
        return {"Authorization": f"Bearer {self.prysm_key}"}

    def connection_config(self, extra_headers: dict[str, str] | None = None) -> PrysmMCPConfig:
        """What an agent's runtime needs to connect by itself."""
        return PrysmMCPConfig(server_url=self.mcp_url, headers={**self.auth_headers, **(extra_headers or {})})

    def list_tools(self) -> list[dict[str, Any]]:
        """The server's tools."""
        return self._transport.list_of("tools")

    def list_resources(self) -> list[dict[str, Any]]:
        """The server's resources."""
        return self._transport.list_of("resources")

    def read_resource(self, uri: str) -> dict[str, Any]:
        """Read a resource by its URI: the MCP result, with its `contents`."""
        return self._transport.read_resource(uri)

    def list_policies(self) -> list[dict[str, Any]]:
        """The policies of the key's project."""
        return items(self._payload("prysm://policies"))

    def get_session_status(self, session_id: str) -> dict[str, Any]:
        """How a session stands."""
        return dict(fields(self._payload(f"prysm://session/{quote(session_id, safe='')}/status")))

    def get_session_report(self, session_id: str) -> dict[str, Any]:
        """What is said of a session that has ended."""
        return dict(fields(self._payload(f"prysm://session/{quote(session_id, safe='')}/report")))

    def call_tool(self, tool_name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Call a tool by its name."""
        return self._transport.call_tool(tool_name, arguments)

    def record_llm_call(
        self,
        *,
        model: str,
        messages: list[dict[str, Any]],
        session_id: str | None = None,
        provider: str | None = None,
        completion: str | None = None,
        finish_reason: str | None = None,
        status: str = "success",
        status_code: int | None = None,
        error_message: str | None = None,
        latency_ms: int | None = None,
        prompt_tokens: int | None = None,
        completion_tokens: int | None = None,
        total_tokens: int | None = None,
        cost_usd: float | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        top_p: float | None = None,
        metadata: dict[str, Any] | None = None,
        logprobs: dict[str, Any] | None = None,
        run_security_scan: bool = True,
    ) -> dict[str, Any]:
        """Record a call to a model that did not go through the proxy."""
        return self.call_tool("prysm_record_llm_call", said(locals()))

    def record_tool_call(
        self,
        *,
        session_id: str,
        tool_name: str,
        tool_input: dict[str, Any] | None = None,
        tool_output: dict[str, Any] | None = None,
        success: bool | None = None,
        duration_ms: int | None = None,
        external_trace_id: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Record what a tool did in a session."""
        return self.call_tool("prysm_record_tool_call", said(locals()))

    def record_decision(
        self,
        *,
        session_id: str,
        description: str,
        rationale: str | None = None,
        selected_action: str | None = None,
        severity: str | None = None,
        external_trace_id: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Record a decision that somebody may want to review."""
        return self.call_tool("prysm_record_decision", said(locals()))

    def record_file_change(
        self,
        *,
        session_id: str,
        operation: str,
        path: str,
        language: str | None = None,
        content: str | None = None,
        external_trace_id: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Record that a file was read or written."""
        return self.call_tool("prysm_record_file_change", said(locals()))

    def governance_session(
        self,
        task: str = "",
        agent_type: str = "custom",
        available_tools: list[str] | None = None,
        context: dict[str, Any] | None = None,
        auto_check_interval: int | None = None,
    ) -> "GovernanceSession":
        """Make a governance session with this client's key and address."""
        from headwater.compat.prysmai.client.governance import GovernanceSession

        return GovernanceSession(
            client=self,
            task=task,
            agent_type=agent_type,
            available_tools=available_tools,
            context=context,
            timeout=self.timeout,
            auto_check_interval=auto_check_interval,
        )

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _payload(self, uri: str) -> Any:
        """What is in a resource: JSON in the text of its first content."""
        contents: Any = self.read_resource(uri).get("contents") or [{}]
        try:
            return json.loads(contents[0].get("text") or "null")
        except ValueError:
            return None


_NAMES = {"tool_input": "input", "tool_output": "output"}


def said(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments that were given, under the names that the tools have for them."""
    return {_NAMES.get(name, name): value for name, value in arguments.items() if name != "self" and value is not None}
