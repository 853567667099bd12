"""What every store does, whichever it is: the embedded engine behind its front, and a ClickHouse named by address.

`CLICKHOUSE_TEST_DSN=clickhouse://user:password@host:8123 pytest tests/suites/test_store.py` runs it over a server too.
"""

import os
import secrets
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater.errors import BadRequest, Unavailable
from headwater.store import BadRows, SpanRow, Store
from tests.rooms.store.fronts import Front
from tests.rooms.store.rows import (
    MINUTE_NS,
    NOON_NS,
    a_hash,
    a_log,
    a_message,
    a_span,
    a_trace,
    a_whole_span,
)

_SERVER = os.environ.get("CLICKHOUSE_TEST_DSN", "")


@pytest.fixture(scope="module", params=["embedded", *(["server"] if _SERVER else [])])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with its tables."""
    if request.param == "server":
        store = Store(_SERVER)
        store.migrate()
        yield store
        return
    front = Front(tmp_path_factory.mktemp("store"))
    store = front.store()
    store.migrate()
    yield store
    assert front.stop() == 0


@pytest.fixture
def project() -> str:
    """A project that nobody else writes to."""
    return f"p{secrets.token_hex(6)}"


def _token() -> str:
    return secrets.token_hex(8)


def test_migrating_again_does_nothing(store: Store) -> None:
    assert store.migrate() == ()
    store.check()


def test_a_span_is_read_back_as_it_was_written(store: Store, project: str) -> None:
    whole, plain = a_whole_span(project), a_span(project)
    store.insert_spans([whole, plain], _token())
    keys = [(row.trace_id, row.span_id) for row in (whole, plain)]
    found = {row.span_id: row for row in store.span_rows(project, [*keys, ("no", "such")])}
    assert found == {whole.span_id: whole, plain.span_id: plain}


def test_an_unknown_number_stays_unknown(store: Store, project: str) -> None:
    span = a_span(project, input_tokens=None, output_tokens=0, cost_nanousd=None, ttft_ns=None, is_stream=None)
    store.insert_spans([span], _token())
    sql = "SELECT input_tokens, output_tokens, cost_usd, ttft_ns FROM headwater.spans WHERE project = {p:String}"
    assert store.select(sql, {"p": project}) == [(None, 0, None, None)]


def test_a_call_may_cost_many_dollars(store: Store, project: str) -> None:
    span = a_span(project, cost_nanousd=123_456_789_012_345_678)
    store.insert_spans([span], _token())
    assert store.span_rows(project, [(span.trace_id, span.span_id)]) == [span]
    assert store.trace_briefs(project, [span.trace_id])[span.trace_id][span.span_id].cost_nanousd == span.cost_nanousd


def test_a_log_event_is_read_back_and_is_there_once(store: Store, project: str) -> None:
    log = a_log(project, "a" * 32)
    store.insert_logs([log], _token())
    store.insert_logs([msgspec.structs.replace(log, version=2)], _token())
    store.insert_logs([a_log(project, "b" * 32)], _token())
    assert store.log_rows(project, ["a" * 32, "c" * 32]) == [msgspec.structs.replace(log, version=2)]


def test_a_block_under_one_token_is_taken_once(store: Store, project: str) -> None:
    spans, token = [a_span(project) for _ in range(5)], _token()
    for _ in range(3):
        store.insert_spans(spans, token)
    sql = "SELECT count() FROM headwater.spans WHERE project = {p:String}"
    assert store.select(sql, {"p": project}) == [(5,)]


def test_the_newest_version_counts_whatever_came_last(store: Store, project: str) -> None:
    new = a_span(project, name="new", version=9)
    old = msgspec.structs.replace(new, name="old", version=3)
    store.insert_spans([new], _token())
    store.insert_spans([old], _token())
    assert [row.name for row in store.span_rows(project, [(new.trace_id, new.span_id)])] == ["new"]


def test_a_deleted_row_is_gone(store: Store, project: str) -> None:
    span = a_span(project)
    store.insert_spans([span], _token())
    store.insert_spans([msgspec.structs.replace(span, version=2, is_deleted=1)], _token())
    assert store.span_rows(project, [(span.trace_id, span.span_id)]) == []
    assert store.trace_briefs(project, [span.trace_id]) == {}


def test_briefs_tell_of_the_traces_that_exist_and_of_this_project_only(store: Store, project: str) -> None:
    log_line = {"attributes": {"logfire.span_type": "log"}, "cache_write_5m_tokens": 2, "cache_write_1h_tokens": 3}
    span = a_span(project, input=(a_hash(),), tags=("x",), cost_nanousd=7, **log_line)
    store.insert_spans([span, a_span("other" + project, trace_id="f" * 32)], _token())
    briefs = store.trace_briefs(project, [span.trace_id, "f" * 32, *(secrets.token_hex(16) for _ in range(2500))])
    brief = briefs.pop(span.trace_id)[span.span_id]
    assert briefs == {}
    assert (brief.tags, brief.cost_nanousd, brief.cache_write_tokens, brief.start_ns) == (("x",), 7, 5, NOON_NS)
    assert (brief.has_input, brief.has_output, brief.is_log_span) == (True, False, True)


@pytest.mark.parametrize("text", ["\0" * 9, "é🙂\u202e", "'\\\n\t`\"", "x" * 5_000_000, "a\ud800b"])
def test_any_text_can_be_stored(store: Store, project: str, text: str) -> None:
    span = a_span(project, name=text[:50], input_preview=text, metadata={text[:20]: text}, tags=(text[:9],))
    store.insert_spans([span], _token())
    kept = text.encode("utf-8", "replace").decode()
    found = store.span_rows(project, [(span.trace_id, span.span_id)])[0]
    assert (found.input_preview, found.metadata, found.tags) == (kept, {kept[:20]: kept}, (kept[:9],))


def test_no_clock_is_too_wild_for_a_block(store: Store, project: str) -> None:
    """Each day is a partition; a block of a thousand of them goes in whole."""
    step = 4_291_747_200_000_000_000 // 300
    spans = [a_span(project, start_ns=at * step, end_ns=0) for at in range(300)]
    wild = [a_span(project, start_ns=ns, end_ns=ns) for ns in (-(2**62), -1, 2**62, 9_223_372_036_854_775_807)]
    store.insert_spans([*spans, *wild], _token())
    found = store.span_rows(project, [(row.trace_id, row.span_id) for row in spans + wild])
    assert sorted(row.start_ns for row in found) == sorted(row.start_ns for row in spans + wild)
    store.mark_pending(project, [row.start_ns // MINUTE_NS * MINUTE_NS for row in spans[:20]])


@pytest.mark.parametrize(
    "fields", [{"input_tokens": 2**63}, {"input_tokens": "many"}, {"name": 7}, {"input": (b"short",)}]
)
def test_rows_that_do_not_fit_are_refused_by_the_name_of_their_table(
    store: Store, project: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(BadRows, match=r"headwater\.spans"):
        store.insert_spans([a_span(project), a_span(project, **fields)], _token())
    sql = "SELECT count() FROM headwater.spans WHERE project = {p:String}"
    assert store.select(sql, {"p": project}) == [(0,)]


def test_partitions_that_went_quiet_are_merged_to_one_part(store: Store, project: str) -> None:
    for _ in range(4):
        store.insert_spans([a_span(project)], _token())
    time.sleep(1.1)
    while store.merge_quiet(quiet_s=0, budget_s=30):
        pass
    parts = (
        "SELECT max(c) FROM (SELECT count() AS c FROM system.parts WHERE active AND table = 'spans' GROUP BY partition)"
    )
    assert store.select(parts) == [(1,)]
    assert store.select("SELECT count() FROM headwater.spans WHERE project = {p:String}", {"p": project}) == [(4,)]


def test_nothing_to_insert_is_nothing(store: Store) -> None:
    store.insert_spans([], "t")
    store.insert_messages([], "t")


def test_a_wrong_statement_of_ours_is_a_bad_request(store: Store) -> None:
    with pytest.raises(BadRequest, match="nowhere"):
        store.select("SELECT * FROM nowhere.at_all")


def test_a_store_that_is_not_there_is_unavailable() -> None:
    away = Store("clickhouse://u:p@127.0.0.1:9")
    assert not away.is_up()
    with pytest.raises(Unavailable):
        away.check()
    with pytest.raises(Unavailable):
        away.insert_spans([a_span("p")], "t")


@pytest.mark.parametrize("needle", ["needle", "EEDL", "näedle", "100%_"])
def test_text_is_found_by_any_part_of_it(store: Store, project: str, needle: str) -> None:
    store.insert_messages([a_message(project, "hay needle näedle 100%_ hay"), a_message(project, "straw")], _token())
    pattern = "%" + needle.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    sql = "SELECT count() FROM headwater.messages WHERE project = {p:String} AND lower(text) LIKE {like:String}"
    assert store.select(sql, {"p": project, "like": pattern}) == [(1,)]


def test_facets_count_traces_once_however_often_they_are_sent(store: Store, project: str) -> None:
    span = a_span(project, tags=("red", "blue"), metadata={"tier": "gold"}, user_id="u")
    for version in (1, 2):
        store.insert_spans([msgspec.structs.replace(span, version=version)], _token())
    sql = (
        "SELECT facet, value, uniqHLL12Merge(traces) FROM headwater.facets WHERE project = {p:String}"
        " AND facet IN ('tag', 'model', 'user_id', 'metadata_key') GROUP BY facet, value ORDER BY facet, value"
    )
    told = [
        ("metadata_key", "tier", 1),
        ("model", "gpt-5", 1),
        ("tag", "blue", 1),
        ("tag", "red", 1),
        ("user_id", "u", 1),
    ]
    assert store.select(sql, {"p": project}) == told


def test_the_size_of_the_store_can_be_asked(store: Store, project: str) -> None:
    store.insert_spans([a_span(project)], _token())
    stats = store.stats()
    assert stats.rows > 0
    assert stats.disk_bytes == sum(table.disk_bytes for table in stats.tables) > 0


# Rollups: whatever happens, what is counted through them is what the rows say.

_MODELS = ("a", "b")
_HOURS = 3
_act = st.one_of(
    st.tuples(st.just("call"), st.integers(0, 60 * _HOURS - 1), st.sampled_from(_MODELS), st.integers(0, 99)),
    st.tuples(st.just("again"), st.integers(0, 9), st.sampled_from(_MODELS), st.integers(0, 99)),
    st.tuples(st.just("fold"), st.integers(0, 9), st.just(""), st.just(0)),
    st.tuples(st.just("delete"), st.integers(0, 9), st.just(""), st.just(0)),
    st.tuples(st.just("refresh"), st.just(0), st.just(""), st.just(0)),
)


class _Writer:
    """Does to a project what a loader does: marks, writes, writes again, refreshes."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.project = f"p{secrets.token_hex(6)}"
        self._rows: list[SpanRow] = []

    def act(self, kind: str, number: int, model: str, tokens: int) -> None:
        if kind == "refresh":
            self.store.refresh_rollups(2**62, budget_s=60)
            return
        if kind == "call":
            row = a_span(self.project, start_ns=NOON_NS + number * MINUTE_NS + tokens, model=model, input_tokens=tokens)
            self._rows.append(row)
        elif self._rows:
            row = self._rows[number % len(self._rows)]
            row.version += 1
            row.model = model or row.model
            row.folded_into = "x" if kind == "fold" else row.folded_into
            row.is_deleted = int(kind == "delete")
            row.cost_nanousd = tokens
        else:
            return
        self.store.mark_pending(self.project, [row.start_ns // MINUTE_NS * MINUTE_NS])
        self.store.insert_spans([row], _token())

    def counted(self, start_ns: int, end_ns: int, step_s: int) -> list[Any]:
        """Through the rollups, by model."""
        source = self.store.calls_in_buckets(self.project, start_ns, end_ns, step_s)
        sql = (
            "SELECT intDiv(toUnixTimestamp(bucket), {step:Int64}) AS at, model, sum(calls), sum(input_tokens),"
            f" sum(cost_usd), sum(unpriced_calls) FROM {source.sql} GROUP BY at, model ORDER BY at, model"
        )
        return list(self.store.select(sql, {**source.parameters, "step": step_s}))

    def rows(self, start_ns: int, end_ns: int, step_s: int) -> list[Any]:
        """From the rows, by model."""
        sql = (
            "SELECT intDiv(toUnixTimestamp64Nano(s.start_time), {step:Int64} * 1000000000) AS at, model, count(),"
            " sum(ifNull(s.input_tokens, 0)), toDecimal128(ifNull(sum(s.cost_usd), 0), 9), countIf(s.cost_usd IS NULL)"
            " FROM headwater.spans AS s FINAL WHERE project = {p:String} AND kind = 'call' AND folded_into = ''"
            " AND toUnixTimestamp64Nano(s.start_time) >= {a:Int64} AND toUnixTimestamp64Nano(s.start_time) < {b:Int64}"
            " GROUP BY at, model ORDER BY at, model"
        )
        return list(self.store.select(sql, {"p": self.project, "a": start_ns, "b": end_ns, "step": step_s}))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    acts=st.lists(_act, min_size=1, max_size=25),
    start=st.integers(-30, 60 * _HOURS),
    minutes=st.integers(0, 60 * _HOURS),
    cut_ns=st.sampled_from((0, 1, 50)),
    step_s=st.sampled_from((60, 300, 3600, 7200)),
)
def test_sums_over_rollups_are_the_sums_of_the_rows(
    store: Store, acts: list[tuple[str, int, str, int]], start: int, minutes: int, cut_ns: int, step_s: int
) -> None:
    """Late duplicates, folds, deletions and refreshes in any order; ranges that cut minutes and hours."""
    writer = _Writer(store)
    for act in acts:
        writer.act(*act)
    start_ns = NOON_NS + start * MINUTE_NS + cut_ns
    for end_ns in (start_ns + minutes * MINUTE_NS, start_ns + minutes * MINUTE_NS + 25):
        assert writer.counted(start_ns, end_ns, step_s) == writer.rows(start_ns, end_ns, step_s)


def test_a_refreshed_hour_is_read_without_its_rows(store: Store) -> None:
    """The rollups themselves hold the sums: rows that vanish behind their back still count."""
    writer = _Writer(store)
    for minute in range(60):
        writer.act("call", minute, "a", minute)
    assert store.refresh_rollups(2**62, budget_s=60) >= 60
    sql = "SELECT grain_s, count(), sum(calls) FROM headwater.rollups FINAL WHERE project = {p:String} GROUP BY grain_s"
    assert set(store.select(sql, {"p": writer.project})) == {(60, 60, 60), (3600, 1, 60)}


def test_only_minutes_that_are_quiet_are_refreshed(store: Store) -> None:
    writer = _Writer(store)
    writer.act("call", 0, "a", 1)
    assert store.refresh_rollups(NOON_NS) == 0
    assert store.refresh_rollups(NOON_NS + 2 * MINUTE_NS) == 0
    assert writer.counted(NOON_NS, NOON_NS + MINUTE_NS, 60) == [(NOON_NS // MINUTE_NS, "a", 1, 1, 0, 1)]


def test_percentiles_come_from_the_merged_states(store: Store) -> None:
    writer = _Writer(store)
    rows = [a_span(writer.project, end_ns=NOON_NS + ms * 1_000_000, ttft_ns=None) for ms in range(1, 101)]
    writer.store.mark_pending(writer.project, [NOON_NS])
    store.insert_spans(rows, _token())
    for _ in range(2):
        source = store.calls_in_buckets(writer.project, NOON_NS, NOON_NS + MINUTE_NS, 60)
        sql = f"SELECT quantilesTDigestMerge(0.5, 0.95, 0.99)(duration_state) FROM {source.sql}"
        p50, _, p99 = store.select(sql, source.parameters)[0][0]
        assert 49 <= p50 / 1e6 <= 52
        assert 98 <= p99 / 1e6 <= 100
        store.refresh_rollups(2**62, budget_s=60)


# Views.


def test_the_calls_view_shows_a_call_with_its_content(store: Store, project: str) -> None:
    asked, answered = a_message(project, "hi"), a_message(project, "ho", role="assistant")
    span = a_span(
        project,
        **{"input": (asked.hash, asked.hash), "output": (answered.hash,), "input_tokens": 12, "cost_nanousd": 1_500},
        **{"ttft_ns": 250_000_000, "tags": ("t",), "metadata": {"k": "v"}, "cache_write_5m_tokens": 1},
    )
    hidden = [a_span(project, kind="tool"), a_span(project, folded_into="x")]
    store.insert_messages([asked, answered], _token())
    store.insert_spans([span, *hidden], _token())
    answer = store.user_query(project, "SELECT * FROM calls")
    row = dict(zip(answer.columns, answer.rows[0], strict=True))
    assert len(answer.rows) == 1
    assert {name: row[name] for name in ("trace_id", "input", "output", "cost_usd", "ttft_ms", "duration_ms")} == {
        "trace_id": span.trace_id,
        "input": f"[{asked.content},{asked.content}]",
        "output": f"[{answered.content}]",
        "cost_usd": 0.0000015,
        "ttft_ms": 250,
        "duration_ms": 1000,
    }
    assert (row["tags"], row["metadata"], row["start_time"]) == (["t"], {"k": "v"}, "2026-11-18T12:00:00.000000000Z")


def test_the_other_views_show_their_project(store: Store, project: str) -> None:
    message = a_message(project, "hi")
    store.insert_messages([message, a_message(f"{project}x", "no")], _token())
    store.insert_traces(
        [a_trace(project, "a" * 32), a_trace(project, "b" * 32), a_trace(f"{project}x", "c" * 32)], _token()
    )
    asked = {
        "SELECT trace_id, cost_usd, duration_ms FROM traces ORDER BY trace_id": [
            ("a" * 32, 1.5, 1000),
            ("b" * 32, 1.5, 1000),
        ],
        "SELECT session_id, trace_count, cost_usd, user_ids FROM sessions": [("s", 2, 3, ["u"])],
        "SELECT hash, text FROM messages": [(message.hash.hex(), "hi")],
        "SELECT count() FROM spans": [(0,)],
    }
    assert {sql: list(store.user_query(project, sql).rows) for sql in asked} == asked


@pytest.mark.parametrize("project", ["", "a b", "x`; DROP", "é", "p" * 65, "../x"])
def test_a_project_that_cannot_be_a_name_is_refused(store: Store, project: str) -> None:
    with pytest.raises(BadRequest, match="project"):
        store.ensure_project(project)
