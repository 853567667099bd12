"""The credentials file: written where it is ours or nobody's, left alone where it is another's."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from headwater.access import Catalog
from headwater.credentials_file import Credentials, credentials_path
from headwater.server import keep_credentials
from headwater.server.credentials import read_credentials

URL = "http://127.0.0.1:3000"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is to be; its folders are not there yet."""
    return tmp_path / "config" / "headwater" / "credentials.json"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder."""
    made = tmp_path / "data"
    made.mkdir()
    return made


@pytest.fixture
def catalog(data: Path) -> Iterator[Catalog]:
    """Its catalog."""
    made = Catalog(f"sqlite:///{data / 'catalog.db'}", fresh_s=0.0)
    made.migrate()
    made.bootstrap()
    yield made
    made.close()


def kept(path: Path) -> Credentials:
    """What the file holds."""
    found = read_credentials(path)
    assert found is not None
    return found


def test_a_missing_file_is_written_for_its_owner_only(path: Path, data: Path, catalog: Catalog) -> None:
    said = keep_credentials(path, data, URL, catalog)
    assert said == f"programs on this machine find address and key in {path}"
    assert (kept(path).url, kept(path).data) == (URL, str(data))
    assert catalog.authenticate(kept(path).key) is not None
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [each.name for each in path.parent.iterdir()] == ["credentials.json"]


def test_its_key_has_a_name_that_explains_it(path: Path, data: Path, catalog: Catalog) -> None:
    keep_credentials(path, data, URL, catalog)
    newest = catalog.keys("default")[-1]
    assert newest.name.startswith("credentials.json on ")
    assert kept(path).key.startswith(newest.prefix)


def test_a_good_key_is_kept_and_the_address_follows(path: Path, data: Path, catalog: Catalog) -> None:
    keep_credentials(path, data, URL, catalog)
    key = kept(path).key
    path.chmod(0o644)
    keep_credentials(path, data, "http://127.0.0.1:3001", catalog)
    assert kept(path) == Credentials(url="http://127.0.0.1:3001", key=key, data=str(data))
    assert path.stat().st_mode & 0o077 == 0
    assert len(catalog.keys("default")) == 2


def test_a_revoked_key_is_replaced(path: Path, data: Path, catalog: Catalog) -> None:
    keep_credentials(path, data, URL, catalog)
    before = kept(path).key
    catalog.revoke_key(catalog.keys("default")[-1].id)
    keep_credentials(path, data, URL, catalog)
    assert kept(path).key != before
    assert catalog.authenticate(kept(path).key) is not None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"url": 5}', b'{"url": "", "key": "k"}', b"\xff"])
def test_an_unreadable_file_is_written_anew(path: Path, data: Path, catalog: Catalog, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    keep_credentials(path, data, URL, catalog)
    assert kept(path).url == URL


@pytest.mark.parametrize("is_by_a_person", [True, False])
def test_anothers_file_is_left_alone_and_that_is_said(
    path: Path, data: Path, catalog: Catalog, tmp_path: Path, is_by_a_person: bool
) -> None:
    theirs = Credentials(url="https://far.example", key="hw_theirs", data="" if is_by_a_person else str(tmp_path))
    path.parent.mkdir(parents=True)
    path.write_bytes(msgspec.json.encode(theirs))
    said = keep_credentials(path, data, URL, catalog)
    assert kept(path) == theirs
    assert f"{path} is theirs" in said
    assert len(catalog.keys("default")) == 1


def test_the_file_of_a_folder_that_is_gone_is_taken_over(
    path: Path, data: Path, catalog: Catalog, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    path.parent.mkdir(parents=True)
    path.write_bytes(msgspec.json.encode(Credentials(url=URL, key="hw_theirs", data=str(gone))))
    shutil.rmtree(gone)
    keep_credentials(path, data, URL, catalog)
    assert kept(path).data == str(data)


def test_a_place_that_cannot_be_written_stops_nothing(path: Path, data: Path, catalog: Catalog) -> None:
    path.parent.parent.write_text("a file where a folder should be")
    assert "cannot be written" in keep_credentials(path, data, URL, catalog)


def test_the_place_is_that_of_the_users_settings() -> None:
    at = credentials_path({"XDG_CONFIG_HOME": "/some/where"})
    assert at == "/some/where/headwater/credentials.json"
    assert credentials_path({}) == str(Path("~/.config/headwater/credentials.json").expanduser())
