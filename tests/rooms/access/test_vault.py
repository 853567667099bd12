"""Secrets at rest: encrypted, by a key that is made once, can be replaced, and when it is wrong harms nobody else."""

import base64
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE

import pytest

from headwater.access import Catalog, check_secret_key
from headwater.errors import HeadwaterError

SECRET = "sk-proj-0123456789abcdefQ7xz"
_SEAL = """
import sys
from headwater.access import Catalog
catalog = Catalog(sys.argv[1])
print("ready", flush=True)
input()
catalog.set_credential("default", sys.argv[2], "sk-proj-of-" + sys.argv[2])
"""

Open = Callable[..., Catalog]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens the same catalog on SQLite, with the keys of `secret_key`."""
    catalogs: list[Catalog] = []

    def open_with(*secret_keys: str) -> Catalog:
        catalogs.append(Catalog(f"sqlite:///{tmp_path / 'catalog.db'}", secret_key=",".join(secret_keys), fresh_s=0))
        return catalogs[-1]

    first = open_with()
    first.migrate()
    first.bootstrap()
    yield open_with
    for catalog in catalogs:
        catalog.close()


def new_key() -> str:
    """As `openssl rand -base64 32` prints one."""
    return base64.b64encode(os.urandom(32)).decode()


def stored(catalog: Catalog) -> tuple[dict[str, str], dict[str, str]]:
    """The secrets of project "default", and what is said of those that cannot be decrypted."""
    policy = catalog.project_policy(catalog.project("default").id)
    assert policy is not None
    return dict(policy.credentials), dict(policy.locked)


def test_a_stored_secret_comes_back_and_is_in_no_file(opened: Open, tmp_path: Path):
    opened().set_credential("default", "openai", SECRET)
    assert stored(opened()) == ({"openai": SECRET}, {})
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"openai" in files
    assert SECRET.encode() not in files
    assert SECRET[3:-4].encode() not in files


def test_a_key_file_is_made_for_its_owner_only_and_not_before_it_is_needed(opened: Open, tmp_path: Path):
    catalog = opened()
    assert stored(catalog) == ({}, {})
    assert not (tmp_path / "secret.key").exists()
    catalog.set_credential("default", "openai", SECRET)
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if "key" in path.name) == ["secret.key"]


def test_a_catalog_on_another_database_keeps_its_key_in_the_folder_that_it_is_given(
    empty_catalog: Catalog, catalog_url: str, tmp_path: Path
):
    empty_catalog.bootstrap()
    catalog = Catalog(catalog_url, key_folder=tmp_path)
    catalog.set_credential("default", "openai", SECRET)
    assert stored(catalog) == ({"openai": SECRET}, {})
    assert (tmp_path / "secret.key").exists()
    catalog.close()


def test_without_a_place_for_a_key_nothing_is_stored():
    catalog = Catalog("sqlite:///:memory:")
    catalog.migrate()
    catalog.bootstrap()
    with pytest.raises(HeadwaterError, match="HEADWATER_SECRET_KEY"):
        catalog.set_credential("default", "openai", SECRET)
    assert catalog.credentials("default") == []
    catalog.close()


def test_of_processes_that_need_a_key_at_once_all_take_the_same(opened: Open, tmp_path: Path):
    command = [sys.executable, "-c", _SEAL, f"sqlite:///{tmp_path / 'catalog.db'}"]
    names = [f"upstream-{number}" for number in range(8)]
    starts = [subprocess.Popen([*command, name], stdin=PIPE, stdout=PIPE, text=True) for name in names]
    assert [start.stdout.readline() for start in starts if start.stdout] == ["ready\n"] * len(names)
    for start in starts:
        assert start.stdin
        start.stdin.write("\n")
        start.stdin.flush()
    assert [(start.communicate(timeout=60), start.returncode)[1] for start in starts] == [0] * len(names)
    assert stored(opened()) == ({name: f"sk-proj-of-{name}" for name in names}, {})


def test_a_key_is_replaced_by_putting_another_before_it(opened: Open):
    old, new = new_key(), new_key()
    opened(old).set_credential("default", "openai", SECRET)
    assert stored(opened(new, old)) == ({"openai": SECRET}, {})
    assert opened(new, old).rotate_credentials() == 1
    assert stored(opened(new)) == ({"openai": SECRET}, {})
    assert "another key" in stored(opened(old))[1]["openai"]


def test_a_key_moves_from_the_file_into_the_environment(opened: Open, tmp_path: Path):
    opened().set_credential("default", "openai", SECRET)
    new, filed = new_key(), (tmp_path / "secret.key").read_text().strip()
    opened(new, filed).rotate_credentials()
    (tmp_path / "secret.key").unlink()
    assert stored(opened(new)) == ({"openai": SECRET}, {})


def test_a_wrong_key_locks_the_secret_and_nothing_else(opened: Open):
    opened(new_key()).set_credential("default", "openai", SECRET)
    other = opened(new_key())
    other.create_project("shop")
    other.set_credential("shop", "openai", "sk-of-the-shop")
    secrets, locked = stored(other)
    assert secrets == {}
    assert "headwater credentials set" in locked["openai"]
    assert SECRET not in locked["openai"]
    shop = other.policy(other.create_key("shop", "laptop").key)
    assert shop is not None
    assert (dict(shop.credentials), dict(shop.locked)) == ({"openai": "sk-of-the-shop"}, {})


def test_a_secret_that_cannot_be_decrypted_is_set_again(opened: Open):
    opened(new_key()).set_credential("default", "openai", "sk-lost-for-good")
    key = new_key()
    opened(key).set_credential("default", "openai", SECRET)
    assert stored(opened(key)) == ({"openai": SECRET}, {})


def test_rotating_with_a_wrong_key_changes_nothing(opened: Open):
    old, new = new_key(), new_key()
    opened(old).set_credential("default", "anthropic", SECRET)
    opened(new).set_credential("default", "openai", SECRET)
    with pytest.raises(HeadwaterError, match="nothing is changed: 'anthropic'"):
        opened(new).rotate_credentials()
    assert stored(opened(new, old))[0] == {"anthropic": SECRET, "openai": SECRET}
    assert set(stored(opened(old))[0]) == {"anthropic"}


@pytest.mark.parametrize("content", [None, "", "\n", "no key", "é" * 44, "x" * 44])
def test_a_key_file_that_is_gone_or_spoilt_is_named_with_the_remedy(opened: Open, tmp_path: Path, content: str | None):
    opened().set_credential("default", "openai", SECRET)
    key_file = tmp_path / "secret.key"
    key_file.unlink() if content is None else key_file.write_text(content)
    secrets, locked = stored(opened())
    assert secrets == {}
    assert "secret.key" in locked["openai"]
    assert "backup" in locked["openai"]


def test_a_folder_that_takes_no_key_is_named(catalog_url: str, empty_catalog: Catalog, tmp_path: Path):
    empty_catalog.bootstrap()
    nowhere = Catalog(catalog_url, key_folder=tmp_path / "nowhere")
    if catalog_url.startswith("sqlite"):
        (tmp_path / "secret.key").mkdir()
    with pytest.raises(HeadwaterError, match=r"secret\.key"):
        nowhere.set_credential("default", "openai", SECRET)
    nowhere.close()


@pytest.mark.parametrize("secret_key", ["", new_key(), f"{new_key()},{new_key()}", f" {new_key()}\n{new_key()} ,"])
def test_keys_as_openssl_makes_them_are_taken(secret_key: str):
    check_secret_key(secret_key)


@pytest.mark.parametrize("spoilt", ["x", "x" * 44, new_key()[:-4], new_key() + "=", "a" * 42 + "!="])
def test_what_is_no_key_is_refused_by_its_place_and_not_shown(spoilt: str):
    with pytest.raises(HeadwaterError, match="key 2 in HEADWATER_SECRET_KEY") as refused:
        check_secret_key(f"{new_key()},{spoilt}")
    assert len(spoilt) < 10 or spoilt not in str(refused.value)


def test_no_secret_is_in_what_a_policy_shows_of_itself(opened: Open):
    catalog = opened()
    catalog.set_credential("default", "openai", SECRET)
    policy = catalog.project_policy(catalog.project("default").id)
    assert SECRET not in f"{policy} {policy!r}"


def test_random_secrets_come_back(opened: Open):
    """Every character that a header may carry."""
    catalog, draw = opened(new_key()), random.Random(7)
    for length in (1, 2, 31, 500, 4096):
        secret = "".join(chr(draw.randrange(0x21, 0x7F)) for _ in range(length))
        catalog.set_credential("default", "openai", secret)
        assert stored(catalog) == ({"openai": secret}, {})
