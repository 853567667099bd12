"""GovernanceSession: an agent's task, from its beginning to a report."""

from collections.abc import Mapping
from typing import Any

from headwater.compat.prysmai.client.config import logger
from headwater.compat.prysmai.client.results import (
    CheckResult,
    GovernanceError,
    ScanResult,
    SessionReport,
    in_short,
    report_from,
    scan_result_from,
)
from headwater.compat.prysmai.client.transport import Transport
from headwater.compat.prysmai.client.watching import Told, Watching, violations_of


class GovernanceSession(Watching):
    """`with GovernanceSession(prysm, task=...) as gov:`, or `start()` and `end()`.

    What is asked for by name answers, or raises GovernanceError. `report_event` is told and forgotten: it raises only
    what an enforcing detector wants. The end of a `with` raises nothing of its own. `timeout` in seconds per request;
    `auto_check_interval` is the number of reported events after which they are checked.
    """

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
        super().__init__(
            client, task, agent_type, available_tools, context, prysm_key, base_url, timeout, auto_check_interval
        )
        self._transport = Transport(self._connection, timeout)

    def start(self) -> dict[str, Any]:
        """Begin: returns what the server says, with `session_id` and `policies`. Raises GovernanceError."""
        self._must_not_be_active()
        return self._begun(self._transport.call_tool("prysm_session_start", self._beginning))

    def end(
        self,
        outcome: str = "completed",
        output_summary: str | None = None,
        files_modified: list[str] | None = None,
    ) -> SessionReport:
        """End, and return the report. `outcome` is completed, failed, partial or timeout. Raises GovernanceError."""
        session_id = self._must_be_active("end it")
        try:
            told = self._take()
            if told.events:
                self._check(told)
        except GovernanceError as error:
            logger.warning("the last events of a session could not be told: %s", in_short(error))
        arguments: dict[str, Any] = {"session_id": session_id, "outcome": outcome}
        arguments |= {"output_summary": output_summary} if output_summary else {}
        arguments |= {"files_modified": files_modified} if files_modified else {}
        raw = self._transport.call_tool("prysm_session_end", arguments)
        self._is_active = False
        return report_from(raw, session_id, outcome, self.detector_summaries, violations_of(self._detections))

    def check_behavior(self, events: list[dict[str, Any]]) -> CheckResult:
        """Tell events, each with `event_type` and `data`, and return what the server and the detectors say of them.

        Raises GovernanceError, and ExecutionHaltedError where an enforcing detector wants it, reachable server or not.
        """
        self._must_be_active("check behavior")
        told = self._looked_at(events)
        try:
            return self._check(told)
        finally:
            self._halt_for(told.found)

    def scan_code(self, code: str, language: str, file_path: str | None = None) -> ScanResult:
        """Have code scanned. Raises GovernanceError."""
        arguments = {"session_id": self._must_be_active("scan code"), "code": code, "language": language}
        raw = self._transport.call_tool("prysm_scan_code", arguments | ({"file_path": file_path} if file_path else {}))
        self._scans += 1
        return scan_result_from(raw, language, file_path)

    def report_event(self, event_type: str, data: dict[str, Any], timestamp: float | None = None) -> CheckResult | None:
        """Report an event (`timestamp` in Unix seconds). Returns the check's result when it was time for one.

        Where a check fails its events wait for the next. Raises ExecutionHaltedError alone.
        """
        if not self._add(event_type, data, timestamp) or not self._is_active:
            return None
        told = self._take()
        try:
            return self._check(told) if told.events else None
        except GovernanceError as error:
            self._put_back(told)
            logger.warning("events of a session wait: %s", in_short(error))
            return None

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> "GovernanceSession":
        self.start()
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self.end_quietly(error)

    def end_quietly(self, error: BaseException | None) -> SessionReport | None:
        """End as the program's own error, or none, says, and close; whatever fails here is only logged."""
        try:
            return self.end(**how_it_ended(error)) if self._is_active else None
        except Exception as failure:  # noqa: BLE001 - the program's own error, or its success, is what counts
            logger.warning("a governance session could not be ended: %s", in_short(failure))
            return None
        finally:
            self._is_active = False
            self.close()

    def _check(self, told: Told) -> CheckResult:
        arguments: Mapping[str, Any] = {"session_id": self._session_id, "events": told.events}
        return self._checked(self._transport.call_tool("prysm_check_behavior", arguments), told)


def how_it_ended(error: BaseException | None) -> dict[str, Any]:
    """The arguments of `end` for a program's error, or none."""
    if error is None:
        return {"outcome": "completed"}
    return {"outcome": "failed", "output_summary": f"{type(error).__name__}: {error}"[:2000]}
