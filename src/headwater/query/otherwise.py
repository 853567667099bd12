"""Otherwise: what stored calls would cost by today's prices, and what they would have cost at another model."""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from headwater.errors import BadRequest
from headwater.event import Call
from headwater.pricing import PriceBook
from headwater.query.ask import Asker
from headwater.query.conditions import IN_WINDOW, IS_CALL, Conditions, span_conditions
from headwater.query.filters import CallFilters
from headwater.query.found import bounds_of
from headwater.query.priced import Change, ModelChange, ModelTraded, PriceChange, Traded, WhatIf
from headwater.query.prices import price_now
from headwater.query.times import Time, read_time, show_time
from headwater.query.valued import Kind, Valued, value_calls
from headwater.query.windows import whole

_MOST_NAME = 200
_TEXT = "operation IN ('', 'chat', 'text_completion', 'generate_content')"
_CAVEAT = (
    "The token counts are those that the calls really used. Another model's tokenizer counts the same text differently,"
    " it may answer at another length, reason more or less, and its cache keeps other prefixes."
)
_Sum = TypeVar("_Sum", bound=Change | Traded)


def show_change(ask: Asker, start: Time | None, end: Time | None, book: PriceBook) -> PriceChange:
    """Return what pricing the calls of a stretch by the book would change; raises BadRequest."""
    start_ns, end_ns = read_time(start, "start"), read_time(end, "end")
    valued = value_calls(ask, whole(start_ns, end_ns), Conditions(), book, _as_it_was)
    models = [
        ModelChange(provider=each.provider, model=each.model, **_change(each))
        for each in sorted(valued, key=lambda each: (-abs(each.after - each.before), -each.changed, -each.calls))
    ]
    return PriceChange(
        start=None if start_ns is None else show_time(start_ns),
        end=None if end_ns is None else show_time(end_ns),
        whole=_whole(Change, [_change(each) for each in valued]),
        models=tuple(models),
    )


def _as_it_was(kind: Kind) -> Call:
    return Call(
        operation="image_generation" if kind.is_image else "chat",
        provider=kind.provider,
        request_model=kind.request_model,
        response_model=kind.model,
        service_tier=kind.service_tier,
        priced_as=kind.priced_as,
    )


def _change(valued: Valued) -> dict[str, Any]:
    return {
        "calls": valued.calls,
        "changed_calls": valued.changed,
        "before_usd": valued.before / 1e9,
        "before_unpriced": valued.unpriced_before,
        "after_usd": valued.after / 1e9,
        "after_unpriced": valued.unpriced_after,
    }


def _whole(shape: Callable[..., _Sum], parts: Iterable[Mapping[str, Any]]) -> _Sum:
    sums: dict[str, Any] = dict.fromkeys(shape.__struct_fields__, 0)  # pyright: ignore[reportFunctionMemberAccess]
    for part in parts:
        for name, value in part.items():
            sums[name] += value
    return shape(**sums)


def show_what_if(ask: Asker, filters: CallFilters, provider: str, model: str, book: PriceBook) -> WhatIf:
    """Return what the calls that the filters leave would have cost at another model; raises BadRequest."""
    window, conditions = bounds_of(filters), span_conditions(filters)
    price = price_now(book, Call(provider=provider, response_model=_named(model)))
    if price is None:
        at = f" at {provider!r}" if provider else ""
        raise BadRequest(f"model: no price is known of {model!r}{at}; set one, or name another model")
    text = Conditions((*conditions.terms, _TEXT), conditions.parameters)
    valued = value_calls(
        ask,
        window,
        text,
        book,
        lambda kind: Call(provider=provider, response_model=model, service_tier=kind.service_tier),
    )
    left_out = ask.rows(
        f"SELECT count() FROM headwater.spans FINAL WHERE {conditions.sql(IN_WINDOW, IS_CALL)} AND NOT {_TEXT}",
        {**conditions.parameters, "low": window.low, "high": window.high},
    )[0][0]
    ordered = sorted(valued, key=lambda each: (-abs(each.both_after - each.both_before), -each.calls))
    return WhatIf(
        provider=provider,
        model=model,
        price=price,
        whole=_whole(Traded, [_traded(each) for each in valued]),
        models=tuple([ModelTraded(provider=each.provider, model=each.model, **_traded(each)) for each in ordered]),
        left_out_calls=left_out,
        caveat=_CAVEAT,
    )


def _named(model: str) -> str:
    if not 0 < len(model) <= _MOST_NAME:
        raise BadRequest(f"model: give the name of a model, of 1 to {_MOST_NAME} characters")
    return model


def _traded(valued: Valued) -> dict[str, Any]:
    return {
        "calls": valued.calls,
        "compared_calls": valued.compared,
        "input_tokens": valued.input_tokens,
        "output_tokens": valued.output_tokens,
        "cost_usd": valued.both_before / 1e9,
        "other_usd": valued.both_after / 1e9,
    }
