"""What the pages about health have in common: their tabs, and the chart of what came over time."""

from collections.abc import Iterable

import msgspec

from headwater.web.receipts import ReceiptShown
from headwater.web.rendering import HEALTH, Here
from headwater.web.shown.stacks import Stacks, stacked
from headwater.web.shown.times import parse_ns

DELIVERIES = f"{HEALTH}/deliveries"
QUARANTINE = f"{HEALTH}/quarantine"
LOADING = f"{HEALTH}/loading"
ATTRIBUTES = f"{HEALTH}/attributes"
_MINUTE_NS = 60 * 10**9

FATES = ("queryable", "waiting", "dropped", "set_aside")
"""What became of items, from the foot of a column up; the names of CSS classes too."""


class Tab(msgspec.Struct, frozen=True):
    """A page about health."""

    name: str
    href: str
    is_current: bool


def tabs(here: Here) -> tuple[Tab, ...]:
    """Return the tabs, that of the page marked."""
    found = (
        ("Now", HEALTH),
        ("Deliveries", DELIVERIES),
        ("Quarantine", QUARANTINE),
        ("Load again", LOADING),
        ("Attributes", ATTRIBUTES),
    )
    return tuple(Tab(name, here.link(path), _is_at(here.path, path)) for name, path in found)


def _is_at(path: str, place: str) -> bool:
    return path == place or (place != HEALTH and path.startswith(place + "/"))


def arrivals(minutes: Iterable[ReceiptShown], first_ns: int, count: int, step: int) -> Stacks:
    """Chart what came: `count` columns of `step` minutes from `first_ns` on, which is a beginning of one."""
    width_ns = step * _MINUTE_NS
    amounts: dict[int, dict[str, float]] = {}
    for shown in minutes:
        at = ((parse_ns(shown.minute or "") or 0) - first_ns) // width_ns
        known = amounts.setdefault(at, dict.fromkeys(FATES, 0.0))
        for fate in FATES:
            known[fate] += getattr(shown, fate)
    within = {at: parts for at, parts in amounts.items() if 0 <= at < count}
    return stacked(first_ns, count, step * 60, within, FATES)


def first_minute_ns(now_ns: int, count: int, step: int) -> int:
    """Return where `count` columns of `step` minutes begin of which the last holds this moment."""
    width_ns = step * _MINUTE_NS
    return (now_ns // width_ns - count + 1) * width_ns
