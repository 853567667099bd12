"""What has an id."""

import pytest

from headwater.query import Hit, Questions
from tests.rooms.query.pen import Pen


@pytest.fixture
def questions(pen: Pen) -> Questions:
    """Two traces of one session; a span's id that both have."""
    pen.call(1, 1, user_id="ann", session_id="s1")
    pen.call(2, 1, 5, user_id="ann", session_id="s1")
    pen.call(2, 3, 6)
    return pen.write()


def test_a_trace_is_found_in_any_spelling(questions: Questions) -> None:
    trace_id = questions.traces().items[0].trace_id
    hit = Hit(kind="trace", id=trace_id, trace_id=trace_id)
    spelled = f" {trace_id[:8]}-{trace_id[8:12]}-{trace_id[12:16]}-{trace_id[16:20]}-{trace_id[20:]} ".upper()
    assert questions.find(trace_id) == questions.find(spelled) == (hit,)


def test_a_span_is_found_in_every_trace_that_has_it(questions: Questions) -> None:
    spans = questions.spans().items
    twice = next(span.span_id for span in spans if span.trace_id != spans[0].trace_id)
    assert {hit.trace_id for hit in questions.find(twice)} == {span.trace_id for span in spans}
    assert {hit.kind for hit in questions.find(twice)} == {"span"}


def test_a_traceparent_names_a_span_and_its_trace(questions: Questions) -> None:
    span = questions.spans().items[0]
    hits = questions.find(f"00-{span.trace_id}-{span.span_id}-01")
    assert [(hit.kind, hit.id) for hit in hits] == [("span", span.span_id), ("trace", span.trace_id)]


def test_sessions_and_users_are_found_by_the_whole_id(questions: Questions) -> None:
    assert questions.find("s1") == (Hit(kind="session", id="s1"),)
    assert questions.find("ann") == (Hit(kind="user", id="ann"),)
    assert questions.find("an") == questions.find("") == questions.find("f" * 32) == ()


def test_another_project_has_ids_of_its_own(questions: Questions, pen: Pen) -> None:
    other = Questions(pen.store, "another")
    assert other.find("s1") == other.find(questions.traces().items[0].trace_id) == ()
