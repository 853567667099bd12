"""Alerting: alerts as pages and the API show them, and the rule of what somebody wants watched.

In:  words of a form or a body.   Out: rules of the alerts room, and answers whose times are RFC 3339.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.datastructures import QueryParams

from headwater.access import AlertRule, Catalog, Channel, Firing, Standing
from headwater.alerts import RANGES, Look, Stretch, WouldHave, checked, in_words, would_have_fired
from headwater.errors import BadRequest
from headwater.query import CallFilters, Questions
from headwater.web.asked import call_filters, query_pairs, read_asked
from headwater.web.shown.times import rfc3339

_TIMES = {"project": None, "range": None, "start": None, "end": None, "sort": None, "set": None}
_MOST_LOOKS = 20_000


class AlertShown(msgspec.Struct, frozen=True, kw_only=True):
    """An alert and how it stands; null is what is not known yet.

    `condition` is it in words. `threshold`, `value` and `bound` are in the measure's unit: a share from 0 to 1,
    milliseconds, US dollars, a count. `phase` is ok, pending or firing, since `since`; `problem` says why the last look
    gave nothing.
    """

    id: str
    name: str
    severity: str
    condition: str
    measure: str
    comparison: str
    threshold: float
    window: str
    weeks: int
    hold_s: int
    repeat_s: int
    filters: str
    channels: tuple[str, ...]
    is_on: bool
    phase: str
    since: str | None
    looked: str | None
    value: float | None
    bound: float | None
    problem: str
    silenced_until: str | None
    last_fired: str | None
    created: str
    changed: str


class TellingShown(msgspec.Struct, frozen=True, kw_only=True):
    """A notice to a channel: `word` is firing, again or resolved, `state` waiting, sent or failed; `answer` is what the
    channel said last."""

    channel: str
    word: str
    time: str
    state: str
    tries: int
    answer: str


class FiringShown(msgspec.Struct, frozen=True, kw_only=True):
    """A time that an alert fired; it still does where `ended` is null. `calls` is the query string that lists the calls
    of the window that it began with."""

    id: str
    began: str
    ended: str | None
    took_s: float | None
    value: float | None
    bound: float | None
    worst: float | None
    calls: str
    tellings: tuple[TellingShown, ...]


class FiringsShown(msgspec.Struct, frozen=True, kw_only=True):
    """Times that an alert fired, the newest first; `next` is the `before` of the page after, null on the last."""

    items: tuple[FiringShown, ...]
    next: str | None = None


class LookShown(msgspec.Struct, frozen=True, kw_only=True):
    """A window by its end, its value and its bound, null where unknown, and whether it lies past it."""

    time: str
    value: float | None
    bound: float | None
    is_past: bool


class StretchShown(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch in which an alert would have fired; it goes on where `ended` is null."""

    began: str
    ended: str | None
    value: float | None
    bound: float | None
    worst: float | None


class WouldShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a condition sees over days past, a look every `step_s`, and when it would have fired."""

    condition: str
    step_s: int
    looks: tuple[LookShown, ...]
    firings: tuple[StretchShown, ...]


class ChannelShown(msgspec.Struct, frozen=True, kw_only=True):
    """A channel: webhook, slack or email; `shown` is as much of its address as may be shown."""

    id: str
    name: str
    kind: str
    shown: str
    created: str


class TriedShown(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a test: whether the channel took it, and what it answered."""

    is_good: bool
    answer: str


class Firings(msgspec.Struct, frozen=True, kw_only=True):
    """How many alerts fire now and are not silenced."""

    firing: int


def rule_wanted(project: str, filters: str, now_ns: int, **wanted: Any) -> AlertRule:
    """The rule that somebody wants, whose `filters` are the query string of a page of calls. Raises BadRequest that
    names the field."""
    asked = read_asked(QueryParams(parse_qsl(filters.lstrip("?"), keep_blank_values=True)), "all")
    kept = msgspec.structs.replace(call_filters(asked, now_ns), start=None, end=None)
    words = urlencode(query_pairs(asked, **_TIMES))
    if len(words) > 4_000:
        raise BadRequest("filters: they are longer than 4000 characters; choose fewer values")
    told: dict[str, Any] = {"id": "", "name": "Alert", "project_id": project, **wanted}
    rule = AlertRule(filters=_json_of(kept), words=words, **told)
    return checked(rule)


def save_rule(catalog: Catalog, rule: AlertRule) -> AlertRule:
    """Keep a rule, or put it in the place of the one with its id. Raises BadRequest, NotFound."""
    known = {channel.id for channel in catalog.alerts.channels.all(rule.project_id)}
    unknown = sorted(set(rule.channels) - known)
    if unknown:
        raise BadRequest(f"channels: no channel {unknown[0][:40]!r} in this project")
    return catalog.alerts.rules.change(rule) if rule.id else catalog.alerts.rules.add(rule)


def alerts_kept(catalog: Catalog, project: str) -> tuple[AlertShown, ...]:
    """The alerts of a project: those that fire first, then by name."""
    standings, fired = catalog.alerts.rules.standings(project), catalog.alerts.history.last_fired(project)
    rules = catalog.alerts.rules.all(project)
    shown = [alert_shown(rule, standings.get(rule.id), fired.get(rule.id, 0)) for rule in rules]
    return tuple(sorted(shown, key=lambda alert: ("firing", "pending", "ok").index(alert.phase)))


def alert_kept(catalog: Catalog, project: str, alert_id: str) -> AlertShown:
    """One alert. Raises NotFound."""
    rule = catalog.alerts.rules.one(project, alert_id)
    standings, fired = catalog.alerts.rules.standings(project), catalog.alerts.history.last_fired(project)
    return alert_shown(rule, standings.get(rule.id), fired.get(rule.id, 0))


def alert_shown(rule: AlertRule, standing: Standing | None, last_fired_ns: int = 0) -> AlertShown:
    """An alert as it is shown."""
    stands = standing or Standing()
    same = {name: getattr(rule, name) for name in AlertShown.__struct_fields__ if hasattr(rule, name)}
    same["filters"] = rule.words
    return AlertShown(
        **same,
        condition=in_words(rule),
        phase=stands.phase,
        since=_time(stands.since_ns),
        looked=_time(stands.looked_ns),
        value=stands.value,
        bound=stands.bound,
        problem=stands.problem,
        silenced_until=_time(rule.silenced_until_ns),
        last_fired=_time(last_fired_ns),
        created=rfc3339(rule.created_ns),
        changed=rfc3339(rule.changed_ns),
    )


def firings_kept(catalog: Catalog, project: str, alert_id: str, limit: int, before_ns: int = 0) -> FiringsShown:
    """The times that an alert fired. Raises NotFound."""
    catalog.alerts.rules.one(project, alert_id)
    found = catalog.alerts.history.firings(alert_id, limit + 1, before_ns)
    has_more = len(found) > limit
    return FiringsShown(
        items=tuple(firing_shown(firing) for firing in found[:limit]),
        next=rfc3339(found[limit - 1].began_ns) if has_more else None,
    )


def firing_shown(firing: Firing) -> FiringShown:
    """A firing as it is shown."""
    return FiringShown(
        id=firing.id,
        began=rfc3339(firing.began_ns),
        ended=_time(firing.ended_ns),
        took_s=(firing.ended_ns - firing.began_ns) / 1e9 if firing.ended_ns else None,
        value=firing.value,
        bound=firing.bound,
        worst=firing.worst,
        calls=firing.words,
        tellings=tuple(
            TellingShown(
                channel=each.channel,
                word=each.word,
                time=rfc3339(each.done_ns or each.made_ns),
                state=each.state,
                tries=each.tries,
                answer=each.answer,
            )
            for each in firing.tellings
        ),
    )


def channel_shown(channel: Channel) -> ChannelShown:
    """A channel as it is shown."""
    return ChannelShown(
        id=channel.id,
        name=channel.name,
        kind=channel.kind,
        shown=channel.shown,
        created=rfc3339(channel.created_ns),
    )


def looked_back(questions: Questions, rule: AlertRule, past: str, now_ns: int) -> WouldHave:
    """What a rule sees over a stretch of the past. Raises BadRequest, Unavailable."""
    if past not in RANGES:
        raise BadRequest(f"past: {past[:40]!r} is none of {', '.join(RANGES)}")
    return would_have_fired(questions, rule, RANGES[past], now_ns)


def would_shown(rule: AlertRule, would: WouldHave) -> WouldShown:
    """What would have been, as it is shown."""
    return WouldShown(
        condition=in_words(rule),
        step_s=would.step_s,
        looks=tuple([_look_shown(look) for look in would.looks[:_MOST_LOOKS]]),
        firings=tuple([_stretch_shown(stretch) for stretch in would.stretches]),
    )


def _look_shown(look: Look) -> LookShown:
    return LookShown(time=rfc3339(look.at_ns), value=look.value, bound=look.bound, is_past=look.is_past)


def _stretch_shown(stretch: Stretch) -> StretchShown:
    return StretchShown(
        began=rfc3339(stretch.start_ns),
        ended=_time(stretch.end_ns or 0),
        value=stretch.value,
        bound=stretch.bound,
        worst=stretch.worst,
    )


def _time(time_ns: int) -> str | None:
    return rfc3339(time_ns) if time_ns else None


def _json_of(filters: CallFilters) -> str:
    """The fields that narrow, alone, so that a later version reads what an earlier one kept."""
    whole: Mapping[str, Any] = msgspec.to_builtins(filters)
    empty: Sequence[Any] = (None, "", [], {})
    return msgspec.json.encode({name: value for name, value in whole.items() if value not in empty}).decode()
