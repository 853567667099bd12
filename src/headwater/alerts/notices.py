"""Notices: what is told of an alert, the same to every channel, and how each kind of channel writes it."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import urlencode

import msgspec

from headwater import clock
from headwater.access import AlertRule
from headwater.alerts.conditions import in_words, is_unusual, measure_of
from headwater.alerts.looks import SECOND_NS, Look
from headwater.alerts.measures import WINDOWS
from headwater.query import show_time

_HEADS = {"firing": "Firing", "again": "Still firing", "resolved": "Resolved", "test": "Test"}
_MARKS = {"firing": "\N{LARGE RED CIRCLE}", "again": "\N{LARGE RED CIRCLE}", "resolved": "\N{LARGE GREEN CIRCLE}"}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The alert that a notice is of. `condition` is a sentence, `filters` a query string."""

    id: str
    name: str
    severity: str
    condition: str
    measure: str
    comparison: str
    threshold: float
    window: str
    filters: str


class ProjectTold(msgspec.Struct, frozen=True, kw_only=True):
    """The project of an alert."""

    id: str
    name: str


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look: the alert's page, and the calls of the window."""

    alert: str
    calls: str


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is told: the body of a webhook. Times are RFC 3339; values are in the measure's unit, null is unknown.

    `id` is the same however often one notice is sent; `word` is firing, again, resolved or test.
    """

    version: int = 1
    id: str
    word: str
    text: str
    alert: Told
    project: ProjectTold
    value: float | None
    bound: float | None
    began: str | None
    at: str
    links: Links


def notice_of(
    rule: AlertRule, project_name: str, base_url: str, *, word: str, look: Look, began_ns: int, telling_id: str
) -> Notice:
    """Put together what is told of a look."""
    return Notice(
        id=telling_id,
        word=word,
        text=_text(rule, project_name, word, look, began_ns),
        alert=Told(
            id=rule.id,
            name=rule.name,
            severity=rule.severity,
            condition=in_words(rule),
            measure=rule.measure,
            comparison=rule.comparison,
            threshold=rule.threshold,
            window=rule.window,
            filters=rule.words,
        ),
        project=ProjectTold(id=rule.project_id, name=project_name),
        value=look.value,
        bound=look.bound,
        began=show_time(began_ns) if began_ns else None,
        at=show_time(look.at_ns),
        links=links_of(rule, base_url, look.at_ns),
    )


def trial_of(rule: AlertRule | None, project: ProjectTold, base_url: str, telling_id: str) -> Notice:
    """What a test says: of a rule as if it fired, or of none."""
    rule = rule or AlertRule(
        id="test",
        project_id=project.id,
        name="Test of a channel",
        measure="error_rate",
        comparison="above",
        threshold=0.05,
        window="5m",
        severity="info",
    )
    now_ns = clock.now_ns()
    look = Look(now_ns, None, rule.threshold if not is_unusual(rule) else None, is_past=True)
    notice = notice_of(rule, project.name, base_url, word="test", look=look, began_ns=now_ns, telling_id=telling_id)
    return msgspec.structs.replace(notice, text=f"Test: {rule.name}. This channel works; nothing is wrong.")


def words_of_window(rule: AlertRule, end_ns: int) -> str:
    """The query string that asks for the calls of a window."""
    window_s = WINDOWS[rule.window]
    start = end_ns - window_s * SECOND_NS if window_s else _month_of(end_ns)
    leads = [(name, value) for name, value in measure_of(rule).leads if f"{name}=" not in rule.words]
    own = urlencode([*leads, ("start", _whole(start)), ("end", _whole(end_ns))])
    return f"{rule.words}&{own}" if rule.words else own


def links_of(rule: AlertRule, base_url: str, end_ns: int) -> Links:
    """Where to look after a window."""
    project = urlencode({"project": rule.project_id})
    return Links(
        alert=f"{base_url}/alerts/{rule.id}?{project}",
        calls=f"{base_url}/calls?{project}&{words_of_window(rule, end_ns)}",
    )


def subject_of(notice: Notice) -> str:
    """One line, for the subject of a mail."""
    return " ".join(f"{_HEADS[notice.word]}: {notice.alert.name} ({notice.project.name})".split())


def slack_body(notice: Notice) -> bytes:
    """The body that Slack's incoming webhooks take, and what is compatible with them."""
    mark = f"{_MARKS[notice.word]} " if notice.word in _MARKS else ""
    text = f"{mark}*{_plain(subject_of(notice))}*\n{_plain(notice.text)}"
    links = f"<{notice.links.alert}|Alert> · <{notice.links.calls}|Calls>"
    return msgspec.json.encode({"text": f"{text}\n{links}"})


def mail_of(notice: Notice, sender: str, to: tuple[str, ...]) -> EmailMessage:
    """A mail in plain text."""
    mail = EmailMessage()
    mail["Subject"] = subject_of(notice)
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Date"] = formatdate(clock.now_ns() / 1e9)
    mail["Message-ID"] = make_msgid(notice.id, sender.rpartition("@")[2].strip("> ") or "headwater")
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{notice.text}\n\nThe alert: {notice.links.alert}\nIts calls: {notice.links.calls}\n")
    return mail


def _text(rule: AlertRule, project_name: str, word: str, look: Look, began_ns: int) -> str:
    measure = measure_of(rule)
    value = "no value" if look.value is None else measure.unit.show(look.value)
    bound = "" if look.bound is None or measure.fixed else f", the bound is {measure.unit.show(look.bound)}"
    since = f" It fires since {_clock(began_ns)}." if word == "again" else ""
    return (
        f"{_HEADS[word]}: {in_words(rule)}. {value} {measure.of} in the window that ended at"
        f" {_clock(look.at_ns)}{bound}.{since} Project {project_name}."
    )


def _clock(time_ns: int) -> str:
    return f"{show_time(time_ns)[:16].replace('T', ' ')} UTC"


def _whole(time_ns: int) -> str:
    return f"{show_time(time_ns)[:19]}Z"


def _month_of(end_ns: int) -> int:
    moment = datetime.fromtimestamp((end_ns - 1) // SECOND_NS, UTC)
    return int(moment.replace(day=1, hour=0, minute=0, second=0).timestamp()) * SECOND_NS


def _plain(text: str) -> str:
    """Text in which Slack reads no markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
