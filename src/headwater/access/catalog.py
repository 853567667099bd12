"""Catalog: the one door to who may do what. Blocking; each method is one transaction."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, func, select, text
from sqlalchemy.exc import IntegrityError

from headwater import clock, ids
from headwater.access import applications, credentials, keys, limits, logins, policies, schema, tables, upstreams
from headwater.access.alerts import Alerts
from headwater.access.engine import open_engine, reading, writing, writing_alone
from headwater.access.memory import Memory
from headwater.access.nouns import (
    Application,
    Key,
    Limit,
    Measure,
    NewKey,
    Per,
    Person,
    Policy,
    Principal,
    Project,
    ProviderCredential,
    Signer,
    Upstream,
    Window,
)
from headwater.access.own_prices import OwnPrices
from headwater.access.saved import Saved
from headwater.access.secrets import KeyFormat, digest_of
from headwater.access.tokens import Token, Tokens, signed
from headwater.access.vault import KEY_FILE, Vault
from headwater.errors import BadRequest, HeadwaterError, Unavailable

_LOGIN_S = 3600.0
_BROWSER_SESSION_S = 30 * 86400.0
_UNKNOWN_KEYS = 10_000
# A database that hangs costs whoever asks it many seconds. So once it has failed, those who hold an old answer ask it
# no more often than this, and while one of them asks whether it is back, the others do not wait with him.
_AWAY_S = 2.0
_PROBE_S = 30.0

Answer = TypeVar("Answer")


class Catalog:
    """Projects, keys, people, and what the proxy needs for each project, in one database, `sqlite:///<file>` or
    `postgresql+psycopg://…`.

    `fresh_s` is how long an answer about a key is used again, and so how long a key revoked by another process still
    opens; `stale_s` how long a good key goes on to be good while the database is out of reach. `secret_key` holds the
    keys that provider secrets are encrypted with, with commas between; where it is "", one is kept in a file beside an
    SQLite database, or in `key_folder` for any other.
    """

    def __init__(
        self,
        url: str,
        *,
        secret_key: str = "",
        key_folder: Path | None = None,
        fresh_s: float = 5.0,
        stale_s: float = 600.0,
    ) -> None:
        self._engine = open_engine(url)
        self._vault = Vault(secret_key, _key_file(self._engine.url, key_folder))
        self._principals: Memory[Principal] = Memory(fresh_s=fresh_s, stale_s=stale_s, limit=_UNKNOWN_KEYS)
        self._policies: Memory[Policy] = Memory(fresh_s=fresh_s, stale_s=stale_s, limit=_UNKNOWN_KEYS)
        self._signers: Memory[Signer] = Memory(fresh_s=fresh_s, stale_s=stale_s, limit=_UNKNOWN_KEYS)
        self._tokens = Tokens(self._vault)
        self._away_until_s = 0.0
        self.alerts = Alerts(self._engine, self._vault)
        self.saved = Saved(self._engine)
        self.own_prices = OwnPrices(self._engine)

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

    def rename_project(self, project: str, name: str) -> Project:
        """Call a project (its name or id) something else; its id stays. Raises NotFound, and BadRequest as above."""
        try:
            with self._changing() as connection:
                project_id = keys.find_project(connection, project).id
                keys.rename_project(connection, project_id, name)
                return keys.find_project(connection, project_id)
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

    def create_key(self, project: str, name: str, form: KeyFormat = "headwater") -> NewKey:
        """A new key of a project (its name or id), in one of the formats that clients ask for. Raises NotFound."""
        with writing(self._engine) as connection:
            return keys.add_key(connection, keys.find_project(connection, project).id, name, form)

    def take_over_key(self, project: str, name: str, presented: str) -> NewKey:
        """Let a key that others made open a project (its name or id) too: here at once, in other processes within
        `fresh_s`. Raises NotFound, and BadRequest, which does not show the key, for one that is weak or held already.
        """
        with self._changing() as connection:
            return keys.take_over(connection, keys.find_project(connection, project).id, name, presented)

    def keys(self, project: str) -> list[Key]:
        """The keys of a project (its name or id), revoked ones too, the oldest first. Raises NotFound."""
        with reading(self._engine) as connection:
            return keys.keys_of(connection, keys.find_project(connection, project).id)

    def revoke_key(self, key_id: str) -> None:
        """End a key: here at once, in other processes within `fresh_s`. Raises NotFound."""
        with self._changing() as connection:
            keys.revoke(connection, key_id)

    def recall(self, presented: str) -> Principal | None:
        """Whom a key speaks for as far as it is remembered: no I/O, so it may be called on an event loop."""
        return self._principals.fresh(digest_of(presented))

    def authenticate(self, presented: str) -> Principal | None:
        """Whom a key speaks for; None when it is unknown or revoked. Raises Unavailable when nobody can tell."""
        digest = digest_of(presented)
        return self._answer(self._principals, digest, lambda connection: keys.principal_of(connection, digest))

    def issue_token(self, client: str, secret: str) -> Token | None:
        """A token for who shows a key, and calls himself by the id or name of it or of its project.

        None when key or client are wrong. Raises Unavailable, HeadwaterError where nothing can be signed.
        """
        with reading(self._engine) as connection:
            signer = keys.client_of(connection, client, digest_of(secret))
        return None if signer is None else signed(self._vault, signer)

    def recall_token(self, presented: str) -> Principal | None:
        """Whom a token of ours speaks for as far as it is remembered: no I/O, so it may be called on an event loop."""
        signer = self._signers.fresh(self._tokens.recall(presented) or "")
        return None if signer is None else signer.principal

    def token_principal(self, presented: str) -> Principal | None:
        """Whom a token of ours speaks for; None for any other, when it has expired, and when its key is revoked.

        Raises Unavailable when nobody can tell.
        """
        return self._tokens.principal_of(
            presented,
            lambda key_id: self._answer(self._signers, key_id, lambda connection: keys.signer_of(connection, key_id)),
        )

    def applications(self, project_id: str) -> list[Application]:
        """The applications of a project, by its id, the oldest first."""
        with reading(self._engine) as connection:
            return applications.applications_of(connection, project_id)

    def application(self, project_id: str, name: str) -> Application:
        """The application of that name in a project, by its id; it is made where there is none. Raises BadRequest."""
        with writing_alone(self._engine) as connection:
            return applications.application_named(connection, project_id, name)

    def recall_policy(self, presented: str) -> Policy | None:
        """What holds for a key as far as it is remembered: no I/O, so it may be called on an event loop."""
        return self._policies.fresh(digest_of(presented))

    def policy(self, presented: str) -> Policy | None:
        """What holds for a key; None when it is unknown or revoked. Raises Unavailable when nobody can tell."""
        digest = digest_of(presented)
        return self._answer(
            self._policies, digest, lambda connection: policies.policy_of_key(connection, self._vault, digest)
        )

    def recall_project_policy(self, project_id: str) -> Policy | None:
        """As `recall_policy`, for a request of that project that came without a key."""
        return self._policies.fresh(project_id)

    def project_policy(self, project_id: str) -> Policy | None:
        """As `policy`, for a request of that project that came without a key."""
        return self._answer(
            self._policies,
            project_id,
            lambda connection: policies.policy_of_project(connection, self._vault, project_id),
        )

    def set_usage_injected(self, project: str, is_on: bool) -> None:
        """Let the proxy ask for usage in streams of a project (its name or id), or not. Raises NotFound."""
        with self._changing() as connection:
            keys.switch_usage_injection(connection, keys.find_project(connection, project).id, is_on)

    def set_credential(self, project: str, upstream: str, secret: str) -> ProviderCredential:
        """Store the secret that calls of a project (its name or id) to an upstream go with, in place of the one there
        was. Raises NotFound, BadRequest for what can be no secret, HeadwaterError without a key to encrypt it with."""
        upstreams.check_name(upstream)
        secret = credentials.checked_secret(secret)
        with self._changing() as connection:
            project_id = keys.find_project(connection, project).id
            return credentials.keep_credential(connection, self._vault, project_id, upstream, secret)

    def credentials(self, project: str) -> list[ProviderCredential]:
        """The credentials of a project (its name or id), without their secrets, by upstream. Raises NotFound."""
        with reading(self._engine) as connection:
            return credentials.credentials_of(connection, keys.find_project(connection, project).id)

    def remove_credential(self, project: str, upstream: str) -> None:
        """Forget a secret: here at once, in other processes within `fresh_s`. Raises NotFound."""
        with self._changing() as connection:
            credentials.remove_credential(connection, keys.find_project(connection, project).id, upstream)

    def rotate_credentials(self) -> int:
        """Encrypt every secret again, with the first key; return how many. Raises HeadwaterError, and changes nothing,
        when one of them cannot be decrypted."""
        with self._changing() as connection:
            return credentials.seal_again(connection, self._vault) + self.alerts.channels.seal_again(connection)

    def add_upstream(self, upstream: Upstream, project: str = "") -> Upstream:
        """Let a project (its name or id), or every project (""), send calls on to an upstream; return it as it is kept.

        Raises NotFound, and BadRequest for a name that is taken, a field that cannot be meant, or a stored secret that
        would go to it without having been meant for it.
        """
        upstream = upstreams.checked(upstream)
        try:
            with self._changing() as connection:
                upstreams.add_upstream(connection, _project_id(connection, project), upstream)
        except IntegrityError:
            raise BadRequest(
                f"an upstream {upstream.name!r} is there already; remove it first with "
                f"`headwater upstreams remove {upstream.name}`"
            ) from None
        return upstream

    def upstreams(self, project: str = "") -> list[Upstream]:
        """The upstreams of one project (its name or id) alone, or those of every project (""), by name."""
        with reading(self._engine) as connection:
            return upstreams.upstreams_of(connection, _project_id(connection, project))

    def remove_upstream(self, name: str, project: str = "") -> None:
        """Forget an upstream and the secrets stored for it. Raises NotFound."""
        with self._changing() as connection:
            upstreams.remove_upstream(connection, _project_id(connection, project), name)

    def add_limit(
        self, project: str, *, measure: Measure, amount: float, window: Window = "", per: Per = "all", key_id: str = ""
    ) -> Limit:
        """Limit the calls of a project (its name or id), or of one key of it.

        Raises NotFound, and BadRequest for what can mean nothing, or where there is a limit of that kind.
        """
        try:
            with self._changing() as connection:
                limit = Limit(
                    id=ids.short_id(),
                    project_id=keys.find_project(connection, project).id,
                    key_id=key_id,
                    per=per,
                    measure=measure,
                    window=window,
                    amount=amount,
                )
                limits.add_limit(connection, limit)
        except IntegrityError:
            raise BadRequest(
                "a limit of this kind is there already; `headwater limits list` shows it, remove it first"
            ) from None
        return limit

    def limits(self, project: str) -> list[Limit]:
        """The limits of a project (its name or id) and of its keys, the oldest first. Raises NotFound."""
        with reading(self._engine) as connection:
            return limits.limits_of(connection, keys.find_project(connection, project).id)

    def remove_limit(self, limit_id: str) -> None:
        """Forget a limit: here at once, in other processes within `fresh_s`. Raises NotFound."""
        with self._changing() as connection:
            limits.remove_limit(connection, limit_id)

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

    def _answer(self, memory: Memory[Answer], name: str, ask: Callable[[Connection], Answer | None]) -> Answer | None:
        """What is remembered freshly, else what the database says, else, while it is out of reach, what it said."""
        found = memory.fresh(name)
        if found is not None or memory.is_unknown(name):
            return found
        stale = memory.stale(name)
        if stale is not None and clock.monotonic_s() < self._away_until_s:
            return stale
        if self._away_until_s:
            self._away_until_s = clock.monotonic_s() + _PROBE_S
        try:
            with reading(self._engine) as connection:
                found = ask(connection)
        except Unavailable:
            self._away_until_s = clock.monotonic_s() + _AWAY_S
            if stale is None:
                raise
            return stale
        self._away_until_s = 0.0
        memory.keep(name, found)
        return found

    @contextmanager
    def _changing(self) -> Generator[Connection]:
        """A transaction after which nothing that was remembered holds any more."""
        with writing_alone(self._engine) as connection:
            yield connection
        self._principals.forget()
        self._signers.forget()
        self._policies.forget()


def _project_id(connection: Connection, project: str) -> str:
    return keys.find_project(connection, project).id if project else ""


def _key_file(url: URL, key_folder: Path | None) -> Path | None:
    """Where the vault's key lies; None where there is no place for one."""
    is_file = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
    folder = Path(str(url.database)).parent if is_file else key_folder
    return None if folder is None else folder / KEY_FILE
