"""Applications of a project, as statements on an open transaction."""

import uuid

from sqlalchemy import Connection, select

from headwater import clock
from headwater.access import tables
from headwater.access.nouns import Application
from headwater.errors import BadRequest

_NAME_CHARS = 200
_MOST = 1000


def applications_of(connection: Connection, project_id: str) -> list[Application]:
    """The applications of a project, the oldest first."""
    columns = tables.applications.c
    wanted = select(columns.id, columns.name).where(columns.project_id == project_id)
    rows = connection.execute(wanted.order_by(columns.created_ns, columns.id))
    return [Application(id=row.id, project_id=project_id, name=row.name) for row in rows]


def application_named(connection: Connection, project_id: str, name: str) -> Application:
    """The application of that name, made where there is none. The caller sees to it that nobody else writes.

    Raises BadRequest for what can be no name, and past the bound of one project.
    """
    name = name.strip()
    if not name or len(name) > _NAME_CHARS or not name.isprintable():
        raise BadRequest(f"{name[:40]!r} is no name of an application: give 1 to {_NAME_CHARS} printable characters")
    known = applications_of(connection, project_id)
    found = next((each for each in known if each.name == name), None)
    if found is not None:
        return found
    if len(known) >= _MOST:
        raise BadRequest(f"the project has {_MOST} applications: give sessions the id of one of them")
    made = Application(id=application_id_of(project_id, name), project_id=project_id, name=name)
    connection.execute(
        tables.applications.insert().values(id=made.id, project_id=project_id, name=name, created_ns=clock.now_ns())
    )
    return made


def application_id_of(project_id: str, name: str) -> str:
    """The id of an application: a UUID that its project and name make."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"headwater:{project_id}:{name}"))
