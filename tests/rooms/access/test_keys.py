"""Keys in other products' formats, and keys that other products made."""

import pytest

from headwater.access import KEY_MARKS, Catalog, KeyFormat
from headwater.errors import BadRequest, NotFound

TAKEN = "4f9c1e0a-77b2-4d53-9c60-1b2e8fa0d3c7"


@pytest.mark.parametrize(("form", "mark"), [("headwater", "hw_"), ("pulse", "pulse_sk_"), ("prysm", "sk-prysm-")])
def test_a_key_is_minted_in_each_format(catalog: Catalog, form: KeyFormat, mark: str):
    made = catalog.create_key("default", "laptop", form)
    principal = catalog.authenticate(made.key)
    assert mark in KEY_MARKS
    assert made.key.startswith(mark)
    assert len(made.key) == len(mark) + 43
    assert catalog.keys("default")[-1].prefix == made.key[: len(mark) + 4]
    assert principal is not None
    assert principal.key_id == made.id


def test_a_key_that_another_product_made_opens_the_project(catalog: Catalog):
    assert catalog.authenticate(TAKEN) is None
    taken = catalog.take_over_key("default", "shop", f" {TAKEN}\n")
    principal = catalog.authenticate(TAKEN)
    assert principal is not None
    assert (principal.key_id, principal.project_id) == (taken.id, catalog.project("default").id)


def test_a_key_that_is_taken_over_can_be_revoked(catalog: Catalog):
    taken = catalog.take_over_key("default", "shop", TAKEN)
    catalog.revoke_key(taken.id)
    assert catalog.authenticate(TAKEN) is None


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("0123456789abcdef", "01"),
        (TAKEN, "4f9c"),
        ("0123456789" * 20, "012345"),
        ("pulse_sk_0123456789", "pulse_sk_0"),
        ("sk-prysm-" + "0123456789" * 4, "sk-prysm-0123"),
    ],
)
def test_little_of_a_key_that_is_taken_over_is_shown(catalog: Catalog, key: str, shown: str):
    catalog.take_over_key("default", "shop", key)
    assert catalog.keys("default")[-1].prefix == shown


def test_a_key_is_taken_over_as_headers_are_read(catalog: Catalog):
    """Headers are percent-decoded before a key is looked for in them."""
    catalog.take_over_key("default", "shop", "0123%2B456789abcdef")
    assert catalog.authenticate("0123+456789abcdef") is not None


@pytest.mark.parametrize(
    ("key", "remedy"),
    [
        ("", "give the key alone"),
        ("Bearer 0123456789abcdef", "give the key alone"),
        ("0123456789abcdef\nX: y", "give the key alone"),
        ("0123456789%0aabcdef", "give the key alone"),
        ("0123456789" * 52, "give the key alone"),
        ("0123456789abcde", "headwater keys create"),
        ("changemechangeme", "headwater keys create"),
        ("sk-ant-api03-0123456789abcdef", "headwater credentials set"),
        ("sk-proj-0123456789abcdef", "headwater credentials set"),
    ],
)
def test_a_key_that_must_not_open_a_project_is_refused_and_not_shown(catalog: Catalog, key: str, remedy: str):
    with pytest.raises(BadRequest) as refused:
        catalog.take_over_key("default", "shop", key)
    assert remedy in str(refused.value)
    assert "abcde" not in str(refused.value)
    assert len(catalog.keys("default")) == 1


def test_a_key_that_another_project_holds_is_refused(catalog: Catalog):
    catalog.create_project("other")
    taken = catalog.take_over_key("other", "shop", TAKEN)
    with pytest.raises(BadRequest, match="another project holds the key; `headwater keys create`"):
        catalog.take_over_key("default", "shop", TAKEN)
    with pytest.raises(BadRequest, match=f"this project holds the key as '{taken.id}'"):
        catalog.take_over_key("other", "shop", TAKEN)


def test_a_revoked_key_does_not_come_back(catalog: Catalog):
    made = catalog.create_key("default", "laptop", "pulse")
    catalog.revoke_key(made.id)
    with pytest.raises(BadRequest, match="and it is revoked"):
        catalog.take_over_key("default", "laptop", made.key)


def test_a_key_for_no_project_is_not_kept(catalog: Catalog):
    with pytest.raises(NotFound, match="'nowhere'"):
        catalog.take_over_key("nowhere", "shop", TAKEN)


@pytest.mark.parametrize("mark", KEY_MARKS)
def test_a_projects_key_is_no_providers_secret(catalog: Catalog, mark: str):
    with pytest.raises(BadRequest, match=f"begins with '{mark}'"):
        catalog.set_credential("default", "openai", mark + "0123456789abcdef")


def test_a_project_is_called_something_else_and_keeps_its_id_and_keys(catalog: Catalog):
    made = catalog.create_project("before")
    key = catalog.create_key(made.id, "bot")
    assert catalog.rename_project("before", " after ") == catalog.project(made.id)
    assert catalog.project("after").id == made.id
    principal = catalog.authenticate(key.key)
    assert principal is not None
    assert principal.project_id == made.id


@pytest.mark.parametrize("name", ["default", "", "a\nb"])
def test_a_project_gets_no_name_that_is_taken_or_none(catalog: Catalog, name: str):
    made = catalog.create_project("mine")
    with pytest.raises(BadRequest):
        catalog.rename_project(made.id, name)
    assert catalog.project("mine").id == made.id
