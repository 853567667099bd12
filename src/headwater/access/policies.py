"""Policies: all that is known for one key, put together in one transaction."""

from sqlalchemy import Connection, select

from headwater.access import keys, tables
from headwater.access.credentials import secrets_of
from headwater.access.limits import limits_of
from headwater.access.nouns import Policy
from headwater.access.upstreams import upstreams_for
from headwater.access.vault import Vault


def policy_of_key(connection: Connection, vault: Vault, digest: str) -> Policy | None:
    """The policy of the key of that digest; None when it is unknown or revoked."""
    principal = keys.principal_of(connection, digest)
    return None if principal is None else policy_of_project(connection, vault, principal.project_id, principal.key_id)


def policy_of_project(connection: Connection, vault: Vault, project_id: str, key_id: str = "") -> Policy | None:
    """The policy of a project, by its id, for a request that came with that key; None when there is no such project.

    A secret that cannot be decrypted locks its own upstream in its own project, and nothing else.
    """
    columns = tables.projects.c
    is_usage_injected = connection.execute(
        select(columns.is_usage_injected).where(columns.id == project_id)
    ).scalar_one_or_none()
    if is_usage_injected is None:
        return None
    secrets, locked = secrets_of(connection, vault, project_id)
    return Policy(
        project_id=project_id,
        key_id=key_id,
        upstreams=upstreams_for(connection, project_id),
        credentials=secrets,
        locked=locked,
        limits=tuple(limit for limit in limits_of(connection, project_id) if limit.key_id in ("", key_id)),
        is_usage_injected=is_usage_injected,
    )
