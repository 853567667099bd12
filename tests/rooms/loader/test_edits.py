"""What people do to traces: it goes into the journal, and holds whatever comes late, again, or out of order."""

import itertools
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from headwater.clock import monotonic_s, now_ns, sleep
from headwater.event import EDIT_DOOR, Call, Edit, EditTarget, Span, Usage, edit_body
from headwater.query import CallFilters, Questions, TraceFilters
from headwater.store import Store, start_front
from tests.rooms.loader.line import Line
from tests.rooms.loader.memory_store import KilledHere, MemoryStore
from tests.serving import free_ports

_SECOND = 1_000_000_000
_START_NS = 1_795_003_200 * _SECOND
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A real store, with tables and nothing in them."""
    secret, port = secrets.token_hex(16), free_ports(1)[0]
    process = start_front(tmp_path_factory.mktemp("store"), port, secret)
    store = Store(f"clickhouse://default:{secret}@127.0.0.1:{port}")
    deadline_s = monotonic_s() + 30
    while not store.is_up():
        assert monotonic_s() < deadline_s, "the store did not start"
        sleep(0.05)
    store.migrate()
    yield store
    process.terminate()
    process.wait(10)
    assert process.stdin is not None
    process.stdin.close()


class Scene:
    """A project of its own on a line that leads into the real store."""

    def __init__(self, line: Line, store: Store) -> None:
        line.store = cast("MemoryStore", store)
        self.line, self.store = line, store
        self.project = f"edited{next(_numbers)}"
        self.ask = Questions(store, self.project)

    def send(self, *spans: Span) -> None:
        """Have spans arrive."""
        body = msgspec.msgpack.encode(spans)
        self.line.append(body, "event", project=self.project, items=len(spans))

    def edit(self, trace: int = 1, span: str = "", **edit: Any) -> None:
        """Have a person do something to a trace."""
        edit = {"by": "Ada", "targets": (EditTarget(trace_id(trace), span),)} | edit
        self.line.append(edit_body(Edit(**edit)), EDIT_DOOR, project=self.project)

    def load(self) -> None:
        """Load what waits, by a loader that has just started."""
        self.line.load()
        assert self.line.reasons() == []

    def load_again(self) -> None:
        """Load the whole journal again, as `headwater reindex` asks."""
        self.line.ledger.ask_reload("journal", 0, now_ns() * 2)
        self.load()

    def tags(self) -> dict[str, tuple[str, ...]]:
        """The tags of each trace as the list shows them; those of calls must be the same."""
        traces = {trace.trace_id: trace.tags for trace in self.ask.traces().items}
        calls = {call.trace_id: tuple(sorted(call.tags)) for call in self.ask.calls().items}
        assert calls == traces
        return traces


@pytest.fixture
def scene(tmp_path: Path, store: Store) -> Iterator[Scene]:
    # A block's token is made of its writer and positions, and the store knows those of the tests before.
    line = Line(tmp_path, f"edge-{next(_numbers)}")
    yield Scene(line, store)
    line.close()


def trace_id(number: int) -> str:
    return f"{number:032x}"


def call(trace: int, span: int = 1, **fields: Any) -> Span:
    """A call that cost something, begun `span` seconds after the hour."""
    start_ns = _START_NS + span * _SECOND
    told: dict[str, Any] = {"name": "ask", "tags": ("sent",), "kind": "call"}
    asked = Call(operation="chat", provider="openai", request_model="gpt-4o", response_model="gpt-4o")
    asked = msgspec.structs.replace(asked, usage=Usage(input=1000, output=100))
    ids = {"trace_id": trace_id(trace), "span_id": f"{span:016x}"}
    times = {"start_ns": start_ns, "end_ns": start_ns + _SECOND}
    whole: dict[str, Any] = told | ids | times | {"call": asked} | fields
    return Span(**whole)


def test_a_tag_holds_in_lists_filters_menus_and_sql(scene: Scene):
    scene.send(call(1), call(2))
    scene.edit(1, kind="tags", add=("good", "also"))
    scene.load()
    assert scene.tags() == {trace_id(1): ("also", "good", "sent"), trace_id(2): ("sent",)}
    assert [trace.trace_id for trace in scene.ask.traces(TraceFilters(tags=("good",))).items] == [trace_id(1)]
    assert scene.ask.totals(filters=CallFilters(tags=("good",))).calls == 1
    assert ("good", 1) in [(value.value, value.traces) for value in scene.ask.facets("tag")]
    assert scene.ask.sql("SELECT count() FROM spans WHERE has(tags, 'good')").rows == ((1,),)


def test_a_tag_stays_when_a_span_comes_late_or_again(scene: Scene):
    scene.send(call(1))
    scene.edit(1, kind="tags", add=("good",), remove=("sent",))
    scene.load()
    scene.send(call(1), call(1, 2))
    scene.load()
    assert scene.tags() == {trace_id(1): ("good",)}
    assert scene.ask.traces().items[0].call_count == 2


def test_the_last_word_on_a_tag_counts_also_when_all_is_loaded_again(scene: Scene):
    scene.send(call(1))
    scene.edit(1, kind="tags", add=("good", "odd"))
    scene.edit(1, kind="tags", remove=("good",))
    scene.load()
    scene.load_again()
    assert scene.tags() == {trace_id(1): ("odd", "sent")}


def test_a_tag_may_come_before_its_trace(scene: Scene):
    scene.edit(1, kind="tags", add=("good",))
    scene.load()
    scene.send(call(1))
    scene.load()
    assert scene.tags() == {trace_id(1): ("good", "sent")}


def test_a_score_and_a_comment_stand_with_their_author(scene: Scene):
    scene.send(call(1))
    scene.edit(1, f"{1:016x}", kind="score", name="helpful", value=0.5, label="so-so", text="it could be shorter")
    scene.edit(1, kind="comment", text="ask again tomorrow")
    scene.load()
    scene.load_again()
    outline = scene.ask.trace(trace_id(1)).outline
    assert outline is not None
    (score,), (comment,) = outline.scores, outline.comments
    assert (score.name, score.value, score.label, score.author) == ("helpful", 0.5, "so-so", "Ada")
    assert (comment.text, comment.author, comment.span_id) == ("ask again tomorrow", "Ada", "")
    assert scene.ask.span(trace_id(1), f"{1:016x}").scores == (score,)


def test_what_was_said_can_be_taken_back_for_good(scene: Scene):
    scene.send(call(1))
    scene.edit(1, kind="comment", text="first")
    scene.edit(1, kind="comment", text="second")
    scene.load()
    outline = scene.ask.trace(trace_id(1)).outline
    assert outline is not None
    scene.edit(1, kind="retraction", events=(outline.comments[0].id,))
    scene.load()
    scene.load_again()
    outline = scene.ask.trace(trace_id(1)).outline
    assert outline is not None
    assert [comment.text for comment in outline.comments] == ["second"]


def test_a_deleted_trace_is_gone_from_every_question_and_sum(scene: Scene):
    scene.send(call(1), call(2), call(2, 2))
    scene.edit(2, kind="score", name="helpful", value=1)
    scene.load()
    assert scene.store.refresh_rollups(now_ns() * 2) > 0
    scene.edit(2, kind="deletion")
    scene.load()
    assert [trace.trace_id for trace in scene.ask.traces().items] == [trace_id(1)]
    assert len(scene.ask.calls().items) == 1
    assert scene.ask.totals().calls == 1
    scene.store.refresh_rollups(now_ns() * 2)
    assert scene.ask.totals().calls == 1
    held = scene.store.log_rows(scene.project, [trace_id(2)])
    assert (held, scene.store.trace_briefs(scene.project, [trace_id(2)])) == ([], {})


def test_spans_of_a_deleted_trace_that_come_later_are_dropped_and_counted(scene: Scene):
    scene.send(call(1), call(2))
    scene.edit(1, kind="deletion")
    scene.load()
    scene.send(call(1), call(1, 2))
    scene.edit(1, kind="comment", text="where is it?")
    scene.load()
    scene.load_again()
    assert [trace.trace_id for trace in scene.ask.traces().items] == [trace_id(2)]
    dropped = scene.line.ledger.dropped()
    assert dropped["spans of deleted traces"] == 2
    assert dropped["log events of deleted traces"] == 1


@pytest.mark.parametrize("method", ["put_tags_right", "erase_traces"])
def test_a_loader_that_is_killed_within_an_edit_does_it_whole_after(scene: Scene, method: str):
    scene.send(call(1), call(2))
    scene.edit(1, kind="tags", add=("good",))
    scene.edit(2, kind="deletion")
    scene.line.store = cast("MemoryStore", _Dying(scene.store, method))
    scene.line.load_until_killed()
    scene.line.store = cast("MemoryStore", scene.store)
    scene.load()
    assert scene.tags() == {trace_id(1): ("good", "sent")}


class _Dying:
    """A store at one of whose methods the loader dies, the first time."""

    def __init__(self, store: Store, method: str) -> None:
        self._store, self._method = store, method

    def __getattr__(self, name: str) -> Any:
        if name == self._method and threading.current_thread().name != "housekeeping":
            raise KilledHere
        return getattr(self._store, name)
