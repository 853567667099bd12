"""AsyncGovernanceSession: the same for coroutines. Each request runs in a thread, so the event loop goes on."""

import asyncio
from typing import Any

from headwater.compat.prysmai.client.governance import GovernanceSession
from headwater.compat.prysmai.client.results import CheckResult, ScanResult, SessionReport


class AsyncGovernanceSession:
    """`async with AsyncGovernanceSession(prysm, task=...) as gov:`. See GovernanceSession."""

    def __init__(
        self,
        client: Any = None,
        task: str = "",
        agent_type: str = "custom",
        available_tools: list[str] | None = None,
        context: dict[str, Any] | None = None,
        prysm_key: str | None = None,
        base_url: str | None = None,
        timeout: float = 60.0,
        auto_check_interval: int | None = None,
    ) -> None:
        self._session = GovernanceSession(
            client, task, agent_type, available_tools, context, prysm_key, base_url, timeout, auto_check_interval
        )

    def attach_detector(self, detector: Any) -> "AsyncGovernanceSession":
        """Have a detector look at this session's events. Returns the session."""
        self._session.attach_detector(detector)
        return self

    @property
    def session(self) -> GovernanceSession:
        """The session that does the work: its `session_id`, `stats`, `detections`, `all_flags`."""
        return self._session

    @property
    def session_id(self) -> str | None:
        """The server's id of the session, once it has begun."""
        return self._session.session_id

    @property
    def is_active(self) -> bool:
        """Whether it has begun and not ended."""
        return self._session.is_active

    async def start(self) -> dict[str, Any]:
        """Begin. Raises GovernanceError."""
        return await asyncio.to_thread(self._session.start)

    async def end(self, outcome: str = "completed", output_summary: str | None = None) -> SessionReport:
        """End, and return the report. Raises GovernanceError."""
        return await asyncio.to_thread(self._session.end, outcome, output_summary)

    async def check_behavior(self, events: list[dict[str, Any]]) -> CheckResult:
        """Tell events, and return what the server and the detectors say. Raises GovernanceError."""
        return await asyncio.to_thread(self._session.check_behavior, events)

    async def scan_code(self, code: str, language: str, file_path: str | None = None) -> ScanResult:
        """Have code scanned. Raises GovernanceError."""
        return await asyncio.to_thread(self._session.scan_code, code, language, file_path)

    async def report_event(
        self, event_type: str, data: dict[str, Any], timestamp: float | None = None
    ) -> CheckResult | None:
        """Report an event. Raises ExecutionHaltedError alone."""
        return await asyncio.to_thread(self._session.report_event, event_type, data, timestamp)

    async def __aenter__(self) -> "AsyncGovernanceSession":
        await self.start()
        return self

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        await asyncio.to_thread(self._session.end_quietly, error)
