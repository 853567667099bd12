"""Catalogs to test on: an SQLite file, and a database on a PostgreSQL server of our own."""

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from headwater.access import Catalog

_START_S = 30


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a running server, `postgresql+psycopg://…` without a database."""
    binaries = _postgresql_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server on this machine; `make test` installs one when it may")
    # Not pytest's own folder: the server runs as another person, who may not pass through it.
    folder = Path(tempfile.mkdtemp(prefix="headwater-pg-"))
    try:
        with _server(binaries, folder) as address:
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalog.db'}"
    server: str = request.getfixturevalue("postgresql_server")
    database = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server.replace("+psycopg", "") + "postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}".encode())
    return server + database


@pytest.fixture
def empty_catalog(catalog_url: str) -> Iterator[Catalog]:
    """A catalog with tables and nothing in them."""
    catalog = Catalog(catalog_url)
    catalog.migrate()
    yield catalog
    catalog.close()


@pytest.fixture
def catalog(empty_catalog: Catalog) -> Catalog:
    """A catalog as a first start leaves it."""
    empty_catalog.bootstrap()
    return empty_catalog


def _postgresql_binaries() -> Path | None:
    """The newest of Debian's, whose folder is not on the path; else whatever is."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    found = str(debian[-1]) if debian else shutil.which("postgres")
    return Path(found).parent if found else None


@contextmanager
def _server(binaries: Path, folder: Path) -> Generator[str]:
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    initdb = [binaries / "initdb", "-D", data, "-U", "headwater", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(initdb, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)
    port = _free_port()
    command = [binaries / "postgres", "-D", data, "-k", folder, "-h", "127.0.0.1", "-p", str(port), "-c", "fsync=off"]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, user=user, cwd=folder, stderr=log) as server:
        try:
            address = f"postgresql+psycopg://headwater@127.0.0.1:{port}/"
            subprocess.run(
                [
                    "timeout",
                    str(_START_S),
                    "bash",
                    "-c",
                    f"until {binaries}/pg_isready -q -h 127.0.0.1 -p {port}; do sleep .1; done",
                ],
                check=True,
            )
            yield address
        finally:
            server.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
