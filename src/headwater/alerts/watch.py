"""Watch: looks at every alert as time goes, and writes down what changed and what is to be told.

Rule 1: of all servers on one catalog one watches; what it notes is noted only if nobody else noted it before.
Rule 2: windows are looked at when they are over, a while has passed, and all that was acknowledged by then is loaded.
Rule 3: what cannot be asked is not judged: while the store is away an alert stands as it stood, and what was missed is
looked at afterwards.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from headwater import clock, ids
from headwater.access import AlertRule, Alerts, Channel, Firing, Standing, Telling
from headwater.alerts.asking import looks_at
from headwater.alerts.conditions import step_s
from headwater.alerts.looks import SECOND_NS, Look
from headwater.alerts.notices import notice_of, words_of_window
from headwater.alerts.phases import Stage, stepped, worse
from headwater.alerts.settings import AlertsSettings
from headwater.errors import HeadwaterError
from headwater.query import Questions

_log = logging.getLogger("headwater.alerts")
_LEASE_S = 150.0
_CATCH_UP_S = 3_600
_TIDY_EVERY = 60


class Watch:
    """Looks at the alerts of all projects.

    `holder` is the name of this server among those on one catalog, the same after a restart; `loaded_until_ns` the
    moment before which everything that this server acknowledged is in the store.
    """

    def __init__(
        self,
        alerts: Alerts,
        questions: Callable[[str], Questions],
        project_names: Callable[[], Mapping[str, str]],
        loaded_until_ns: Callable[[], int],
        settings: AlertsSettings,
        base_url: str,
        holder: str,
    ) -> None:
        self._alerts = alerts
        self._questions = questions
        self._project_names = project_names
        self._loaded_until_ns = loaded_until_ns
        self._settings = settings
        self._base_url = base_url
        self._holder = holder
        self._turns = 0

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop, once in the time that the shortest windows are looked at."""
        while not stop.wait(self._pause_s()):
            try:
                self.turn()
            except HeadwaterError as error:
                _log.warning("alerts wait", extra={"reason": str(error)})
            except Exception:  # noqa: BLE001 - the next turn may fare better
                _log.exception("alerts wait")
        try:
            self._alerts.leave_watch(self._holder)
        except HeadwaterError:
            return

    def turn(self) -> int:
        """Look at what has come to its end since the last turn; return at how many alerts. Raises Unavailable."""
        watched = self._alerts.rules.watched()
        if not watched or not self._alerts.take_watch(self._holder, _LEASE_S):
            return 0
        until_ns = min(clock.now_ns() - self._settings.delay_s * SECOND_NS, self._loaded_until_ns())
        names = self._project_names()
        looked = 0
        for rule, standing in watched:
            try:
                looked += self._look(rule, standing, until_ns, names.get(rule.project_id, rule.project_id))
            except HeadwaterError as error:
                self._note_problem(rule, standing, str(error))
            except Exception:  # noqa: BLE001 - whatever is in one alert, the others go on
                _log.exception("an alert cannot be looked at", extra={"alert": rule.name})
        self._turns += 1
        if self._turns % _TIDY_EVERY == 1:
            self._alerts.history.forget_old(self._settings.kept_firings)
        return looked

    def _look(self, rule: AlertRule, standing: Standing, until_ns: int, project_name: str) -> bool:
        step = step_s(rule, self._settings.every_s)
        step_ns = step * SECOND_NS
        last = until_ns // step_ns * step_ns
        first = max(standing.looked_ns + step_ns, last - _CATCH_UP_S * SECOND_NS) if standing.looked_ns else last
        ends = range(-(-first // step_ns) * step_ns, last + 1, step_ns)
        if not ends:
            return False
        channels = self._alerts.channels.all(rule.project_id)
        told = tuple(channel for channel in channels if channel.id in rule.channels)
        open_firing = self._alerts.history.one(standing.firing_id) if standing.firing_id else None
        turn = _Turn(rule, standing, open_firing, told, project_name, self._base_url)
        for look in looks_at(self._questions(rule.project_id), rule, ends, step):
            turn.take(look)
        return self._alerts.rules.advance(rule, standing, turn.standing, turn.firings, turn.tellings)

    def _note_problem(self, rule: AlertRule, standing: Standing, problem: str) -> None:
        if standing.problem != problem:
            _log.warning("an alert cannot be looked at", extra={"alert": rule.name, "reason": problem})
            after = msgspec.structs.replace(standing, problem=problem[:500])
            self._alerts.rules.advance(rule, standing, after, (), ())

    def _pause_s(self) -> float:
        """Until just after the next multiple of the shortest step is far enough in the past."""
        every_ns = self._settings.every_s * SECOND_NS
        into_ns = (clock.now_ns() - self._settings.delay_s * SECOND_NS) % every_ns
        return (every_ns - into_ns) / SECOND_NS + 0.2


class _Turn:
    """One alert over the looks of one turn: how it stands after each, and what is to be noted."""

    def __init__(
        self,
        rule: AlertRule,
        standing: Standing,
        open_firing: Firing | None,
        channels: tuple[Channel, ...],
        project_name: str,
        base_url: str,
    ) -> None:
        self.standing = standing
        self.tellings: list[Telling] = []
        self._rule = rule
        self._channels = channels
        self._project_name = project_name
        self._base_url = base_url
        self._firings: dict[str, Firing] = {} if open_firing is None else {open_firing.id: open_firing}
        self._changed: set[str] = set()

    @property
    def firings(self) -> list[Firing]:
        """The lines of the history that began, grew worse or ended."""
        return [self._firings[firing_id] for firing_id in self._firings if firing_id in self._changed]

    def take(self, look: Look) -> None:
        """Take one more look."""
        before = self.standing
        stage = stepped(Stage(before.phase, before.since_ns), look, self._rule.hold_s)
        self.standing = msgspec.structs.replace(
            before,
            phase=stage.phase,
            since_ns=stage.since_ns,
            looked_ns=look.at_ns,
            value=look.value,
            bound=look.bound,
            problem="",
        )
        if stage.phase == "firing":
            self._begin(look) if before.phase != "firing" else self._go_on(look)
            self._tell_of_firing(look)
        elif before.phase == "firing":
            self._end(look)

    def _begin(self, look: Look) -> None:
        firing = Firing(
            id=ids.short_id(),
            rule_id=self._rule.id,
            began_ns=look.at_ns,
            value=look.value,
            bound=look.bound,
            worst=look.value,
            words=words_of_window(self._rule, look.at_ns),
        )
        self._keep(firing)
        self.standing = msgspec.structs.replace(self.standing, firing_id=firing.id, told_ns=0)

    def _go_on(self, look: Look) -> None:
        firing = self._firings.get(self.standing.firing_id)
        if firing is not None and (worst := worse(self._rule, firing.worst, look.value)) != firing.worst:
            self._keep(msgspec.structs.replace(firing, worst=worst))

    def _tell_of_firing(self, look: Look) -> None:
        """Once when it fires, or when a silence is over; again when the rule says so."""
        now, rule = clock.now_ns(), self._rule
        if rule.silenced_until_ns > now:
            return
        if not self.standing.told_ns:
            self._tell("firing", look)
        elif rule.repeat_s and now - self.standing.told_ns >= rule.repeat_s * SECOND_NS:
            self._tell("again", look)
        else:
            return
        self.standing = msgspec.structs.replace(self.standing, told_ns=now)

    def _end(self, look: Look) -> None:
        """Whoever was told that it fires is told that it is over, silence or not."""
        firing = self._firings.get(self.standing.firing_id)
        if firing is not None:
            self._keep(msgspec.structs.replace(firing, ended_ns=look.at_ns))
        if self.standing.told_ns:
            self._tell("resolved", look)
        self.standing = msgspec.structs.replace(self.standing, firing_id="", told_ns=0)

    def _keep(self, firing: Firing) -> None:
        self._firings[firing.id] = firing
        self._changed.add(firing.id)

    def _tell(self, word: Literal["firing", "again", "resolved"], look: Look) -> None:
        firing = self._firings.get(self.standing.firing_id)
        for channel in self._channels:
            telling_id, now = ids.short_id(), clock.now_ns()
            notice = notice_of(
                self._rule,
                self._project_name,
                self._base_url,
                word=word,
                look=look,
                began_ns=firing.began_ns if firing is not None else 0,
                telling_id=telling_id,
            )
            self.tellings.append(
                Telling(
                    id=telling_id,
                    rule_id=self._rule.id,
                    firing_id=self.standing.firing_id,
                    channel_id=channel.id,
                    channel=channel.name,
                    word=word,
                    notice=msgspec.json.encode(notice).decode(),
                    made_ns=now + len(self.tellings),
                    due_ns=now,
                )
            )
