"""Post: takes what is to be told from the catalog, sends it, and notes what came of it.

What is taken is due again after a while unless it is noted, so a server that ends in the middle loses nothing; only one
that ends between a channel's answer and its note tells something twice, under the same id.
"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import msgspec

from headwater import clock, ids
from headwater.access import AlertRule, Alerts, Channel, Telling
from headwater.alerts.notices import Notice, ProjectTold, trial_of
from headwater.alerts.sending import Answered, Sender
from headwater.alerts.settings import AlertsSettings
from headwater.errors import HeadwaterError, NotFound, Unavailable

_log = logging.getLogger("headwater.alerts")
_BACK_OFF_S = (15, 60, 300, 1_200, 3_600)
_AT_ONCE = 20
# A try has many steps, each with its own time limit.
_LEASE = 12
_HANDS = 4
_IDLE_S = 2.0
_AWAY_S = 15.0


class Post:
    """Sends what the catalog says is to be told."""

    def __init__(self, alerts: Alerts, sender: Sender, settings: AlertsSettings) -> None:
        self._alerts = alerts
        self._sender = sender
        self._settings = settings

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop."""
        pause_s = _IDLE_S
        while not stop.wait(pause_s):
            try:
                pause_s = 0.0 if self.turn() else _IDLE_S
            except HeadwaterError as error:
                _log.warning("notices wait", extra={"reason": str(error)})
                pause_s = _AWAY_S
            except Exception:  # noqa: BLE001 - whatever is in one notice, the others go on
                _log.exception("notices wait")
                pause_s = _AWAY_S

    def turn(self) -> int:
        """Send what is due; return how many tries that were. Raises Unavailable."""
        first = self._take()
        if first is None:
            return 0
        with ThreadPoolExecutor(_HANDS, thread_name_prefix="notice") as hands:
            return sum(hands.map(self._send_from, (first, *[None] * (_HANDS - 1))))

    def _send_from(self, telling: Telling | None) -> int:
        """Send one after the other for as long as any is due: one that hangs holds up no other hand."""
        sent = 0
        telling = telling or self._take()
        while telling is not None:
            self._alerts.history.note(self._noted(telling, self._try(telling)))
            sent += 1
            telling = self._take() if sent < _AT_ONCE else None
        return sent

    def _take(self) -> Telling | None:
        taken = self._alerts.history.take_due(1, for_s=_LEASE * self._settings.timeout_s)
        return taken[0] if taken else None

    def _try(self, telling: Telling) -> Answered:
        try:
            channel, address = self._alerts.channels.opened(telling.channel_id)
            notice = msgspec.json.decode(telling.notice, type=Notice)
        except NotFound:
            return Answered(is_good=False, text="the channel is gone")
        except Unavailable:
            raise
        except HeadwaterError as error:
            return Answered(is_good=False, text=str(error), may_try_again=True)
        return self._sender.send(channel, address, notice)

    def _noted(self, telling: Telling, answered: Answered) -> Telling:
        now = clock.now_ns()
        if answered.is_good or not answered.may_try_again or telling.tries >= self._settings.tries:
            state = "sent" if answered.is_good else "failed"
            if not answered.is_good:
                _log.warning("a notice could not be told", extra={"channel": telling.channel, "reason": answered.text})
            return msgspec.structs.replace(telling, state=state, answer=answered.text, done_ns=now)
        pause_s = _BACK_OFF_S[min(telling.tries, len(_BACK_OFF_S)) - 1]
        return msgspec.structs.replace(telling, answer=answered.text, due_ns=now + pause_s * 1_000_000_000)


class Trial:
    """Sends a test to a channel at once, for somebody who waits for its answer."""

    def __init__(self, alerts: Alerts, sender: Sender, base_url: str) -> None:
        self._alerts = alerts
        self._sender = sender
        self._base_url = base_url

    def send(self, project_id: str, project_name: str, channel_id: str, rule: AlertRule | None = None) -> "Tried":
        """Send a test, of a rule or of none. Raises NotFound, HeadwaterError where the address cannot be decrypted."""
        channel, address = self._alerts.channels.opened(channel_id, project_id)
        notice = trial_of(rule, ProjectTold(id=project_id, name=project_name), self._base_url, ids.short_id())
        return Tried(channel=channel, answered=self._sender.send(channel, address, notice))


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What a test came to."""

    channel: Channel
    answered: Answered
