"""Keys and projects, as statements on an open transaction."""

from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from headwater import clock, ids
from headwater.access import tables
from headwater.access.nouns import Key, NewKey, Principal, Project, Signer
from headwater.access.secrets import KeyFormat, checked_key, digest_of, new_key, prefix_of
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


def rename_project(connection: Connection, project_id: str, name: str) -> None:
    """Call a project something else. The caller has seen to it that no other has the name."""
    columns = tables.projects.c
    connection.execute(update(tables.projects).where(columns.id == project_id).values(name=_named(name)))


def switch_usage_injection(connection: Connection, project_id: str, is_on: bool) -> None:
    """Let the proxy ask for usage in this project's streams, or not."""
    columns = tables.projects.c
    connection.execute(update(tables.projects).where(columns.id == project_id).values(is_usage_injected=is_on))


def add_key(connection: Connection, project_id: str, name: str, form: KeyFormat = "headwater") -> NewKey:
    """A new key of a project that exists."""
    return _keep(connection, project_id, name, new_key(form))


def take_over(connection: Connection, project_id: str, name: str, presented: str) -> NewKey:
    """Make a key that others made a key of a project that exists. Raises BadRequest for one that is held already, also
    by another project, or that `checked_key` refuses."""
    secret = checked_key(presented)
    columns = tables.keys.c
    wanted = select(columns.id, columns.project_id, columns.revoked_ns).where(columns.digest == digest_of(secret))
    held = connection.execute(wanted).one_or_none()
    if held is not None:
        is_own = held.project_id == project_id
        whose = f"this project holds the key as {held.id!r}" if is_own else "another project holds the key"
        state = "" if held.revoked_ns is None else ", and it is revoked"
        raise BadRequest(f"{whose}{state}; `headwater keys create` makes another")
    return _keep(connection, project_id, name, secret)


def _keep(connection: Connection, project_id: str, name: str, secret: str) -> NewKey:
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


def signer_of(connection: Connection, key_id: str) -> Signer | None:
    """What tokens of the key of that id are signed with; None when it is unknown or revoked."""
    columns = tables.keys.c
    wanted = select(columns.project_id, columns.digest).where(columns.id == key_id, columns.revoked_ns.is_(None))
    row = connection.execute(wanted).one_or_none()
    return (
        None
        if row is None
        else Signer(principal=Principal(project_id=row.project_id, key_id=key_id), digest=row.digest)
    )


def client_of(connection: Connection, client: str, digest: str) -> Signer | None:
    """The good key of that digest for who calls himself by its id or name, or by its project's."""
    columns, projects = tables.keys.c, tables.projects.c
    wanted = (
        select(columns.id)
        .join(tables.projects, projects.id == columns.project_id)
        .where(
            columns.digest == digest,
            or_(*(name == client for name in (columns.id, columns.name, projects.id, projects.name))),
        )
    )
    key_id = connection.execute(wanted).scalar_one_or_none()
    return None if key_id is None else signer_of(connection, key_id)


def _project(row: Row[Any]) -> Project:
    return Project(id=row.id, name=row.name, created_ns=row.created_ns, is_usage_injected=row.is_usage_injected)


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _NAME_CHARS or not name.isprintable():
        raise BadRequest(f"{name[:40]!r} is no name: give 1 to {_NAME_CHARS} printable characters")
    return name
