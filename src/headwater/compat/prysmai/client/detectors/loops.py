"""Whether an agent goes round in circles."""

from collections import deque
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from headwater.compat.prysmai.client.detectors.detector import BaseDetector, Detection, data_of, text_of, time_of
from headwater.compat.prysmai.client.shapes import fields, items

_REMEMBERED = 100
_PROMPT_CHARS = 200
_SHOWN = 10


class LoopDetector(BaseDetector):
    """Sees a tool called again and again, tools called in circles, and a prompt sent again and again.

    Within `window_seconds` a tool or prompt may come `max_repeated_calls` - 1 times; a circle is looked for among the
    last `sequence_length` tools and shorter; prompts are one when they are alike by `similarity_threshold` (0 to 1).
    The `circuit_breaker_threshold`th finding is a reason to halt, and so is every event after it.
    """

    name = "loop_detection"

    def __init__(
        self,
        max_repeated_calls: int = 5,
        window_seconds: float = 60.0,
        circuit_breaker_threshold: int = 10,
        sequence_length: int = 3,
        similarity_threshold: float = 0.85,
    ) -> None:
        self.max_repeated_calls = max_repeated_calls
        self.window_seconds = window_seconds
        self.circuit_breaker_threshold = circuit_breaker_threshold
        self.sequence_length = sequence_length
        self.similarity_threshold = similarity_threshold
        self.reset()

    def reset(self) -> None:
        most = max(_REMEMBERED, self.max_repeated_calls)
        self._calls: deque[tuple[float, str]] = deque(maxlen=most)
        self._prompts: deque[tuple[float, str]] = deque(maxlen=most)
        self._sequence: deque[str] = deque(maxlen=_REMEMBERED)
        self._loops: deque[dict[str, Any]] = deque(maxlen=_SHOWN)
        self._violations = 0
        self._is_broken = False

    def process_event(self, event: dict[str, Any]) -> list[Detection]:
        kind, data, at_s = event.get("event_type"), data_of(event), time_of(event)
        if self._is_broken:
            evidence = {"total_violations": self._violations}
            message = "the circuit breaker is open: the agent should be halted"
            return [Detection(self.name, "halt", "circuit_breaker", message, evidence, at_s)]
        found: list[Detection | None] = []
        tool = text_of(data, "tool_name", "name") if kind in ("tool_call", "tool_result") else ""
        # A result is the same call again.
        if tool and kind == "tool_call":
            self._calls.append((at_s, tool))
            self._sequence.append(tool)
            found += [self._repeated(tool, at_s), self._circle(at_s)]
        prompt = _prompt_of(data) if kind == "llm_call" else ""
        if prompt:
            self._prompts.append((at_s, prompt))
            found += [self._prompted(prompt, at_s)]
        return [detection for detection in found if detection is not None]

    def get_summary(self) -> dict[str, Any]:
        return {
            "detector": self.name,
            "pattern_violations": self._violations,
            "circuit_broken": self._is_broken,
            "detected_loops": list(self._loops),
            "unique_tools_in_sequence": len(set(self._sequence)),
            "sequence_length": len(self._sequence),
        }

    def _repeated(self, tool: str, at_s: float) -> Detection | None:
        times = sum(1 for when_s, name in self._calls if name == tool and when_s >= at_s - self.window_seconds)
        if times < self.max_repeated_calls:
            return None
        evidence = {"type": "repeated_tool", "tool_name": tool, "count": times, "window_seconds": self.window_seconds}
        message = f"the tool {tool!r} was called {times} times within {self.window_seconds:g} s"
        return self._found("repeated_tool_call", message, evidence, at_s)

    def _circle(self, at_s: float) -> Detection | None:
        called = list(self._sequence)
        if len(called) < 2 * self.sequence_length:
            return None
        for length in range(2, self.sequence_length + 1):
            circle = called[-length:]
            times = _times_at_end(called, circle)
            # One tool again and again is a repetition, not a circle.
            if times >= 2 and len(set(circle)) > 1:
                evidence = {"type": "circular_sequence", "pattern": circle, "repeat_count": times}
                message = f"tools are called in a circle: {' → '.join(circle)}, {times} times"
                return self._found("circular_sequence", message, evidence, at_s)
        return None

    def _prompted(self, prompt: str, at_s: float) -> Detection | None:
        lately = [text for when_s, text in self._prompts if when_s >= at_s - self.window_seconds]
        times = sum(1 for text in lately if self._are_alike(text, prompt))
        if times < self.max_repeated_calls:
            return None
        evidence = {"type": "llm_loop", "repeated_count": times, "window_seconds": self.window_seconds}
        message = f"much the same prompt was sent {times} times within {self.window_seconds:g} s"
        return self._found("llm_loop", message, evidence, at_s)

    def _are_alike(self, one: str, other: str) -> bool:
        if one == other:
            return True
        matcher = SequenceMatcher(None, one, other, autojunk=False)
        wanted = self.similarity_threshold
        return wanted < 1 and matcher.quick_ratio() >= wanted and matcher.ratio() >= wanted

    def _found(self, category: str, message: str, evidence: dict[str, Any], at_s: float) -> Detection:
        self._violations += 1
        self._is_broken = self._violations >= self.circuit_breaker_threshold
        loop = {**evidence, "timestamp": at_s}
        self._loops.append(loop)
        return Detection(self.name, "halt" if self._is_broken else "warning", category, message, loop, at_s)


def _prompt_of(data: dict[str, Any]) -> str:
    """The end of the last message: an agent sends its history again each time, and what is new stands last."""
    last: Any = (items(data.get("messages")) or [data.get("messages")])[-1]
    asked = fields(last).get("content") if isinstance(last, Mapping) else last
    return (text_of(data, "prompt") or str(asked or "")).strip().lower()[-_PROMPT_CHARS:]


def _times_at_end(called: Sequence[str], circle: Sequence[str]) -> int:
    times, end = 0, len(called)
    while end >= len(circle) and list(called[end - len(circle) : end]) == list(circle):
        times, end = times + 1, end - len(circle)
    return times
