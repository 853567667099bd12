"""Drafts: an alert as a form and an address spell it, and as the alerts room keeps it.

Thresholds are typed in the unit that people read: per cent, seconds. The filters of a draft go by the words that they
have on every page; its own words are others than theirs.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from headwater.access import AlertRule
from headwater.alerts import MEASURES, Measure
from headwater.errors import BadRequest
from headwater.web.alerting import rule_wanted
from headwater.web.asked import Asked

Pairs = Sequence[tuple[str, str]]

OWN = ("called", "measure", "comparison", "threshold", "window", "weeks", "hold", "repeat", "severity", "off")
"""Words of a draft's own; `channel` may stand several times."""

PASTS: Mapping[str, str] = {"1d": "last day", "7d": "last 7 days", "28d": "last 28 days"}
HOLDS: Mapping[str, str] = {
    "0": "at once",
    "300": "for 5 minutes",
    "900": "for 15 minutes",
    "1800": "for 30 minutes",
    "3600": "for 1 hour",
}
REPEATS: Mapping[str, str] = {
    "0": "never",
    "1800": "every 30 minutes",
    "3600": "every hour",
    "14400": "every 4 hours",
    "86400": "every day",
}
_FILTERS = tuple(
    name for name in Asked.model_fields if name not in ("project", "range", "start", "end", "sort", "set", "kind")
)


class Template(msgspec.Struct, frozen=True):
    """Something to start from."""

    name: str
    says: str
    words: Mapping[str, str]


TEMPLATES: tuple[Template, ...] = (
    Template(
        "Error rate over 5 %",
        "Of the calls of five minutes more than one in twenty failed.",
        {"measure": "error_rate", "threshold": "5", "window": "5m", "severity": "critical"},
    ),
    Template(
        "p95 over 20 s",
        "One call in twenty takes longer than that, for a quarter of an hour.",
        {"measure": "p95", "threshold": "20", "window": "15m"},
    ),
    Template(
        "Budget of $100 a month",
        "The month so far costs more than it should.",
        {"measure": "cost", "threshold": "100", "window": "month"},
    ),
    Template(
        "Nothing came for 15 minutes",
        "The program is down, or does not send any more.",
        {"measure": "no_data", "window": "15m", "severity": "critical"},
    ),
    Template(
        "Unusual cost for this hour",
        "Far more than at this hour of the last four weeks.",
        {"measure": "cost", "comparison": "unusually_high", "threshold": "3", "window": "1h"},
    ),
)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A draft: its own words, its channels, and the pairs of its filters."""

    words: Mapping[str, str]
    channels: tuple[str, ...]
    filters: tuple[tuple[str, str], ...]

    def word(self, name: str) -> str:
        """A word, or what stands there at first."""
        return self.words.get(name) or _first(self.measure).get(name, "")

    @property
    def measure(self) -> Measure:
        """The measure; the first one where it is none."""
        return MEASURES.get(self.words.get("measure", ""), MEASURES["error_rate"])

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The draft as a query string has it."""
        own = [(name, self.words[name]) for name in OWN if self.words.get(name)]
        return [*own, *(("channel", channel) for channel in self.channels), *self.filters]


def read_draft(pairs: Pairs) -> Draft:
    """Read a draft; words that it does not know are passed over."""
    given = dict(pairs)
    return Draft(
        words={name: given[name].strip() for name in OWN if given.get(name, "").strip()},
        channels=tuple(dict.fromkeys(value for name, value in pairs if name == "channel" and value)),
        filters=tuple((name, value) for name, value in pairs if name in _FILTERS and value),
    )


def draft_of(rule: AlertRule) -> Draft:
    """The draft of a rule that is kept."""
    measure = MEASURES[rule.measure]
    scale = 1.0 if rule.comparison.startswith("unusual") else measure.unit.scale
    words = {
        "called": rule.name,
        "measure": rule.measure,
        "comparison": rule.comparison,
        "threshold": f"{rule.threshold / scale:.10g}",
        "window": rule.window,
        "weeks": str(rule.weeks),
        "hold": str(rule.hold_s),
        "repeat": str(rule.repeat_s),
        "severity": rule.severity,
        "off": "" if rule.is_on else "1",
    }
    return Draft(words=words, channels=rule.channels, filters=tuple(parse_qsl(rule.words)))


def rule_of(draft: Draft, project: str, now_ns: int) -> AlertRule:
    """The rule that a draft means. Raises BadRequest that names the field of the form."""
    comparison = draft.word("comparison")
    scale = 1.0 if comparison.startswith("unusual") else draft.measure.unit.scale
    wanted: dict[str, Any] = {
        "name": draft.word("called"),
        "measure": draft.word("measure"),
        "comparison": comparison,
        "threshold": _number(draft, "threshold") * scale,
        "window": draft.word("window"),
        "weeks": int(_number(draft, "weeks")),
        "hold_s": int(_number(draft, "hold")),
        "repeat_s": int(_number(draft, "repeat")),
        "severity": draft.word("severity"),
        "channels": draft.channels,
        "is_on": not draft.word("off"),
    }
    return rule_wanted(project, urlencode(draft.filters), now_ns, **wanted)


def _first(measure: Measure) -> Mapping[str, str]:
    return {
        "called": measure.name,
        "measure": measure.key,
        "comparison": measure.fixed[0] if measure.fixed else "above",
        "threshold": f"{measure.typed:g}",
        "window": "15m" if measure.key == "no_data" else "5m",
        "weeks": "4",
        "hold": "0",
        "repeat": "0",
        "severity": "warning",
    }


def _number(draft: Draft, name: str) -> float:
    text = draft.word(name).replace(",", "").removeprefix("$").removesuffix("%").strip()
    try:
        return float(text)
    except ValueError as error:
        raise BadRequest(f"{name}: {text[:40]!r} is no number; write one such as 5 or 0.5") from error
