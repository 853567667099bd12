"""What the things that people keep have in common: a name, who kept it, and bounds."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select
from sqlalchemy.exc import IntegrityError

from headwater.access import tables
from headwater.errors import BadRequest, NotFound

NAME_CHARS = 200


def checked_name(name: str) -> str:
    """Return a name without the spaces around it. Raises BadRequest for what can be none."""
    name = name.strip()
    if not name or len(name) > NAME_CHARS or not name.isprintable():
        raise BadRequest(f"name: {name[:40]!r} is no name; give 1 to {NAME_CHARS} printable characters")
    return name


def checked_length(field: str, text: str, most_chars: int) -> str:
    """Return a text that is not too long. Raises BadRequest."""
    if len(text) > most_chars:
        raise BadRequest(f"{field}: {len(text)} characters are too many; give at most {most_chars}")
    return text


@contextmanager
def unique_name(what: str, name: str) -> Generator[None]:
    """Say a broken constraint in our words: of one kind, a project has each name once."""
    try:
        yield
    except IntegrityError:
        raise BadRequest(f"name: a {what} {name.strip()!r} is there already; choose another name") from None


def with_keeper(table: Table) -> Select[Any]:
    """All columns of a table, and the name of the person who kept the row as `by`, None where he is gone."""
    people = tables.people.c
    joined = table.outerjoin(tables.people, people.id == table.c.person_id)
    return select(table, people.name.label("by")).select_from(joined)


def check_room(connection: Connection, table: Table, project_id: str, most: int, what: str) -> None:
    """Raise BadRequest where a project has as many as it may have."""
    held = connection.execute(select(func.count()).select_from(table).where(table.c.project_id == project_id))
    if held.scalar_one() >= most:
        raise BadRequest(f"the project has {most} saved {what}; delete some first")


def found(rowcount: int, what: str, kept_id: str) -> None:
    """Raise NotFound where a statement found no row."""
    if not rowcount:
        raise NotFound(f"no saved {what} with the id {kept_id!r} in this project")
