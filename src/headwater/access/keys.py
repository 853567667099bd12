"""Keys and projects, as statements on an open transaction."""

from typing import Any

from sqlalchemy import Connection, Row, select, update

from headwater import clock, ids
from headwater.access import tables
from headwater.access.nouns import Key, NewKey, Principal, Project
from headwater.access.secrets import digest_of, new_key, prefix_of
from headwater.errors import BadRequest, NotFound

_NAME_CHARS = 200


def add_project(connection: Connection, name: str) -> Project:
    """A new project. The caller has seen to it that no other has the name."""
    project = Project(id=ids.short_id(), name=_named(name), created_ns=clock.now_ns())
    connection.execute(tables.projects.insert().values(id=project.id, name=project.name, created_ns=project.created_ns))
    return project


def all_projects(connection: Connection) -> list[Project]:
    """Every project, the oldest first."""
    rows = connection.execute(select(tables.projects).order_by(tables.projects.c.created_ns, tables.projects.c.id))
    return [_project(row) for row in rows]


def find_project(connection: Connection, name_or_id: str) -> Project:
    """The project of that name, or else of that id. Raises NotFound."""
    columns = tables.projects.c
    for column in (columns.name, columns.id):
        row = connection.execute(select(tables.projects).where(column == name_or_id)).one_or_none()
        if row is not None:
            return _project(row)
    raise NotFound(f"no project {name_or_id!r}; `headwater projects` lists those there are")


def switch_usage_injection(connection: Connection, project_id: str, is_on: bool) -> None:
    """Let the proxy ask for usage in this project's streams, or not."""
    columns = tables.projects.c
    connection.execute(update(tables.projects).where(columns.id == project_id).values(is_usage_injected=is_on))


def add_key(connection: Connection, project_id: str, name: str) -> NewKey:
    """A new key of a project that exists."""
    secret = new_key()
    key = NewKey(id=ids.short_id(), project_id=project_id, name=_named(name), prefix=prefix_of(secret), key=secret)
    connection.execute(
        tables.keys.insert().values(
            id=key.id,
            project_id=project_id,
            name=key.name,
            prefix=key.prefix,
            digest=digest_of(secret),
            created_ns=clock.now_ns(),
        )
    )
    return key


def keys_of(connection: Connection, project_id: str) -> list[Key]:
    """The keys of a project, revoked ones too, the oldest first."""
    columns = tables.keys.c
    wanted = select(tables.keys).where(columns.project_id == project_id).order_by(columns.created_ns, columns.id)
    return [
        Key(
            id=row.id,
            project_id=row.project_id,
            name=row.name,
            prefix=row.prefix,
            created_ns=row.created_ns,
            revoked_ns=row.revoked_ns,
        )
        for row in connection.execute(wanted)
    ]


def revoke(connection: Connection, key_id: str) -> None:
    """Revoke a key; one that is revoked already stays so since then. Raises NotFound."""
    columns = tables.keys.c
    row = connection.execute(select(columns.revoked_ns).where(columns.id == key_id)).one_or_none()
    if row is None:
        raise NotFound(f"no key with the id {key_id!r}; `headwater keys` lists those there are")
    connection.execute(
        update(tables.keys).where(columns.id == key_id, columns.revoked_ns.is_(None)).values(revoked_ns=clock.now_ns())
    )


def principal_of(connection: Connection, digest: str) -> Principal | None:
    """Whom the key of that digest speaks for; None when it is unknown or revoked."""
    columns = tables.keys.c
    wanted = select(columns.id, columns.project_id).where(columns.digest == digest, columns.revoked_ns.is_(None))
    row = connection.execute(wanted).one_or_none()
    return None if row is None else Principal(project_id=row.project_id, key_id=row.id)


def _project(row: Row[Any]) -> Project:
    return Project(id=row.id, name=row.name, created_ns=row.created_ns, is_usage_injected=row.is_usage_injected)


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _NAME_CHARS or not name.isprintable():
        raise BadRequest(f"{name[:40]!r} is no name: give 1 to {_NAME_CHARS} printable characters")
    return name
