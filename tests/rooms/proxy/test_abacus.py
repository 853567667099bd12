"""Limits against the plainest reading of their rules, over any order of calls, ends and pauses."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater import clock
from headwater.access import Limit, Policy
from headwater.proxy.limits.counters import Counters, Shape
from headwater.proxy.limits.meter import Meter, Ticket
from tests.conftest import HeldClock

LIMITS = (
    Limit(id="0", project_id="p", measure="requests", window="minute", amount=5),
    Limit(id="1", project_id="p", measure="requests", window="hour", amount=3, per="user"),
    Limit(id="2", project_id="p", measure="tokens", window="day", amount=20),
    Limit(id="3", project_id="p", measure="cost_usd", window="minute", amount=2, per="session"),
    Limit(id="4", project_id="p", measure="concurrent", window="", amount=2, per="session"),
)
POLICY = Policy(project_id="p", key_id="k", limits=LIMITS)
SHAPE = Shape(limits=64, names=64, flying=64, workers=1)
SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}


class Abacus:
    """Counts with a dictionary, by whoever is counted and the number of the window."""

    def __init__(self, held: HeldClock) -> None:
        self._held = held
        self._beads: Counter[tuple[str, int, str]] = Counter()

    def _rows(self, user: str, session: str) -> list[tuple[str, int, str]]:
        names = {"all": "", "user": user, "session": session}
        now_s = self._held.now_ns // 10**9
        return [(limit.id, now_s // SECONDS[limit.window] if limit.window else 0, names[limit.per]) for limit in LIMITS]

    def admit(self, user: str, session: str) -> bool:
        """Count a call, if it may be made."""
        rows = self._rows(user, session)
        if any(self._beads[row] >= limit.amount for row, limit in zip(rows, LIMITS, strict=True)):
            return False
        self._beads.update([rows[0], rows[1], rows[4]])
        return True

    def done(self, user: str, session: str, tokens: int) -> None:
        """Count what a call used, which costs half as many dollars."""
        _, _, spent, cost, under_way = self._rows(user, session)
        self._beads[spent] += tokens
        self._beads[cost] += tokens // 2
        self._beads[under_way] -= 1


class Both:
    """A meter and an abacus, which are told the same."""

    def __init__(self, counters: Counters, held: HeldClock) -> None:
        self._held = held
        self._meter = Meter(counters)
        self._abacus = Abacus(held)
        self._under_way: list[tuple[Ticket, str, str]] = []

    def call(self, user: str, session: str) -> None:
        """A call comes in, and both say the same of it."""
        outcome = self._meter.admit(POLICY, user, session, self._held.now_ns)
        assert isinstance(outcome, Ticket) == self._abacus.admit(user, session)
        if isinstance(outcome, Ticket):
            self._under_way.append((outcome, user, session))

    def end(self, which: int, tokens: int) -> None:
        """A call ends, if there are so many."""
        for ticket, user, session in self._under_way[which : which + 1]:
            ticket.done(tokens, tokens // 2)
            self._abacus.done(user, session, tokens)
        del self._under_way[which : which + 1]

    def wait(self, seconds: int) -> None:
        """Time passes."""
        self._held.advance(seconds)


_CALLS = st.tuples(st.just("call"), st.sampled_from(["", "ann", "bob"]), st.sampled_from(["", "s", "t"]))
_ENDS = st.tuples(st.just("end"), st.integers(0, 3), st.integers(0, 8))
_WAITS = st.tuples(st.just("wait"), st.integers(1, 4000))


@given(st.lists(_CALLS | _ENDS | _WAITS, max_size=60))
def test_a_meter_and_an_abacus_agree(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Any, ...]]):
    held = HeldClock()
    counters = Counters(tmp_path_factory.mktemp("abacus") / "limits", SHAPE)
    both = Both(counters, held)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now_ns", lambda: held.now_ns)
        for verb, *told in steps:
            getattr(both, verb)(*told)
    counters.close()
