"""Sample windows: overlapping sums over calls in memory, and the alerts of the sample project."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

from headwater.access import Address, AlertRule, Catalog, Firing, Standing, Telling
from headwater.query import Rolled, SpanShown, read_time

_SECOND = 10**9
ALERT = "a1b2c3d4e5f6"


def rolled_of(
    calls: Iterable[SpanShown], start_ns: int, end_ns: int, step_s: int, window_s: int, digest: str
) -> tuple[Rolled, ...]:
    """Sum the calls of every window; of a month, all of them."""
    ordered = sorted((read_time(call.start_time, "start") or 0, number, call) for number, call in enumerate(calls))
    starts = [at for at, *_ in ordered]
    step_ns = step_s * _SECOND
    found: list[Rolled] = []
    for end in range(-(-start_ns // step_ns) * step_ns, end_ns + 1, step_ns):
        low = bisect_left(starts, end - window_s * _SECOND) if window_s else 0
        found.append(_window([call for *_, call in ordered[low : bisect_left(starts, end)]], end, digest))
    return tuple(found)


def keep_sample_alerts(catalog: Catalog, now_ns: int) -> None:
    """Three alerts: one that fires and was told, one that is well, one that is silenced; and two channels."""
    ops = catalog.alerts.channels.add(
        "desk", "#ops", "slack", Address(url="https://hooks.slack.com/services/T0/B0/abcd")
    )
    catalog.alerts.channels.add("desk", "On call", "email", Address(to=("on-call@example.com",)))
    common: dict[str, Any] = {"project_id": "desk", "comparison": "above", "channels": (ops.id,)}
    fires = catalog.alerts.rules.add(
        AlertRule(**common, id=ALERT, name="Error rate over 1 %", measure="error_rate", threshold=0.01, window="6h")
    )
    catalog.alerts.rules.add(
        AlertRule(**common, id="", name="p95 over 20 s", measure="p95", threshold=20_000, window="15m")
    )
    silent = catalog.alerts.rules.add(
        AlertRule(**common, id="", name="Budget of $100 a month", measure="cost", threshold=100, window="month")
    )
    catalog.alerts.rules.silence("desk", silent.id, now_ns + 3_600 * _SECOND)
    _fire(catalog, fires, ops.id, now_ns)


def _fire(catalog: Catalog, rule: AlertRule, channel_id: str, now_ns: int) -> None:
    began = now_ns - 900 * _SECOND
    firing = Firing(
        id="f1", rule_id=rule.id, began_ns=began, value=0.02, bound=0.01, worst=0.071, words="has_error=true"
    )
    earlier = Firing(
        id="f0",
        rule_id=rule.id,
        began_ns=began - 86_400 * _SECOND,
        ended_ns=began - 83_000 * _SECOND,
        value=0.03,
        bound=0.01,
        worst=0.03,
        words="has_error=true",
    )
    telling = Telling(
        id="t1",
        rule_id=rule.id,
        firing_id="f1",
        channel_id=channel_id,
        channel="#ops",
        word="firing",
        notice="{}",
        made_ns=began,
        due_ns=began,
        tries=1,
        state="sent",
        answer="200 OK ok",
        done_ns=began,
    )
    standing = Standing(
        phase="firing",
        since_ns=began,
        looked_ns=now_ns - 60 * _SECOND,
        value=0.071,
        bound=0.01,
        told_ns=began,
        firing_id="f1",
    )
    catalog.alerts.rules.advance(rule, Standing(), standing, [earlier, firing], [telling])


def _window(calls: list[SpanShown], end_ns: int, digest: str) -> Rolled:
    took = sorted(ms for call in calls if (ms := call.ttft_ms if digest == "ttft" else call.duration_ms) is not None)
    at = [took[int(share * (len(took) - 1))] for share in (0.5, 0.95, 0.99)] if took and digest else None
    return Rolled(
        end_ns,
        len(calls),
        sum(call.status == "error" for call in calls),
        sum((call.input_tokens or 0) + (call.output_tokens or 0) for call in calls),
        sum(call.cost_usd or 0 for call in calls),
        sum(call.cost_usd is None for call in calls),
        None if at is None else (at[0], at[1], at[2]),
    )
