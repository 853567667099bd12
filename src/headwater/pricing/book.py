"""Prices of calls: the user's own first, then the list's."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fnmatch import translate

from headwater.errors import BadRequest
from headwater.event import Call
from headwater.pricing.bundled import Listed, find_listed, listed_rates
from headwater.pricing.names import is_billed, listed_provider
from headwater.pricing.priced import BUCKETS, OwnPrice, Priced, Tariff
from headwater.pricing.rates import Price, Rates

_NS_PER_S = 1_000_000_000
_NS_PER_DAY = 86_400 * _NS_PER_S
_NS_PER_MINUTE = 60 * _NS_PER_S
_MAX_RESOLVED = 20_000
WITHOUT_OUTPUT = frozenset({"embeddings", "moderation", "speech", "count_tokens"})
"""Operations that give no tokens back; their output may go unsaid."""


_Key = tuple[str, str, str, str, bool, str, int]


class _Own:
    """A user's price, checked and compiled."""

    def __init__(self, price: OwnPrice) -> None:
        self.provider = listed_provider(price.provider)
        self.valid_from_ns = price.valid_from_ns
        self.is_shared = not price.project
        self._pattern = re.compile(translate(price.model.lower()))
        self.rates = Rates(f"own:{price.id}", {bucket: Price(usd) for bucket, usd in _checked(price).items()})

    def holds_for(self, provider: str, models: Sequence[str]) -> bool:
        if self.provider not in ("", provider):
            return False
        return any(self._pattern.match(model.lower()) is not None for model in models)


class _Resolved:
    """The prices of one model in one tier on one day: own ones by the time they start, newest first, and the list's."""

    def __init__(self, own: list[_Own], listed: Rates | None, timed: Listed | None) -> None:
        self.own = own
        self.listed = listed
        self.timed = timed


class PriceBook:
    """Answers what calls cost. Never asks the network; what it cannot price has no price, not a price of 0.

    Prices are resolved once for each provider, model, service tier and day, and kept (a bounded number of them).
    """

    def __init__(self, own: Sequence[OwnPrice] = ()) -> None:
        """`own` prices win over the list, a project's over those of every project; of several that fit, the one valid
        last, then the one given last. Raises BadRequest for one that cannot be meant."""
        self.own = tuple(own)
        compiled = [_Own(price) for price in own]
        self._compiled = sorted(reversed(compiled), key=lambda price: (price.is_shared, -price.valid_from_ns))
        self._resolved: dict[_Key, _Resolved] = {}
        self._by_minute: dict[_Key, Rates | None] = {}

    def price(self, call: Call, at_ns: int) -> Priced | None:
        """The cost of a call made at a time (Unix nanoseconds); None where usage or prices are unknown.

        Where the call says what it is priced as, that model's price holds, also for who runs models of their own.
        """
        usage = call.usage
        if usage is None or usage.input is None:
            return None
        output = usage.output
        if output is None:
            if call.operation not in WITHOUT_OUTPUT:
                return None
            output = 0
        rates = self._rates(_key(call, at_ns // _NS_PER_DAY), at_ns)
        return None if rates is None else rates.priced(usage, output)

    def tariffs(self, call: Call, days: Iterable[int]) -> list[tuple[int, Tariff | None]]:
        """The prices of calls such as this one on some days (of UTC, since 1970), None where there are none, each with
        the moment (Unix nanoseconds) from which on it holds. What the call used is not looked at."""
        found: list[tuple[int, Tariff | None]] = []
        for day in sorted(days):
            key, day_ns = _key(call, day), day * _NS_PER_DAY
            resolved = self._resolved.get(key) or self._resolve(key, day_ns)
            turns = {day_ns + second * _NS_PER_S for second in (resolved.timed.turns_s if resolved.timed else ())}
            turns |= {own.valid_from_ns for own in resolved.own if own.valid_from_ns // _NS_PER_DAY == day}
            for at_ns in sorted({day_ns, *turns}):
                rates = self._rates(key, at_ns)
                tariff = None if rates is None else rates.tariff
                if not found or found[-1][1] != tariff:
                    found.append((at_ns, tariff))
        return found

    def _rates(self, key: _Key, at_ns: int) -> Rates | None:
        resolved = self._resolved.get(key)
        if resolved is None:
            resolved = self._resolve(key, at_ns)
        for own in resolved.own:
            if at_ns >= own.valid_from_ns:
                return own.rates
        return resolved.listed if resolved.timed is None else self._timed_rates(resolved.timed, key, at_ns)

    def _resolve(self, key: _Key, at_ns: int) -> _Resolved:
        provider, answered, asked, tier, is_image, priced_as, _ = key
        models = [priced_as] if priced_as else [model for model in (answered, asked) if model]
        own = [price for price in self._compiled if price.holds_for(listed_provider(provider), models)]
        is_listed = is_billed(provider) or priced_as
        found = (find_listed(provider, model) for model in models) if is_listed else iter(())
        listed = next((one for one in found if one is not None), None)
        timed = listed if listed is not None and listed.is_timed else None
        rates = None
        if listed is not None and timed is None:
            rates = listed_rates(listed, at_ns, tier, is_image=is_image)
        if len(self._resolved) >= _MAX_RESOLVED:
            self._resolved.clear()
        self._resolved[key] = resolved = _Resolved(own, rates, timed)
        return resolved

    def _timed_rates(self, timed: Listed, key: _Key, at_ns: int) -> Rates | None:
        """Prices that change within a day hold for whole minutes."""
        minute_key = (*key[:6], at_ns // _NS_PER_MINUTE)
        if minute_key not in self._by_minute:
            if len(self._by_minute) >= _MAX_RESOLVED:
                self._by_minute.clear()
            self._by_minute[minute_key] = listed_rates(timed, at_ns, key[3], is_image=key[4])
        return self._by_minute[minute_key]


def _key(call: Call, day: int) -> _Key:
    is_image = call.operation == "image_generation"
    tier = call.service_tier
    return call.provider, call.response_model, call.request_model, tier, is_image, call.priced_as, day


def _checked(price: OwnPrice) -> dict[str, Decimal]:
    for bucket, usd in price.usd_per_million.items():
        if bucket not in BUCKETS:
            raise BadRequest(f"own price {price.id!r} names the bucket {bucket!r}; use one of {', '.join(BUCKETS)}")
        if not usd.is_finite() or usd < 0:
            raise BadRequest(f"own price {price.id!r} has {usd} for {bucket!r}; give US dollars per million, 0 or more")
    return dict(price.usd_per_million)
