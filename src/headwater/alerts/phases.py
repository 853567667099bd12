"""Phases: ok → pending → firing → ok. A table, one look at a time; the same live and over the past.

What is past its bound for as long as the rule says fires; the first look that is not past it ends that. An unknown
value is not past anything: an alert about failures ends when no calls come, and one about silence begins.
"""

from collections.abc import Iterable, Mapping

import msgspec

from headwater.access import AlertRule
from headwater.alerts.looks import Look

# From a phase, whether the look is past the bound, and whether that has held for long enough, to a phase.
_NEXT: Mapping[tuple[str, bool, bool], str] = {
    ("ok", False, False): "ok",
    ("ok", True, False): "pending",
    ("ok", True, True): "firing",
    ("pending", False, False): "ok",
    ("pending", True, False): "pending",
    ("pending", True, True): "firing",
    ("firing", False, False): "ok",
    ("firing", True, False): "firing",
    ("firing", True, True): "firing",
}


class Stage(msgspec.Struct, frozen=True):
    """A phase and the end of the window that it began with (Unix nanoseconds)."""

    phase: str = "ok"
    since_ns: int = 0


class Stretch(msgspec.Struct, frozen=True):
    """From the end of the window that made an alert fire to that which ended it, None where it goes on; `worst` is the
    value farthest past the bound."""

    start_ns: int
    end_ns: int | None
    value: float | None
    bound: float | None
    worst: float | None


def stepped(stage: Stage, look: Look, hold_s: int) -> Stage:
    """The stage after one more look."""
    since_ns = look.at_ns if stage.phase == "ok" else stage.since_ns
    is_held = look.is_past and (not hold_s or look.at_ns - since_ns >= hold_s * 1_000_000_000)
    phase = _NEXT[stage.phase, look.is_past, is_held]
    return stage if phase == stage.phase else Stage(phase, since_ns if phase == "pending" else look.at_ns)


def worse(rule: AlertRule, one: float | None, other: float | None) -> float | None:
    """Of two values the one that lies farther past the bound."""
    if one is None or other is None:
        return other if one is None else one
    return max(one, other) if rule.comparison in ("above", "unusually_high") else min(one, other)


def stretches_of(rule: AlertRule, looks: Iterable[Look]) -> list[Stretch]:
    """When a rule fires over these looks, one after the other, beginning with nothing."""
    stage, found = Stage(), list[Stretch]()
    for look in looks:
        before, stage = stage, stepped(stage, look, rule.hold_s)
        if stage.phase == "firing":
            if before.phase != "firing":
                found.append(Stretch(look.at_ns, None, look.value, look.bound, look.value))
            else:
                worst = worse(rule, found[-1].worst, look.value)
                found[-1] = msgspec.structs.replace(found[-1], worst=worst)
        elif before.phase == "firing":
            found[-1] = msgspec.structs.replace(found[-1], end_ns=look.at_ns)
    return found
