"""People, their one-time login links and their browsers' sessions, as statements on an open transaction."""

from sqlalchemy import Connection, delete, select

from headwater import clock, ids
from headwater.access import tables
from headwater.access.nouns import Person
from headwater.access.secrets import digest_of

_NS = 1_000_000_000


def add_person(connection: Connection, name: str) -> Person:
    """A new person."""
    person = Person(id=ids.short_id(), name=name)
    connection.execute(tables.people.insert().values(id=person.id, name=name, created_ns=clock.now_ns()))
    return person


def first_person(connection: Connection) -> Person | None:
    """The person who was there first: the owner."""
    columns = tables.people.c
    row = connection.execute(select(tables.people).order_by(columns.created_ns, columns.id).limit(1)).one_or_none()
    return None if row is None else Person(id=row.id, name=row.name)


def add_login_token(connection: Connection, person: Person, lifetime_s: float) -> str:
    """A secret that lets its bearer in as `person`, once, within `lifetime_s`. Those that have expired go away."""
    now = clock.now_ns()
    connection.execute(delete(tables.login_tokens).where(tables.login_tokens.c.expires_ns <= now))
    token = ids.secret()
    connection.execute(
        tables.login_tokens.insert().values(
            digest=digest_of(token), person_id=person.id, expires_ns=now + int(lifetime_s * _NS)
        )
    )
    return token


def take_login_token(connection: Connection, token: str) -> str | None:
    """Use a token up, and say whose it was (a person's id); None when it is unknown, used or expired."""
    columns = tables.login_tokens.c
    taken = (
        delete(tables.login_tokens)
        .where(columns.digest == digest_of(token))
        .returning(columns.person_id, columns.expires_ns)
    )
    row = connection.execute(taken).one_or_none()
    return row.person_id if row is not None and row.expires_ns > clock.now_ns() else None


def add_browser_session(connection: Connection, person_id: str, lifetime_s: float) -> str:
    """A new cookie's value for that person. Sessions that have expired go away."""
    now = clock.now_ns()
    columns = tables.browser_sessions.c
    connection.execute(delete(tables.browser_sessions).where(columns.expires_ns <= now))
    cookie = ids.secret()
    connection.execute(
        tables.browser_sessions.insert().values(
            digest=digest_of(cookie), person_id=person_id, created_ns=now, expires_ns=now + int(lifetime_s * _NS)
        )
    )
    return cookie


def person_of(connection: Connection, cookie: str) -> Person | None:
    """Whose browser this cookie comes from; None when it is unknown, ended or expired."""
    sessions, people = tables.browser_sessions, tables.people
    wanted = (
        select(people.c.id, people.c.name)
        .join(sessions, sessions.c.person_id == people.c.id)
        .where(sessions.c.digest == digest_of(cookie), sessions.c.expires_ns > clock.now_ns())
    )
    row = connection.execute(wanted).one_or_none()
    return None if row is None else Person(id=row.id, name=row.name)


def end_browser_session(connection: Connection, cookie: str) -> None:
    """Forget a cookie."""
    connection.execute(delete(tables.browser_sessions).where(tables.browser_sessions.c.digest == digest_of(cookie)))
