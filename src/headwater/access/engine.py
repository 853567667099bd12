"""The way to the catalog's database: SQLite in WAL mode, or PostgreSQL through psycopg 3.

A transaction either reads or writes, and says which when it opens: on SQLite one that writes takes the write lock at
its first statement, because a reader that turns writer half-way cannot wait for the lock and fails at once.
"""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, TimeoutError

from headwater.clock import monotonic_s, sleep
from headwater.errors import HeadwaterError, Unavailable

_WAIT_S = 10
_PSYCOPG = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}

# Any number that nobody else uses for an advisory lock in the same database: "headwate" in ASCII, cut to 63 bits.
_LOCK = 0x6865616477617465 & (2**63 - 1)


def open_engine(url: str) -> Engine:
    """An engine on `url`; nothing is connected yet. Raises HeadwaterError for a database that we do not know."""
    parsed = make_url(url)
    parsed = parsed.set(drivername=_PSYCOPG.get(parsed.drivername, parsed.drivername))
    openers = {"sqlite": _open_sqlite, "postgresql": _open_postgresql}
    opener = openers.get(parsed.get_backend_name())
    if opener is None:
        raise HeadwaterError(f"no catalog on {parsed.drivername!r}: use sqlite:///<file> or postgresql+psycopg://…")
    return opener(parsed)


@contextmanager
def reading(engine: Engine) -> Generator[Connection]:
    """A transaction that only reads. Raises Unavailable when the catalog cannot be asked."""
    with _in_our_words(), engine.connect().execution_options(reads=True) as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Generator[Connection]:
    """A transaction that may write, committed at the end. Raises Unavailable when the catalog cannot be asked."""
    with _in_our_words(), engine.begin() as connection:
        yield connection


@contextmanager
def writing_alone(engine: Engine) -> Generator[Connection]:
    """As `writing`, while no other process is in here: for what must be done once."""
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield connection


@contextmanager
def _in_our_words() -> Generator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, TimeoutError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise Unavailable(f"the catalog cannot be asked: {str(cause).strip()!r}; see that its database runs") from error


def _open_sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _WAIT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would open transactions by its own rules, which leave DDL and SELECT outside of them.
    connection.isolation_level = None
    _turn_to_wal(connection)
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _turn_to_wal(connection: Any) -> None:
    """Of processes that open a new file at once, one turns it to WAL; SQLite tells the others that it is locked without
    the wait that every other statement gets."""
    deadline_s = monotonic_s() + _WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if monotonic_s() > deadline_s:
                raise
            sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _open_postgresql(url: URL) -> Engine:
    return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": _WAIT_S})
