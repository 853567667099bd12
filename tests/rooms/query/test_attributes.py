"""Which attributes came that nobody asked for, counted over the newest spans."""

import pytest

from headwater.errors import BadRequest
from headwater.query import Questions
from headwater.query import attributes as looking
from tests.rooms.query.pen import NOON, SECOND, Pen

_AFTER = NOON + 3_600 * SECOND


@pytest.fixture
def questions(pen: Pen) -> Questions:
    """Three spans, the newest of which says most; one value is so long that it is content."""
    pen.span(1, 1, attributes={"gen_ai.new": "old", "mine": "x"})
    pen.span(2, 2, 60, attributes={"gen_ai.new": "n" * 500, "gen_ai.list.0.a": "first", "gen_ai.list.1.a": "second"})
    digest = pen.content("long", "attribute")
    pen.span(3, 3, 120, source="litellm", scope="s", scope_version="2", content_attributes={"gen_ai.long": (digest,)})
    return pen.write()


def _is_theirs(name: str) -> bool:
    return name.startswith("gen_ai.")


def test_names_are_counted_and_numbers_in_them_are_one(questions: Questions) -> None:
    found = questions.attributes(_is_theirs, end=_AFTER)
    assert [(each.name, each.count) for each in found.items] == [
        ("gen_ai.list.*.a", 2),
        ("gen_ai.new", 2),
        ("gen_ai.long", 1),
    ]
    assert (found.total, found.spans, found.is_partial) == (3, 3, False)


def test_the_newest_span_of_a_name_is_its_example(questions: Questions) -> None:
    found = {each.name: each for each in questions.attributes(_is_theirs, end=_AFTER).items}
    assert found["gen_ai.new"].example == "n" * 200
    assert found["gen_ai.long"].example is None
    shown = found["gen_ai.long"]
    assert (shown.source, shown.scope, shown.scope_version, shown.span_id[-1]) == ("litellm", "s", "2", "3")


def test_names_are_given_in_pages(questions: Questions) -> None:
    first, second = (questions.attributes(_is_theirs, end=_AFTER, limit=2, offset=offset) for offset in (0, 2))
    assert [each.name for each in (*first.items, *second.items)] == ["gen_ai.list.*.a", "gen_ai.new", "gen_ai.long"]
    assert second.total == 3


def test_only_the_newest_spans_are_looked_at(questions: Questions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "_SPANS", 2)
    found = questions.attributes(lambda name: True, end=_AFTER)
    assert (found.spans, found.is_partial, found.start) == (2, True, "2026-11-18T12:01:00.000000000Z")
    assert "mine" not in {each.name for each in found.items}


def test_a_time_without_spans_has_no_names(questions: Questions) -> None:
    found = questions.attributes(_is_theirs, start=_AFTER, end=_AFTER + SECOND)
    assert (found.items, found.total, found.spans) == ((), 0, 0)
    with pytest.raises(BadRequest, match="start"):
        questions.attributes(_is_theirs, start="soon")
