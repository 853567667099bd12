"""Lists of traces, calls and spans: what they show, how they are narrowed, ordered and paged."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from inline_snapshot import snapshot

from headwater.errors import BadRequest
from headwater.query import (
    CallFilters,
    CallListed,
    Filters,
    Page,
    Questions,
    SpanFilters,
    SpanFound,
    TraceFilters,
    TraceListed,
)
from tests.rooms.query.pen import NOON, SECOND, Pen, span_id, trace_id


@pytest.fixture
def questions(pen: Pen) -> Questions:
    """Three traces, an hour and a day apart: an agent with two calls, a failed call, a call that was told twice."""
    greeting, answer = pen.message("Where is the Blue Lagoon?"), pen.message("In 100% of cases: Iceland", "assistant")
    shared: dict[str, Any] = {
        "session_id": "s1",
        "user_id": "ann",
        "environment": "prod",
        "service_name": "web",
        "tags": ("a", "b"),
    }
    pen.span(1, 1, took_s=9, kind="agent", name="Planner", release="v2", metadata={"tier": "gold"}, **shared)
    pen.call(1, 2, 1, 2, parent=1, input=(greeting,), input_tokens=10, output_tokens=5, cost_nanousd=2_000, **shared)
    pen.call(1, 3, 4, 3, parent=1, output=(answer,), input_tokens=40, ttft_ns=SECOND // 4, model="gpt-5-mini", **shared)
    pen.call(2, 4, 3_600, 0.5, status="error", error_type="RateLimit", user_id="bob", environment="dev", source="sdk")
    pen.call(3, 5, 90_000, 2, provider="anthropic", model="opus", cost_nanousd=7, cache_read_tokens=3, input_tokens=9)
    pen.call(3, 6, 90_000, 1, provider="anthropic", model="opus", folded_into=span_id(5), cost_nanousd=7)
    return pen.write()


def _traces(questions: Questions, **filters: object) -> list[int]:
    page = questions.traces(msgspec.convert(filters, TraceFilters))
    return [int(trace.trace_id, 16) for trace in page.items]


def _calls(questions: Questions, **filters: object) -> list[int]:
    page = questions.calls(msgspec.convert(filters, CallFilters))
    return [int(call.span_id, 16) for call in page.items]


def test_the_newest_trace_is_first(questions: Questions) -> None:
    page = questions.traces()
    assert ([int(trace.trace_id, 16) for trace in page.items], page.next, page.is_partial) == ([3, 2, 1], None, False)


def test_a_listed_trace_is_whole(questions: Questions) -> None:
    assert questions.traces(TraceFilters(users=("ann",))).items == snapshot(
        (
            TraceListed(
                trace_id="00000000000000000000000000000001",
                name="Planner",
                start_time="2026-11-18T12:00:00.000000000Z",
                duration_ms=9000.0,
                status="ok",
                span_count=3,
                call_count=2,
                error_count=0,
                input_tokens=50,
                output_tokens=5,
                cache_read_tokens=0,
                cache_write_tokens=0,
                reasoning_tokens=0,
                cost_usd=2e-06,
                unpriced_calls=1,
                ttft_ms=250.0,
                session_id="s1",
                user_id="ann",
                environment="prod",
                service_name="web",
                tags=("a", "b"),
                models=("gpt-5", "gpt-5-mini"),
                providers=("openai",),
                sources=("otel",),
                error_types=(),
                input_preview="",
                output_preview="",
            ),
        )
    )


def test_a_listed_call_is_whole(questions: Questions) -> None:
    assert questions.calls(CallFilters(models=("gpt-5-mini",))).items == snapshot(
        (
            CallListed(
                trace_id="00000000000000000000000000000001",
                span_id="0000000000000003",
                name="span 3",
                source="otel",
                operation="chat",
                provider="openai",
                model="gpt-5-mini",
                status="ok",
                error_type="",
                start_time="2026-11-18T12:00:04.000000000Z",
                duration_ms=3000.0,
                ttft_ms=250.0,
                input_tokens=40,
                output_tokens=None,
                cache_read_tokens=0,
                cache_write_tokens=0,
                reasoning_tokens=0,
                cost_usd=None,
                user_id="ann",
                session_id="s1",
                environment="prod",
                tags=("a", "b"),
                metadata={},
                input_preview="",
                output_preview="",
            ),
        )
    )


def test_a_listed_span_is_whole(questions: Questions) -> None:
    assert questions.spans(SpanFilters(kinds=("agent",))).items == snapshot(
        (
            SpanFound(
                trace_id="00000000000000000000000000000001",
                span_id="0000000000000001",
                parent_span_id="",
                name="Planner",
                kind="agent",
                status="ok",
                status_message="",
                error_type="",
                start_time="2026-11-18T12:00:00.000000000Z",
                duration_ms=9000.0,
                source="otel",
                service_name="web",
                environment="prod",
                operation="",
                provider="",
                model="",
                tool_name="",
                agent_name="",
                input_tokens=None,
                output_tokens=None,
                cost_usd=None,
                ttft_ms=None,
                user_id="ann",
                session_id="s1",
                tags=("a", "b"),
                folded_into="",
                input_preview="",
                output_preview="",
            ),
        )
    )


def test_a_folded_duplicate_is_no_call_of_its_own(questions: Questions) -> None:
    assert _calls(questions) == [5, 4, 3, 2]


def test_folded_spans_are_listed_where_they_are_asked_for(questions: Questions) -> None:
    page = questions.spans(SpanFilters(providers=("anthropic",), with_folded=True), sort="start_time")
    assert [(span.span_id, span.folded_into) for span in page.items] == [(span_id(5), ""), (span_id(6), span_id(5))]


@pytest.mark.parametrize(
    ("filters", "traces", "calls"),
    [
        ({"statuses": ("error",)}, [2], [4]),
        ({"has_error": True}, [2], [4]),
        ({"has_error": False}, [3, 1], [5, 3, 2]),
        ({"models": ("opus", "gpt-5")}, [3, 2, 1], [5, 4, 2]),
        ({"providers": ("anthropic",)}, [3], [5]),
        ({"operations": ("chat",)}, [3, 2, 1], [5, 4, 3, 2]),
        ({"users": ("ann", "bob")}, [2, 1], [4, 3, 2]),
        ({"sessions": ("s1",)}, [1], [3, 2]),
        ({"tags": ("b", "z")}, [1], [3, 2]),
        ({"environments": ("dev",)}, [2], [4]),
        ({"services": ("web",)}, [1], [3, 2]),
        ({"sources": ("sdk",)}, [2], [4]),
        ({"error_types": ("RateLimit",)}, [2], [4]),
        ({"name": "span 5"}, [3], [5]),
        ({"names": ("span 4",)}, [2], [4]),
        ({"min_cost_usd": 0.000002}, [1], [2]),
        ({"max_cost_usd": 0.000001}, [3], [5]),
        ({"min_tokens": 15, "max_tokens": 15}, [], [2]),
        ({"min_tokens": 55}, [1], []),
        ({"min_duration_ms": 2_000, "max_duration_ms": 3_000}, [3], [5, 3, 2]),
        ({"start": NOON + 3_600 * SECOND, "end": "2026-11-19"}, [2], [4]),
        ({"users": ("ann",), "statuses": ("error",)}, [], []),
        ({"text": "blue lagoon"}, [1], [2]),
        ({"text": "100% of cases: ICE"}, [1], [3]),
        ({"text": "100_"}, [], []),
        ({"text": "lue la"}, [1], [2]),
        ({"text": "nowhere said"}, [], []),
        ({"name": "it's; DROP TABLE \\"}, [], []),
    ],
)
def test_fields_narrow_what_is_listed(
    questions: Questions, filters: dict[str, object], traces: list[int], calls: list[int]
) -> None:
    """Values of one field are alternatives, fields narrow each other."""
    assert (_traces(questions, **filters), _calls(questions, **filters)) == (traces, calls)


@pytest.mark.parametrize(
    "filters", [{"kinds": ("agent",)}, {"releases": ("v2",)}, {"metadata": {"tier": "gold"}}, {"name": "PLANNER"}]
)
def test_a_trace_has_what_one_of_its_spans_has(questions: Questions, filters: dict[str, object]) -> None:
    assert _traces(questions, **filters) == [1]


def test_calls_are_narrowed_by_their_trace_and_first_token(questions: Questions) -> None:
    assert _calls(questions, trace_ids=(trace_id(1),), min_ttft_ms=250, max_ttft_ms=250) == [3]


@pytest.mark.parametrize(
    ("sort", "traces"),
    [
        ("start_time", [1, 2, 3]),
        ("-duration", [1, 3, 2]),
        ("duration", [2, 3, 1]),
        ("-cost", [1, 3, 2]),
        ("cost", [2, 3, 1]),
        ("-tokens", [1, 3, 2]),
        ("-errors", [2, 3, 1]),
    ],
)
def test_every_order_is_kept_over_pages_of_one(questions: Questions, sort: str, traces: list[int]) -> None:
    """What has no cost stands below what cost anything."""
    found: list[int] = []
    cursor: str | None = None
    for _ in range(len(traces)):
        page = questions.traces(sort=sort, cursor=cursor, limit=1)
        found += [int(trace.trace_id, 16) for trace in page.items]
        cursor = page.next
    assert (found, cursor) == (traces, None)


def test_a_page_begins_after_the_last_one_whatever_arrives(questions: Questions, pen: Pen) -> None:
    """A trace that arrives while someone pages neither repeats nor hides one."""
    first = questions.traces(limit=2)
    pen.call(9, 9, 200_000)
    pen.write()
    second = questions.traces(limit=2, cursor=first.next)
    assert [int(trace.trace_id, 16) for trace in (*first.items, *second.items)] == [3, 2, 1]


@pytest.mark.parametrize(("sort", "users"), [("-start_time", ["bob", "ann"]), ("start_time", ["ann", "bob"])])
def test_a_list_without_patience_goes_on_from_where_it_looked(
    questions: Questions, pen: Pen, sort: str, users: list[str]
) -> None:
    """A partial page may even be empty; its cursor neither repeats nor leaves out."""
    hasty = Questions(pen.store, pen.project, patience_s=0)
    page = hasty.traces(TraceFilters(users=("ann", "bob")), sort)
    found, partial = list(page.items), int(page.is_partial)
    while page.next:
        page = hasty.traces(TraceFilters(users=("ann", "bob")), sort, page.next)
        found += page.items
        partial += page.is_partial
    assert ([trace.user_id for trace in found], partial > 0) == (users, True)


@pytest.mark.parametrize(
    ("text", "calls"),
    [("größe", [1]), ("x GRöß", [1]), ("ß", [1]), ("本語", [1]), ("日本語テキスト", [1]), ("GRÖSSE", []), ("語本", [])],
)
def test_text_beyond_ascii_is_found(pen: Pen, text: str, calls: list[int]) -> None:
    """With the text index as it is after a merge, which is when it is made; only ASCII letters lose their case."""
    pen.call(1, 1, input=(pen.message("MAX GRößE und x größe, 日本語テキスト"),))
    pen.call(2, 2, input=(pen.message("nothing of it"),))
    questions = pen.write()
    pen.store.select("OPTIMIZE TABLE headwater.messages FINAL")
    assert _calls(questions, text=text) == calls


def test_calls_of_one_moment_are_paged_by_their_ids(pen: Pen) -> None:
    for number in range(1, 6):
        pen.call(number % 2 + 1, number)
    questions = pen.write()
    pages: list[str] = []
    cursor: str | None = None
    while cursor or not pages:
        page = questions.calls(limit=2, cursor=cursor)
        pages += [call.trace_id[-1] + call.span_id[-1] for call in page.items]
        cursor = page.next
    assert pages == ["25", "23", "21", "14", "12"]


def test_the_newest_version_of_a_row_counts(pen: Pen) -> None:
    """A span that came again, and one whose start moved, are listed once, as they are now."""
    pen.call(1, 1, status="unset")
    pen.call(2, 2, 7_200)
    pen.write()
    pen.call(1, 1, status="error")
    pen.call(2, 2, 7_200, is_deleted=1)
    pen.call(2, 2, 60)
    questions = pen.write()
    assert [(call.span_id[-1], call.status, call.start_time) for call in questions.calls().items] == [
        ("2", "ok", "2026-11-18T12:01:00.000000000Z"),
        ("1", "error", "2026-11-18T12:00:00.000000000Z"),
    ]


def test_a_row_is_found_by_what_its_newest_version_says_alone(pen: Pen) -> None:
    pen.call(1, 1, user_id="ann", cost_nanousd=5)
    pen.call(2, 2, user_id="bob", cost_nanousd=3)
    questions = pen.write()
    pen.call(1, 1, user_id="carl", cost_nanousd=1)
    pen.write()
    assert [_calls(questions, users=(user,)) for user in ("ann", "bob", "carl")] == [[], [2], [1]]
    assert [call.span_id for call in questions.calls(sort="-cost").items] == [span_id(2), span_id(1)]


def test_projects_do_not_see_each_other(questions: Questions, pen: Pen) -> None:
    other = Questions(pen.store, "elsewhere")
    assert (other.traces().items, other.calls(CallFilters(text="lagoon")).items) == ((), ())


@pytest.mark.parametrize(
    ("filters", "sort", "cursor", "limit", "text"),
    [
        (
            {},
            "-colour",
            None,
            5,
            "sort: unknown order '-colour'; use one of start_time, duration, cost, tokens, errors",
        ),
        (
            {},
            "-start_time",
            "nonsense!",
            5,
            "cursor: cannot read 'nonsense!'; send the next of an earlier page, or none",
        ),
        ({}, "-start_time", "WzFd", 5, "cursor: cannot read 'WzFd'; send the next of an earlier page, or none"),
        ({}, "-start_time", None, 0, "limit: 0 is not from 1 to 1000"),
        ({"start": "yesterday"}, "-start_time", None, 5, "start: cannot read time 'yesterday'; send unix nanoseconds"),
        (
            {"end": "2026-02-30"},
            "-start_time",
            None,
            5,
            "end: no such time '2026-02-30'; day is out of range for month",
        ),
        ({"end": 10**20}, "-start_time", None, 5, "end: time 100000000000000000000 is not in the years 1900 to 2262"),
        ({"min_cost_usd": float("nan")}, "-start_time", None, 5, "min_cost_usd: nan is not a number to compare with"),
        (
            {"users": ("x" * 1_001,)},
            "-start_time",
            None,
            5,
            "users: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' is longer",
        ),
        ({"tags": ("x",) * 1_001}, "-start_time", None, 5, "tags: 1001 values; send at most 1000"),
    ],
)
def test_what_cannot_be_understood_is_named(
    questions: Questions, filters: dict[str, object], sort: str, cursor: str | None, limit: int, text: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        questions.traces(msgspec.convert(filters, TraceFilters), sort, cursor, limit)
    assert str(refused.value).startswith(text)


def test_a_cursor_belongs_to_its_order_and_its_list(questions: Questions) -> None:
    cursor = questions.traces(limit=1).next
    with pytest.raises(BadRequest, match="cursor: is of the order '-start_time', not 'start_time'"):
        questions.traces(sort="start_time", cursor=cursor)
    with pytest.raises(BadRequest, match="is not of this list"):
        questions.calls(cursor=cursor)


@pytest.mark.parametrize("shape", [TraceFilters, CallFilters, SpanFilters])
def test_every_field_of_a_filter_narrows(questions: Questions, shape: type[Filters]) -> None:
    """A field that is forgotten in the tables of conditions would let everything through."""
    ask: dict[type[Filters], Callable[[Any], Page[Any]]] = {
        TraceFilters: questions.traces,
        CallFilters: questions.calls,
        SpanFilters: questions.spans,
    }
    for field, value in _narrowing_to_nothing(shape).items():
        assert ask[shape](msgspec.convert({field: value}, shape)).items == (), field


def _narrowing_to_nothing(shape: type[Filters]) -> dict[str, object]:
    """A value for every field but has_error and with_folded, such that no span has it."""
    special: dict[str, object] = {
        "text": "zzqq",
        "name": "zzqq",
        "metadata": {"z": "q"},
        "start": "2200-01-01",
        "end": 1,
    }
    bounds = {"min_": 10**9, "max_": -5}
    fields = (field for field in shape.__struct_fields__ if field not in ("has_error", "with_folded"))
    return {field: special.get(field, bounds.get(field[:4], ("zzqq",))) for field in fields}
