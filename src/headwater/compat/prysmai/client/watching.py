"""Watching: what every governance session does here, whoever waits for its requests.

Events are looked at by the detectors as they are reported, once each; what was found is told with the next check.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self, TypeVar

from headwater.compat.prysmai.client.config import logger, resolve_prysm_connection
from headwater.compat.prysmai.client.detectors.detector import BaseDetector, Detection, unix_s, watched
from headwater.compat.prysmai.client.results import (
    BehavioralFlag,
    CheckResult,
    ExecutionHaltedError,
    GovernanceError,
    SessionNotActiveError,
    check_result_from,
)

T = TypeVar("T")

_SEVERITIES = {"info": 1, "warning": 3, "critical": 5, "halt": 7}
_UNKNOWN_SEVERITY = 3
_WAITING = _KEPT = 10_000


class Told(NamedTuple):
    """Events on their way to the server, and what was found in them."""

    events: list[dict[str, Any]]
    found: list[Detection]


class Watching:
    """Key, address, detectors, and the events that wait."""

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
        self._connection = resolve_prysm_connection(client=client, prysm_key=prysm_key, base_url=base_url)
        self._beginning = {"task_instructions": task, "agent_type": agent_type}
        self._beginning |= {"available_tools": available_tools} if available_tools else {}
        self._beginning |= {"context": context} if context else {}
        self._agent_type = agent_type
        self._timeout_s = timeout
        self._check_every = auto_check_interval
        self._session_id: str | None = None
        self._is_active = False
        self._policies: list[dict[str, Any]] = []
        self._detectors: list[Any] = []
        self._detections: list[Detection] = []
        self._flags: list[BehavioralFlag] = []
        self._reported = self._checks = self._scans = 0
        # Both are only appended to and taken from, one at a time: threads need no lock, and a fork finds none held.
        self._waiting: deque[dict[str, Any]] = deque(maxlen=_WAITING)
        self._found: deque[Detection] = deque(maxlen=_WAITING)

    def attach_detector(self, detector: Any) -> Self:
        """Have a detector look at this session's events, and what it finds told to the server. Returns the session."""
        if isinstance(detector, BaseDetector):
            detector.configure_reporting(self._connection.prysm_key, self._connection.base_url)
        self._detectors.append(detector)
        return self

    def detach_detector(self, detector_name: str) -> bool:
        """Take away the first detector of a name; False where there is none."""
        found = next((one for one in self._detectors if getattr(one, "name", "") == detector_name), None)
        if found is not None:
            self._detectors.remove(found)
        return found is not None

    @property
    def detections(self) -> list[Detection]:
        """All that the attached detectors have found."""
        return self._detections

    @property
    def detector_summaries(self) -> list[dict[str, Any]]:
        """What each attached detector says of how things stand."""
        return [detector.get_summary() for detector in self._detectors]

    @property
    def session_id(self) -> str | None:
        """The server's id of the session, once it has begun."""
        return self._session_id

    @property
    def is_active(self) -> bool:
        """Whether it has begun and not ended."""
        return self._is_active

    @property
    def policies(self) -> list[dict[str, Any]]:
        """The policies that the server named at the beginning."""
        return self._policies

    @property
    def all_flags(self) -> list[BehavioralFlag]:
        """All flags of all checks."""
        return self._flags

    @property
    def stats(self) -> dict[str, Any]:
        """How things stand, in numbers."""
        return {
            "session_id": self._session_id,
            "active": self._is_active,
            "total_events_reported": self._reported,
            "checks_performed": self._checks,
            "scans_performed": self._scans,
            "flags_detected": len(self._flags),
        }

    def __repr__(self) -> str:
        status = "active" if self._is_active else "inactive"
        return (
            f"{type(self).__name__}(session_id={self._session_id!r}, status={status}, agent_type={self._agent_type!r})"
        )

    def _must_be_active(self, doing: str) -> str:
        if not self._is_active:
            raise SessionNotActiveError(f"cannot {doing}: the session is not active; call start(), or use `with`")
        return self._session_id or ""

    def _must_not_be_active(self) -> None:
        if self._is_active:
            raise GovernanceError("the session is active already; call end() first")

    def _begun(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        session_id = raw.get("session_id")
        if not session_id:
            raise GovernanceError(f"the server began no session: {str(dict(raw))[:200]}")
        self._session_id = str(session_id)
        self._policies = list(raw.get("policies") or [])
        self._is_active = True
        return dict(raw)

    def _add(self, event_type: str, data: Mapping[str, Any], timestamp: float | None) -> bool:
        """Take an event; whether so many wait that they should be checked. Raises ExecutionHaltedError."""
        event = {"event_type": event_type, "data": dict(data), "timestamp": timestamp or unix_s()}
        found = self._look_at(event)
        self._waiting.append(event)
        self._found.extend(found)
        self._halt_for(found)
        return bool(self._check_every) and len(self._waiting) >= (self._check_every or 0)

    def _take(self) -> Told:
        return Told(_emptied(self._waiting), _emptied(self._found))

    def _put_back(self, told: Told) -> None:
        """What could not be told waits again, before what came meanwhile."""
        self._waiting.extendleft(reversed(told.events))
        self._found.extendleft(reversed(told.found))

    def _looked_at(self, events: Sequence[Mapping[str, Any]]) -> Told:
        """Events of a caller, looked at, and what else was found before."""
        plain = [_event_of(event) for event in events]
        found = [detection for event in plain for detection in self._look_at(event)]
        return Told(plain, [*_emptied(self._found), *found])

    def _look_at(self, event: dict[str, Any]) -> list[Detection]:
        found = [detection for detector in list(self._detectors) for detection in watched(detector, event)]
        self._detections += found
        del self._detections[:-_KEPT]
        return found

    def _halt_for(self, found: Sequence[Detection]) -> None:
        """Raise for what an enforcing detector wants the program halted for."""
        enforcing = {getattr(one, "name", "") for one in self._detectors if getattr(one, "is_enforcing", False)}
        halts = [detection for detection in found if detection.severity == "halt" and detection.detector in enforcing]
        if halts:
            raise ExecutionHaltedError("halted: " + "; ".join(detection.message for detection in halts), halts)

    def _checked(self, raw: Mapping[str, Any], told: Told) -> CheckResult:
        self._reported += len(told.events)
        self._checks += 1
        flags = [
            BehavioralFlag(one.detector, _SEVERITIES.get(one.severity, _UNKNOWN_SEVERITY), [one.message, one.evidence])
            for one in told.found
        ]
        result = check_result_from(raw, flags, violations_of(told.found))
        self._flags += result.flags
        del self._flags[:-_KEPT]
        if result.has_flags:
            logger.warning("%d flags were raised, of severity %d at most", len(result.flags), result.max_severity)
        return result


def violations_of(found: Sequence[Detection]) -> list[dict[str, Any]]:
    """What of the detections is a violation."""
    return [
        {
            "detector": one.detector,
            "category": one.category,
            "message": one.message,
            "severity": one.severity,
            "evidence": one.evidence,
        }
        for one in found
        if one.severity in ("critical", "halt")
    ]


def _emptied(waiting: deque[T]) -> list[T]:
    taken: list[T] = []
    while waiting:
        try:
            taken.append(waiting.popleft())
        except IndexError:
            break
    return taken


def _event_of(event: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {"event_type": event.get("event_type") or "unknown", "data": event.get("data") or {}}
    return {**plain, "timestamp": event["timestamp"]} if event.get("timestamp") else plain
