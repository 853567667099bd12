"""Held: rules to test with, and the calls of a project in memory, asked as the store is asked."""

from collections.abc import Callable, Iterable
from typing import Any, cast

import msgspec

from headwater.access import AlertRule
from headwater.errors import Unavailable
from headwater.query import CallFilters, Questions, Rolled

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NOON = 1_795_003_200 * SECOND
"""2026-11-18T12:00:00Z, a Wednesday."""


def rule(**given: Any) -> AlertRule:
    """A rule: an error rate over five minutes above 5 per cent, unless something else is said."""
    told: dict[str, Any] = {
        "id": "a1",
        "project_id": "desk",
        "name": "Errors",
        "measure": "error_rate",
        "comparison": "above",
        "threshold": 0.05,
        "window": "5m",
    }
    return AlertRule(**{**told, **given})


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call as far as alerts can see it."""

    at_ns: int
    is_error: bool = False
    took_ms: float = 1_000.0
    cost_usd: float = 0.0
    model: str = "gpt-5"


class HeldQuestions:
    """The calls of one project. While `is_away`, nothing can be asked; `asked` counts the questions."""

    def __init__(self, calls: Iterable[Call] = ()) -> None:
        self.calls = list(calls)
        self.is_away = False
        self.asked = 0

    def add(self, count: int, at_ns: int, **fields: Any) -> None:
        """Add calls of one moment."""
        self.calls += [Call(at_ns=at_ns, **fields)] * count

    def rolled(
        self, filters: CallFilters, start_ns: int, end_ns: int, step_s: int, window_s: int, digest: str = ""
    ) -> tuple[Rolled, ...]:
        """Sum windows, as `Questions.rolled` does."""
        self.asked += 1
        if self.is_away:
            raise Unavailable("the store does not answer")
        step_ns = step_s * SECOND
        ends = range(-(-start_ns // step_ns) * step_ns, end_ns + 1, step_ns)
        calls = [call for call in self.calls if not filters.models or call.model in filters.models]
        return tuple([_window(calls, end, window_s, digest) for end in ends])


def asking(held: HeldQuestions) -> Callable[[str], Questions]:
    """What gives the questions of any project."""
    return lambda project: cast("Questions", held)


def _window(calls: Iterable[Call], end_ns: int, window_s: int, digest: str) -> Rolled:
    start_ns = end_ns - window_s * SECOND if window_s else 0
    found = [call for call in calls if start_ns <= call.at_ns < end_ns]
    took = sorted(call.took_ms for call in found)
    at = [took[int(share * (len(took) - 1))] for share in (0.5, 0.95, 0.99)] if took and digest else None
    return Rolled(
        end_ns,
        len(found),
        sum(call.is_error for call in found),
        0,
        round(sum(call.cost_usd for call in found), 9),
        0,
        None if at is None else (at[0], at[1], at[2]),
    )
