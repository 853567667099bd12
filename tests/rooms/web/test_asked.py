"""Query strings: what they ask, and that they can be written again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from headwater.errors import BadRequest
from headwater.query import CallFilters, TraceFilters
from headwater.web.asked import PLURAL, Asked, call_filters, query_pairs, read_asked, trace_filters

NOW_NS = 1_795_000_000_500_000_000
_MANY = st.fixed_dictionaries(
    {}, optional={name: st.lists(st.text(min_size=1), min_size=1, max_size=3) for name in PLURAL}
)


def _asked(query: str) -> Asked:
    return read_asked(QueryParams(query), "24h")


@given(_MANY, st.text(), st.none() | st.floats(0, 1e9), st.none() | st.integers(0, 10**12))
def test_what_was_asked_can_be_written_and_read_again(
    many: dict[str, list[str]], text: str, cost: float | None, tokens: int | None
):
    asked = Asked.model_validate({**many, "text": text, "min_tokens": tokens, "min_cost_usd": cost, "range": "7d"})
    assert _asked(str(QueryParams(query_pairs(asked)))) == asked


def test_all_words_reach_the_filters():
    query = (
        "range=all&status=error&model=a&model=b&user=u&text=x&metadata=plan%3Dpro&min_tokens=5&has_error=true&kind=tool"
    )
    assert trace_filters(_asked(query), NOW_NS) == TraceFilters(
        statuses=("error",),
        models=("a", "b"),
        users=("u",),
        text="x",
        metadata={"plan": "pro"},
        min_tokens=5,
        has_error=True,
        kinds=("tool",),
    )


def test_calls_know_words_of_their_own():
    asked = _asked("range=all&trace=abc&max_ttft_ms=1.5")
    assert call_filters(asked, NOW_NS) == CallFilters(trace_ids=("abc",), max_ttft_ms=1.5)
    with pytest.raises(BadRequest, match="trace: nothing here is narrowed by it"):
        trace_filters(asked, NOW_NS)


def test_a_range_counts_back_from_now_and_stays_open():
    assert trace_filters(_asked("range=1h"), NOW_NS) == TraceFilters(start="2026-11-18T10:06:40Z")


def test_no_time_at_all_is_the_pages_own_range():
    assert _asked("model=a").range == "24h"
    assert _asked("start=2026-01-01").range == ""


def test_a_range_takes_the_place_of_times():
    asked = _asked("range=1h&start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z")
    assert not asked.has_own_times
    assert trace_filters(asked, NOW_NS).end is None


def test_empty_fields_are_no_filters():
    empty = "&".join(f"{name}=" for name in Asked.model_fields)
    assert trace_filters(_asked(f"{empty}&range=all"), NOW_NS) == TraceFilters()


def test_names_that_no_page_knows_are_passed_over():
    assert _asked("range=all&utm_source=mail") == Asked(range="all")


@pytest.mark.parametrize("query", ["min_tokens=x", "min_cost_usd=x", "has_error=perhaps", "min_tokens=1.5"])
def test_a_value_that_makes_no_sense_is_refused_by_name(query: str):
    with pytest.raises(BadRequest, match=query.partition("=")[0]):
        _asked(query)


@pytest.mark.parametrize("query", ["metadata=plan", "metadata=%3Dpro"])
def test_metadata_is_a_pair(query: str):
    with pytest.raises(BadRequest, match="write key=value"):
        trace_filters(_asked(query), NOW_NS)
