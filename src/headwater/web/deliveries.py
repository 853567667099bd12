"""Deliveries: what became of the items that SDKs made, as `/api/headwater/v1/deliveries` and the health page show it.

The server room fills these structs. Counts are items unless said otherwise.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from headwater.clock import now_ns
from headwater.web.health import Shown
from headwater.web.shown.numbers import exact
from headwater.web.shown.times import parse_ns

By = Literal["instance", "minute"]
FOREVER_NS = 2**63 - 1
_QUIET_NS = 120 * 1_000_000_000
"""After this long without a request, what has not come is not on its way."""


class DeliveriesAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Which deliveries: of projects, of instances where any are named, last seen within times (Unix nanoseconds), past
    the first `offset`."""

    projects: tuple[str, ...]
    instances: tuple[str, ...] = ()
    by: By = "instance"
    since_ns: int = 0
    until_ns: int = FOREVER_NS
    limit: int = 100
    offset: int = 0


class DeliveryShown(Shown, frozen=True, kw_only=True):
    """One SDK instance (a process), or what one minute brought of it. Times are RFC 3339, `minute` its beginning.

    `created`, `sent`, `accepted`, `kept` and `dropped` are its own counts since it began, as last told. `requests`,
    `durable` and `queryable` are sums of what came here, whole or in the minute. `missing_requests` are numbers of its
    requests that never came here; `is_well` is false where items are lost or may be; `remarks` say it in words.
    """

    project: str
    instance: str
    service: str
    began: str
    last_seen: str
    created: int
    sent: int
    accepted: int
    durable: int
    queryable: int
    kept: int
    dropped: Mapping[str, int] = {}
    requests: int
    missing_requests: int = 0
    minute: str | None = None
    is_well: bool = True
    remarks: tuple[str, ...] = ()


class Deliveries(Shown, frozen=True, kw_only=True):
    """Deliveries, the last seen first. `is_partial` says that a bound left some out."""

    items: tuple[DeliveryShown, ...]
    is_partial: bool = False


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What remarks are made of, beside what is shown.

    `arrived`: accepted before its newest request, and durable with it; `is_whole`: its first request is known here;
    `waiting`: durable and not taken up by the loader for longer than a moment; `unread`: taken up and not queryable.
    """

    arrived: int
    is_whole: bool
    waiting: int
    unread: int


def judged(shown: DeliveryShown, sums: Sums) -> DeliveryShown:
    """Return a delivery with its remarks, the worst first."""
    losses = [*_lost_in_program(shown, sums), *_lost_here(shown, sums)]
    remarks = (*losses, *_worth_knowing(shown, sums))
    return msgspec.structs.replace(shown, is_well=not losses, remarks=remarks)


def delivery_problems(deliveries: Iterable[DeliveryShown]) -> tuple[str, ...]:
    """Return what an operator should look at, for all instances together; empty when nothing was lost."""
    bad = [each for each in deliveries if not each.is_well]
    if not bad:
        return ()
    dropped = sum(sum(each.dropped.values()) for each in bad)
    counted = f" ({_items(dropped)} dropped)" if dropped else ""
    return (f"{len(bad)} SDK {_plural(len(bad), 'instance')} lost items{counted}; the reasons stand under Deliveries",)


def ordered(deliveries: Sequence[DeliveryShown]) -> list[DeliveryShown]:
    """Those with losses first, else as they were."""
    return sorted(deliveries, key=lambda each: each.is_well)


def _lost_in_program(shown: DeliveryShown, sums: Sums) -> Iterable[str]:
    dropped = sum(shown.dropped.values())
    if dropped:
        reasons = ", ".join(f"{exact(items)} {reason}" for reason, items in shown.dropped.items() if items)
        yield f"{_items(dropped)} dropped in the program: {reasons}"
    absent = shown.created - dropped - sums.arrived
    seen_ns = parse_ns(shown.last_seen) or 0
    if absent > 0 and now_ns() - seen_ns > _QUIET_NS:
        yield (
            f"{_items(absent)} made and not delivered: the program ended before it could, or keeps them in its"
            " spool; call headwater.flush() before it ends"
        )


def _lost_here(shown: DeliveryShown, sums: Sums) -> Iterable[str]:
    if sums.is_whole and shown.accepted > shown.durable:
        absent = shown.accepted - shown.durable
        yield f"{_items(absent)} accepted that are not on this server's disk: another node took them, or it lost them"
    if sums.unread > 0:
        yield f"{_items(sums.unread)} on disk that could not be read: see the quarantine, or were discarded there"


def _worth_knowing(shown: DeliveryShown, sums: Sums) -> Iterable[str]:
    if sums.waiting > 0:
        yield f"{_items(sums.waiting)} on disk and not queryable yet; the loader is behind"
    twice = shown.durable - sums.arrived
    if sums.is_whole and twice > 0:
        yield f"{_items(twice)} came twice, because an answer did not reach the program; each is stored once"
    if shown.missing_requests:
        number = shown.missing_requests
        yield f"{exact(number)} {_plural(number, 'request')} did not come through; what was in them was sent again"
    if not sums.is_whole:
        yield "its first requests are not known here"


def _items(count: int) -> str:
    return f"{exact(count)} {_plural(count, 'item')}"


def _plural(count: int, thing: str) -> str:
    return thing if count == 1 else f"{thing}s"
