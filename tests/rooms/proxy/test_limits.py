"""Limits, as one worker sees them, under a clock that is held."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from headwater.access import Limit, Policy
from headwater.proxy.limits.counters import Counters, Shape
from headwater.proxy.limits.meter import Hit, Meter, Metered, Reading, Ticket
from tests.conftest import HeldClock

# One bucket of each kind, so that whatever is counted meets.
SMALL = Shape(limits=64, names=64, flying=64, workers=4)


@pytest.fixture
def counters(tmp_path: Path) -> Iterator[Counters]:
    """Counters of a machine with one worker."""
    made = Counters(tmp_path / "limits", SMALL)
    yield made
    made.close()


@pytest.fixture
def meter(counters: Counters) -> Meter:
    """Its meter."""
    return Meter(counters)


def _limit(**fields: Any) -> Limit:
    """A limit of one request a minute, but for what is given."""
    usual: dict[str, Any] = {"id": "1", "project_id": "p", "measure": "requests", "window": "minute", "amount": 1}
    return Limit(**usual | fields)


def _policy(*limits: Limit, key_id: str = "k") -> Policy:
    return Policy(project_id="p", key_id=key_id, limits=limits)


def _asked(meter: Meter, held: HeldClock, policy: Policy, *, user: str = "", session: str = "") -> Hit | Ticket:
    return meter.admit(policy, user, session, held.now_ns)


def _let(meter: Meter, held: HeldClock, policy: Policy, *, user: str = "", session: str = "") -> Ticket:
    """A call that must be let through."""
    outcome = _asked(meter, held, policy, user=user, session=session)
    assert isinstance(outcome, Ticket)
    return outcome


def _is_let(meter: Meter, held: HeldClock, policy: Policy, *, user: str = "", session: str = "") -> bool:
    return isinstance(_asked(meter, held, policy, user=user, session=session), Ticket)


def _used(meter: Meter, held: HeldClock, policy: Policy, user: str = "") -> list[float]:
    return [reading.used for reading in meter.reading(policy, held.now_ns, user)]


def _at(held: HeldClock, moment: datetime) -> None:
    held.now_ns = int(moment.timestamp()) * 10**9


def test_a_limit_lets_through_what_it_says_and_tells_when_more_may_come(meter: Meter, held_clock: HeldClock):
    _at(held_clock, datetime(2026, 11, 18, 12, 0, 26, tzinfo=UTC))
    limit = _limit(amount=2, key_id="k")
    _let(meter, held_clock, _policy(limit))
    _let(meter, held_clock, _policy(limit))
    turn_ns = held_clock.now_ns + 34 * 10**9
    held_clock.advance(0.75)
    hit = _asked(meter, held_clock, _policy(limit))
    assert hit == Hit(limit=limit, used=2, retry_after_s=34, resets_ns=turn_ns)
    assert isinstance(hit, Hit)
    assert not hit.is_final
    assert hit.words == (
        "the limit of 2 requests per minute for this key is reached: 2 used; it resets in 34 s, at 2026-11-18T12:01:00Z"
    )


@pytest.mark.parametrize(
    ("window", "now", "turn"),
    [
        ("minute", datetime(2026, 11, 18, 12, 59, 30, tzinfo=UTC), datetime(2026, 11, 18, 13, tzinfo=UTC)),
        ("hour", datetime(2026, 11, 18, 23, 5, tzinfo=UTC), datetime(2026, 11, 19, tzinfo=UTC)),
        ("day", datetime(2026, 2, 28, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
        ("month", datetime(2028, 2, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
        ("month", datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_windows_turn_with_the_minute_hour_day_and_month_of_utc(
    meter: Meter,
    held_clock: HeldClock,
    window: Literal["minute", "hour", "day", "month"],
    now: datetime,
    turn: datetime,
):
    policy = _policy(_limit(window=window))
    _at(held_clock, now)
    _let(meter, held_clock, policy)
    _at(held_clock, turn)
    held_clock.now_ns -= 1
    hit = _asked(meter, held_clock, policy)
    assert isinstance(hit, Hit)
    assert (hit.retry_after_s, hit.resets_ns) == (1, held_clock.now_ns + 1)
    held_clock.now_ns += 1
    _let(meter, held_clock, policy)


def test_a_call_that_one_limit_refuses_uses_up_none_of_the_others(meter: Meter, held_clock: HeldClock):
    wide = _limit(id="wide", amount=100)
    flying = _limit(id="flying", measure="concurrent", window="", amount=100)
    policy = _policy(wide, flying, _limit(id="narrow", window="day"), _limit(id="mine", per="user", amount=100))
    _let(meter, held_clock, policy, user="ann").done(0, 0)
    for _ in range(5):
        assert not _is_let(meter, held_clock, policy, user="ann")
    assert _used(meter, held_clock, policy, "ann") == [1, 0, 1, 1]


def test_of_several_limits_in_the_way_the_one_that_resets_last_is_told(meter: Meter, held_clock: HeldClock):
    flying = _limit(id="0", measure="concurrent", window="")
    policy = _policy(flying, _limit(id="1"), _limit(id="2", window="day"), _limit(id="3", window="hour"))
    _let(meter, held_clock, policy)
    hit = _asked(meter, held_clock, policy)
    assert isinstance(hit, Hit)
    assert (hit.limit.id, hit.is_final) == ("2", True)


def test_each_user_and_each_session_has_a_count_and_the_nameless_share_one(meter: Meter, held_clock: HeldClock):
    policy = _policy(_limit(per="user", amount=2), _limit(id="2", per="session"))
    _let(meter, held_clock, policy, user="ann", session="a")
    _let(meter, held_clock, policy, user="ann", session="b")
    assert not _is_let(meter, held_clock, policy, user="ann", session="c")
    assert not _is_let(meter, held_clock, policy, user="bob", session="a")
    _let(meter, held_clock, policy, user="\udcff", session="c")
    _let(meter, held_clock, policy)
    assert not _is_let(meter, held_clock, policy)


def test_a_session_is_not_the_user_of_that_name(meter: Meter, held_clock: HeldClock):
    users, sessions = _policy(_limit(per="user")), _policy(_limit(id="2", per="session"))
    assert [_is_let(meter, held_clock, users, user="ann") for _ in range(2)] == [True, False]
    _let(meter, held_clock, sessions, session="ann")


def test_the_words_say_whose_limit_it_is(meter: Meter, held_clock: HeldClock):
    limit = _limit(per="user", key_id="k", measure="cost_usd", window="day", amount=0.00025)
    _let(meter, held_clock, _policy(limit), user="ann").done(None, 1234.5)
    hit = _asked(meter, held_clock, _policy(limit), user="ann")
    assert isinstance(hit, Hit)
    assert hit.words.startswith(
        "the limit of 0.00025 USD per day for each user of this key is reached: 1,234.5 used; it resets in "
    )


def test_keys_share_what_their_project_may_and_not_what_each_may(meter: Meter, held_clock: HeldClock):
    project = _limit(id="project", amount=2)
    keys = [_policy(project, _limit(id=key, key_id=key), key_id=key) for key in "abc"]
    assert [_is_let(meter, held_clock, policy) for policy in (keys[0], keys[0], keys[1], keys[2])] == [
        True,
        False,
        True,
        False,
    ]


def test_spend_is_held_by_what_has_ended_so_calls_under_way_may_go_over_it(meter: Meter, held_clock: HeldClock):
    policy = _policy(_limit(measure="tokens", amount=1000), _limit(id="2", measure="cost_usd", amount=0.5))
    tickets = [_let(meter, held_clock, policy) for _ in range(3)]
    for ticket in tickets:
        ticket.done(999, 0.125)
        ticket.done(999, 0.125)
    hit = _asked(meter, held_clock, policy)
    assert isinstance(hit, Hit)
    assert (hit.limit.id, hit.used) == ("1", 2997)
    assert _used(meter, held_clock, policy) == [2997, 0.375]
    held_clock.advance(60)
    _let(meter, held_clock, policy).done(0, 0.5)
    assert not _is_let(meter, held_clock, policy)


def test_parts_of_a_call_are_booked_as_they_come_even_if_read_after_its_end(meter: Meter, held_clock: HeldClock):
    policy = _policy(_limit(measure="tokens", amount=10), _limit(id="2", measure="concurrent", window=""))
    ticket = _let(meter, held_clock, policy)
    ticket.book(4, 0)
    assert _used(meter, held_clock, policy) == [4, 1]
    ticket.done(0, 0)
    ticket.book(5, 0)
    assert _used(meter, held_clock, policy) == [9, 0]


def test_spend_counts_in_the_window_in_which_the_call_ends(meter: Meter, held_clock: HeldClock):
    policy = _policy(_limit(measure="tokens", amount=10))
    ticket = _let(meter, held_clock, policy)
    held_clock.advance(60)
    ticket.done(10, 0)
    assert not _is_let(meter, held_clock, policy)


@pytest.mark.parametrize("nothing", [None, float("nan"), -1])
def test_usage_that_nobody_knows_is_counted_as_missing(meter: Meter, held_clock: HeldClock, nothing: float | None):
    limits = (_limit(measure="tokens", amount=10), _limit(id="2", measure="cost_usd", amount=10))
    policy = _policy(*limits)
    _let(meter, held_clock, policy).done(3, 1)
    _let(meter, held_clock, policy).done(4, nothing)
    resets_ns = held_clock.now_ns // (60 * 10**9) * 60 * 10**9 + 60 * 10**9
    assert meter.reading(policy, held_clock.now_ns) == [
        Reading(limit=limits[0], used=7, resets_ns=resets_ns, unknown=0),
        Reading(limit=limits[1], used=1, resets_ns=resets_ns, unknown=1),
    ]
    assert meter.metered() == Metered(refused={}, unknown={"cost_usd": 1}, uncounted=0)
    held_clock.advance(60)
    _let(meter, held_clock, policy).done(1, 1)
    assert [(reading.used, reading.unknown) for reading in meter.reading(policy, held_clock.now_ns)] == [(1, 0), (1, 0)]


def test_a_call_under_way_takes_a_place_and_its_end_gives_it_back_once(meter: Meter, held_clock: HeldClock):
    limit = _limit(measure="concurrent", window="", amount=2)
    first, _ = _let(meter, held_clock, _policy(limit)), _let(meter, held_clock, _policy(limit))
    hit = _asked(meter, held_clock, _policy(limit))
    assert hit == Hit(limit=limit, used=2, retry_after_s=1, resets_ns=held_clock.now_ns + 10**9)
    assert isinstance(hit, Hit)
    assert hit.words == (
        "the limit of 2 calls at a time for this project is reached: 2 are under way; send again when one has ended"
    )
    held_clock.advance(86_400)
    first.done(1, 1)
    first.done(1, 1)
    assert _used(meter, held_clock, _policy(limit)) == [1]
    assert [_is_let(meter, held_clock, _policy(limit)) for _ in range(2)] == [True, False]
    assert meter.metered().refused == {"concurrent": 2}


def test_without_limits_nothing_is_touched(counters: Counters, meter: Meter, held_clock: HeldClock):
    with counters:
        # Whoever asked the counters here would wait for ever.
        _let(meter, held_clock, _policy()).done(1, 1)


def test_a_limit_that_is_replaced_by_another_of_its_kind_goes_on_counting(meter: Meter, held_clock: HeldClock):
    _let(meter, held_clock, _policy(_limit()))
    assert not _is_let(meter, held_clock, _policy(_limit()))
    for higher in (_limit(amount=2), _limit(id="another", amount=3)):
        _let(meter, held_clock, _policy(higher))
        assert not _is_let(meter, held_clock, _policy(higher))


@pytest.mark.parametrize(
    "other",
    [
        {"project_id": "q"},
        {"key_id": "k"},
        {"per": "user"},
        {"per": "session"},
        {"measure": "tokens"},
        {"window": "day"},
    ],
)
def test_limits_of_different_kinds_count_apart(meter: Meter, held_clock: HeldClock, other: dict[str, str]):
    first, second = _policy(_limit()), _policy(_limit(id="2", **other))
    assert [_is_let(meter, held_clock, first) for _ in range(2)] == [True, False]
    _let(meter, held_clock, second).done(1, 1)
    assert not _is_let(meter, held_clock, first)
    assert not _is_let(meter, held_clock, second)


def test_a_worker_whose_clock_is_just_before_the_turn_does_not_set_the_next_window_back(
    meter: Meter, held_clock: HeldClock
):
    policy = _policy(_limit(amount=3))
    _at(held_clock, datetime(2026, 11, 18, 12, tzinfo=UTC))
    _let(meter, held_clock, policy)
    held_clock.now_ns -= 1
    _let(meter, held_clock, policy)
    held_clock.now_ns += 1
    assert _used(meter, held_clock, policy) == [2]


@pytest.mark.parametrize(("days", "is_roomy"), [(-4000, True), (-1, True), (1, False), (40, False), (4000, True)])
def test_what_was_counted_under_a_wrong_clock_does_not_count_under_the_right_one(
    meter: Meter, held_clock: HeldClock, days: int, is_roomy: bool
):
    """What it counted for others gives its room up, at once if no window can be as far away."""
    policies = [_policy(_limit(id=str(number), key_id=str(number), window="hour")) for number in range(65)]
    right_ns = held_clock.now_ns
    held_clock.advance(timedelta(days=days).total_seconds())
    for policy in policies:
        _let(meter, held_clock, policy)
    assert meter.metered().uncounted == 1
    held_clock.now_ns = right_ns
    assert [_is_let(meter, held_clock, policies[0]) for _ in range(2)] == [True, False]
    assert [_is_let(meter, held_clock, policies[64]) for _ in range(2)] == [True, not is_roomy]


def test_names_past_the_room_for_them_are_let_through_and_counted_and_budgets_hold(meter: Meter, held_clock: HeldClock):
    """Who can invent users cannot crowd out what his key may spend."""
    policy = _policy(_limit(per="user"), _limit(id="all", amount=200, key_id="k"))
    for number in range(64):
        _let(meter, held_clock, policy, user=f"made up {number}")
    assert meter.metered().uncounted == 0
    for _ in range(136):
        _let(meter, held_clock, policy, user="one too many")
    assert meter.metered().uncounted == 136
    hit = _asked(meter, held_clock, policy, user="one too many")
    assert isinstance(hit, Hit)
    assert hit.limit.id == "all"


def test_the_room_of_a_window_that_is_over_is_given_to_others(meter: Meter, held_clock: HeldClock):
    policy = _policy(_limit(per="user"), _limit(id="day", per="user", window="day", amount=5))
    for minute in range(40):
        _let(meter, held_clock, policy, user="ann" if minute % 10 == 0 else f"user {minute}")
        held_clock.advance(60)
    assert meter.metered().uncounted == 0
    assert _used(meter, held_clock, policy, "ann") == [0, 4]


def test_the_room_of_calls_that_have_ended_is_given_to_others(meter: Meter, held_clock: HeldClock):
    policy = _policy(_limit(measure="concurrent", window="", per="user"))
    held = [_let(meter, held_clock, policy, user=f"user {number}") for number in range(63)]
    for number in range(100, 200):
        _let(meter, held_clock, policy, user=f"user {number}").done(0, 0)
    held.append(_let(meter, held_clock, policy, user="the last there is room for"))
    assert meter.metered().uncounted == 0
    _let(meter, held_clock, policy, user="one too many").done(0, 0)
    assert meter.metered().uncounted == 1
    assert [_used(meter, held_clock, policy, f"user {number}") for number in (0, 62, 150)] == [[1], [1], [0]]


def test_a_reading_tells_of_users_and_sessions_only_when_they_are_named(meter: Meter, held_clock: HeldClock):
    limits = (_limit(), _limit(id="2", per="user"), _limit(id="3", per="session"))
    policy = _policy(*limits)
    _let(meter, held_clock, policy, user="ann", session="s")
    now_ns = held_clock.now_ns
    assert [reading.limit.id for reading in meter.reading(policy, now_ns)] == ["1"]
    named = meter.reading(policy, now_ns, user_id="ann", session_id="other")
    assert [(reading.limit.id, reading.used) for reading in named] == [("1", 1), ("2", 1), ("3", 0)]


def test_threads_of_one_worker_count_exactly(meter: Meter, held_clock: HeldClock):
    policy = _policy(
        _limit(amount=900),
        _limit(id="2", measure="tokens", amount=10**9),
        _limit(id="3", measure="concurrent", window="", amount=50),
    )

    def ask() -> None:
        for _ in range(300):
            outcome = _asked(meter, held_clock, policy)
            if isinstance(outcome, Ticket):
                outcome.done(7, 0)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _used(meter, held_clock, policy) == [900, 6300, 0]
    assert meter.metered().refused == {"requests": 300}
