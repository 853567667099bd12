"""The rule of broken prefixes, as a table."""

from typing import Any

import msgspec
import pytest

from headwater.query.prefixes import Break, Sent, break_of, goes_on_from

MINUTE = 60 * 10**9
SYSTEM, OTHER_SYSTEM = b"s", b"S"
PRICES = {"input": 3.0, "cache_read": 0.3, "cache_write_5m": 3.75, "cache_write_1h": 6.0}
BEFORE = Sent(
    trace_id="t",
    span_id="a",
    provider="anthropic",
    model="claude",
    start_ns=0,
    end_ns=MINUTE,
    tools=(b"x", b"y"),
    input=(SYSTEM, b"1", b"2"),
    output=(b"answer",),
    input_tokens=10_000,
    read=6_000,
    written_5m=4_000,
    usd_per_million=PRICES,
)
CALL = msgspec.structs.replace(
    BEFORE,
    span_id="b",
    start_ns=2 * MINUTE,
    end_ns=3 * MINUTE,
    input=(SYSTEM, b"1", b"2", b"3"),
    input_tokens=11_000,
    read=0,
    written_5m=0,
)


def _break(before: dict[str, Any], call: dict[str, Any]) -> Break | None:
    changed = msgspec.structs.replace(BEFORE, **before), msgspec.structs.replace(CALL, **call)
    return break_of(*changed, lambda hash_: hash_ in (SYSTEM, OTHER_SYSTEM))


@pytest.mark.parametrize(
    ("before", "call", "cause", "at"),
    [
        ({}, {"model": "other"}, "model", None),
        ({}, {"provider": "bedrock"}, "model", None),
        ({}, {"tools": (b"x", b"z")}, "tools", 1),
        ({}, {"tools": (b"y", b"x")}, "tools", 0),
        ({}, {"tools": (b"x", b"y", b"z")}, "tools", 2),
        ({}, {"tools": (b"x", b"z"), "input": (OTHER_SYSTEM,)}, "tools", 1),
        ({}, {"input": (OTHER_SYSTEM, b"1", b"2")}, "system", 0),
        ({}, {"input": (SYSTEM, b"!", b"2", b"3")}, "message", 1),
        ({}, {"input": (SYSTEM, b"2", b"3")}, "message", 1),
        ({}, {"start_ns": 7 * MINUTE}, "expired", None),
        ({"written_1h": 4_000, "written_5m": 0}, {"start_ns": 7 * MINUTE}, "provider", None),
        ({"written_1h": 4_000, "written_5m": 0}, {"start_ns": 62 * MINUTE}, "expired", None),
        ({}, {}, "provider", None),
    ],
)
def test_a_break_has_the_first_cause_in_the_order_of_a_prompt(
    before: dict[str, Any], call: dict[str, Any], cause: str, at: int | None
) -> None:
    found = _break(before, call)
    assert found is not None
    assert (found.cause, found.at, found.missed_tokens) == (cause, at, 10_000)


@pytest.mark.parametrize(
    ("before", "call"),
    [
        ({}, {"read": 10_000}),
        ({}, {"read": 9_000}),
        ({}, {"input_tokens": 1_000}),
        ({"read": 0, "written_5m": 0}, {}),
        ({"end_ns": 3 * MINUTE}, {}),
        ({"provider": "openai", "read": 0, "written_5m": 0, "input_tokens": 1_000}, {"provider": "openai"}),
    ],
    ids=["all read", "almost all", "a short prompt", "nothing cached", "at the same time", "too short to be cached"],
)
def test_what_could_not_be_read_or_was_is_no_break(before: dict[str, Any], call: dict[str, Any]) -> None:
    assert _break(before, call) is None


def test_a_provider_that_caches_by_itself_has_the_whole_prompt_in_blocks() -> None:
    found = _break({"provider": "openai", "read": 0, "written_5m": 0, "input_tokens": 2_000}, {"provider": "openai"})
    assert found is not None
    assert (found.cached_tokens, found.missed_tokens) == (1_920, 1_920)


@pytest.mark.parametrize(
    ("before", "call", "lost"),
    [
        ({}, {}, 10_000 * 2.7 / 1e6),
        ({}, {"written_5m": 11_000}, 10_000 * 3.45 / 1e6),
        ({}, {"written_1h": 4_000}, (4_000 * 5.7 + 6_000 * 2.7) / 1e6),
        ({}, {"read": 5_000}, 5_000 * 2.7 / 1e6),
        ({"usd_per_million": {}}, {"usd_per_million": {"input": 3.0}}, None),
        ({"usd_per_million": {"cache_read": 0.3}}, {"usd_per_million": {}}, None),
        ({"usd_per_million": {"cache_read": 0.3}}, {"usd_per_million": {"input": 3.0}}, 10_000 * 2.7 / 1e6),
    ],
)
def test_a_break_costs_what_the_tokens_cost_more_than_read_from_the_cache(
    before: dict[str, Any], call: dict[str, Any], lost: float | None
) -> None:
    found = _break(before, call)
    assert found is not None
    assert found.lost_usd == (None if lost is None else pytest.approx(lost))


@pytest.mark.parametrize(
    ("earlier", "goes_on"),
    [
        ({"input": (OTHER_SYSTEM, b"!"), "output": (b"3",)}, True),
        ({"input": (SYSTEM, b"1", b"2")}, True),
        ({"input": (OTHER_SYSTEM, b"2")}, True),
        ({"input": (OTHER_SYSTEM, b"2"), "tools": (b"q",)}, False),
        ({"input": (SYSTEM, b"something else")}, False),
        ({"input": (SYSTEM, b"1", b"2"), "end_ns": 9 * MINUTE}, False),
    ],
    ids=["its answer", "asked again", "the same tools", "another agent", "another conversation", "at the same time"],
)
def test_a_call_carries_on_the_conversation_that_it_repeats(earlier: dict[str, Any], goes_on: bool) -> None:
    before = msgspec.structs.replace(BEFORE, **earlier)
    assert goes_on_from(CALL, [before]) == (before if goes_on else None)


def test_of_several_conversations_the_one_that_is_shared_most_is_carried_on() -> None:
    shorter = msgspec.structs.replace(BEFORE, input=(SYSTEM, b"2"), span_id="shorter", start_ns=5)
    same = msgspec.structs.replace(BEFORE, model="other", span_id="other")
    assert goes_on_from(CALL, [same, shorter, BEFORE]) == BEFORE
