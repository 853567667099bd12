"""Ask: how a statement of ours reaches the store. Each sees one project and the newest version of every row.

`FINAL` gives the newest version. Rows of one key lie in one partition, because each table's sort key holds what its
partition is made of; so partitions need not be merged with each other, which is what makes `FINAL` cheap.
"""

import threading
import weakref
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from headwater.store import CallsSource, SqlAnswer, Store, UserLimits

Row = Sequence[Any]
Shape = TypeVar("Shape")

SETTINGS: Mapping[str, Any] = {
    "do_not_merge_across_partitions_select_final": 1,
    # Substrings are looked up in the dictionary of the text index; the defaults scan for short and for common ones.
    "text_index_like_min_pattern_length": 2,
    "text_index_like_max_postings_to_read": 100_000,
    # The default wants a gigabyte for each thread, more than the embedded engine has: every statement would have one.
    "max_threads_min_free_memory_per_thread": 64 * 1024 * 1024,
}


_MOST_KEPT = 4


class _Kept:
    """The last few things that were made of a store's rows, the last used at the end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Hashable, Any] = {}

    def get(self, key: Hashable, make: Callable[[], Shape]) -> Shape:
        with self._lock:
            found = self._held.pop(key, None)
            if found is not None:
                self._held[key] = found
                return found
        made = make()
        with self._lock:
            self._held[key] = made
            while len(self._held) > _MOST_KEPT:
                del self._held[next(iter(self._held))]
        return made


_kept: weakref.WeakKeyDictionary[Store, _Kept] = weakref.WeakKeyDictionary()


class Asker:
    """Asks the store on behalf of one project. `patience_s` is how long a list may look for its next item."""

    def __init__(self, store: Store, project: str, patience_s: float) -> None:
        self._store = store
        self._project = project
        self.patience_s = patience_s

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Row]:
        """Return the rows of a statement; `{project:String}` in it is this project. Raises Unavailable."""
        return self._store.select(sql, {**parameters, "project": self._project}, SETTINGS)

    def file(self, sql: str, output: str, parameters: Mapping[str, Any], settings: Mapping[str, Any]) -> bytes:
        """Return the rows of a statement as a file of the format `output`, written by the store. Raises Unavailable."""
        return self._store.select_file(sql, output, {**parameters, "project": self._project}, {**SETTINGS, **settings})

    def kept(self, key: Hashable, make: Callable[[], Shape]) -> Shape:
        """Return what was made under this key, which must name a version of what it is made of; make it where not.

        Of each store the last `_MOST_KEPT` are held, of all projects together.
        """
        return _kept.setdefault(self._store, _Kept()).get((self._project, key), make)

    def calls(self, start_ns: int, end_ns: int, step_s: int) -> CallsSource:
        """Return what stands for the calls of a stretch: a FROM clause, its columns as the store documents them."""
        return self._store.calls_in_buckets(self._project, start_ns, end_ns, step_s)

    def sql(self, statement: str, limits: UserLimits | None) -> SqlAnswer:
        """Run a user's own statement over the project's views. Raises BadRequest, Unavailable."""
        return self._store.user_query(self._project, statement, limits)


class Column(NamedTuple):
    """Where a field of an answer comes from: SQL, and how its value is read."""

    sql: str
    read: Callable[[Any], Any] | None = None


def select_list(columns: Mapping[str, Column]) -> str:
    """Return the SQL of these columns, in order."""
    return ", ".join(column.sql for column in columns.values())


def shaped(shape: Callable[..., Shape], columns: Mapping[str, Column], row: Row) -> Shape:
    """Make an answer of a row that begins with these columns."""
    return shape(
        **{
            name: value if column.read is None else column.read(value)
            for (name, column), value in zip(columns.items(), row, strict=False)
        }
    )
