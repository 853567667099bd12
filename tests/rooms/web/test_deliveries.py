"""What the numbers of a delivery come to in words."""

import msgspec
import pytest

from headwater.clock import now_ns
from headwater.query import show_time
from headwater.web import DeliveryShown, Sums, judged

_MINUTE_NS = 60_000_000_000
_SUMS = Sums(arrived=100, is_whole=True, waiting=0, unread=0)


def shown(ago_ns: int = 0, **changed: object) -> DeliveryShown:
    """A hundred items that all came."""
    at = show_time(now_ns() - ago_ns)
    whole = DeliveryShown(
        project="p",
        instance="a" * 32,
        service="desk",
        began=at,
        last_seen=at,
        created=100,
        sent=100,
        accepted=100,
        durable=100,
        queryable=100,
        kept=0,
        requests=3,
    )
    return msgspec.structs.replace(whole, **changed)


def test_where_all_came_nothing_is_said() -> None:
    seen = judged(shown(), _SUMS)
    assert (seen.is_well, seen.remarks) == (True, ())


def test_what_waits_in_a_program_that_runs_is_no_loss() -> None:
    assert judged(shown(created=150, kept=50), _SUMS).is_well


_LOSSES: list[tuple[DeliveryShown, dict[str, object], str]] = [
    (
        shown(created=112, dropped={"queue full": 10, "refused": 2}),
        {},
        "12 items dropped in the program: 10 queue full, 2 refused",
    ),
    (shown(5 * _MINUTE_NS, created=107, kept=7), {}, "7 items made and not delivered"),
    (shown(durable=97, queryable=97), {}, "3 items accepted that are not on this server's disk"),
    (shown(queryable=99), {"unread": 1}, "1 item on disk that could not be read: see the quarantine"),
]


@pytest.mark.parametrize(("told", "sums", "words"), _LOSSES, ids=[words[:30] for *_, words in _LOSSES])
def test_a_loss_is_said_and_is_not_well(told: DeliveryShown, sums: dict[str, object], words: str) -> None:
    seen = judged(told, msgspec.structs.replace(_SUMS, **sums))
    assert not seen.is_well
    assert seen.remarks[0].startswith(words)


_WORTH_KNOWING: list[tuple[DeliveryShown, dict[str, object], str]] = [
    (shown(), {"waiting": 4}, "4 items on disk and not queryable yet"),
    (shown(durable=105), {}, "5 items came twice"),
    (shown(missing_requests=1), {}, "1 request did not come through"),
    (shown(durable=20), {"is_whole": False}, "its first requests are not known here"),
]


@pytest.mark.parametrize(("told", "sums", "words"), _WORTH_KNOWING, ids=[words[:30] for *_, words in _WORTH_KNOWING])
def test_what_is_only_worth_knowing_is_no_loss(told: DeliveryShown, sums: dict[str, object], words: str) -> None:
    seen = judged(told, msgspec.structs.replace(_SUMS, **sums))
    assert seen.is_well
    assert seen.remarks[0].startswith(words)
