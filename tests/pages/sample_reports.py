"""Sample reports: what the overview and the models page ask, answered of calls in memory."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from headwater.errors import BadRequest
from headwater.query import (
    CallFilters,
    ModelsUsed,
    ModelUsed,
    Mover,
    Movers,
    Overview,
    Series,
    SpanShown,
    Sums,
    TimeSeries,
    read_time,
    show_time,
)

COLUMNS = {
    "model": "model",
    "provider": "provider",
    "user": "user_id",
    "session": "session_id",
    "environment": "environment",
}
SORTS: dict[str, Callable[[ModelUsed], Any]] = {
    "model": lambda used: used.model,
    "calls": lambda used: used.calls,
    "cost": lambda used: used.cost_usd or 0,
    "tokens": lambda used: used.input_tokens + used.output_tokens,
    "cached": lambda used: used.cached_share,
    "saved": lambda used: used.saved_usd or 0,
    "errors": lambda used: used.error_share,
    "p50": lambda used: used.p50_ms or 0,
    "p95": lambda used: used.p95_ms or 0,
    "ttft_p50": lambda used: used.ttft_p50_ms or 0,
    "ttft_p95": lambda used: used.ttft_p95_ms or 0,
}
Calls = Callable[[CallFilters], Iterable[SpanShown]]
Point = Callable[[list[SpanShown]], Any]


class SampleReports:
    """The reports of calls; `point` sums some of them as a point of a chart, the present is `now_ns`."""

    def __init__(self, calls: Calls, point: Point, now_ns: int) -> None:
        self._calls = calls
        self._point = point
        self._now_ns = now_ns

    def overview(self, filters: CallFilters, by: str | None, chart: Callable[[CallFilters], TimeSeries]) -> Overview:
        """The period, the one before it and its chart."""
        before = self._before(filters)
        return Overview(
            now=self._sums(filters),
            before=before and self._sums(before),
            chart=self._split(filters, by, chart(filters)) if by else chart(filters),
        )

    def movers(self, filters: CallFilters, by: str | None, limit: int) -> Movers:
        """Changes of cost and errors."""
        before = self._before(filters)
        items: list[Mover] = []
        for kind in (by,) if by else ("model", "user", "session"):
            for measure in ("cost_usd", "errors") if before else ():
                items += self._moved(kind, measure, filters, before or filters)
        items.sort(key=lambda item: (item.measure, -abs(item.now - item.before)))
        return Movers(
            start=_text(filters.start),
            end=None,
            before_start=before and _text(before.start),
            items=tuple(items[:limit]),
        )

    def models(self, filters: CallFilters, sort: str) -> ModelsUsed:
        """Models and providers."""
        if sort.removeprefix("-") not in SORTS:
            raise BadRequest(f"sort: unknown order {sort!r}; use one of {', '.join(SORTS)}")
        calls = list(self._calls(filters))
        whole = sum(call.cost_usd or 0 for call in calls)
        models = [(call.provider, call.model) for call in calls]
        providers = [(call.provider, "") for call in calls]
        return ModelsUsed(
            models=_sorted([self._used(key, calls, whole) for key in dict.fromkeys(models)], sort),
            providers=_sorted([self._used(key, calls, whole) for key in dict.fromkeys(providers)], sort),
        )

    def _before(self, filters: CallFilters) -> CallFilters | None:
        if filters.start is None:
            return None
        start = read_time(filters.start, "start") or 0
        end = read_time(filters.end, "end") or self._now_ns
        return msgspec.structs.replace(filters, start=2 * start - end, end=start)

    def _sums(self, filters: CallFilters) -> Sums:
        point = self._point(list(self._calls(filters)))
        numbers = {name: getattr(point, name) for name in Sums.__struct_fields__ if hasattr(point, name)}
        return Sums(start=_text(filters.start), end=_text(filters.end), **numbers)

    def _split(self, filters: CallFilters, by: str, whole: TimeSeries) -> TimeSeries:
        if by not in COLUMNS:
            return msgspec.structs.replace(whole, by=by)
        step_ns = whole.step_s * 10**9
        lines: list[Series] = []
        calls = list(self._calls(filters))
        for value in sorted({getattr(call, COLUMNS[by]) for call in calls}):
            own = [call for call in calls if getattr(call, COLUMNS[by]) == value]
            points = [
                msgspec.structs.replace(
                    self._point([call for call in own if 0 <= _ns(call.start_time) - _ns(point.time) < step_ns]),
                    time=point.time,
                )
                for point in whole.series[0].points
            ]
            lines.append(Series(value=value, points=tuple(points)))
        return msgspec.structs.replace(whole, by=by, series=tuple(lines))

    def _moved(self, kind: str, measure: str, now: CallFilters, before: CallFilters) -> list[Mover]:
        then: list[dict[str, list[SpanShown]]] = [{}, {}]
        for at, filters in enumerate((now, before)):
            for call in self._calls(filters):
                then[at].setdefault(getattr(call, COLUMNS[kind]), []).append(call)
        return [
            Mover(
                by=kind,
                value=value,
                measure=measure,
                now=getattr(self._point(then[0].get(value, [])), measure),
                before=getattr(self._point(then[1].get(value, [])), measure),
                calls=len(then[0].get(value, [])),
                calls_before=len(then[1].get(value, [])),
            )
            for value in {*then[0], *then[1]}
            if value
        ]

    def _used(self, key: tuple[str, str], calls: list[SpanShown], whole_usd: float) -> ModelUsed:
        provider, model = key
        own = [call for call in calls if call.provider == provider and model in ("", call.model)]
        point = self._point(own)
        known = {name: getattr(point, name) for name in ModelUsed.__struct_fields__ if hasattr(point, name)}
        known["cost_usd"] = None if point.unpriced_calls == len(own) else point.cost_usd
        return ModelUsed(
            provider=provider,
            model=model,
            error_share=point.errors / len(own),
            cached_share=point.cache_read_tokens / point.input_tokens if point.input_tokens else 0.0,
            cost_share=point.cost_usd / whole_usd if whole_usd else 0.0,
            saved_usd=0.0015 if point.cache_read_tokens else None,
            **known,
        )


def _sorted(used: list[ModelUsed], sort: str) -> tuple[ModelUsed, ...]:
    return tuple(sorted(used, key=SORTS[sort.removeprefix("-")], reverse=sort.startswith("-")))


def _ns(time: str) -> int:
    return read_time(time, "time") or 0


def _text(time: int | str | None) -> str | None:
    at_ns = read_time(time, "time")
    return None if at_ns is None else show_time(at_ns)
