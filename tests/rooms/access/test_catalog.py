"""The catalog, on SQLite and on PostgreSQL."""

import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from headwater.access import Catalog, Person
from headwater.access.tables import metadata
from headwater.errors import BadRequest, HeadwaterError, NotFound, Unavailable

_START = """
import sys, alembic.command
from headwater.access import Catalog
catalog = Catalog(sys.argv[1])
print("ready", flush=True)
input()
catalog.migrate()
made = catalog.bootstrap()
print(made.key if made else "")
"""


def test_the_migrations_make_the_tables_that_the_code_expects(empty_catalog: Catalog, catalog_url: str):
    engine = create_engine(catalog_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_migrating_again_changes_nothing(catalog: Catalog):
    before = catalog.projects()
    catalog.migrate()
    assert catalog.projects() == before


def test_a_catalog_of_a_newer_headwater_is_refused(catalog: Catalog, catalog_url: str):
    engine = create_engine(catalog_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(HeadwaterError, match="newer headwater"):
        catalog.migrate()


def test_of_processes_that_start_at_once_one_makes_the_first_key(catalog_url: str):
    command = [sys.executable, "-c", _START, catalog_url]
    starts = [subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) for _ in range(6)]
    assert [start.stdout.readline() for start in starts if start.stdout] == ["ready\n"] * 6
    for start in starts:
        assert start.stdin
        start.stdin.write("\n")
        start.stdin.flush()
    printed = [start.communicate(timeout=60)[0].strip() for start in starts]
    made = [key for key in printed if key]
    assert ([start.returncode for start in starts], len(made)) == ([0] * 6, 1)
    catalog = Catalog(catalog_url)
    assert catalog.authenticate(made[0]) is not None
    assert [project.name for project in catalog.projects()] == ["default"]
    catalog.close()


def test_a_key_speaks_for_its_project(catalog: Catalog):
    project = catalog.create_project("other")
    created = catalog.create_key("other", "laptop")
    principal = catalog.authenticate(created.key)
    assert principal is not None
    assert (principal.project_id, principal.key_id) == (project.id, created.id)


@pytest.mark.parametrize("presented", ["", "hw_", "hw_unknown", "sk-other", "\udcff", "hw_' OR 1=1 --"])
def test_a_key_that_was_never_made_opens_nothing(catalog: Catalog, presented: str):
    assert catalog.authenticate(presented) is None


def test_a_revoked_key_opens_nothing_at_once(catalog: Catalog):
    created = catalog.create_key("default", "laptop")
    assert catalog.authenticate(created.key) is not None
    catalog.revoke_key(created.id)
    assert catalog.authenticate(created.key) is None


def test_a_key_revoked_by_another_process_ends_when_the_memory_is_no_longer_fresh(catalog: Catalog, catalog_url: str):
    created = catalog.create_key("default", "laptop")
    other = Catalog(catalog_url, fresh_s=0)
    assert other.authenticate(created.key) is not None
    catalog.revoke_key(created.id)
    assert other.authenticate(created.key) is None
    other.close()


def test_revoking_twice_keeps_the_first_time(catalog: Catalog):
    created = catalog.create_key("default", "laptop")
    catalog.revoke_key(created.id)
    first = catalog.keys("default")[-1]
    catalog.revoke_key(created.id)
    assert catalog.keys("default")[-1] == first
    assert first.is_revoked


def test_a_listed_key_can_be_recognised_and_not_used(catalog: Catalog):
    created = catalog.create_key("default", "laptop")
    listed = catalog.keys("default")[-1]
    assert (listed.id, listed.name, listed.is_revoked) == (created.id, "laptop", False)
    assert created.key.startswith(listed.prefix)
    assert len(listed.prefix) < 10


def test_no_secret_is_in_the_file(tmp_path: Path):
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    catalog.migrate()
    made = catalog.bootstrap()
    assert made is not None
    token = catalog.create_login_token()
    cookie = catalog.redeem_login(catalog.create_login_token())
    assert cookie is not None
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"default" in files
    assert not any(secret.encode() in files for secret in (made.key, token, cookie))
    catalog.close()


def test_a_project_is_found_by_name_and_by_id(catalog: Catalog):
    project = catalog.create_project("  shop ")
    assert project.name == "shop"
    assert catalog.project("shop") == catalog.project(project.id) == project
    assert catalog.projects()[-1] == project


def test_a_name_that_is_taken_is_refused(catalog: Catalog):
    with pytest.raises(BadRequest, match="'default'"):
        catalog.create_project("default")


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\nb", "a\x00b"])
def test_what_is_no_name_is_refused(catalog: Catalog, name: str):
    with pytest.raises(BadRequest, match="is no name"):
        catalog.create_project(name)


def test_what_is_not_there_is_named(catalog: Catalog):
    with pytest.raises(NotFound, match="'nowhere'"):
        catalog.create_key("nowhere", "laptop")
    with pytest.raises(NotFound, match="'nothing'"):
        catalog.revoke_key("nothing")
    with pytest.raises(NotFound, match="'nowhere'"):
        catalog.keys("nowhere")


def test_a_database_that_does_not_answer_is_our_passing_fault():
    catalog = Catalog("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable, match="the catalog cannot be asked"):
        catalog.check()
    with pytest.raises(Unavailable):
        catalog.authenticate("hw_x")
    catalog.close()


def test_a_database_that_we_do_not_know_is_refused():
    with pytest.raises(HeadwaterError, match="'mysql'"):
        Catalog("mysql://somewhere/db")


def test_a_catalog_answers_its_check(catalog: Catalog):
    catalog.check()


def test_a_login_token_lets_its_bearer_in_once(catalog: Catalog):
    token = catalog.create_login_token()
    cookie = catalog.redeem_login(token)
    assert cookie is not None
    person = catalog.session(cookie)
    assert isinstance(person, Person)
    assert person.name == "owner"
    assert catalog.redeem_login(token) is None


def test_an_empty_catalog_has_nobody_to_let_in(empty_catalog: Catalog):
    with pytest.raises(HeadwaterError, match="no owner yet"):
        empty_catalog.create_login_token()
