"""What filter menus offer."""

import pytest
from inline_snapshot import snapshot

from headwater.errors import BadRequest
from headwater.query import FacetValue, Questions
from headwater.query.facets import FACETS
from tests.rooms.query.pen import Pen

DAY = 86_400


@pytest.fixture
def questions(pen: Pen) -> Questions:
    """Two days, three users; the first user comes back."""
    pen.call(1, 1, user_id="ann", session_id="s1", tags=("a", "b"), metadata={"tier": "gold"}, release="v1")
    pen.call(2, 2, 5, model="opus", provider="anthropic", user_id="bob", environment="prod", service_name="web")
    pen.span(2, 3, 6, kind="tool", tool_name="search", agent_name="Planner", status="error", error_type="Timeout")
    pen.call(3, 4, DAY, user_id="Anna", session_id="s2")
    pen.call(4, 5, DAY + 1, user_id="ann")
    return pen.write()


def test_values_of_most_traces_come_first(questions: Questions) -> None:
    assert questions.facets("model") == snapshot(
        (
            FacetValue(value="gpt-5", traces=3, last_seen="2026-11-19T12:00:01.000000000Z"),
            FacetValue(value="opus", traces=1, last_seen="2026-11-18T12:00:05.000000000Z"),
        )
    )


def test_the_newest_users_come_first(questions: Questions) -> None:
    """Whatever day they were first seen on, and counted over all days."""
    assert [(each.value, each.traces) for each in questions.facets("user")] == [("ann", 2), ("Anna", 1), ("bob", 1)]
    assert [each.value for each in questions.facets("user", limit=1)] == ["ann"]


def test_values_are_found_by_a_part(questions: Questions) -> None:
    assert [each.value for each in questions.facets("user", contains="AN")] == ["ann", "Anna"]
    assert [each.value for each in questions.facets("model", contains="gpt")] == ["gpt-5"]


def test_values_are_those_seen_since_a_day(questions: Questions) -> None:
    assert [each.value for each in questions.facets("session", start="2026-11-19T23:00:00Z")] == ["s2"]
    assert [each.value for each in questions.facets("model", start="2026-11-19")] == ["gpt-5"]


@pytest.mark.parametrize("facet", FACETS)
def test_every_facet_is_kept(questions: Questions, facet: str) -> None:
    """A facet that the store calls otherwise would never have a value."""
    assert questions.facets(facet)


def test_an_unknown_facet_is_named(questions: Questions) -> None:
    with pytest.raises(BadRequest, match="facet: unknown facet 'colour'; use one of model, provider, environment"):
        questions.facets("colour")
