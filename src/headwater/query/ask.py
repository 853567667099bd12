"""Ask: how a statement of ours reaches the store. Each sees one project and the newest version of every row.

`FINAL` gives the newest version. Rows of one key lie in one partition, because each table's sort key holds what its
partition is made of; so partitions need not be merged with each other, which is what makes `FINAL` cheap.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from headwater.store import CallsSource, SqlAnswer, Store, UserLimits

Row = Sequence[Any]
Shape = TypeVar("Shape")

SETTINGS: Mapping[str, Any] = {
    "do_not_merge_across_partitions_select_final": 1,
    # Substrings are looked up in the dictionary of the text index; the defaults scan for short and for common ones.
    "text_index_like_min_pattern_length": 2,
    "text_index_like_max_postings_to_read": 100_000,
}


class Asker:
    """Asks the store on behalf of one project. `patience_s` is how long a list may look for its next item."""

    def __init__(self, store: Store, project: str, patience_s: float) -> None:
        self._store = store
        self._project = project
        self.patience_s = patience_s

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Row]:
        """Return the rows of a statement; `{project:String}` in it is this project. Raises Unavailable."""
        return self._store.select(sql, {**parameters, "project": self._project}, SETTINGS)

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
