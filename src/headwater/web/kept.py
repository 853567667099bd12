"""Kept: projects, keys, upstreams, secrets and limits as pages and API show them, and the rules of changing them.

No secret is in any of these but in `KeyMade`, at a key's making.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from headwater.access import (
    Catalog,
    CredentialHeader,
    Key,
    Limit,
    Measure,
    NewKey,
    Per,
    Project,
    ProviderCredential,
    Upstream,
    Window,
    format_of,
    limit_in_words,
)
from headwater.errors import BadRequest, NotFound
from headwater.web.setup import Setup
from headwater.web.shown.times import rfc3339

FIRST_KEY = "first"
"""What the key is called that a project is made with."""

Whose = Literal["built in", "environment", "every project", "project"]
KeyLook = Literal["headwater", "pulse", "prysm", "other"]


class ProjectKept(msgspec.Struct, frozen=True, kw_only=True):
    """A project. `is_usage_injected`: whether the proxy may ask for usage in streams that do not ask for it."""

    id: str
    name: str
    created: str
    is_usage_injected: bool


class KeyKept(msgspec.Struct, frozen=True, kw_only=True):
    """A key as far as it may be shown: how it begins. `format` is `other` for one that another product made;
    `revoked` is null while it is good."""

    id: str
    name: str
    prefix: str
    format: KeyLook
    created: str
    revoked: str | None = None


class KeyMade(msgspec.Struct, frozen=True, kw_only=True):
    """A key at its making: the only answer that holds `key` itself."""

    id: str
    name: str
    prefix: str
    key: str


class ProjectMade(msgspec.Struct, frozen=True, kw_only=True):
    """A new project with its first key."""

    project: ProjectKept
    key: KeyMade


class SecretKept(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's secret as far as it may be shown: `hint` is how it ends, "" where that would tell too much;
    `problem` is why it cannot be used, "" when it can."""

    upstream: str
    hint: str
    created: str
    problem: str = ""


class UpstreamKept(msgspec.Struct, frozen=True, kw_only=True):
    """Where calls to `/<name>/…` go on to, and the secret that is stored for it.

    `whose` says who added it; of one name only the one that counts for the project is listed. `client_base` is the path
    that a client's base URL ends with, after the address of this server.
    """

    name: str
    base_url: str
    provider: str
    credential: CredentialHeader
    is_private_ok: bool
    is_usage_injected: bool
    whose: Whose
    client_base: str
    secret: SecretKept | None = None


class LimitKept(msgspec.Struct, frozen=True, kw_only=True):
    """A bound on calls, also in words; `key_id` is "" for the calls of the whole project."""

    id: str
    words: str
    measure: Measure
    amount: float
    window: Window
    per: Per
    key_id: str = ""


def project_kept(project: Project) -> ProjectKept:
    """Return a project as it is shown."""
    return ProjectKept(
        id=project.id,
        name=project.name,
        created=rfc3339(project.created_ns),
        is_usage_injected=project.is_usage_injected,
    )


def project_made(catalog: Catalog, name: str) -> ProjectMade:
    """Make a project and its first key. Raises BadRequest."""
    project = catalog.create_project(name)
    return ProjectMade(project=project_kept(project), key=key_made(catalog.create_key(project.id, FIRST_KEY)))


def key_kept(key: Key) -> KeyKept:
    """Return a key as it is shown."""
    return KeyKept(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        format=format_of(key.prefix) or "other",
        created=rfc3339(key.created_ns),
        revoked=None if key.revoked_ns is None else rfc3339(key.revoked_ns),
    )


def key_made(key: NewKey) -> KeyMade:
    """Return a key with its secret, this once."""
    return KeyMade(id=key.id, name=key.name, prefix=key.prefix, key=key.key)


def keys_kept(catalog: Catalog, project: str) -> tuple[KeyKept, ...]:
    """Return the keys of a project, revoked ones too, the newest first."""
    return tuple(key_kept(key) for key in reversed(catalog.keys(project)))


def revoke_key(catalog: Catalog, project: str, key_id: str) -> KeyKept:
    """End a key of a project; return it as it was. Raises NotFound for one of another project."""
    key = key_of(catalog, project, key_id)
    catalog.revoke_key(key_id)
    return key


def key_of(catalog: Catalog, project: str, key_id: str) -> KeyKept:
    """Return a key of a project. Raises NotFound."""
    found = next((key for key in catalog.keys(project) if key.id == key_id), None)
    if found is None:
        raise NotFound(f"no key with the id {key_id[:40]!r} is in this project")
    return key_kept(found)


def secrets_kept(catalog: Catalog, project: str) -> tuple[SecretKept, ...]:
    """Return what is stored for a project's upstreams, by name; none of the secrets."""
    stored = catalog.credentials(project)
    policy = catalog.project_policy(project) if stored else None
    locked: Mapping[str, str] = {} if policy is None else policy.locked
    return tuple(_secret(each, locked) for each in stored)


def _secret(stored: ProviderCredential, locked: Mapping[str, str]) -> SecretKept:
    return SecretKept(
        upstream=stored.upstream,
        hint=stored.hint,
        created=rfc3339(stored.created_ns),
        problem=locked.get(stored.upstream, ""),
    )


def upstreams_kept(catalog: Catalog, setup: Setup, project: str) -> tuple[UpstreamKept, ...]:
    """Return the upstreams that a project reaches: those it has itself first, then every project's, then the rest."""
    secrets = {each.upstream: each for each in secrets_kept(catalog, project)}
    found: dict[str, tuple[Upstream, Whose]] = {}
    for each in catalog.upstreams(project):
        found[each.name] = each, "project"
    for each in catalog.upstreams():
        found.setdefault(each.name, (each, "every project"))
    for known in setup.upstreams:
        found.setdefault(known.upstream.name, (known.upstream, "built in" if known.is_built_in else "environment"))
    return tuple(_upstream(each, whose, setup, secrets.get(each.name)) for each, whose in found.values())


def upstream_of(catalog: Catalog, setup: Setup, project: str, name: str) -> UpstreamKept:
    """Return the upstream that a project reaches by a name. Raises NotFound."""
    found = next((each for each in upstreams_kept(catalog, setup, project) if each.name == name), None)
    if found is None:
        raise NotFound(f"no upstream {name[:40]!r} is known to this project")
    return found


def _upstream(upstream: Upstream, whose: Whose, setup: Setup, secret: SecretKept | None) -> UpstreamKept:
    fields = msgspec.structs.asdict(upstream)
    client_base = f"/{upstream.name}{setup.client_bases.get(upstream.name, '')}"
    return UpstreamKept(**fields, whose=whose, client_base=client_base, secret=secret)


def store_secret(catalog: Catalog, setup: Setup, project: str, upstream: str, secret: str) -> SecretKept:
    """Store the secret for an upstream that a project reaches, in place of the one there was.

    Raises NotFound, BadRequest for one that could not be sent or can be no secret.
    """
    if upstream_of(catalog, setup, project, upstream).credential == "none":
        raise BadRequest(f"no secret is sent to {upstream!r}: add it again with a way to send one")
    return _secret(catalog.set_credential(project, upstream, secret), {})


def remove_upstream(catalog: Catalog, setup: Setup, project: str, name: str) -> UpstreamKept:
    """Forget an upstream that was added, and the secrets stored for it; return what it was. Raises NotFound, BadRequest
    for one that is not in the catalog."""
    found = upstream_of(catalog, setup, project, name)
    if found.whose not in ("project", "every project"):
        raise BadRequest(f"the upstream {name!r} is {found.whose}, so it cannot be removed; add one of its name")
    catalog.remove_upstream(name, project if found.whose == "project" else "")
    return found


def limits_kept(catalog: Catalog, project: str) -> tuple[LimitKept, ...]:
    """Return the limits of a project and of its keys, the oldest first."""
    names = {key.id: repr(key.name) for key in catalog.keys(project)}
    return tuple(limit_kept(limit, names) for limit in catalog.limits(project))


def limit_kept(limit: Limit, names: Mapping[str, str]) -> LimitKept:
    """Return a limit as it is shown; `names` are those of keys by id."""
    return LimitKept(
        id=limit.id,
        words=limit_in_words(limit, names.get(limit.key_id, "")),
        measure=limit.measure,
        amount=limit.amount,
        window=limit.window,
        per=limit.per,
        key_id=limit.key_id,
    )


def limit_of(catalog: Catalog, project: str, limit_id: str) -> LimitKept:
    """Return a limit of a project. Raises NotFound."""
    found = next((each for each in limits_kept(catalog, project) if each.id == limit_id), None)
    if found is None:
        raise NotFound(f"no limit with the id {limit_id[:40]!r} is in this project")
    return found


def remove_limit(catalog: Catalog, project: str, limit_id: str) -> LimitKept:
    """Forget a limit of a project; return what it was. Raises NotFound."""
    found = limit_of(catalog, project, limit_id)
    catalog.remove_limit(limit_id)
    return found
