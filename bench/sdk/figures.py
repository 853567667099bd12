"""Figures: a line of the comparison, and what comes of a run."""

from collections.abc import Mapping
from typing import Any

import msgspec

from bench.sdk.peers import OURS, PEERS


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity for everybody. `at_most` is our target, `best_share` our target as a share of the best peer's."""

    group: str
    name: str
    unit: str
    values: Mapping[str, float]
    at_most: float | None = None
    best_share: float | None = None

    @property
    def share(self) -> float | None:
        """Ours as a share of the best peer's; None where one of both is missing or nothing."""
        peers = [value for name, value in self.values.items() if name in PEERS and name != OURS and value > 0]
        return self.values[OURS] / min(peers) if peers and OURS in self.values else None

    @property
    def targets(self) -> str:
        """The targets as text, "" without one."""
        parts = [f"≤ {self.at_most:g}"] if self.at_most is not None else []
        parts += [f"≤ {self.best_share:g} of best peer"] if self.best_share is not None else []
        return ", ".join(parts)

    @property
    def is_met(self) -> bool | None:
        """Whether all targets are met; None without one, or without what it is asked of."""
        held: list[bool] = []
        if self.at_most is not None and OURS in self.values:
            held.append(self.values[OURS] <= self.at_most)
        if self.best_share is not None and self.share is not None:
            held.append(self.share <= self.best_share)
        return all(held) if held else None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A run. `versions` are those of what was compared, by name; `failures` says who could not be measured, and why."""

    at: str
    machine: dict[str, Any]
    rounds: int
    lines: tuple[Line, ...]
    versions: Mapping[str, Mapping[str, str]]
    failures: Mapping[str, str] = {}

    @property
    def missed(self) -> list[Line]:
        """Lines that do not reach their targets."""
        return [line for line in self.lines if line.is_met is False]
