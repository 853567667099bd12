"""Trail: governance that nobody waits for. It begins, checks, and is ended by the background, in this order."""

import threading
from collections.abc import Mapping
from typing import Any

from headwater.compat.prysmai.client.background import background_for
from headwater.compat.prysmai.client.config import PrysmConnectionConfig, logger, root_of
from headwater.compat.prysmai.client.detectors.detector import unix_s
from headwater.compat.prysmai.client.governance import GovernanceSession
from headwater.compat.prysmai.client.results import GovernanceError, SessionReport, in_short

_CHECK_EVERY = 5
_TIMEOUT_S = 30.0


class Trail:
    """One governance session of a monitor."""

    def __init__(self, connection: PrysmConnectionConfig, agent_type: str, context: Mapping[str, Any]) -> None:
        self.is_begun = False
        self.report: SessionReport | None = None
        self._connection = connection
        self._agent_type = agent_type
        self._context = dict(context)
        self._lock = threading.Lock()
        self._session: GovernanceSession | None = None

    def successor(self) -> "Trail":
        """What follows it when it has ended."""
        return Trail(self._connection, self._agent_type, self._context)

    def begin(self, task: str, tools: list[str] | None, more: Mapping[str, Any] | None = None) -> None:
        """Begin, once."""
        if self.is_begun:
            return
        with self._lock:
            if not self.is_begun:
                self._session = self._new_session(task, tools, more)
                self._later(self._session.start)
                self.is_begun = True

    def _new_session(self, task: str, tools: list[str] | None, more: Mapping[str, Any] | None) -> GovernanceSession:
        return GovernanceSession(
            prysm_key=self._connection.prysm_key,
            base_url=self._connection.base_url,
            task=task,
            agent_type=self._agent_type,
            available_tools=tools or None,
            context={**self._context, **(more or {})},
            timeout=_TIMEOUT_S,
            auto_check_interval=_CHECK_EVERY,
        )

    def add(self, event_type: str, data: Mapping[str, Any], task: str, tools: list[str] | None) -> None:
        """Have an event checked."""
        self.begin(task, tools)
        session, told, at_s = self._session, dict(data), unix_s()
        if session is not None:
            self._later(lambda: session.report_event(event_type, told, at_s) if session.is_active else None)

    def end(self, outcome: str, output_summary: str, wait_s: float) -> SessionReport | None:
        """End, wait for it so many seconds, and return the report; None where it could not be had."""
        session, done = self._session, threading.Event()
        if session is None:
            return None

        def finish() -> None:
            try:
                if session.is_active:
                    self.report = session.end(outcome, output_summary)
            finally:
                session.close()
                done.set()

        self._later(finish)
        if not done.wait(wait_s) and wait_s:
            logger.warning("a governance session has not ended yet")
        return self.report

    def _later(self, step: Any) -> None:
        def errand() -> bool:
            try:
                step()
            except GovernanceError as error:
                logger.warning("governance failed: %s", in_short(error))
            return True

        background_for(root_of(self._connection.base_url)).put(errand)
