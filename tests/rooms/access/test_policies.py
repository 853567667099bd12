"""What holds for a key: its project's upstreams, secrets, limits and switch, in one answer that is remembered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from headwater import access
from headwater.access import Catalog, Policy, Upstream
from headwater.errors import NotFound, Unavailable
from tests.conftest import HeldClock
from tests.rooms.access.test_memory import take_away
from tests.rooms.access.test_vault import new_key

SECRET = "sk-proj-0123456789abcdefQ7xz"
VLLM = Upstream(name="my-vllm", base_url="https://vllm.example.com")
ELSEWHERE = Upstream(name="my-vllm", base_url="https://elsewhere.example.com/v2", credential="api-key")


@pytest.fixture
def catalog(empty_catalog: Catalog, catalog_url: str) -> Iterator[Catalog]:
    """A catalog as a first start leaves it, with a key for its secrets."""
    empty_catalog.bootstrap()
    catalog = Catalog(catalog_url, secret_key=new_key())
    yield catalog
    catalog.close()


def policy_of(catalog: Catalog, key: str) -> Policy:
    """The policy of a good key."""
    policy = catalog.policy(key)
    assert policy is not None
    return policy


def test_a_policy_holds_all_that_is_known_for_a_key(catalog: Catalog):
    project, key = catalog.create_project("shop"), catalog.create_key("shop", "laptop")
    other = catalog.create_key("shop", "other")
    catalog.add_upstream(VLLM)
    catalog.set_credential("shop", "openai", SECRET)
    whole = catalog.add_limit("shop", measure="requests", amount=60, window="minute", per="user")
    own = catalog.add_limit("shop", measure="concurrent", amount=4, key_id=key.id)
    catalog.add_limit("shop", measure="concurrent", amount=2, key_id=other.id)
    catalog.add_limit("default", measure="cost_usd", amount=0.5, window="day")
    catalog.set_usage_injected("shop", False)
    assert catalog.policy(key.key) == Policy(
        project_id=project.id,
        key_id=key.id,
        upstreams={"my-vllm": VLLM},
        credentials={"openai": SECRET},
        limits=(whole, own),
        is_usage_injected=False,
    )


def test_a_request_without_a_key_has_what_the_project_has(catalog: Catalog):
    project = catalog.create_project("shop")
    key = catalog.create_key("shop", "laptop")
    whole = catalog.add_limit("shop", measure="tokens", amount=1e6, window="month")
    catalog.add_limit("shop", measure="concurrent", amount=4, key_id=key.id)
    assert catalog.project_policy(project.id) == Policy(project_id=project.id, key_id="", limits=(whole,))
    assert catalog.project_policy("nothing") is None


def test_a_key_that_is_unknown_or_revoked_has_no_policy(catalog: Catalog):
    key = catalog.create_key("default", "laptop")
    assert catalog.policy(key.key) is not None
    catalog.revoke_key(key.id)
    assert catalog.policy(key.key) is None
    assert catalog.policy("hw_unknown") is None


def test_a_projects_own_upstream_goes_before_a_shared_one(catalog: Catalog):
    catalog.create_project("shop")
    catalog.add_upstream(VLLM)
    catalog.add_upstream(ELSEWHERE, "shop")
    assert policy_of(catalog, catalog.create_key("shop", "laptop").key).upstreams == {"my-vllm": ELSEWHERE}
    assert policy_of(catalog, catalog.create_key("default", "laptop").key).upstreams == {"my-vllm": VLLM}
    assert (catalog.upstreams(), catalog.upstreams("shop")) == ([VLLM], [ELSEWHERE])


def test_a_change_holds_at_once_here_and_elsewhere_when_the_memory_is_no_longer_fresh(
    catalog: Catalog, catalog_url: str, held_clock: HeldClock
):
    key = catalog.create_key("default", "laptop").key
    other = Catalog(catalog_url)
    assert policy_of(catalog, key).is_usage_injected
    assert policy_of(other, key).is_usage_injected
    catalog.set_usage_injected("default", False)
    assert not policy_of(catalog, key).is_usage_injected
    held_clock.advance(4.9)
    assert policy_of(other, key).is_usage_injected
    held_clock.advance(0.1)
    assert not policy_of(other, key).is_usage_injected
    other.close()


def test_a_projects_switch_is_shown_with_it(catalog: Catalog):
    assert catalog.project("default").is_usage_injected
    catalog.set_usage_injected("default", False)
    assert not catalog.project("default").is_usage_injected
    with pytest.raises(NotFound, match="'nowhere'"):
        catalog.set_usage_injected("nowhere", True)


def test_a_catalog_of_the_first_version_is_brought_up_to_date(catalog_url: str):
    engine = create_engine(catalog_url)
    migrations = Config()
    migrations.set_main_option("script_location", str(Path(access.__file__).parent / "migrations"))
    migrations.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        migrations.attributes["connection"] = connection
        command.upgrade(migrations, "0001")
        connection.execute(text("INSERT INTO projects (id, name, created_ns) VALUES ('p1', 'old', 1)"))
    engine.dispose()
    catalog = Catalog(catalog_url)
    catalog.migrate()
    assert catalog.project_policy("p1") == Policy(project_id="p1", key_id="")
    catalog.close()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder that can be taken away from a catalog."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def filed(place: Path, held_clock: HeldClock) -> Iterator[Catalog]:
    """A catalog on SQLite in that folder, under a held clock."""
    catalog = Catalog(f"sqlite:///{place / 'catalog.db'}")
    catalog.migrate()
    catalog.bootstrap()
    catalog.set_credential("default", "openai", SECRET)
    yield catalog
    catalog.close()


def test_a_policy_is_recalled_without_asking_the_database(filed: Catalog, place: Path):
    key, project_id = filed.create_key("default", "laptop").key, filed.project("default").id
    assert (filed.recall_policy(key), filed.recall_project_policy(project_id)) == (None, None)
    policies = filed.policy(key), filed.project_policy(project_id)
    take_away(filed, place)
    assert (filed.recall_policy(key), filed.recall_project_policy(project_id)) == policies
    assert (filed.policy(key), filed.project_policy(project_id)) == policies


def test_a_policy_goes_on_for_a_while_when_the_database_is_gone(filed: Catalog, place: Path, held_clock: HeldClock):
    key = filed.create_key("default", "laptop").key
    policy = filed.policy(key)
    take_away(filed, place)
    held_clock.advance(599)
    assert filed.recall_policy(key) is None
    assert filed.policy(key) == policy
    held_clock.advance(1)
    with pytest.raises(Unavailable):
        filed.policy(key)


def test_a_database_that_failed_is_left_alone_for_some_seconds(filed: Catalog, place: Path, held_clock: HeldClock):
    """It may hang: not every call that could do without it should wait for it."""
    key = filed.create_key("default", "laptop")
    policy, principal = filed.policy(key.key), filed.authenticate(key.key)
    take_away(filed, place)
    held_clock.advance(10)
    assert filed.policy(key.key) == policy
    place.with_name("gone").rename(place)
    other = Catalog(f"sqlite:///{place / 'catalog.db'}")
    other.revoke_key(key.id)
    other.close()
    assert (filed.policy(key.key), filed.authenticate(key.key)) == (policy, principal)
    held_clock.advance(2)
    assert (filed.policy(key.key), filed.authenticate(key.key)) == (None, None)
