"""What an agent spends: per call, per minute, in all."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from headwater.compat.prysmai.client.detectors.detector import (
    BaseDetector,
    Detection,
    Severity,
    data_of,
    text_of,
    time_of,
)

# USD per thousand tokens, input and output: a guess for what is not told, to see a run that goes astray. What is
# billed is reckoned by the server.
_COSTS: Mapping[str, tuple[float, float]] = {
    "claude-3-haiku": (0.00025, 0.00125),
    "claude-3-opus": (0.015, 0.075),
    "claude-3.5-sonnet": (0.003, 0.015),
    "claude-4-opus": (0.015, 0.075),
    "claude-4-sonnet": (0.003, 0.015),
    "gemini-1.5-flash": (0.000075, 0.0003),
    "gemini-1.5-pro": (0.00125, 0.005),
    "gemini-2.0-flash": (0.0001, 0.0004),
    "gpt-3.5-turbo": (0.0005, 0.0015),
    "gpt-4": (0.03, 0.06),
    "gpt-4-turbo": (0.01, 0.03),
    "gpt-4o": (0.0025, 0.01),
    "gpt-4o-mini": (0.00015, 0.0006),
}


class FinancialAnomalyDetector(BaseDetector):
    """Compares what calls cost with what was expected.

    `cost_baseline` is USD per call; from `alert_threshold` times that on a call is a warning, from `halt_threshold`
    times on a reason to halt. `budget_limit` is USD in all, `velocity_limit` USD within `velocity_window` seconds.
    `model_costs` are USD per thousand tokens: {"my-model": {"input": 0.001, "output": 0.002}}.
    """

    name = "financial_anomaly"

    def __init__(
        self,
        cost_baseline: float = 0.01,
        alert_threshold: float = 3.0,
        halt_threshold: float = 10.0,
        budget_limit: float | None = None,
        velocity_window: float = 60.0,
        velocity_limit: float | None = None,
        model_costs: dict[str, dict[str, float]] | None = None,
    ) -> None:
        self.cost_baseline = cost_baseline
        self.alert_threshold = alert_threshold
        self.halt_threshold = halt_threshold
        self.budget_limit = budget_limit
        self.velocity_window = velocity_window
        self.velocity_limit = velocity_limit
        known = {model: {"input": put_in, "output": got} for model, (put_in, got) in _COSTS.items()}
        self.model_costs: dict[str, dict[str, float]] = {**known, **(model_costs or {})}
        self.reset()

    def reset(self) -> None:
        self._total = 0.0
        self._calls = 0
        self._highest = 0.0
        self._alerts = 0
        self._halts = 0
        self._lately: deque[tuple[float, float]] = deque()

    def process_event(self, event: dict[str, Any]) -> list[Detection]:
        data = data_of(event)
        cost = self._cost_of(data) if event.get("event_type") == "llm_call" else 0.0
        if cost <= 0:
            return []
        at_s = time_of(event)
        self._total += cost
        self._calls += 1
        self._highest = max(self._highest, cost)
        self._lately.append((at_s, cost))
        while self._lately and self._lately[0][0] < at_s - self.velocity_window:
            self._lately.popleft()
        found = [self._spike(cost, data, at_s), self._over_budget(at_s), self._too_fast(at_s)]
        return [detection for detection in found if detection is not None]

    def get_summary(self) -> dict[str, Any]:
        left = None if self.budget_limit is None else round(self.budget_limit - self._total, 6)
        return {
            "detector": self.name,
            "total_cost": round(self._total, 6),
            "call_count": self._calls,
            "avg_cost_per_call": round(self._total / max(self._calls, 1), 6),
            "highest_single_cost": round(self._highest, 6),
            "budget_limit": self.budget_limit,
            "budget_remaining": left,
            "alerts_raised": self._alerts,
            "halts_raised": self._halts,
        }

    def _cost_of(self, data: dict[str, Any]) -> float:
        told = data.get("cost", data.get("cost_usd"))
        if told is not None:
            return float(told)
        model = text_of(data, "model").lower()
        tokens_in = float(data.get("prompt_tokens") or data.get("input_tokens") or 0)
        tokens_out = float(data.get("completion_tokens") or data.get("output_tokens") or 0)
        if not model or not (tokens_in or tokens_out):
            return 0.0
        # The longest name that fits: gpt-4o-mini is no gpt-4o, though it begins like one.
        fitting = [name for name in self.model_costs if name.lower() in model]
        if not fitting:
            return self.cost_baseline
        costs = self.model_costs[max(fitting, key=len)]
        return (tokens_in * costs.get("input", 0.0) + tokens_out * costs.get("output", 0.0)) / 1000

    def _spike(self, cost: float, data: dict[str, Any], at_s: float) -> Detection | None:
        times = cost / self.cost_baseline if self.cost_baseline else 0.0
        is_halt = times > self.halt_threshold
        if not is_halt and times <= self.alert_threshold:
            return None
        evidence = {
            "call_cost": cost,
            "baseline": self.cost_baseline,
            "multiplier": round(times, 2),
            "model": text_of(data, "model") or "unknown",
            "total_cost": self._total,
        }
        message = f"a call cost ${cost:.4f}, {times:.1f} times the baseline of ${self.cost_baseline:.4f}"
        return self._found("halt" if is_halt else "warning", "cost_spike", message, evidence, at_s)

    def _over_budget(self, at_s: float) -> Detection | None:
        if self.budget_limit is None or self._total <= self.budget_limit:
            return None
        evidence = {"total_cost": self._total, "budget_limit": self.budget_limit, "call_count": self._calls}
        message = f"the session has cost ${self._total:.4f} and may cost ${self.budget_limit:.4f}"
        return self._found("halt", "budget_exceeded", message, evidence, at_s)

    def _too_fast(self, at_s: float) -> Detection | None:
        velocity = sum(cost for _, cost in self._lately)
        if self.velocity_limit is None or velocity <= self.velocity_limit:
            return None
        evidence = {
            "velocity": velocity,
            "velocity_limit": self.velocity_limit,
            "window_seconds": self.velocity_window,
            "total_cost": self._total,
        }
        message = f"${velocity:.4f} within {self.velocity_window:g} s, and ${self.velocity_limit:.4f} may be"
        return self._found("critical", "cost_velocity", message, evidence, at_s)

    def _found(
        self, severity: Severity, category: str, message: str, evidence: dict[str, Any], at_s: float
    ) -> Detection:
        if severity == "halt":
            self._halts += 1
        else:
            self._alerts += 1
        return Detection(self.name, severity, category, message, evidence, at_s)
