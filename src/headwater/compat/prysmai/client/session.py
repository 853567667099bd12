"""PrysmSession: one run of a program's, proxied calls and what is recorded of it together."""

import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import Any, Self, TypeVar, cast

from headwater import clock, ids
from headwater.compat.prysmai.client.background import EXIT_S, background_for
from headwater.compat.prysmai.client.config import logger, root_of
from headwater.compat.prysmai.client.context import ContextScope, prysm_context
from headwater.compat.prysmai.client.governance import GovernanceSession
from headwater.compat.prysmai.client.mcp import PrysmMCPClient, said
from headwater.compat.prysmai.client.results import CheckResult, GovernanceError, ScanResult, SessionReport, in_short

T = TypeVar("T")

_INHERITED = ("agent_id", "delegated_authority", "approved_by", "approval_id", "human_approved", "parent_session_id")
_WITH_METADATA = frozenset({"llm_call", "tool_call", "decision", "file_read", "file_write", "delegation"})


@dataclass(frozen=True)
class PrysmSessionIdentifiers:
    """By what a run is found."""

    session_id: str
    user_id: str | None = None
    governance_session_id: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])


class PrysmSession:
    """`with prysm.session(user_id=..., governance_task=...) as run:`.

    Proxied calls within belong to it. With a `governance_task` it is governed too: then `record_*`, `check_behavior`
    and `scan_code` answer, or raise GovernanceError; without one they raise RuntimeError. The end raises nothing.
    """

    def __init__(
        self,
        client: Any,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        governance_task: str | None = None,
        agent_type: str = "custom",
        available_tools: list[str] | None = None,
        governance_context: dict[str, Any] | None = None,
        auto_check_interval: int | None = None,
        governance_timeout: float = 60.0,
    ) -> None:
        self._client = client
        self.user_id = user_id
        self.session_id = session_id or str(uuid.UUID(hex=ids.trace_id()))
        self.metadata = metadata or {}
        self.governance_task = governance_task
        self.agent_type = agent_type
        self.available_tools = available_tools
        self.governance_context = governance_context
        self.auto_check_interval = auto_check_interval
        self.governance_timeout = governance_timeout
        self._scope: ContextScope | None = None
        self._governance: GovernanceSession | None = None
        self._report: SessionReport | None = None
        self._mcp: PrysmMCPClient | None = None
        self._has_more = False

    @property
    def identifiers(self) -> PrysmSessionIdentifiers:
        """By what this run is found."""
        return PrysmSessionIdentifiers(self.session_id, self.user_id, self.governance_session_id, self.metadata)

    @property
    def governance(self) -> GovernanceSession | None:
        """The governance session, if there is one."""
        return self._governance

    @property
    def governance_session_id(self) -> str | None:
        """Its id."""
        return None if self._governance is None else self._governance.session_id

    @property
    def governance_report(self) -> SessionReport | None:
        """What was said of it at its end."""
        return self._report

    @property
    def is_active(self) -> bool:
        """Whether the program is within."""
        return self._scope is not None

    def openai(self, **kwargs: Any) -> Any:
        """The same as `llm`."""
        return self._client.openai(**kwargs)

    def llm(self, **kwargs: Any) -> Any:
        """Make an OpenAI client whose calls are proxied."""
        return self._client.llm(**kwargs)

    def async_openai(self, **kwargs: Any) -> Any:
        """The same as `async_llm`."""
        return self._client.async_openai(**kwargs)

    def async_llm(self, **kwargs: Any) -> Any:
        """`llm` for coroutines."""
        return self._client.async_llm(**kwargs)

    def mcp(self, timeout: float | None = None) -> Any:
        """Make a client of the server's MCP side; `timeout` in seconds."""
        return PrysmMCPClient(client=self._client, timeout=timeout or self.governance_timeout)

    def check_behavior(self, events: list[dict[str, Any]]) -> CheckResult:
        """Tell events, and return what is said of them. Raises GovernanceError."""
        return self._governed().check_behavior(events)

    def scan_code(self, code: str, language: str, file_path: str | None = None) -> ScanResult:
        """Have code scanned. Raises GovernanceError."""
        return self._governed().scan_code(code, language, file_path)

    def report_event(self, event_type: str, data: dict[str, Any], timestamp: float | None = None) -> CheckResult | None:
        """Report an event. Raises ExecutionHaltedError alone."""
        return self._governed().report_event(event_type, self._completed(event_type, data), timestamp)

    def record_llm_call(
        self,
        *,
        model: str,
        messages: list[dict[str, Any]],
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
        return self._record("prysm_record_llm_call", locals())

    def record_tool_call(
        self,
        *,
        tool_name: str,
        tool_input: dict[str, Any] | None = None,
        tool_output: dict[str, Any] | None = None,
        success: bool | None = None,
        duration_ms: int | None = None,
        external_trace_id: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Record what a tool did."""
        return self._record("prysm_record_tool_call", locals())

    def record_decision(
        self,
        *,
        description: str,
        rationale: str | None = None,
        selected_action: str | None = None,
        severity: str | None = None,
        external_trace_id: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Record a decision that somebody may want to review."""
        return self._record("prysm_record_decision", locals())

    def record_file_change(
        self,
        *,
        operation: str,
        path: str,
        language: str | None = None,
        content: str | None = None,
        external_trace_id: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Record that a file was read or written."""
        return self._record("prysm_record_file_change", locals())

    def record_delegation(
        self,
        *,
        to_agent: str,
        from_agent: str | None = None,
        delegated_authority: str | None = None,
        parent_session_id: str | None = None,
        delegation_chain: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        timestamp: float | None = None,
    ) -> CheckResult | None:
        """Report that an agent gave a task to another. Raises ExecutionHaltedError alone."""
        told = {name: value for name, value in said(locals()).items() if name != "timestamp"}
        return self.report_event("delegation", told, timestamp)

    def run_tool(
        self,
        tool_name: str,
        func: Callable[..., T],
        *args: Any,
        tool_input: dict[str, Any] | None = None,
        external_trace_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> T:
        """Run a tool and return or raise what it does. What it did is recorded without anybody waiting for it."""
        begun_s = clock.monotonic_s()
        common: dict[str, Any] = {"tool_name": tool_name, "tool_input": tool_input}
        common |= {"external_trace_id": external_trace_id, "metadata": metadata}

        def note(output: Callable[[], dict[str, Any]], is_success: bool) -> None:
            took_ms = int((clock.monotonic_s() - begun_s) * 1000)
            try:
                more = {"tool_output": output(), "success": is_success, "duration_ms": took_ms}
                self._record_later("prysm_record_tool_call", {**common, **more})
            except Exception as error:  # noqa: BLE001 - the tool's outcome is the program's
                logger.warning("what a tool did could not be recorded: %s", type(error).__name__)

        try:
            result = func(*args, **kwargs)
        except Exception as error:
            told = {"error": str(error), "exception_type": type(error).__name__}
            note(lambda: told, is_success=False)
            raise
        note(lambda: payload_of(result), is_success=True)
        return result

    def __enter__(self) -> Self:
        if self.governance_task:
            self._governance = GovernanceSession(
                client=self._client,
                task=self.governance_task,
                agent_type=self.agent_type,
                available_tools=self.available_tools,
                context=self.governance_context,
                timeout=self.governance_timeout,
                auto_check_interval=self.auto_check_interval,
            )
            self._governance.start()
        self._scope = prysm_context(self.user_id, self.session_id, self.governance_session_id, self.metadata)
        self._scope.enter(sys._getframe(1))  # pyright: ignore[reportPrivateUsage] - the standard library's way
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if self._scope is not None:
            self._scope.__exit__()
            self._scope = None
        if self._has_more:
            # What was recorded and not waited for belongs before the end.
            background_for(root_of(self._client.base_url)).flush(min(EXIT_S, self.governance_timeout))
        if self._governance is not None:
            self._report = self._governance.end_quietly(error)
        if self._mcp is not None:
            self._mcp.close()

    def __repr__(self) -> str:
        status = "active" if self.is_active else "inactive"
        governed = self.governance_session_id
        return f"PrysmSession(session_id={self.session_id!r}, governance_session_id={governed!r}, status={status})"

    def _governed(self) -> GovernanceSession:
        if self._governance is None:
            raise RuntimeError("this session is not governed: give governance_task=, and use it within `with`")
        return self._governance

    def _record(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        session_id = self._governed().session_id
        told = {**said(dict(arguments)), "session_id": session_id}
        told["metadata"] = self._inherited() | (arguments.get("metadata") or {})
        # One for all: its connection stays open.
        mcp = self._mcp = self._mcp or PrysmMCPClient(client=self._client, timeout=self.governance_timeout)
        return mcp.call_tool(tool, told)

    def _record_later(self, tool: str, arguments: Mapping[str, Any]) -> None:
        self._governed()

        def record() -> bool:
            try:
                self._record(tool, arguments)
            except GovernanceError as error:
                logger.warning("a tool's call could not be recorded: %s", in_short(error))
            return True

        self._has_more = True
        background_for(root_of(self._client.base_url)).put(record)

    def _inherited(self) -> dict[str, Any]:
        """What the metadata of everything in this session says."""
        context = self.governance_context or {}
        found = {name: context[name] for name in _INHERITED if context.get(name) is not None}
        found.setdefault("agent_id", self.agent_type)
        found.setdefault("parent_session_id", self.governance_session_id or self.session_id)
        if "approved_by" in found or "approval_id" in found:
            found.setdefault("human_approved", True)
        return found

    def _completed(self, event_type: str, data: Mapping[str, Any]) -> dict[str, Any]:
        told = dict(data)
        if event_type in _WITH_METADATA:
            given = told.get("metadata")
            more = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
            told["metadata"] = self._inherited() | more
        if event_type == "delegation":
            told["from_agent"] = giver = told.get("from_agent") or told.get("sender") or self._inherited()["agent_id"]
            taker = told.get("to_agent") or told.get("target") or told.get("agent_id")
            told["parent_session_id"] = told.get("parent_session_id") or self.governance_session_id or self.session_id
            if taker is not None:
                told["to_agent"] = taker
                told["delegation_chain"] = told.get("delegation_chain") or [str(giver), str(taker)]
        return told


def payload_of(value: Any) -> dict[str, Any]:
    """A tool's result as an object."""
    if value is None or isinstance(value, dict):
        return cast("dict[str, Any]", value or {})
    if isinstance(value, str | int | float | bool):
        return {"value": value}
    if isinstance(value, list):
        return {"items": cast("list[Any]", value)}
    dump = getattr(value, "model_dump", None) or getattr(value, "dict", None)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    dumped = dump() if callable(dump) else None
    if dumped is None:
        return {"repr": repr(value)[:2000]}
    return cast("dict[str, Any]", dumped) if isinstance(dumped, dict) else {"value": dumped}
