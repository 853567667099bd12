"""The data folder: who serves on it, and that what is secret stays its owner's."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from headwater.errors import HeadwaterError
from headwater.server import DataFolder, Running, Settings, Supervisor
from tests.serving import free_ports

_DSN = "clickhouse://headwater:secret@127.0.0.1:1/headwater"


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A folder that was made."""
    made = DataFolder(tmp_path / "data")
    made.make()
    return made


def test_nobody_else_may_look_into_the_folder_or_at_the_stores_secret(folder: DataFolder) -> None:
    folder.write_running(Running(pid=os.getpid(), url="http://x", store_dsn=_DSN))
    assert (folder.run / "server.json").stat().st_mode & 0o077 == 0
    assert folder.root.stat().st_mode & 0o077 == 0
    assert list(folder.run.glob("server.json.*")) == []


def test_a_file_left_by_a_dead_server_counts_as_none(folder: DataFolder) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    folder.write_running(Running(pid=ended.pid, url="http://x", store_dsn=_DSN))
    assert folder.running() is None


def test_a_file_that_cannot_be_read_counts_as_none(folder: DataFolder) -> None:
    (folder.run / "server.json").write_bytes(b'{"pid":')
    assert folder.running() is None


def test_only_who_wrote_the_file_takes_it_away(folder: DataFolder) -> None:
    running = Running(pid=os.getppid(), url="http://x", store_dsn=_DSN)
    folder.write_running(running)
    folder.forget_running()
    assert folder.running() == running
    folder.write_running(msgspec.structs.replace(running, pid=os.getpid()))
    folder.forget_running()
    assert folder.running() is None


def test_a_folder_that_is_served_already_is_named_with_who_does(folder: DataFolder) -> None:
    folder.write_running(Running(pid=os.getppid(), url="http://here:1", store_dsn=_DSN))
    with pytest.raises(HeadwaterError, match=f"http://here:1 .process {os.getppid()}"):
        Supervisor(Settings(data=str(folder.root), port=free_ports(1)[0]))
