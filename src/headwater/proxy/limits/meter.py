"""Limits: may this call be made, and what did it use?

A window is fixed and aligned to UTC: the minute, the hour, the day from midnight, the month from its first. So up to
twice a limit can pass within one window's length, half of it on either side of the turn.

- `requests` and `concurrent` are taken before the call, all or nothing: a call that one limit refuses uses up none.
- `tokens` and `cost_usd` are known when a call has ended, and are booked then, in the window of that moment. A call is
  let through as long as less than the limit is spent, so the overshoot is what the calls then under way use; a limit of
  concurrent calls bounds it.
- A call whose usage nobody knows (a stream that broke off), or whose model has no price, books 0 and is counted as
  missing from the sum.
- Calls that name no user, or no session, share one count where a limit is per user or per session.
- A call for which no slot is free is let through and counted as uncounted: that can befall only users and sessions, of
  whom a caller can invent as many as he likes anyway.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from headwater import clock
from headwater.access import Limit, Policy
from headwater.proxy.limits.counters import Counters, Flying, Window

_SECOND_NS = 10**9
_LENGTH_NS = {"minute": 60 * _SECOND_NS, "hour": 3600 * _SECOND_NS, "day": 86_400 * _SECOND_NS}
_UNITS = {"requests": "requests", "concurrent": "calls at a time", "tokens": "tokens", "cost_usd": "USD"}
# A client that would wait longer than this inside one call had better be told no.
_PATIENCE_S = 60


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A call is refused by this limit, of which `used` is gone. Another may do at `resets_ns` (Unix)."""

    limit: Limit
    used: float
    retry_after_s: int
    resets_ns: int

    @property
    def is_final(self) -> bool:
        """Whether a client should give up rather than wait: some wait for hours where `retry-after` says so."""
        return self.retry_after_s > _PATIENCE_S

    @property
    def words(self) -> str:
        """For people: which limit, what was used of what, when it resets."""
        limit = self.limit
        whose = "this key" if limit.key_id else "this project"
        whom = whose if limit.per == "all" else f"each {limit.per} of {whose}"
        window = f" per {limit.window}" if limit.window else ""
        said = f"the limit of {_amount(limit.amount)} {_UNITS[limit.measure]}{window} for {whom} is reached"
        if limit.measure == "concurrent":
            return f"{said}: {_amount(self.used)} are under way; send again when one has ended"
        at = datetime.fromtimestamp(self.resets_ns // _SECOND_NS, UTC)
        return f"{said}: {_amount(self.used)} used; it resets in {self.retry_after_s} s, at {at:%Y-%m-%dT%H:%M:%SZ}"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How a limit stands: `used` of `limit.amount` until `resets_ns` (Unix; None for calls under way).

    `unknown` calls are missing from a sum of tokens or cost, as nobody knows what they used.
    """

    limit: Limit
    used: float
    resets_ns: int | None
    unknown: int


class Metered(msgspec.Struct, frozen=True, kw_only=True):
    """What this process saw since it began: refused and unknown calls by measure, and what found no free slot."""

    refused: dict[str, int] = {}
    unknown: dict[str, int] = {}
    uncounted: int = 0


class _Gauge:
    """A limit, with where it is counted."""

    def __init__(self, limit: Limit, counters: Counters) -> None:
        self.limit = limit
        is_named = limit.per != "all"
        self.spent = counters.spent_of_names if is_named else counters.spent_of_limits
        self.flying = counters.flying_of_names if is_named else counters.flying_of_limits
        # Its kind, of which there is one, rather than its id: a budget that is raised keeps what is spent of it.
        parts = (limit.project_id, limit.key_id, limit.per, limit.measure, limit.window, "")
        self._hash = hashlib.blake2b("\0".join(parts).encode(), digest_size=16)
        self._key = self._hash.digest()

    def key(self, user_id: str, session_id: str) -> bytes:
        """16 bytes that stand for whom this call counts under."""
        if self.limit.per == "all":
            return self._key
        named = self._hash.copy()
        # A header may hold bytes that are no text.
        named.update((user_id if self.limit.per == "user" else session_id).encode(errors="surrogatepass"))
        return named.digest()

    def used(self, key: bytes, window: Window) -> float:
        """What is gone. To be asked while the counters are held."""
        if self.limit.measure == "concurrent":
            return self.flying.count(key, self.limit.amount)
        return self.spent.used(key, window)


_Share = tuple[_Gauge, bytes, Window]


class Ticket:
    """Leave for one call. `done` gives it back, and must be called however the call ends, or its place stays taken.

    Both take None for what nobody knows. From any thread; some microseconds.
    """

    __slots__ = ("_flown", "_is_done", "_meter", "_spends")

    def __init__(
        self,
        meter: "Meter | None" = None,
        flown: Sequence[tuple[Flying, int]] = (),
        spends: Sequence[tuple[_Gauge, bytes]] = (),
    ) -> None:
        self._meter = meter
        self._flown = flown
        self._spends = spends
        self._is_done = False

    def book(self, tokens: int | None, cost_usd: float | None) -> None:
        """Part of the call used this: one response of many over a connection, which may have ended meanwhile."""
        if self._meter is not None and self._spends:
            self._meter.settle((), self._spends, {"tokens": tokens, "cost_usd": cost_usd})

    def done(self, tokens: int | None, cost_usd: float | None) -> None:
        """The call has ended, and used this beside what was booked; 0 where it failed. Again, it does nothing."""
        is_done, self._is_done = self._is_done, True
        if self._meter is not None and not is_done:
            self._meter.settle(self._flown, self._spends, {"tokens": tokens, "cost_usd": cost_usd})


_FREE = Ticket()


class Meter:
    """Holds calls to their limits. Any thread may ask; each step takes microseconds and waits for no disk."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._gauges: dict[str, _Gauge] = {}
        self._windows: dict[str, Window] = {"": Window(0, 0, 0)}
        self._refused: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()
        self._uncounted = 0

    def admit(self, policy: Policy, user_id: str, session_id: str, now_ns: int) -> Hit | Ticket:
        """Leave for a call of this policy's key, or the limit that refuses it; of several, the one that resets last."""
        if not policy.limits:
            return _FREE
        shares = self._shares(policy.limits, user_id, session_id, now_ns)
        over: list[tuple[_Share, float]] = []
        with self._counters:
            for share in shares:
                gauge, key, window = share
                used = gauge.used(key, window)
                if used >= gauge.limit.amount:
                    over.append((share, used))
            if not over:
                return self._take(shares, now_ns)
            (gauge, _, window), used = max(over, key=_resets_ns)
            self._refused[gauge.limit.measure] += 1
        return _hit(gauge.limit, window, used, now_ns)

    def settle(
        self,
        flown: Iterable[tuple[Flying, int]],
        spends: Iterable[tuple[_Gauge, bytes]],
        amounts: Mapping[str, float | None],
    ) -> None:
        """Give back the places of a call and book what it spent: what tickets do when they are done."""
        now_ns = clock.now_ns()
        with self._counters:
            for flying, slot in flown:
                flying.give_back(slot)
            for gauge, key in spends:
                self._book(gauge, key, amounts[gauge.limit.measure], now_ns)

    def reading(self, policy: Policy, now_ns: int, user_id: str = "", session_id: str = "") -> list[Reading]:
        """How the limits of a policy stand; those per user or session only for the one that is named."""
        named = {"all": True, "user": bool(user_id), "session": bool(session_id)}
        limits = [limit for limit in policy.limits if named[limit.per]]
        shares = self._shares(limits, user_id, session_id, now_ns)
        with self._counters:
            return [
                Reading(
                    limit=gauge.limit,
                    used=gauge.used(key, window),
                    resets_ns=window.end_ns or None,
                    unknown=gauge.spent.unknown(key, window),
                )
                for gauge, key, window in shares
            ]

    def metered(self) -> Metered:
        """What this process saw since it began."""
        return Metered(refused=dict(self._refused), unknown=dict(self._unknown), uncounted=self._uncounted)

    def _shares(self, limits: Iterable[Limit], user_id: str, session_id: str, now_ns: int) -> list[_Share]:
        shares: list[_Share] = []
        for limit in limits:
            gauge = self._gauges.get(limit.id)
            if gauge is None or (gauge.limit is not limit and gauge.limit != limit):
                gauge = self._gauges[limit.id] = _Gauge(limit, self._counters)
            shares.append((gauge, gauge.key(user_id, session_id), self._window(limit.window, now_ns)))
        return shares

    def _window(self, kind: str, now_ns: int) -> Window:
        window = self._windows.get(kind)
        if window is None or (kind and not window.start_ns <= now_ns < window.end_ns):
            window = self._windows[kind] = _window(kind, now_ns)
        return window

    def _take(self, shares: Iterable[_Share], now_ns: int) -> Ticket:
        flown: list[tuple[Flying, int]] = []
        spends: list[tuple[_Gauge, bytes]] = []
        for gauge, key, window in shares:
            measure = gauge.limit.measure
            if measure == "requests":
                self._uncounted += not gauge.spent.add(key, window, now_ns, 1)
            elif measure == "concurrent":
                slot = gauge.flying.take(key)
                if slot >= 0:
                    flown.append((gauge.flying, slot))
                else:
                    self._uncounted += 1
            else:
                spends.append((gauge, key))
        return Ticket(self, flown, spends) if flown or spends else _FREE

    def _book(self, gauge: _Gauge, key: bytes, amount: float | None, now_ns: int) -> None:
        window = self._window(gauge.limit.window, now_ns)
        if amount is not None and amount >= 0:
            self._uncounted += not gauge.spent.add(key, window, now_ns, amount)
        else:
            self._unknown[gauge.limit.measure] += 1
            self._uncounted += not gauge.spent.add(key, window, now_ns, 0.0, 1)


def _resets_ns(over: tuple[_Share, float]) -> int:
    return over[0][2].end_ns


def _hit(limit: Limit, window: Window, used: float, now_ns: int) -> Hit:
    """A concurrent call may end at any moment: a second is as good a guess as another."""
    resets_ns = window.end_ns or now_ns + _SECOND_NS
    retry_after_s = max(1, math.ceil((resets_ns - now_ns) / _SECOND_NS))
    return Hit(limit=limit, used=used, retry_after_s=retry_after_s, resets_ns=resets_ns)


def _window(kind: str, now_ns: int) -> Window:
    """The window of this kind that `now_ns` lies in. Unix time knows no leap seconds, so all but months are even."""
    length_ns = _LENGTH_NS.get(kind)
    if length_ns is not None:
        start_ns = now_ns - now_ns % length_ns
        return Window(start_ns, start_ns + length_ns, start_ns + 2 * length_ns)
    moment = datetime.fromtimestamp(now_ns // _SECOND_NS, UTC)
    first = moment.year * 12 + moment.month - 1
    return Window(_month_ns(first), _month_ns(first + 1), _month_ns(first + 2))


def _month_ns(months: int) -> int:
    """Where a month begins, by its number since the year 0."""
    return int(datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC).timestamp()) * _SECOND_NS


def _amount(number: float) -> str:
    """1,500 or 0.0025: no exponent, and no zeros that say nothing."""
    return f"{number:,.6f}".rstrip("0").rstrip(".")
