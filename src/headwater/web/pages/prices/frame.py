"""The frame of the price pages: their places, buckets in words, and where prices come from."""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.web.rendering import Here

PRICES = "/prices"
OWN = "/prices/own"
REPRICE = "/prices/reprice"
WHAT_IF = "/prices/what-if"
_PLACES = (("Models", PRICES), ("Own prices", OWN), ("Price again", REPRICE), ("What if", WHAT_IF))

BUCKETS: Mapping[str, str] = {
    "input": "Input",
    "output": "Output",
    "cache_read": "Cache read",
    "cache_write_5m": "Cache write",
    "cache_write_1h": "Cache write, 1 h",
    "reasoning": "Reasoning",
    "input_audio": "Audio in",
    "output_audio": "Audio out",
    "request": "Each million calls",
}
"""What prices are of, in words, the usual ones first."""

HINTS: Mapping[str, str] = {
    "input": "tokens that no cache holds",
    "output": "text that comes back",
    "cache_read": "as input, if empty",
    "cache_write_5m": "as input, if empty",
    "cache_write_1h": "as a short one, if empty",
    "reasoning": "as output, if empty",
    "input_audio": "as input, if empty",
    "output_audio": "as output, if empty",
    "request": "besides the tokens",
}
"""What each is, or what it costs where nothing is written."""

_OWN = "own:"


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """A place of the price pages."""

    name: str
    href: str
    is_current: bool


def framed(here: Here) -> dict[str, Any]:
    """Return what every price page needs."""
    return {
        "tabs": tuple(
            Tab(name=name, href=here.link(path), is_current=_is_at(here.path, path)) for name, path in _PLACES
        ),
        "buckets": BUCKETS,
    }


def source_of(version: str) -> str:
    """Say where a price comes from, in a word or two."""
    if version.startswith(_OWN):
        return "own price"
    return "price list" if version else "no price"


def ordered(usd_per_million: Mapping[str, float]) -> list[tuple[str, float]]:
    """Prices by bucket, the usual ones first."""
    return [(BUCKETS[bucket], usd_per_million[bucket]) for bucket in BUCKETS if bucket in usd_per_million]


def _is_at(path: str, place: str) -> bool:
    return path == place or (place != PRICES and path.startswith(f"{place}/"))
