"""Figures: what a measurement gives, and what it was measured on."""

from typing import Any

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured number. `at_least` or `at_most` is its target, none when it is shown for what it is."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.at_least is not None:
            return self.value >= self.at_least
        if self.at_most is not None:
            return self.value <= self.at_most
        return None

    @property
    def target(self) -> str:
        """The target as text, "" without one."""
        if self.at_least is not None:
            return f"≥ {self.at_least:,g}"
        return f"≤ {self.at_most:,g}" if self.at_most is not None else ""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of one measurement; `failure` says why there are none."""

    name: str
    figures: tuple[Figure, ...]
    took_s: float
    failure: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the bench."""

    at: str
    machine: dict[str, Any]
    measured: tuple[Measured, ...]

    @property
    def missed(self) -> list[Figure]:
        """Figures that do not reach their targets."""
        return [figure for each in self.measured for figure in each.figures if figure.is_met is False]

    @property
    def is_broken(self) -> bool:
        """Whether some measurement could not be made."""
        return any(each.failure for each in self.measured)


def quantile(values: list[float], share: float) -> float:
    """The value below which a share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
