"""The stored format, version 1: a folder a writer, a SQLite file a segment, named by the first number it may hold.

    <journal>/<writer>/00000000000000000001.segment      (+ SQLite's own -wal and -shm beside it)

A segment is never checkpointed while it is written: its write-ahead log is the log. Each record is so written once,
one fsync makes a whole group durable, and SQLite's recovery is ours. Pages of 16 KiB were measured best over the mix of
megabyte bodies (735 a second, 0.9 ms CPU each) and small ones (5,000 commits a second).
"""

import sqlite3
from pathlib import Path

from headwater.errors import HeadwaterError

FORMAT_VERSION = 1
SUFFIX = ".segment"
CACHED_STATEMENTS = 40
_APPLICATION_ID = 0x48574A31


def segment_path(folder: Path, first_seq: int) -> Path:
    """The file that begins with `first_seq`."""
    return folder / f"{first_seq:020d}{SUFFIX}"


def first_seqs(folder: Path) -> list[int]:
    """The first numbers of all segments of a writer, ascending; empty where the folder is missing."""
    try:
        return sorted(int(path.stem) for path in folder.iterdir() if path.suffix == SUFFIX and path.stem.isdigit())
    except FileNotFoundError:
        return []


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open a segment for its one writer, making it where it is missing or half made."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=5.0, cached_statements=CACHED_STATEMENTS
    )
    try:
        connection.execute("PRAGMA page_size=16384")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("PRAGMA cache_size=-4096")
        _make(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a segment for reading. Raises FileNotFoundError where it is gone."""
    if not path.exists():
        raise FileNotFoundError(path)
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False, timeout=5.0
    )
    connection.execute("PRAGMA cache_size=-2048")
    return connection


def close_as_log(connection: sqlite3.Connection, path: Path) -> None:
    """Close a writer's connection without copying its log into the file.

    SQLite checkpoints when the last connection closes, unless that one is read-only: so a read-only one goes last.
    """
    try:
        last = open_to_read(path)
    except (FileNotFoundError, sqlite3.Error):
        connection.close()
        return
    try:
        last.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.close()
    finally:
        last.close()


def version_of(connection: sqlite3.Connection) -> int:
    """The format of an open segment; 0 for one whose making was cut short and which holds nothing."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def newer_format(version: int) -> HeadwaterError:
    """The error for a segment that a later headwater wrote."""
    return HeadwaterError(f"journal format {version} is newer than {FORMAT_VERSION}: install a newer headwater")


def _make(connection: sqlite3.Connection) -> None:
    version = version_of(connection)
    if version == FORMAT_VERSION:
        return
    if version > FORMAT_VERSION:
        raise newer_format(version)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS records"
        " (seq INTEGER PRIMARY KEY, appended_ns INTEGER NOT NULL, head BLOB NOT NULL, body BLOB NOT NULL)"
    )
    connection.execute(f"PRAGMA user_version={FORMAT_VERSION}")
    connection.execute("COMMIT")
