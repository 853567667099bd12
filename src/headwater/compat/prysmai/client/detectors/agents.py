"""How several agents work together: who is there, who delegates to whom, and whether they are told the contrary."""

import re
from collections import deque
from itertools import count
from typing import Any

from headwater.compat.prysmai.client.detectors.detector import (
    BaseDetector,
    Detection,
    Severity,
    data_of,
    text_of,
    time_of,
)

_REMEMBERED = 1_000
_INSTRUCTIONS = 50
_LOOK_FOR_ORPHANS_EVERY = 10
_CONTRARY = (
    ("always", "never"),
    ("include", "exclude"),
    ("allow", "deny"),
    ("enable", "disable"),
    ("accept", "reject"),
    ("increase", "decrease"),
    ("add", "remove"),
    ("start", "stop"),
)
_MESSAGES = ("message", "communication", "agent_message")


class MultiAgentMonitor(BaseDetector):
    """Sees agents that were not expected, delegations that go too deep, in a circle or nowhere, and contrary orders.

    `orphan_timeout` is in seconds; a delegation is over with an event `delegation_complete`.
    """

    name = "multi_agent"

    def __init__(
        self,
        expected_agents: list[str] | None = None,
        max_delegation_depth: int = 5,
        conflict_detection: bool = True,
        orphan_timeout: float = 300.0,
    ) -> None:
        self.expected_agents = set(expected_agents or ())
        self.max_delegation_depth = max_delegation_depth
        self.conflict_detection = conflict_detection
        self.orphan_timeout = orphan_timeout
        self.reset()

    def reset(self) -> None:
        self._agents: dict[str, dict[str, Any]] = {}
        self._delegations: deque[tuple[str, str, float]] = deque(maxlen=_REMEMBERED)
        self._open: dict[int, tuple[str, str, float]] = {}
        self._instructions: dict[str, deque[str]] = {}
        self._numbers = count(1)
        self._messages = self._delegated = self._conflicts = self._events = 0

    def process_event(self, event: dict[str, Any]) -> list[Detection]:
        kind, data, at_s = event.get("event_type"), data_of(event), time_of(event)
        self._events += 1
        agent = text_of(data, "agent_id", "agent_name")
        found = [self._met(agent, at_s, text_of(data, "agent_type"))]
        if kind == "delegation":
            found += self._delegates(data, agent, at_s)
        elif kind == "delegation_complete":
            self._completed(text_of(data, "from_agent"), text_of(data, "to_agent"))
        elif kind in _MESSAGES:
            self._messages += 1
            found += [self._met(text_of(data, "from_agent", "sender") or agent, at_s)]
            found += [self._met(text_of(data, "to_agent", "recipient"), at_s)]
        if self._events % _LOOK_FOR_ORPHANS_EVERY == 0:
            found += self._orphans(at_s)
        return [detection for detection in found if detection is not None]

    def get_summary(self) -> dict[str, Any]:
        return {
            "detector": self.name,
            "agents_in_network": len(self._agents),
            "agents": {name: dict(seen) for name, seen in self._agents.items()},
            "total_communications": self._messages + self._delegated,
            "total_delegations": self._delegated,
            "active_delegations": len(self._open),
            "conflicts_detected": self._conflicts,
            "total_events_processed": self._events,
        }

    def _met(self, agent: str, at_s: float, kind: str = "") -> Detection | None:
        """An agent shows itself; the first time that one does who was not expected is a finding."""
        if not agent:
            return None
        is_known = agent in self._agents
        fresh = {"type": kind, "event_count": 0, "delegations_sent": 0, "delegations_received": 0}
        seen = self._agents.setdefault(agent, fresh)
        seen["event_count"] += 1
        seen["type"] = seen["type"] or kind
        if is_known or not self.expected_agents or agent in self.expected_agents:
            return None
        evidence = {"agent_id": agent, "expected_agents": sorted(self.expected_agents)}
        return self._found("warning", "unexpected_agent", f"the agent {agent!r} was not expected", evidence, at_s)

    def _delegates(self, data: dict[str, Any], agent: str, at_s: float) -> list[Detection | None]:
        giver, taker = text_of(data, "from_agent") or agent, text_of(data, "to_agent", "delegate_to")
        if not (giver and taker):
            return []
        found = [self._met(giver, at_s), self._met(taker, at_s)]
        self._agents[giver]["delegations_sent"] += 1
        self._agents[taker]["delegations_received"] += 1
        self._delegated += 1
        found += [self._too_deep(giver, taker, at_s), self._circular(giver, taker, at_s)]
        self._delegations.append((giver, taker, at_s))
        if len(self._open) < _REMEMBERED:
            self._open[next(self._numbers)] = (giver, taker, at_s)
        return [*found, *self._contradicted(taker, text_of(data, "task", "instruction"), at_s)]

    def _completed(self, giver: str, taker: str) -> None:
        number = next((n for n, (one, other, _) in self._open.items() if (one, other) == (giver, taker)), None)
        if number is not None:
            del self._open[number]

    def _too_deep(self, giver: str, taker: str, at_s: float) -> Detection | None:
        chain = [giver, taker]
        for one, other, _ in reversed(self._delegations):
            if other == chain[0] and one not in chain:
                chain.insert(0, one)
        depth = len(chain) - 1
        if depth <= self.max_delegation_depth:
            return None
        evidence = {"chain": chain, "depth": depth, "max_depth": self.max_delegation_depth}
        message = f"delegations go {depth} deep: {' → '.join(chain)}"
        return self._found("warning", "deep_delegation", message, evidence, at_s)

    def _circular(self, giver: str, taker: str, at_s: float) -> Detection | None:
        back = next((when_s for one, other, when_s in self._delegations if (one, other) == (taker, giver)), None)
        if back is None:
            return None
        evidence = {"from_agent": giver, "to_agent": taker, "original_delegation_time": back}
        message = f"delegations go in a circle: {giver!r} → {taker!r} → {giver!r}"
        return self._found("critical", "circular_delegation", message, evidence, at_s)

    def _contradicted(self, agent: str, instruction: str, at_s: float) -> list[Detection]:
        if not self.conflict_detection or not instruction:
            return []
        earlier = self._instructions.setdefault(agent, deque(maxlen=_INSTRUCTIONS))
        found: list[Detection] = []
        for before in earlier:
            words = _contrary_words(before, instruction)
            if words is not None:
                self._conflicts += 1
                told = {"instruction_a": before[:200], "instruction_b": instruction[:200], "conflicting_terms": words}
                message = f"the agent {agent!r} was told {words[0]!r} and {words[1]!r}"
                evidence = {"agent_id": agent, **told}
                found.append(self._found("warning", "instruction_conflict", message, evidence, at_s))
        earlier.append(instruction)
        return found

    def _orphans(self, at_s: float) -> list[Detection]:
        late = {n: told for n, told in self._open.items() if at_s - told[2] > self.orphan_timeout}
        for number in late:
            del self._open[number]
        return [
            self._found(
                "warning",
                "orphaned_delegation",
                f"what {giver!r} delegated to {taker!r} is pending for {at_s - since_s:.0f} s",
                {"from_agent": giver, "to_agent": taker, "age_seconds": round(at_s - since_s, 1)},
                at_s,
            )
            for giver, taker, since_s in late.values()
        ]

    def _found(
        self, severity: Severity, category: str, message: str, evidence: dict[str, Any], at_s: float
    ) -> Detection:
        return Detection(self.name, severity, category, message, {**evidence, "timestamp": at_s}, at_s)


def _contrary_words(one: str, other: str) -> list[str] | None:
    """Words of two instructions that mean the contrary; whole words, so that no `address` is an `add`."""
    first, second = set(re.findall(r"\w+", one.lower())), set(re.findall(r"\w+", other.lower()))
    for word, contrary in _CONTRARY:
        if (word in first and contrary in second) or (contrary in first and word in second):
            return [word, contrary]
    return None
