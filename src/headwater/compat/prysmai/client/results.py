"""What governance answers, and what it raises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from headwater.compat.prysmai.client.shapes import fields, items


class GovernanceError(Exception):
    """A governance request failed. `code` is JSON-RPC's, where the server gave one."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


def in_short(error: BaseException) -> str:
    """An error for a log: its kind and how it begins, without what a server or a program may have put into it."""
    kind = type(error).__name__
    return f"{kind}: {str(error).partition(': ')[0][:100]}" if isinstance(error, GovernanceError) else kind


class SessionNotActiveError(GovernanceError):
    """The session was not started, or has ended."""


class ExecutionHaltedError(GovernanceError):
    """A detector that may halt the program has found a reason to. `detections` are what it found."""

    def __init__(self, message: str, detections: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.detections = list(detections)


@dataclass
class BehavioralFlag:
    """Something that a detector, the server's or one here, has seen."""

    detector: str
    severity: int
    evidence: list[Any] = field(default_factory=list[Any])


@dataclass
class Vulnerability:
    """Something that a scan of code has found."""

    type: str
    severity: str
    description: str


@dataclass
class CheckResult:
    """The answer to `check_behavior`."""

    events_ingested: int
    flags: list[BehavioralFlag]
    violations: list[dict[str, Any]]
    recommendations: list[str]
    raw: dict[str, Any]

    @property
    def has_flags(self) -> bool:
        """Whether anything was seen."""
        return bool(self.flags)

    @property
    def max_severity(self) -> int:
        """The highest severity of all flags, 0 without any."""
        return max((flag.severity for flag in self.flags), default=0)


@dataclass
class ScanResult:
    """The answer to `scan_code`."""

    language: str
    file_path: str | None
    vulnerability_count: int
    max_severity: str
    threat_score: int
    vulnerabilities: list[Vulnerability]
    recommendations: list[str]
    raw: dict[str, Any]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return self.vulnerability_count == 0


@dataclass
class SessionReport:
    """What is said of a session at its end."""

    session_id: str
    outcome: str
    behavior_score: int | None
    detectors: list[dict[str, Any]]
    summary: str | None
    recommendations: list[str]
    violations: list[dict[str, Any]]
    raw: dict[str, Any]


def check_result_from(raw: Mapping[str, Any], flags: Sequence[BehavioralFlag], violations: Any) -> CheckResult:
    """Read the answer to `check_behavior`, and add what was found here."""
    told = [
        BehavioralFlag(str(flag.get("detector") or "unknown"), flag.get("severity") or 0, flag.get("evidence") or [])
        for flag in items_of(raw, "flags")
    ]
    return CheckResult(
        events_ingested=raw.get("events_ingested") or 0,
        flags=[*told, *flags],
        violations=[*items_of(raw, "violations"), *violations],
        recommendations=list(raw.get("recommendations") or []),
        raw=dict(raw),
    )


def scan_result_from(raw: Mapping[str, Any], language: str, file_path: str | None) -> ScanResult:
    """Read the answer to `scan_code`."""
    return ScanResult(
        language=raw.get("language") or language,
        file_path=raw.get("file_path") or file_path,
        vulnerability_count=raw.get("vulnerability_count") or 0,
        max_severity=raw.get("max_severity") or "info",
        threat_score=raw.get("threat_score") or 0,
        vulnerabilities=[
            Vulnerability(
                str(found.get("type") or "unknown"), found.get("severity") or "info", found.get("description") or ""
            )
            for found in items_of(raw, "vulnerabilities")
        ],
        recommendations=list(raw.get("recommendations") or []),
        raw=dict(raw),
    )


def report_from(
    raw: Mapping[str, Any], session_id: str, outcome: str, summaries: Sequence[Any], violations: Sequence[Any]
) -> SessionReport:
    """Read what is said at a session's end, and add what the detectors here say."""
    report: Mapping[str, Any] = raw.get("report") or {}
    return SessionReport(
        session_id=raw.get("session_id") or session_id,
        outcome=raw.get("outcome") or outcome,
        behavior_score=report.get("behavior_score"),
        detectors=[*items_of(report, "detectors"), *summaries],
        summary=report.get("summary"),
        recommendations=list(report.get("recommendations") or []),
        violations=[*items_of(raw, "violations"), *violations],
        raw=dict(raw),
    )


def items_of(raw: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of a list in an answer; what is no object is passed over."""
    return [dict(fields(item)) for item in items(raw.get(name)) if isinstance(item, Mapping)]
