"""Sample prices: what the price pages ask, answered of calls in memory by a real price book; wishes that come true."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

import msgspec

from headwater.access import Catalog
from headwater.errors import BadRequest, NotFound
from headwater.event import Call
from headwater.pricing import OwnPrice, PriceBook
from headwater.query import (
    CallFilters,
    Change,
    ModelChange,
    ModelPriced,
    ModelsPriced,
    ModelTraded,
    PriceChange,
    PriceNow,
    PriceUsed,
    SpanShown,
    Time,
    Traded,
    WhatIf,
    read_time,
    show_time,
)
from headwater.web import RepricingShown

_DAY_NS = 86_400 * 10**9
Calls = Callable[[CallFilters], Iterable[SpanShown]]


class SamplePrices:
    """The answers for some calls; own prices are those of a catalog's project, where there is one."""

    def __init__(self, calls: Calls, now_ns: int) -> None:
        self._calls = calls
        self._now_ns = now_ns
        self.book: Callable[[], PriceBook] = PriceBook

    def prices(self, filters: CallFilters) -> ModelsPriced:
        """Models, those without a price first."""
        models = [self._priced(*key, calls) for key, calls in self._by_model(filters)]
        return ModelsPriced(models=tuple(sorted(models, key=lambda each: (each.now is not None, -each.calls))))

    def change(self, start: Time | None, end: Time | None) -> PriceChange:
        """What today's prices would change."""
        read_time(start, "start")
        filters = CallFilters(start=start or None, end=end or None)
        models = [
            ModelChange(provider=key[0], model=key[1], **self._change(calls)) for key, calls in self._by_model(filters)
        ]
        whole = {name: sum(getattr(each, name) for each in models) for name in Change.__struct_fields__}
        return PriceChange(start=None, end=None, whole=Change(**whole), models=tuple(models))

    def what_if(self, filters: CallFilters, provider: str, model: str) -> WhatIf:
        """All calls at another model."""
        now = self._now(Call(provider=provider, response_model=model))
        if now is None:
            raise BadRequest(f"model: no price is known of {model!r}; set one, or name another model")
        models = [
            ModelTraded(provider=key[0], model=key[1], **self._traded(calls, now))
            for key, calls in self._by_model(filters)
        ]
        whole = {name: sum(getattr(each, name) for each in models) for name in Traded.__struct_fields__}
        return WhatIf(
            provider=provider,
            model=model,
            price=now,
            whole=Traded(**whole),
            models=tuple(models),
            left_out_calls=2,
            caveat="Another model's tokenizer counts the same text differently.",
        )

    def _by_model(self, filters: CallFilters) -> list[tuple[tuple[str, str], list[SpanShown]]]:
        def key(call: SpanShown) -> tuple[str, str]:
            return call.provider, call.model

        return [(name, list(found)) for name, found in groupby(sorted(self._calls(filters), key=key), key)]

    def _now(self, call: Call) -> PriceNow | None:
        tariff = self.book().tariffs(call, [self._now_ns // _DAY_NS])[-1][1]
        if tariff is None:
            return None
        usd = {bucket: float(amount) for bucket, amount in tariff.usd_per_million().items()}
        return PriceNow(version=tariff.version, usd_per_million=usd)

    def _priced(self, provider: str, model: str, calls: Sequence[SpanShown]) -> ModelPriced:
        costs = [call.cost_usd for call in calls if call.cost_usd is not None]
        versions = sorted({call.price_version for call in calls})
        return ModelPriced(
            provider=provider,
            model=model,
            calls=len(calls),
            input_tokens=sum(call.input_tokens or 0 for call in calls),
            output_tokens=sum(call.output_tokens or 0 for call in calls),
            cost_usd=sum(costs) if costs else None,
            unpriced_calls=len(calls) - len(costs),
            used=tuple(
                PriceUsed(
                    version=version,
                    calls=sum(call.price_version == version for call in calls),
                    untold_calls=sum(call.price_version == version and call.input_tokens is None for call in calls),
                    usd_per_million={},
                )
                for version in versions
            ),
            now=self._now(Call(provider=provider, response_model=model)),
        )

    def _after(self, calls: Sequence[SpanShown], now: PriceNow | None) -> list[float | None]:
        if now is None:
            return [None for _ in calls]
        usd = now.usd_per_million
        return [
            None
            if call.input_tokens is None or call.output_tokens is None
            else (call.input_tokens * usd.get("input", 0) + call.output_tokens * usd.get("output", 0)) / 1e6
            for call in calls
        ]

    def _change(self, calls: Sequence[SpanShown]) -> dict[str, Any]:
        after = self._after(calls, self._now(Call(provider=calls[0].provider, response_model=calls[0].model)))
        return {
            "calls": len(calls),
            "changed_calls": sum(call.cost_usd != then for call, then in zip(calls, after, strict=True)),
            "before_usd": sum(call.cost_usd or 0.0 for call in calls),
            "before_unpriced": sum(call.cost_usd is None for call in calls),
            "after_usd": sum(each or 0.0 for each in after),
            "after_unpriced": after.count(None),
        }

    def _traded(self, calls: Sequence[SpanShown], now: PriceNow) -> dict[str, Any]:
        after = self._after(calls, now)
        both = [
            (call.cost_usd, then) for call, then in zip(calls, after, strict=True) if None not in (call.cost_usd, then)
        ]
        return {
            "calls": len(calls),
            "compared_calls": len(both),
            "input_tokens": sum(call.input_tokens or 0 for call in calls),
            "output_tokens": sum(call.output_tokens or 0 for call in calls),
            "cost_usd": sum(before or 0.0 for before, _ in both),
            "other_usd": sum(then or 0.0 for _, then in both),
        }


def sample_book(catalog: Catalog, project: str) -> PriceBook:
    """The book of a project by what its catalog holds."""
    return PriceBook(
        [msgspec.convert(each, OwnPrice, from_attributes=True) for each in catalog.own_prices.of_project(project)]
    )


class SampleRepricings:
    """Two wishes of the past, and those that are asked for, which go on for ever."""

    def __init__(self, now_ns: int) -> None:
        self._now_ns = now_ns
        self._wishes = [
            self._wish(1, state="failed", problem="the disk is full", seen=120, changed=2),
            self._wish(2, state="done", seen=411, changed=36, ended=show_time(now_ns - 10**9)),
        ]

    def ask(self, project: str, since_ns: int, until_ns: int, asked_by: str) -> RepricingShown:
        """Ask; one at a time."""
        if since_ns >= until_ns:
            raise BadRequest("start: the stretch ends before it begins; give a start before the end")
        if any(wish.is_open for wish in self._wishes):
            raise BadRequest("calls of this project are being priced anew already; wait until that is done")
        fields: dict[str, Any] = {"end": show_time(until_ns), "asked_by": asked_by, "total": 411, "seen": 137}
        self._wishes.append(self._wish(len(self._wishes) + 1, state="running", **fields))
        return self._wishes[-1]

    def all(self, project: str) -> tuple[RepricingShown, ...]:
        """Newest first; none in the other project."""
        return tuple(reversed(self._wishes)) if project == "desk" else ()

    def one(self, project: str, wish_id: int) -> RepricingShown:
        """One of them."""
        found = [wish for wish in self.all(project) if wish.id == wish_id]
        if not found:
            raise NotFound(f"no re-pricing {wish_id} was asked for in this project")
        return found[0]

    def stop(self, project: str, wish_id: int) -> RepricingShown:
        """End it where it is."""
        wish = self.one(project, wish_id)
        if wish.is_open:
            wish = msgspec.structs.replace(wish, state="stopped", ended=show_time(self._now_ns))
            self._wishes[wish_id - 1] = wish
        return wish

    def _wish(self, wish_id: int, **fields: Any) -> RepricingShown:
        told: dict[str, Any] = {
            "start": None,
            "end": show_time(self._now_ns),
            "total": 411,
            "seen": 0,
            "changed": 0,
            "asked": show_time(self._now_ns - 7_200 * 10**9),
            "ended": None,
            "asked_by": "Mira",
            "problem": "",
        }
        return RepricingShown(id=wish_id, **{**told, **fields})
