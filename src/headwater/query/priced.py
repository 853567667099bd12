"""Priced: the answers about prices, encoded as they are by the JSON API.

What holds for `answers` holds here: times are RFC 3339, costs US dollars, `None` is unknown.
"""

from collections.abc import Mapping

from headwater.query.answers import Answer


class PriceUsed(Answer, frozen=True, kw_only=True):
    """A price that calls were priced at: `version` names the list or the own price ("own:<id>"), "" for no price.

    `usd_per_million` holds the buckets of the last of these calls, in US dollars per million tokens. Of `untold_calls`
    nobody said how many tokens they used, so that no price can help them.
    """

    version: str
    calls: int
    untold_calls: int
    usd_per_million: Mapping[str, float]


class PriceNow(Answer, frozen=True, kw_only=True):
    """The price of a call made now: US dollars per million tokens by bucket, and what long calls cost instead.

    `above` maps a number of input tokens, cached ones included, to the prices of calls with more.
    """

    version: str
    usd_per_million: Mapping[str, float]
    above: Mapping[int, Mapping[str, float]] = {}


class ModelPriced(Answer, frozen=True, kw_only=True):
    """A model at a provider: what it was asked, at which prices, and its price now, None where none is known."""

    provider: str
    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    unpriced_calls: int
    used: tuple[PriceUsed, ...]
    now: PriceNow | None


class ModelsPriced(Answer, frozen=True, kw_only=True):
    """Models: those that lack a price first, then those with calls that had none, then the costliest, and last those of
    whose calls no tokens are known.

    `is_partial`: more models were asked than are listed, those of most calls.
    """

    models: tuple[ModelPriced, ...]
    is_partial: bool = False


class Change(Answer, frozen=True, kw_only=True):
    """What calls cost as they are stored, and what they would cost. Costs leave out calls without a price, which are
    counted beside; `changed_calls` cost something else after, or are without a price on one side only."""

    calls: int
    changed_calls: int
    before_usd: float
    before_unpriced: int
    after_usd: float
    after_unpriced: int


class ModelChange(Change, frozen=True, kw_only=True):
    """The change of a model at a provider."""

    provider: str
    model: str


class PriceChange(Answer, frozen=True, kw_only=True):
    """What pricing the calls of a stretch anew would change, by model, the largest change first. `start` and `end` are
    None where the stretch is open."""

    start: str | None
    end: str | None
    whole: Change
    models: tuple[ModelChange, ...]


class Traded(Answer, frozen=True, kw_only=True):
    """Calls at their own prices and at those of another model.

    `cost_usd` and `other_usd` are over the `compared_calls`, which have a price both ways.
    """

    calls: int
    compared_calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    other_usd: float


class ModelTraded(Traded, frozen=True, kw_only=True):
    """The calls of one model."""

    provider: str
    model: str


class WhatIf(Answer, frozen=True, kw_only=True):
    """What the calls that generate text would have cost at another model, by the tokens that they used.

    `caveat` says what that leaves out. `left_out_calls` generate no text (embeddings, images, …).
    """

    provider: str
    model: str
    price: PriceNow
    whole: Traded
    models: tuple[ModelTraded, ...]
    left_out_calls: int
    caveat: str
