"""Re-pricings: wishes to price a stretch of a project's calls anew, in the ledger's SQLite."""

import sqlite3
import threading
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from headwater.clock import now_ns
from headwater.errors import BadRequest

RepricingState = Literal["asked", "running", "done", "stopped", "failed"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS repricings (
    id INTEGER PRIMARY KEY, project TEXT NOT NULL, since_ns INTEGER NOT NULL, until_ns INTEGER NOT NULL,
    state TEXT NOT NULL, total INTEGER NOT NULL, seen INTEGER NOT NULL, changed INTEGER NOT NULL,
    from_ns INTEGER NOT NULL, prices TEXT NOT NULL, asked_ns INTEGER NOT NULL, ended_ns INTEGER NOT NULL,
    asked_by TEXT NOT NULL, problem TEXT NOT NULL);
"""
_KEPT = 1_000
_LAST_NS = 2**63 - 1


class Repricing(msgspec.Struct, frozen=True, kw_only=True):
    """A wish to price anew the calls of a project that started from `since_ns` until before `until_ns`.

    `total` is about how many there were when it began, of which `seen` were looked at and `changed` are written anew.
    `from_ns` is where it stands: all before is done, with the prices whose mark is `prices`. Times are Unix
    nanoseconds, 0 for not yet; `asked_by` is a person's name, or "" for the command line; `problem` is what it waits
    for, or why it failed.
    """

    id: int
    project: str
    since_ns: int
    until_ns: int
    state: RepricingState = "asked"
    total: int = 0
    seen: int = 0
    changed: int = 0
    from_ns: int = 0
    prices: str = ""
    asked_ns: int = 0
    ended_ns: int = 0
    asked_by: str = ""
    problem: str = ""

    @property
    def is_open(self) -> bool:
        """Whether there is more to do."""
        return self.state in ("asked", "running")


_NAMES = tuple(field.name for field in msgspec.structs.fields(Repricing))
_REPORTED = ("total", "seen", "changed", "from_ns", "prices", "ended_ns", "problem")


class Repricings:
    """The wishes of one ledger; any process may ask, the loader alone reports."""

    def __init__(self, db: sqlite3.Connection, lock: threading.Lock) -> None:
        self._db = db
        self._lock = lock

    def ask(self, project: str, since_ns: int, until_ns: int, asked_by: str = "") -> int:
        """Ask for a stretch; the loader does it between its blocks. Return the wish's id.

        Raises BadRequest while another of the project is open, and for a stretch that holds nothing.
        """
        if not 0 <= since_ns < until_ns <= _LAST_NS:
            raise BadRequest("start: the stretch ends before it begins; give a start before the end")
        with self._lock:
            # One statement: two who ask at the same moment must not both be told yes.
            cursor = self._db.execute(
                "INSERT INTO repricings (project, since_ns, until_ns, state, total, seen, changed, from_ns, prices,"
                " asked_ns, ended_ns, asked_by, problem) SELECT ?, ?, ?, 'asked', 0, 0, 0, ?, '', ?, 0, ?, ''"
                " WHERE NOT EXISTS"
                " (SELECT 1 FROM repricings WHERE project = ? AND state IN ('asked', 'running'))",
                (project, since_ns, until_ns, since_ns, now_ns(), asked_by, project),
            )
            if not cursor.rowcount:
                raise BadRequest("calls of this project are being priced anew already; wait until that is done")
            self._db.execute(
                "DELETE FROM repricings WHERE ended_ns > 0 AND id <= ?", ((cursor.lastrowid or 0) - _KEPT,)
            )
        return int(cursor.lastrowid or 0)

    def one(self, wish_id: int) -> Repricing | None:
        """One wish as it stands."""
        return next(iter(self._find("id = ?", (wish_id,))), None)

    def open(self) -> list[Repricing]:
        """Wishes that are to be fulfilled, oldest first."""
        return self._find("state IN ('asked', 'running')", ())

    def of_project(self, project: str, limit: int = 20) -> list[Repricing]:
        """The wishes of a project, newest first."""
        return self._find("project = ?", (project,), "id DESC", limit)

    def stop(self, wish_id: int) -> bool:
        """Ask for no more of a wish; what is done stays. Return whether it was open."""
        with self._lock:
            return bool(
                self._db.execute(
                    "UPDATE repricings SET state = 'stopped', ended_ns = ? WHERE id = ?"
                    " AND state IN ('asked', 'running')",
                    (now_ns(), wish_id),
                ).rowcount
            )

    def report(self, wish: Repricing) -> bool:
        """Write down how far an open wish is; return whether it still is open: somebody may have stopped it."""
        columns = ", ".join(f"{name} = ?" for name in _REPORTED)
        values = [getattr(wish, name) for name in _REPORTED]
        with self._lock:
            changed = self._db.execute(
                f"UPDATE repricings SET state = ?, {columns} WHERE id = ? AND state IN ('asked', 'running')",  # noqa: S608 - names of ours
                (wish.state, *values, wish.id),
            ).rowcount
        return bool(changed)

    def _find(self, where: str, values: Sequence[Any], order: str = "id", limit: int = -1) -> list[Repricing]:
        statement = f"SELECT {', '.join(_NAMES)} FROM repricings WHERE {where} ORDER BY {order} LIMIT ?"  # noqa: S608 - words of ours
        with self._lock:
            rows = self._db.execute(statement, (*values, limit)).fetchall()
        return [Repricing(**dict(zip(_NAMES, row, strict=True))) for row in rows]
