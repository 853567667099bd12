"""Saved: views, queries and sets that people keep, on both engines."""

import pytest

from headwater.access import SET_TRACES, Catalog, Person, SavedView
from headwater.errors import BadRequest, NotFound


@pytest.fixture
def project(catalog: Catalog) -> str:
    return catalog.project("default").id


@pytest.fixture
def owner(catalog: Catalog) -> Person:
    person = catalog.session(catalog.redeem_login(catalog.create_login_token()) or "")
    assert person is not None
    return person


def test_a_view_is_kept_changed_and_forgotten(catalog: Catalog, project: str, owner: Person):
    views = catalog.saved.views
    made = views.add(project, owner.id, "traces", " Failed today ", "?status=error&range=24h")
    assert views.all(project, "traces") == [
        SavedView(
            id=made.id,
            page="traces",
            name="Failed today",
            query="status=error&range=24h",
            by=owner.name,
            created_ns=made.created_ns,
        )
    ]
    assert views.all(project, "calls") == []
    assert views.change(project, made.id, name="Failed", query="status=error").query == "status=error"
    views.remove(project, made.id)
    with pytest.raises(NotFound, match=made.id):
        views.one(project, made.id)


def test_a_page_opens_with_the_view_that_a_person_chose(catalog: Catalog, project: str, owner: Person):
    views = catalog.saved.views
    one, other = (views.add(project, owner.id, "traces", name, "status=error") for name in ("one", "other"))
    views.set_default(project, owner.id, "traces", one.id)
    views.set_default(project, owner.id, "traces", other.id)
    assert [view.name for view in views.all(project, "traces", owner.id) if view.is_default] == ["other"]
    assert views.default(project, "somebody", "traces") is None
    views.remove(project, other.id)
    assert views.default(project, owner.id, "traces") is None
    with pytest.raises(NotFound):
        views.set_default(project, owner.id, "calls", one.id)


def test_a_name_is_there_once_on_a_page(catalog: Catalog, project: str):
    catalog.saved.views.add(project, "gone", "traces", "Mine", "")
    catalog.saved.views.add(project, "gone", "calls", "Mine", "")
    with pytest.raises(BadRequest, match="choose another name"):
        catalog.saved.views.add(project, "gone", "traces", "Mine", "")
    assert [view.by for view in catalog.saved.views.all(project)] == ["", ""]


def test_a_query_is_kept_changed_and_forgotten(catalog: Catalog, project: str, owner: Person):
    queries = catalog.saved.queries
    made = queries.add(project, owner.id, "Spend", "SELECT sum(cost_usd) FROM calls")
    assert queries.all(project) == [made]
    changed = queries.change(project, made.id, name="All spend")
    assert (changed.name, changed.sql, changed.by) == ("All spend", made.sql, owner.name)
    with pytest.raises(BadRequest, match="no statement"):
        queries.add(project, owner.id, "Nothing", "  ")
    queries.remove(project, made.id)
    assert queries.all(project) == []


def test_a_set_holds_each_trace_once(catalog: Catalog, project: str, owner: Person):
    sets = catalog.saved.sets
    made = sets.add(project, owner.id, "To label")
    assert sets.put(project, made.id, ["a" * 32, "b" * 32, "a" * 32]) == 2
    assert sets.put(project, made.id, ["b" * 32, "c" * 32]) == 1
    assert sets.take_out(project, made.id, ["a" * 32, "d" * 32]) == 1
    assert set(sets.trace_ids(project, made.id)) == {"b" * 32, "c" * 32}
    assert sets.rename(project, made.id, "Labelled").traces == 2
    sets.remove(project, made.id)
    assert sets.all(project) == []


def test_a_set_is_bounded_and_takes_nothing_past_its_bound(catalog: Catalog, project: str):
    sets = catalog.saved.sets
    made = sets.add(project, "", "Many")
    sets.put(project, made.id, [f"{number:032x}" for number in range(SET_TRACES)])
    with pytest.raises(BadRequest, match="make another set"):
        sets.put(project, made.id, ["f" * 32])
    assert sets.one(project, made.id).traces == SET_TRACES


def test_what_is_kept_in_one_project_is_not_there_in_another(catalog: Catalog, project: str):
    other = catalog.create_project("other").id
    made = catalog.saved.sets.add(project, "", "Mine")
    for ask in (
        lambda: catalog.saved.sets.one(other, made.id),
        lambda: catalog.saved.sets.put(other, made.id, ["a" * 32]),
        lambda: catalog.saved.sets.rename(other, made.id, "Yours"),
        lambda: catalog.saved.sets.remove(other, made.id),
    ):
        with pytest.raises(NotFound):
            ask()


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
def test_what_can_be_no_name_is_refused(catalog: Catalog, project: str, name: str):
    with pytest.raises(BadRequest, match="name"):
        catalog.saved.sets.add(project, "", name)
