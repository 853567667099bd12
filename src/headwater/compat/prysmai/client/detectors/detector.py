"""What a detector is, and what it finds."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from headwater import clock
from headwater.compat.prysmai.client.config import PrysmConnectionConfig, logger
from headwater.compat.prysmai.client.reports import report
from headwater.compat.prysmai.client.shapes import fields

Severity = Literal["info", "warning", "critical", "halt"]


def unix_s() -> float:
    """Unix time in seconds."""
    return clock.now_ns() / 1e9


@dataclass
class Detection:
    """What a detector has found. `severity` is info, warning, critical or halt; `timestamp` Unix time in seconds."""

    detector: str
    severity: str
    category: str
    message: str
    evidence: dict[str, Any] = field(default_factory=dict[str, Any])
    timestamp: float = field(default_factory=unix_s)

    def to_dict(self) -> dict[str, Any]:
        """All fields, by name."""
        return asdict(self)


class BaseDetector(ABC):
    """A detector of yours has a `name`, `process_event` and `get_summary`."""

    name: str = "base"
    is_enforcing: bool = False
    _told_to: PrysmConnectionConfig | None = None

    def configure_reporting(self, prysm_key: str, base_url: str) -> None:
        """Have what is found told to a server; a session does this for the detectors that are attached to it."""
        self._told_to = PrysmConnectionConfig(prysm_key=prysm_key, base_url=base_url)

    def enforce(self) -> Self:
        """Let this detector stop the program: on a reason to halt, the session raises ExecutionHaltedError."""
        self.is_enforcing = True
        return self

    @abstractmethod
    def process_event(self, event: dict[str, Any]) -> list[Detection]:
        """Look at an event, with `event_type`, `data` and perhaps `timestamp` (Unix seconds); return what is found."""

    @abstractmethod
    def get_summary(self) -> dict[str, Any]:
        """How things stand, for the session's report."""

    def reset(self) -> None:
        """Forget what was seen."""
        return

    def watch(self, event: dict[str, Any]) -> list[Detection]:
        """Look at an event, and have what is found told to the server."""
        found = self.process_event(event)
        for detection in found:
            if self._told_to is not None:
                report(self._told_to, "/threat-events", detection.to_dict())
        return found


def watched(detector: Any, event: dict[str, Any]) -> list[Detection]:
    """What a detector finds. One that fails finds nothing: it is the program's or ours, and neither may stop it."""
    try:
        return list(detector.watch(event) if isinstance(detector, BaseDetector) else detector.process_event(event))
    except Exception as error:  # noqa: BLE001 - the guard
        name = getattr(detector, "name", type(detector).__name__)
        logger.warning("the detector %s failed with %s", name, type(error).__name__)
        return []


def data_of(event: dict[str, Any]) -> dict[str, Any]:
    """What an event tells."""
    return dict(fields(event.get("data")))


def time_of(event: dict[str, Any]) -> float:
    """When an event was, in Unix seconds; now, where it does not say."""
    found = event.get("timestamp")
    return float(found) if isinstance(found, int | float) and found else unix_s()


def text_of(data: Mapping[str, Any], *names: str) -> str:
    """The first of some fields that says anything, as text."""
    return next((str(data[name]) for name in names if data.get(name)), "")
