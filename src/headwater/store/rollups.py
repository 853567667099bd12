"""Rollups: calls counted per minute and hour, always equal to what counting the rows would give.

Before spans of a minute change, the minute is marked pending; whoever asks counts the rows of pending minutes and
takes the rest from the rollups. When a minute has been quiet for a while it is counted anew from its rows, late
duplicates and folds included, its old counts are replaced as a whole, and the mark is taken away. Hours are made of
minutes; an hour that holds a pending minute is not used.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import msgspec

from headwater.clock import monotonic_s, now_ns
from headwater.store.client import Client
from headwater.store.reading import NEWEST
from headwater.store.rollup_sql import (
    COUNT_HOUR,
    COUNT_MINUTES,
    HOUR_S,
    LAST_VERSION,
    MARK,
    MARKS,
    MINUTE_S,
    PENDING,
    SETTLED,
    UNMARK,
    source_of,
)

_SECOND_NS = 1_000_000_000
_MINUTE_NS = MINUTE_S * _SECOND_NS
_REMARK_NS = 10 * _SECOND_NS


class CallsSource(msgspec.Struct, frozen=True, kw_only=True):
    """A FROM clause and the parameters that it needs: `project`, and others whose names begin with `src_`."""

    sql: str
    parameters: dict[str, Any]


class Rollups:
    """The rollups of one store.

    Mark, insert and refresh from one thread, or refresh only what has been quiet for longer than an insert can take,
    and ten seconds more: a minute that was marked less than that ago is not marked again.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._marked_ns: dict[tuple[str, int], int] = {}
        self._last_version = 0

    def mark_pending(self, project: str, minutes: Iterable[int]) -> None:
        """Say that spans of these minutes (Unix nanoseconds) are about to change; durable on return."""
        version = self._next_version()
        starts = {minute // _MINUTE_NS * MINUTE_S for minute in minutes}
        fresh = [at for at in sorted(starts) if version - self._marked_ns.get((project, at), 0) > _REMARK_NS]
        if fresh:
            self._client.command(MARK, {"project": project, "minutes": fresh, "version": version})
            self._marked_ns.update(((project, at), version) for at in fresh)

    def refresh(self, settled_before_ns: int, budget_s: float) -> int:
        """Count anew the pending minutes that ended, and were last marked, before then; return how many were done.

        Stops at the end of an hour when `budget_s` is used up; what is left is done by the next call.
        """
        deadline_s = monotonic_s() + budget_s
        before = {"before": max(0, settled_before_ns), "before_s": settled_before_ns // _SECOND_NS}
        done = 0
        for (project, hour), marks in groupby(
            self._client.rows(SETTLED, before), key=lambda row: (str(row[0]), int(row[1]) // HOUR_S * HOUR_S)
        ):
            if done and monotonic_s() > deadline_s:
                break
            done += self._count_anew(project, hour, [(int(at), int(version)) for _, at, version in marks])
        return done

    def recount(self, project: str, minutes: Iterable[int]) -> None:
        """Count those of these minutes (Unix nanoseconds) anew that are pending; nobody may be writing to them."""
        starts = sorted({minute // _MINUTE_NS * MINUTE_S for minute in minutes})
        rows = self._client.rows(MARKS, {"project": project, "minutes": starts})
        for hour, marks in groupby(rows, key=lambda row: int(row[0]) // HOUR_S * HOUR_S):
            self._count_anew(project, hour, [(int(at), int(version)) for at, version in marks])

    def source(self, project: str, start_ns: int, end_ns: int, step_s: int) -> CallsSource:
        """A FROM clause that gives the calls that start within [start, end) as rows to be summed.

        Columns: `bucket` (DateTime, the start of the minute, or of the hour where the step is whole hours), DIMENSIONS,
        SUMS, and `duration_state` and `ttft_state` for `quantilesTDigestMerge(0.5, 0.95, 0.99)` (nanoseconds).
        """
        start_ns, end_ns = max(0, start_ns), max(0, end_ns)
        raw = sorted(self._pending(project, start_ns, end_ns) | _cut_minutes(start_ns, end_ns))
        raw_hours = sorted({at // HOUR_S * HOUR_S for at in raw})
        first, last = _whole(start_ns, end_ns, MINUTE_S)
        hour_first, hour_last = _whole(start_ns, end_ns, HOUR_S) if step_s % HOUR_S == 0 else (last, last)
        has_hours = hour_first < hour_last
        if not has_hours:
            hour_first = hour_last = last
        sql = source_of(
            {
                "hours": has_hours,
                "minutes_of_raw_hours": has_hours and bool(raw),
                "minutes_before_hours": first < hour_first,
                "minutes_after_hours": hour_last < last,
                "raw": bool(raw),
            }
        )
        parameters = {
            "project": project,
            "src_start": max(start_ns, raw[0] * _SECOND_NS) if raw else 0,
            "src_end": min(end_ns, (raw[-1] + MINUTE_S) * _SECOND_NS) if raw else 0,
            "src_first": first,
            "src_last": last,
            "src_hour_first": hour_first,
            "src_hour_last": hour_last,
            "src_raw": raw,
            "src_raw_hours": raw_hours,
            "src_raw_first": raw_hours[0] if raw else 0,
            "src_raw_last": raw_hours[-1] + HOUR_S if raw else 0,
        }
        return CallsSource(sql=sql, parameters=parameters)

    def _pending(self, project: str, start_ns: int, end_ns: int) -> set[int]:
        bounds = {"first": start_ns // _MINUTE_NS * MINUTE_S, "last": -(-end_ns // _SECOND_NS)}
        return {int(row[0]) for row in self._client.rows(PENDING, {"project": project, **bounds})}

    def _count_anew(self, project: str, hour: int, marks: Sequence[tuple[int, int]]) -> int:
        """Count the marked minutes of one hour, then the hour, and only then take the marks away."""
        minutes = [at for at, _ in marks]
        for at in minutes:
            self._marked_ns.pop((project, at), None)
        common = {"project": project, "version": self._next_version(), "hour": hour, "next_hour": hour + HOUR_S}
        range_ns = {"start_ns": hour * _SECOND_NS, "end_ns": (hour + HOUR_S) * _SECOND_NS}
        self._client.command(COUNT_MINUTES, {**common, **range_ns, "minutes": minutes}, NEWEST)
        self._client.command(COUNT_HOUR, common, NEWEST)
        self._client.command(
            UNMARK, {"project": project, "minutes": minutes, "versions": [version for _, version in marks]}
        )
        return len(minutes)

    def _next_version(self) -> int:
        """Now, but later than any version that was given before, even where the clock was set back."""
        if not self._last_version:
            self._last_version = int(self._client.rows(LAST_VERSION)[0][0])
        self._last_version = max(self._last_version + 2, now_ns())
        return self._last_version


def _whole(start_ns: int, end_ns: int, unit_s: int) -> tuple[int, int]:
    """The bounds (Unix seconds) of the whole units of time within a range; equal when there is none."""
    first = -(-start_ns // (unit_s * _SECOND_NS)) * unit_s
    return first, max(first, end_ns // (unit_s * _SECOND_NS) * unit_s)


def _cut_minutes(start_ns: int, end_ns: int) -> set[int]:
    """The minutes (Unix seconds) that a range holds only in part."""
    return {at // _MINUTE_NS * MINUTE_S for at in (start_ns, end_ns) if at % _MINUTE_NS}
