"""What an agent reaches for: tools, domains, files, against what it may."""

import re
from collections import deque
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlsplit

from headwater.compat.prysmai.client.detectors.detector import BaseDetector, Detection, data_of, text_of, time_of
from headwater.compat.prysmai.client.shapes import fields, items

_SHOWN = 20
_MOST = 10_000
_URL_FIELDS = ("url", "endpoint", "api_url", "base_url")
_Thing = Literal["tool", "domain", "file"]


class ResourceAccessDetector(BaseDetector):
    """Compares what is used with what is allowed and what is blocked; blocked goes first, None allows all.

    A domain is a name or "*.name", a file pattern has "*" within a folder and "**" across. What is blocked, and any
    tool that is not allowed, has `severity_on_violation`; other things that are not allowed are warnings.
    """

    name = "resource_access"

    def __init__(
        self,
        allowed_tools: list[str] | None = None,
        allowed_domains: list[str] | None = None,
        allowed_file_patterns: list[str] | None = None,
        blocked_tools: list[str] | None = None,
        blocked_domains: list[str] | None = None,
        blocked_file_patterns: list[str] | None = None,
        severity_on_violation: str = "critical",
    ) -> None:
        self.severity_on_violation = severity_on_violation
        self._rules: dict[_Thing, tuple[list[str] | None, list[str], Callable[[str, str], bool]]] = {
            # An empty list of what is allowed has always meant that nothing is said; not so for domains.
            "tool": (allowed_tools or None, blocked_tools or [], str.__eq__),
            "domain": (allowed_domains, blocked_domains or [], _is_domain),
            "file": (allowed_file_patterns or None, blocked_file_patterns or [], _is_file),
        }
        self.reset()

    def reset(self) -> None:
        self._used: dict[_Thing, set[str]] = {"tool": set(), "domain": set(), "file": set()}
        self._violations: deque[dict[str, Any]] = deque(maxlen=_SHOWN)
        self._violation_count = 0
        self._events = 0

    def process_event(self, event: dict[str, Any]) -> list[Detection]:
        self._events += 1
        kind, data, at_s = event.get("event_type"), data_of(event), time_of(event)
        found: list[Detection | None] = []
        if kind in ("tool_call", "tool_result"):
            found += [self._judged("tool", text_of(data, "tool_name", "name"), at_s, {})]
            found += [self._judged("domain", _domain_of(url), at_s, {"url": url}) for url in _urls_in(data)]
        elif kind in ("file_read", "file_write"):
            found += [self._judged("file", text_of(data, "file_path", "path"), at_s, {})]
        elif kind == "llm_call":
            found += [self._judged("tool", name, at_s, {}) for name in _functions_in(data)]
        return [detection for detection in found if detection is not None]

    def get_summary(self) -> dict[str, Any]:
        return {
            "detector": self.name,
            "total_events_processed": self._events,
            "violations_count": self._violation_count,
            "tools_used": sorted(self._used["tool"]),
            "domains_accessed": sorted(self._used["domain"]),
            "files_accessed": sorted(self._used["file"]),
            "violations": list(self._violations),
        }

    def _judged(self, thing: _Thing, value: str, at_s: float, more: dict[str, Any]) -> Detection | None:
        if not value:
            return None
        used = self._used[thing]
        if len(used) < _MOST:
            used.add(value)
        allowed, blocked, fits = self._rules[thing]
        pattern = next((pattern for pattern in blocked if fits(pattern, value)), None)
        name = "file_path" if thing == "file" else thing
        evidence = {name: value, **more, "timestamp": at_s}
        if pattern is not None:
            return self._violated("blocked", thing, value, {**evidence, "matched_pattern": pattern})
        if allowed is None or any(fits(pattern, value) for pattern in allowed):
            return None
        kind = {"tool": "allowed_tools", "domain": "allowed_domains", "file": "allowed_patterns"}[thing]
        return self._violated("unauthorized", thing, value, {**evidence, kind: list(allowed)})

    def _violated(self, how: str, thing: _Thing, value: str, evidence: dict[str, Any]) -> Detection:
        category = f"{how}_{thing}"
        violation = {"type": category, **evidence}
        self._violations.append(violation)
        self._violation_count += 1
        severity = self.severity_on_violation if how == "blocked" or thing == "tool" else "warning"
        message = f"the agent used the {thing} {value!r}, which is {'blocked' if how == 'blocked' else 'not allowed'}"
        return Detection(self.name, severity, category, message, violation, evidence["timestamp"])


def _urls_in(data: dict[str, Any]) -> Iterable[str]:
    inner = fields(data.get("input"))
    for name in _URL_FIELDS:
        url = data.get(name) or inner.get(name)
        if isinstance(url, str) and "://" in url:
            yield url


def _functions_in(data: dict[str, Any]) -> Iterable[str]:
    for tool in map(fields, items(data.get("functions") or data.get("tools"))):
        yield text_of(tool, "name") or text_of(fields(tool.get("function")), "name")


def _domain_of(url: str) -> str:
    try:
        return urlsplit(url.strip()).hostname or ""
    except ValueError:
        return ""


def _is_domain(pattern: str, domain: str) -> bool:
    wanted = pattern.strip().lower()
    return domain == wanted or (wanted.startswith("*.") and (domain == wanted[2:] or domain.endswith(wanted[1:])))


def _is_file(pattern: str, path: str) -> bool:
    return _expression(pattern).fullmatch(path) is not None


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", pattern)
    return re.compile("".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts), re.DOTALL)
