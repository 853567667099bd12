"""Figures: a line of the comparison, and what comes of a run."""

from collections.abc import Mapping
from typing import Any

import msgspec

from bench.proxy.gateways import GATEWAYS, OURS

NO_BOUNDS: Mapping[str, float] = {}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity for everybody. Ours is held against `at_most` and `at_least`, and against what others have: at most
    so many times theirs, by name, or at least.
    """

    group: str
    name: str
    unit: str
    values: Mapping[str, float]
    at_most: float | None = None
    at_least: float | None = None
    most_of: Mapping[str, float] = {}
    least_of: Mapping[str, float] = {}

    @property
    def targets(self) -> str:
        """The targets as text, "" without one."""
        parts = [f"≤ {self.at_most:,g}"] if self.at_most is not None else []
        parts += [f"≥ {self.at_least:,g}"] if self.at_least is not None else []
        parts += [f"≤ {times:g}x {GATEWAYS[name]}" for name, times in self.most_of.items()]
        parts += [f"≥ {times:g}x {GATEWAYS[name]}" for name, times in self.least_of.items()]
        return ", ".join(parts)

    @property
    def ratios(self) -> str:
        """How many times others' values ours is, for those that it is held against."""
        told = [(name, self._ratio(name)) for name in (*self.most_of, *self.least_of)]
        return ", ".join(
            f"{ratio:.0f}x {GATEWAYS[name]}" if ratio >= 10 else f"{ratio:.1f}x {GATEWAYS[name]}"
            for name, ratio in told
            if ratio is not None
        )

    @property
    def is_met(self) -> bool | None:
        """Whether all targets are met; None without one, or without what it is asked of."""
        ours = self.values.get(OURS)
        if ours is None:
            return None
        held = [ours <= self.at_most] if self.at_most is not None else []
        held += [ours >= self.at_least] if self.at_least is not None else []
        held += [r <= times for name, times in self.most_of.items() if (r := self._ratio(name)) is not None]
        held += [r >= times for name, times in self.least_of.items() if (r := self._ratio(name)) is not None]
        return all(held) if held else None

    def _ratio(self, name: str) -> float | None:
        """None where the other has no value, or one that noise made nothing or less."""
        ours, other = self.values.get(OURS), self.values.get(name, 0.0)
        return ours / other if ours is not None and other > 0 else None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A run. `failures` says who could not be measured, or not in everything, and why; `notes` what else was seen."""

    at: str
    machine: dict[str, Any]
    rounds: int
    lines: tuple[Line, ...]
    versions: Mapping[str, str] = {}
    failures: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()

    @property
    def missed(self) -> list[Line]:
        """Lines that do not reach their targets."""
        return [line for line in self.lines if line.is_met is False]
