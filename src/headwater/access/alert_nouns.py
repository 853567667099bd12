"""Nouns of alerts. Times are Unix nanoseconds, 0 where there is none."""

from typing import Literal

import msgspec

Severity = Literal["info", "warning", "critical"]
Comparison = Literal["above", "below", "unusually_high", "unusually_low"]
AlertWindow = Literal["5m", "15m", "1h", "6h", "1d", "month"]
Phase = Literal["ok", "pending", "firing"]
ChannelKind = Literal["webhook", "slack", "email"]
Word = Literal["firing", "again", "resolved", "test"]
TellingState = Literal["waiting", "sent", "failed"]


class AlertRule(msgspec.Struct, frozen=True, kw_only=True):
    """A condition on a series of a project's calls, and whom to tell.

    `measure` names a series; `threshold` is in its unit, or, where the comparison is an unusual one, how many spreads
    from the median of the same hour of the last `weeks` weeks. `window` is what each value is of ("month": the month so
    far, UTC), `hold_s` how long the condition must hold, `repeat_s` after how long it is told again (0: never).
    `filters` are filters of calls as JSON, `words` the same as the query string of a page. `channels` are ids.
    """

    id: str
    project_id: str
    name: str
    measure: str
    comparison: Comparison
    threshold: float
    window: AlertWindow
    severity: Severity = "warning"
    weeks: int = 4
    hold_s: int = 0
    repeat_s: int = 0
    filters: str = "{}"
    words: str = ""
    channels: tuple[str, ...] = ()
    is_on: bool = True
    silenced_until_ns: int = 0
    created_ns: int = 0
    changed_ns: int = 0


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an alert stands: its phase since when, the end of the last window that was looked at, and what that gave.

    `told_ns` is when a firing alert was told last, `firing_id` its line in the history, `problem` why the last look
    gave nothing ("" where it did).
    """

    phase: Phase = "ok"
    since_ns: int = 0
    looked_ns: int = 0
    value: float | None = None
    bound: float | None = None
    told_ns: int = 0
    firing_id: str = ""
    problem: str = ""


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """A notice to one channel, and what became of it; `notice` is what is said, as JSON."""

    id: str
    rule_id: str
    firing_id: str
    channel_id: str
    channel: str
    word: Word
    notice: str
    made_ns: int
    due_ns: int
    tries: int = 0
    state: TellingState = "waiting"
    answer: str = ""
    done_ns: int = 0


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an alert's history: from the end of the window that made it fire to that which ended it (0: it fires
    now). `worst` is the value farthest past the bound; `words` ask for the calls of the first window."""

    id: str
    rule_id: str
    began_ns: int
    ended_ns: int = 0
    value: float | None = None
    bound: float | None = None
    worst: float | None = None
    words: str = ""
    tellings: tuple[Telling, ...] = ()


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """Where notices go. `shown` is as much of its address as may be shown."""

    id: str
    project_id: str
    name: str
    kind: ChannelKind
    shown: str
    created_ns: int


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """The secret part of a channel: the URL, the secret that signs what goes there, or the recipients of e-mail."""

    url: str = ""
    secret: str = ""
    to: tuple[str, ...] = ()
