"""Unread: attributes that came and that no table of the mapper reads, for the page and the API."""

from collections.abc import Callable
from typing import Literal

import msgspec

from headwater.otlp import meaning_of
from headwater.query import AttributeSeen, AttributesSeen
from headwater.redact import Masks

Which = Literal["unread", "own", "all"]

_MASKS = Masks(("secrets",))
_WANTED: dict[Which, Callable[[str], bool]] = {
    "unread": lambda name: meaning_of(name) == "not understood",
    "own": lambda name: meaning_of(name) == "own",
    "all": lambda name: meaning_of(name) in ("not understood", "own"),
}


def wanted(which: Which) -> Callable[[str], bool]:
    """Return which names are asked for: those that instruments of calls and agents tell and no table reads, those of
    programs themselves and of the general conventions, or both."""
    return _WANTED[which]


def masked(seen: AttributesSeen) -> AttributesSeen:
    """Return the same with secrets in example values masked."""
    return msgspec.structs.replace(seen, items=tuple(_masked(each) for each in seen.items))


def _masked(each: AttributeSeen) -> AttributeSeen:
    return each if each.example is None else msgspec.structs.replace(each, example=_MASKS.text(each.example))
