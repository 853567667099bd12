"""Catalog: the one door to who may do what. Blocking; each method is one transaction."""

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from headwater.access import keys, logins, schema, tables
from headwater.access.engine import open_engine, reading, writing, writing_alone
from headwater.access.memory import KeyMemory
from headwater.access.nouns import Key, NewKey, Person, Principal, Project
from headwater.access.secrets import digest_of
from headwater.errors import BadRequest, HeadwaterError, Unavailable

_LOGIN_S = 3600.0
_BROWSER_SESSION_S = 30 * 86400.0
_UNKNOWN_KEYS = 10_000


class Catalog:
    """Projects, keys and people in one database, `sqlite:///<file>` or `postgresql+psycopg://…`.

    `fresh_s` is how long an answer about a key is used again, and so how long a key revoked by another process still
    opens; `stale_s` how long a good key goes on to be good while the database is out of reach.
    """

    def __init__(self, url: str, *, fresh_s: float = 5.0, stale_s: float = 600.0) -> None:
        self._engine = open_engine(url)
        self._memory = KeyMemory(fresh_s=fresh_s, stale_s=stale_s, limit=_UNKNOWN_KEYS)

    def migrate(self) -> None:
        """Bring the schema up to date; any number of processes may call this at the same time."""
        with writing_alone(self._engine) as connection:
            schema.upgrade(connection)

    def bootstrap(self) -> NewKey | None:
        """Make project "default", a key of it and the owner in an empty catalog; None for all callers but the first."""
        with writing_alone(self._engine) as connection:
            if connection.execute(select(func.count()).select_from(tables.projects)).scalar_one():
                return None
            logins.add_person(connection, "owner")
            return keys.add_key(connection, keys.add_project(connection, "default").id, "default")

    def check(self) -> None:
        """Ask the database for nothing. Raises Unavailable when it does not answer."""
        with reading(self._engine) as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every connection; the next question opens new ones."""
        self._engine.dispose()

    def create_project(self, name: str) -> Project:
        """A new project. Raises BadRequest for a name that is taken or is no name."""
        try:
            with writing(self._engine) as connection:
                return keys.add_project(connection, name)
        except IntegrityError:
            raise BadRequest(f"a project {name.strip()!r} is there already; choose another name") from None

    def projects(self) -> list[Project]:
        """Every project, the oldest first."""
        with reading(self._engine) as connection:
            return keys.all_projects(connection)

    def project(self, name_or_id: str) -> Project:
        """The project of that name, or else of that id. Raises NotFound."""
        with reading(self._engine) as connection:
            return keys.find_project(connection, name_or_id)

    def create_key(self, project: str, name: str) -> NewKey:
        """A new key of a project (its name or id). Raises NotFound."""
        with writing(self._engine) as connection:
            return keys.add_key(connection, keys.find_project(connection, project).id, name)

    def keys(self, project: str) -> list[Key]:
        """The keys of a project (its name or id), revoked ones too, the oldest first. Raises NotFound."""
        with reading(self._engine) as connection:
            return keys.keys_of(connection, keys.find_project(connection, project).id)

    def revoke_key(self, key_id: str) -> None:
        """End a key: here at once, in other processes within `fresh_s`. Raises NotFound."""
        with writing(self._engine) as connection:
            keys.revoke(connection, key_id)
        self._memory.forget()

    def recall(self, presented: str) -> Principal | None:
        """Whom a key speaks for as far as it is remembered: no I/O, so it may be called on an event loop."""
        return self._memory.fresh(digest_of(presented))

    def authenticate(self, presented: str) -> Principal | None:
        """Whom a key speaks for; None when it is unknown or revoked. Raises Unavailable when nobody can tell."""
        digest = digest_of(presented)
        principal = self._memory.fresh(digest)
        if principal is not None or self._memory.is_unknown(digest):
            return principal
        try:
            with reading(self._engine) as connection:
                principal = keys.principal_of(connection, digest)
        except Unavailable:
            principal = self._memory.stale(digest)
            if principal is None:
                raise
            return principal
        self._memory.keep(digest, principal)
        return principal

    def create_login_token(self, lifetime_s: float = _LOGIN_S) -> str:
        """A secret for a link that lets its bearer in as the owner, once, within `lifetime_s`."""
        with writing(self._engine) as connection:
            owner = logins.first_person(connection)
            if owner is None:
                raise HeadwaterError("the catalog has no owner yet; start `headwater serve` on it once")
            return logins.add_login_token(connection, owner, lifetime_s)

    def redeem_login(self, token: str, lifetime_s: float = _BROWSER_SESSION_S) -> str | None:
        """Trade a login token for a cookie's value, good for `lifetime_s`; None when it is unknown, used or expired."""
        with writing(self._engine) as connection:
            person_id = logins.take_login_token(connection, token)
            return None if person_id is None else logins.add_browser_session(connection, person_id, lifetime_s)

    def session(self, cookie: str) -> Person | None:
        """Whose browser this cookie comes from; None when it is unknown, ended or expired."""
        with reading(self._engine) as connection:
            return logins.person_of(connection, cookie)

    def logout(self, cookie: str) -> None:
        """End the session of a cookie."""
        with writing(self._engine) as connection:
            logins.end_browser_session(connection, cookie)
