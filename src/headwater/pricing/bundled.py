"""The price list: the data of genai-prices, read from the installed package and never from the network.

The package takes half a second to load, so it is imported on first use.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from headwater.pricing.names import readings
from headwater.pricing.rates import Price, Rates

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

_NS_PER_S = 1_000_000_000
_DAY_S = 86_400

# Our buckets, and the list's keys that price them, the more special first. A bucket without one takes the price of the
# bucket that it is a kind of.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "input": ("input_mtok",),
    "input_audio": ("input_audio_mtok",),
    "cache_read": ("cache_read_mtok",),
    "cache_write_5m": ("cache_write_5m_mtok", "cache_write_mtok"),
    "cache_write_1h": ("cache_write_1h_mtok",),
    "output": ("output_mtok",),
    "reasoning": ("output_reasoning_mtok",),
    "output_audio": ("output_audio_mtok",),
}
# A model that makes images counts them as its output.
_IMAGE_KEYS: Mapping[str, tuple[str, ...]] = {**_KEYS, "output": ("output_image_mtok", "output_mtok")}
_REQUEST_KEY = "requests_kcount"


class Listed(NamedTuple):
    """A model in the list. `turns_s`: the seconds of a day (UTC) at which its prices change, none where they hold all
    day. `has_tiers`: service tiers hold for it."""

    model: "ModelInfo"
    turns_s: tuple[int, ...]
    has_tiers: bool

    @property
    def is_timed(self) -> bool:
        """Whether its prices change within a day."""
        return bool(self.turns_s)


@cache
def list_version() -> str:
    """The name and version of the price list."""
    import genai_prices

    return f"genai-prices {genai_prices.__version__}"


def find_listed(provider: str, model: str) -> Listed | None:
    """Find a model by any of its readings; None where the list has none of them."""
    from genai_prices.data_snapshot import get_snapshot
    from genai_prices.types import TimeOfDateConstraint

    snapshot = get_snapshot()
    for owner, name in readings(provider, model):
        try:
            seller, found = snapshot.find_provider_model(name, None, owner or None, None)
        except LookupError:
            continue
        conditions = found.prices if isinstance(found.prices, list) else []
        constraints = [*(one.constraint for one in conditions), *(one.constraint for one in found.price_variants or ())]
        daily = [constraint for constraint in constraints if isinstance(constraint, TimeOfDateConstraint)]
        turns = {_second_of_day(turn) for each in daily for turn in (each.start_time, each.end_time)}
        return Listed(found, tuple(sorted(turns)), any(found is own for own in seller.models))
    return None


def _second_of_day(turn: time) -> int:
    at = datetime.combine(date(1970, 1, 2), turn, turn.tzinfo or UTC)
    return int(at.timestamp()) % _DAY_S


def listed_rates(listed: Listed, at_ns: int, tier: str, *, is_image: bool) -> Rates | None:
    """A model's prices at a time and in a service tier; None where it has none by token or request."""
    moment = datetime.fromtimestamp(at_ns / _NS_PER_S, tz=UTC)
    prices = listed.model.get_prices(moment, _context(tier) if listed.has_tiers else None)
    found: dict[str, Price] = {}
    for bucket, keys in (_IMAGE_KEYS if is_image else _KEYS).items():
        price = next((price for key in keys if (price := _price(prices, key)) is not None), None)
        if price is not None:
            found[bucket] = price
    per_thousand = _price(prices, _REQUEST_KEY)
    if per_thousand is not None:
        found["request"] = Price(per_thousand.base * 1000)
    return Rates(list_version(), found) if found else None


def _context(tier: str) -> dict[str, str] | None:
    """What the list calls a service tier: batches are a way of processing, and "fast" is also a speed."""
    if not tier:
        return None
    if tier == "batch":
        return {"processing": "batch"}
    return {"service_tier": tier, "speed": tier}


def _price(prices: "ModelPrice", key: str) -> Price | None:
    found: Decimal | TieredPrices | None = getattr(prices, key)
    if found is None:
        return None
    if isinstance(found, Decimal):
        return Price(found)
    return Price(found.base, tuple([(tier.start, tier.price) for tier in found.tiers]))
