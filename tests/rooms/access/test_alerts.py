"""Alerts in the catalog: rules, how they stand, channels with secrets, and the turn of who watches."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headwater.access import Address, AlertRule, Catalog, Firing, Standing, Telling
from headwater.errors import BadRequest, NotFound
from tests.conftest import HeldClock

SECOND = 1_000_000_000
HOOK = Address(url="https://hooks.example.com/services/T0/B0/abcdefgh", secret="s3cret")


@pytest.fixture
def catalog(catalog_url: str, tmp_path: Path) -> Iterator[Catalog]:
    """A catalog as a first start leaves it, with a place for the key of its secrets."""
    found = Catalog(catalog_url, key_folder=tmp_path)
    found.migrate()
    found.bootstrap()
    yield found
    found.close()


@pytest.fixture
def project(catalog: Catalog) -> str:
    return catalog.projects()[0].id


def rule(project: str, name: str = "Errors", **given: Any) -> AlertRule:
    told: dict[str, Any] = {
        "id": "",
        "project_id": project,
        "name": name,
        "measure": "error_rate",
        "comparison": "above",
        "threshold": 0.05,
        "window": "5m",
        **given,
    }
    return AlertRule(**told)


def telling(number: int, made_ns: int, firing: str = "f1") -> Telling:
    return Telling(
        id=f"t{number}",
        rule_id="",
        firing_id=firing,
        channel_id="c1",
        channel="there",
        word="firing",
        notice="{}",
        made_ns=made_ns,
        due_ns=made_ns,
    )


def test_a_rule_is_kept_as_it_was_given(catalog: Catalog, project: str):
    made = catalog.alerts.rules.add(
        rule(project, severity="critical", hold_s=300, repeat_s=3600, filters='{"models":["a"]}', words="model=a")
    )
    assert made.id
    assert catalog.alerts.rules.one(project, made.id) == made
    assert catalog.alerts.rules.all(project) == [made]
    assert catalog.alerts.rules.watched() == [(made, Standing())]


def test_a_name_is_taken_once(catalog: Catalog, project: str):
    first = catalog.alerts.rules.add(rule(project))
    other = catalog.alerts.rules.add(rule(project, "Slow"))
    with pytest.raises(BadRequest, match="name: an alert 'Errors'"):
        catalog.alerts.rules.add(rule(project))
    with pytest.raises(BadRequest, match="name: an alert 'Errors'"):
        catalog.alerts.rules.change(msgspec.structs.replace(other, name=first.name))


def test_a_rule_of_another_project_is_not_found(catalog: Catalog, project: str):
    made = catalog.alerts.rules.add(rule(project))
    other = catalog.create_project("other").id
    for asked in (
        lambda: catalog.alerts.rules.one(other, made.id),
        lambda: catalog.alerts.rules.change(msgspec.structs.replace(made, project_id=other)),
        lambda: catalog.alerts.rules.silence(other, made.id, 1),
        lambda: catalog.alerts.rules.remove(other, made.id),
    ):
        with pytest.raises(NotFound):
            asked()
    assert catalog.alerts.rules.all(other) == []


def test_an_advance_is_noted_once(catalog: Catalog, project: str):
    made = catalog.alerts.rules.add(rule(project))
    firing = Firing(id="f1", rule_id=made.id, began_ns=60, value=0.1, bound=0.05, worst=0.1)
    after = Standing(phase="firing", since_ns=60, looked_ns=60, value=0.1, bound=0.05, firing_id="f1")
    told = msgspec.structs.replace(telling(1, 60), rule_id=made.id)
    assert catalog.alerts.rules.advance(made, Standing(), after, [firing], [told])
    assert not catalog.alerts.rules.advance(made, Standing(), after, [firing], [telling(2, 60)])
    assert catalog.alerts.rules.watched() == [(made, after)]
    assert catalog.alerts.rules.count_firing(project) == 1
    assert catalog.alerts.history.firings(made.id, 10) == [msgspec.structs.replace(firing, tellings=(told,))]
    assert catalog.alerts.history.last_fired(project) == {made.id: 60}


def test_what_was_looked_at_before_a_change_is_not_noted(catalog: Catalog, project: str, held_clock: HeldClock):
    made = catalog.alerts.rules.add(rule(project))
    held_clock.advance(1)
    catalog.alerts.rules.change(msgspec.structs.replace(made, threshold=0.5))
    assert not catalog.alerts.rules.advance(made, Standing(), Standing(phase="firing", looked_ns=60), [], [])
    assert catalog.alerts.rules.standings(project) == {}


def test_a_removed_rule_takes_its_history_along(catalog: Catalog, project: str):
    made = catalog.alerts.rules.add(rule(project))
    firing = Firing(id="f1", rule_id=made.id, began_ns=60)
    told = msgspec.structs.replace(telling(1, 60), rule_id=made.id)
    catalog.alerts.rules.advance(made, Standing(), Standing(phase="firing", looked_ns=60), [firing], [told])
    catalog.alerts.rules.remove(project, made.id)
    assert catalog.alerts.history.firings(made.id, 10) == []
    assert catalog.alerts.history.take_due(10, 60) == []


def test_what_is_to_be_told_of_a_firing_keeps_its_order(catalog: Catalog, project: str, held_clock: HeldClock):
    made = catalog.alerts.rules.add(rule(project))
    told = [msgspec.structs.replace(telling(number, number), rule_id=made.id) for number in (1, 2)]
    other = msgspec.structs.replace(telling(3, 3, firing="f2"), rule_id=made.id)
    catalog.alerts.rules.advance(made, Standing(), Standing(looked_ns=60), [], [*told, other])
    taken = catalog.alerts.history.take_due(10, 60)
    assert [each.id for each in taken] == ["t1", "t3"]
    catalog.alerts.history.note(msgspec.structs.replace(taken[0], state="sent", answer="200"))
    assert [each.id for each in catalog.alerts.history.take_due(10, 60)] == ["t2"]


def test_a_channel_shows_no_secret(catalog: Catalog, project: str):
    made = catalog.alerts.channels.add(project, "Ops", "webhook", HOOK)
    assert made.shown == "https://hooks.example.com/…efgh"
    assert "s3cret" not in repr(catalog.alerts.channels.all(project))
    assert catalog.alerts.channels.opened(made.id, project) == (made, HOOK)
    with pytest.raises(NotFound):
        catalog.alerts.channels.opened(made.id, "other")


@pytest.mark.parametrize(
    ("kind", "address", "said"),
    [
        ("webhook", Address(url="ftp://hooks.example.com/x"), "url: write"),
        ("webhook", Address(url="https://user:pass@hooks.example.com/"), "url: write"),
        ("webhook", Address(url="https://hooks.example.com/a b"), "url: write"),
        ("webhook", Address(url="https://hooks.example.com:99999/"), "url: write"),
        ("slack", Address(url=""), "url: write"),
        ("webhook", Address(url="https://hooks.example.com/", secret="two words"), "secret: write"),
        ("email", Address(to=()), "to: write 1 to 20"),
        ("email", Address(to=("mira",)), "to: 'mira'"),
        ("email", Address(to=("mira@example.com\nBcc: all@example.com",)), "to: 'mira@"),
        ("pigeon", Address(), "kind: 'pigeon'"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(
    catalog: Catalog, project: str, kind: Any, address: Address, said: str
):
    with pytest.raises(BadRequest, match=said) as refused:
        catalog.alerts.channels.add(project, "Ops", kind, address)
    assert "pass" not in str(refused.value)
    assert catalog.alerts.channels.all(project) == []


def test_addresses_are_encrypted_again_with_the_others(catalog: Catalog, project: str):
    catalog.alerts.channels.add(project, "Ops", "webhook", HOOK)
    made = catalog.alerts.channels.add(project, "Mail", "email", Address(to=("mira@example.com",)))
    assert catalog.rotate_credentials() == 2
    assert catalog.alerts.channels.opened(made.id)[1].to == ("mira@example.com",)


def test_the_turn_to_watch_passes_when_it_is_not_renewed(catalog: Catalog, held_clock: HeldClock):
    assert catalog.alerts.take_watch("one", 60)
    assert catalog.alerts.take_watch("one", 60)
    assert not catalog.alerts.take_watch("two", 60)
    held_clock.advance(61)
    assert catalog.alerts.take_watch("two", 60)
    assert not catalog.alerts.take_watch("one", 60)
    catalog.alerts.leave_watch("two")
    assert catalog.alerts.take_watch("one", 60)
