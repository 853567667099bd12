"""Provider credentials, as statements on an open transaction. What rests is encrypted; see the vault."""

import re
from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection, Delete, delete, select, update

from headwater import clock, ids
from headwater.access import tables
from headwater.access.nouns import ProviderCredential, Secrets
from headwater.access.secrets import KEY_MARKS
from headwater.access.vault import Vault
from headwater.errors import BadRequest, HeadwaterError, NotFound

# What a header can carry, so that no secret can end its line.
_SECRET = re.compile(r"[!-~]{1,4096}")
_HINT_CHARS = 4
_SHORT_CHARS = 12


def checked_secret(secret: str) -> str:
    """The secret without blanks around it. Raises BadRequest, which does not show it, for what can be no secret."""
    secret = secret.strip()
    if not _SECRET.fullmatch(secret):
        raise BadRequest("the secret is empty or holds blanks: give the provider's key alone, without a word before it")
    mark = next((mark for mark in KEY_MARKS if secret.startswith(mark)), None)
    if mark is not None:
        raise BadRequest(f"the secret begins with {mark!r}, so it is a key of headwater's: give the provider's key")
    return secret


def keep_credential(
    connection: Connection, vault: Vault, project_id: str, upstream: str, secret: str
) -> ProviderCredential:
    """Keep a secret for an upstream, in place of the one there was."""
    credential = ProviderCredential(
        id=ids.short_id(),
        project_id=project_id,
        upstream=upstream,
        hint=secret[-_HINT_CHARS:] if len(secret) >= _SHORT_CHARS else "",
        created_ns=clock.now_ns(),
    )
    connection.execute(_deleted(project_id, upstream))
    fields = msgspec.structs.asdict(credential)
    connection.execute(tables.provider_credentials.insert().values(sealed=vault.seal(secret), **fields))
    return credential


def credentials_of(connection: Connection, project_id: str) -> list[ProviderCredential]:
    """The credentials of a project, by the upstream's name; not their secrets."""
    columns = tables.provider_credentials.c
    wanted = (
        select(columns.id, columns.upstream, columns.hint, columns.created_ns)
        .where(columns.project_id == project_id)
        .order_by(columns.upstream)
    )
    return [
        ProviderCredential(
            id=row.id, project_id=project_id, upstream=row.upstream, hint=row.hint, created_ns=row.created_ns
        )
        for row in connection.execute(wanted)
    ]


def secrets_of(connection: Connection, vault: Vault, project_id: str) -> tuple[Secrets, Mapping[str, str]]:
    """The secrets of a project by upstream; and of those that cannot be decrypted, by upstream, what is wrong."""
    columns = tables.provider_credentials.c
    wanted = select(columns.upstream, columns.sealed).where(columns.project_id == project_id)
    secrets, locked = Secrets(), dict[str, str]()
    for row in connection.execute(wanted):
        try:
            secrets[row.upstream] = vault.unseal(row.sealed)
        except HeadwaterError as error:
            locked[row.upstream] = str(error)
    return secrets, locked


def remove_credential(connection: Connection, project_id: str, upstream: str) -> None:
    """Forget the secret for an upstream. Raises NotFound."""
    if not connection.execute(_deleted(project_id, upstream)).rowcount:
        raise NotFound(f"no secret is stored for {upstream!r}; `headwater credentials list` shows those there are")


def seal_again(connection: Connection, vault: Vault) -> int:
    """Encrypt every secret with the first key; return how many. Raises HeadwaterError when one cannot be decrypted."""
    columns = tables.provider_credentials.c
    rows = connection.execute(select(columns.id, columns.project_id, columns.upstream, columns.sealed)).all()
    for row in rows:
        try:
            sealed = vault.seal(vault.unseal(row.sealed))
        except HeadwaterError as error:
            raise HeadwaterError(
                f"nothing is changed: {row.upstream!r} of project {row.project_id!r}: {error}"
            ) from error
        connection.execute(update(tables.provider_credentials).where(columns.id == row.id).values(sealed=sealed))
    return len(rows)


def _deleted(project_id: str, upstream: str) -> Delete:
    columns = tables.provider_credentials.c
    return delete(tables.provider_credentials).where(columns.project_id == project_id, columns.upstream == upstream)
