"""Watching: what fires is told once, whatever happens in between; the clock is held."""

from typing import Any

import pytest

from headwater.access import Address, AlertRule, Catalog
from headwater.alerts import AlertsSettings, Post, Sender, SmtpSettings, Watch
from tests.conftest import HeldClock
from tests.rooms.alerts.held import MINUTE, SECOND, HeldQuestions, asking, rule
from tests.rooms.alerts.receivers import HttpReceiver

SETTINGS = AlertsSettings(delay_s=60, timeout_s=2.0, tries=3)


class Bench:
    """One project whose calls are held, its alerts, and a channel; a minute is told to pass."""

    def __init__(self, catalog: Catalog, project: str, receiver: HttpReceiver, clock: HeldClock) -> None:
        self.catalog, self.project, self.clock, self.receiver = catalog, project, clock, receiver
        self.held = HeldQuestions()
        self.loaded_until_ns = 2**62
        self.channel = catalog.alerts.channels.add(project, "there", "webhook", Address(url=receiver.url))
        self.watch, self.post = self.server("one")
        clock.now_ns = clock.now_ns // MINUTE * MINUTE + SECOND

    def server(self, holder: str) -> tuple[Watch, Post]:
        """The parts of a server, as a start makes them."""
        watch = Watch(
            self.catalog.alerts,
            asking(self.held),
            lambda: {self.project: "Support desk"},
            lambda: self.loaded_until_ns,
            SETTINGS,
            "http://here",
            holder,
        )
        sender = Sender(SETTINGS, SmtpSettings(), lambda address: None)
        return watch, Post(self.catalog.alerts, sender, SETTINGS)

    def add(self, **given: Any) -> AlertRule:
        """Keep a rule that tells the channel."""
        return self.catalog.alerts.rules.add(rule(project_id=self.project, channels=(self.channel.id,), **given))

    def minutes(self, *failed: int) -> None:
        """Let minutes pass, each with ten calls of which so many fail; after each one is looked and told."""
        for count in failed:
            at = self.clock.now_ns // MINUTE * MINUTE - MINUTE
            self.held.add(10 - count, at)
            self.held.add(count, at, is_error=True)
            self.turn()

    def turn(self) -> None:
        """Let a minute pass."""
        self.clock.advance(60)
        self.watch.turn()
        self.post.turn()

    @property
    def told(self) -> list[str]:
        """The words that came to the channel."""
        return [got.json["word"] for got in self.receiver.received]


@pytest.fixture
def bench(catalog: Catalog, project: str, receiver: HttpReceiver, held_clock: HeldClock) -> Bench:
    """A bench with nothing on it."""
    return Bench(catalog, project, receiver, held_clock)


def test_it_fires_once_and_resolves_once(bench: Bench):
    kept = bench.add()
    bench.minutes(0, 0, 10, 10, 0)
    assert bench.told == ["firing"]
    assert bench.catalog.alerts.rules.standings(bench.project)[kept.id].phase == "firing"
    assert bench.catalog.alerts.rules.count_firing(bench.project) == 1
    bench.minutes(0, 0, 0, 0, 0, 0)
    assert bench.told == ["firing", "resolved"]
    (firing,) = bench.catalog.alerts.history.firings(kept.id, 10)
    assert (firing.worst, firing.ended_ns - firing.began_ns) == (pytest.approx(0.5), 6 * MINUTE)
    assert [(telling.word, telling.state, telling.answer) for telling in firing.tellings] == [
        ("firing", "sent", "200 OK thank you"),
        ("resolved", "sent", "200 OK thank you"),
    ]
    assert "has_error=true" in firing.words


def test_it_must_hold_for_as_long_as_the_rule_says(bench: Bench):
    kept = bench.add(hold_s=120)
    bench.minutes(0, 10)
    assert bench.catalog.alerts.rules.standings(bench.project)[kept.id].phase == "pending"
    bench.minutes(10, 10)
    assert bench.told == ["firing"]


def test_a_server_that_ends_in_the_middle_tells_nothing_twice_and_loses_nothing(bench: Bench):
    bench.add()
    bench.minutes(0, 10)
    assert bench.told == ["firing"]
    bench.watch, bench.post = bench.server("one")
    bench.minutes(10)
    assert bench.told == ["firing"]
    bench.held.add(10, bench.clock.now_ns - MINUTE)
    bench.clock.advance(600)
    bench.watch.turn()
    _, bench.post = bench.server("one")
    bench.post.turn()
    assert bench.told == ["firing", "resolved"]


def test_what_was_missed_while_nobody_looked_is_looked_at_afterwards(bench: Bench):
    kept = bench.add()
    bench.minutes(0)
    bench.held.add(10, bench.clock.now_ns, is_error=True)
    bench.clock.advance(1_800)
    bench.turn()
    assert bench.told == ["firing", "resolved"]
    (firing,) = bench.catalog.alerts.history.firings(kept.id, 10)
    assert firing.ended_ns - firing.began_ns == 5 * MINUTE


def test_a_store_that_is_away_is_not_silence(bench: Bench):
    kept = bench.add(measure="no_data", comparison="below", threshold=1)
    bench.minutes(0, 0)
    bench.held.is_away = True
    for _ in range(10):
        bench.turn()
    standing = bench.catalog.alerts.rules.standings(bench.project)[kept.id]
    assert (bench.told, standing.phase, standing.problem) == ([], "ok", "the store does not answer")
    bench.held.is_away = False
    bench.turn()
    assert bench.told == ["firing"]
    assert bench.catalog.alerts.rules.standings(bench.project)[kept.id].problem == ""


def test_what_is_not_loaded_yet_is_not_silence(bench: Bench):
    bench.add(measure="no_data", comparison="below", threshold=1)
    bench.minutes(0, 0)
    bench.loaded_until_ns = bench.clock.now_ns
    for _ in range(10):
        bench.turn()
    assert bench.told == []
    bench.loaded_until_ns = 2**62
    bench.turn()
    assert bench.told == ["firing"]


def test_of_two_servers_on_one_catalog_one_watches(bench: Bench):
    bench.add()
    bench.minutes(0)
    other, _ = bench.server("two")
    bench.held.add(10, bench.clock.now_ns - MINUTE, is_error=True)
    bench.clock.advance(60)
    assert (other.turn(), bench.watch.turn()) == (0, 1)
    bench.post.turn()
    assert bench.told == ["firing"]
    bench.clock.advance(300)
    assert other.turn() == 1


def test_two_that_watch_at_once_note_it_once(bench: Bench):
    kept = bench.add()
    bench.minutes(0)
    before = bench.catalog.alerts.rules.standings(bench.project)[kept.id]
    bench.minutes(10)
    assert bench.told == ["firing"]
    assert not bench.catalog.alerts.rules.advance(kept, before, before, (), ())


def test_a_silenced_alert_tells_nobody_until_the_silence_is_over(bench: Bench):
    kept = bench.add()
    bench.catalog.alerts.rules.silence(bench.project, kept.id, bench.clock.now_ns + 5 * MINUTE)
    bench.minutes(10, 10)
    assert bench.told == []
    assert bench.catalog.alerts.history.firings(kept.id, 10)[0].ended_ns == 0
    assert bench.catalog.alerts.rules.count_firing(bench.project) == 0
    bench.minutes(10, 10, 10, 10)
    assert bench.told == ["firing"]


def test_what_nobody_was_told_of_is_not_told_to_be_over(bench: Bench):
    kept = bench.add()
    bench.catalog.alerts.rules.silence(bench.project, kept.id, 2**62)
    bench.minutes(10, *[0] * 12)
    assert bench.told == []
    assert bench.catalog.alerts.history.firings(kept.id, 10)[0].ended_ns > 0


def test_it_is_told_again_as_often_as_the_rule_says(bench: Bench):
    bench.add(repeat_s=300)
    bench.minutes(*[10] * 12)
    assert bench.told == ["firing", "again", "again"]
    assert "It fires since" in bench.receiver.received[-1].json["text"]


def test_another_condition_begins_anew(bench: Bench):
    kept = bench.add()
    bench.minutes(0, 10)
    bench.catalog.alerts.rules.change(
        rule(id=kept.id, project_id=bench.project, channels=kept.channels, threshold=0.99)
    )
    assert bench.catalog.alerts.rules.standings(bench.project) == {}
    assert bench.catalog.alerts.history.firings(kept.id, 10)[0].ended_ns > 0
    bench.minutes(10)
    assert bench.told == ["firing"]


def test_another_name_does_not(bench: Bench):
    kept = bench.add()
    bench.minutes(0, 10)
    bench.catalog.alerts.rules.change(rule(id=kept.id, project_id=bench.project, name="Many errors"))
    bench.minutes(10)
    assert bench.told == ["firing"]
    assert bench.catalog.alerts.rules.count_firing(bench.project) == 1


def test_a_channel_that_fails_is_tried_again_later_and_in_order(bench: Bench):
    kept = bench.add()
    bench.receiver.statuses = [503, 503, 200]
    bench.minutes(0, 10)
    bench.minutes(*[0] * 9)
    assert bench.told[:2] == ["firing", "firing"]
    assert bench.told[2:] == ["firing", "resolved"]
    (firing,) = bench.catalog.alerts.history.firings(kept.id, 10)
    assert [(telling.state, telling.tries) for telling in firing.tellings] == [("sent", 3), ("sent", 1)]


def test_a_channel_that_fails_for_good_is_given_up_and_that_is_said(bench: Bench):
    kept = bench.add()
    bench.receiver.statuses = [410]
    bench.minutes(10)
    bench.minutes(10, 10)
    (telling,) = bench.catalog.alerts.history.firings(kept.id, 10)[0].tellings
    assert (telling.state, telling.answer, len(bench.told)) == ("failed", "410 Gone thank you", 1)


def test_tries_come_to_an_end(bench: Bench):
    kept = bench.add()
    bench.receiver.statuses = [500]
    bench.minutes(*[10] * 20)
    (telling,) = bench.catalog.alerts.history.firings(kept.id, 10)[0].tellings
    assert (telling.state, telling.tries, len(bench.told)) == ("failed", 3, 3)


def test_a_notice_that_was_taken_and_not_noted_is_sent_again(bench: Bench):
    bench.add()
    bench.held.add(10, bench.clock.now_ns - MINUTE, is_error=True)
    bench.clock.advance(60)
    bench.watch.turn()
    (taken,) = bench.catalog.alerts.history.take_due(5, for_s=30)
    assert bench.catalog.alerts.history.take_due(5, for_s=30) == []
    bench.post.turn()
    assert bench.told == []
    bench.clock.advance(31)
    bench.post.turn()
    assert [got.json["id"] for got in bench.receiver.received] == [taken.id]


def test_a_channel_that_is_gone_is_said(bench: Bench):
    kept = bench.add()
    bench.held.add(10, bench.clock.now_ns - MINUTE, is_error=True)
    bench.clock.advance(60)
    bench.watch.turn()
    bench.catalog.alerts.channels.remove(bench.project, bench.channel.id)
    bench.post.turn()
    (telling,) = bench.catalog.alerts.history.firings(kept.id, 10)[0].tellings
    assert (telling.state, telling.answer) == ("failed", "the channel is gone")


def test_an_alert_that_is_off_is_not_looked_at(bench: Bench):
    bench.add(is_on=False)
    bench.minutes(10, 10)
    assert (bench.told, bench.held.asked) == ([], 0)


def test_filters_narrow_what_is_looked_at(bench: Bench):
    bench.add(filters='{"models":["claude-sonnet-5"]}')
    bench.minutes(10, 10)
    assert bench.told == []
    bench.held.add(3, bench.clock.now_ns - MINUTE, is_error=True, model="claude-sonnet-5")
    bench.turn()
    assert bench.told == ["firing"]


def test_long_windows_are_looked_at_less_often(bench: Bench):
    bench.add(measure="cost", window="1h", threshold=5, hold_s=0)
    for _ in range(20):
        bench.turn()
    assert 4 <= bench.held.asked <= 5


def test_old_firings_are_forgotten(bench: Bench):
    kept = bench.add()
    for _ in range(3):
        bench.minutes(10, *[0] * 6)
        bench.clock.advance(600)
    history = bench.catalog.alerts.history
    assert len(history.firings(kept.id, 10)) == 3
    assert history.forget_old(2) == 1
    assert len(history.firings(kept.id, 10)) == 2
