"""Nouns of access. Times are Unix nanoseconds."""

from collections.abc import Mapping
from typing import Literal

import msgspec

CredentialHeader = Literal["bearer", "x-api-key", "api-key", "none"]
Per = Literal["all", "user", "session"]
Measure = Literal["requests", "tokens", "cost_usd", "concurrent"]
Window = Literal["minute", "hour", "day", "month", ""]


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """What owns everything else. `id` is what rows carry, `name` what people read.

    `is_usage_injected`: whether the proxy may ask for usage in a stream that does not ask for it.
    """

    id: str
    name: str
    created_ns: int
    is_usage_injected: bool = True


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it is listed. `prefix` is how it begins, such as `hw_3fYk`; `revoked_ns` is None while it is good."""

    id: str
    project_id: str
    name: str
    prefix: str
    created_ns: int
    revoked_ns: int | None = None

    @property
    def is_revoked(self) -> bool:
        """Whether it opens nothing any more."""
        return self.revoked_ns is not None


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key at its making: the only time that `key`, the secret itself, can be seen."""

    id: str
    project_id: str
    name: str
    prefix: str
    key: str


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a request speaks for: the project that its key belongs to."""

    project_id: str
    key_id: str


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """A program of a project, as clients that have such a thing name it."""

    id: str
    project_id: str
    name: str


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """A key by its id, with what its tokens are signed with. `digest` is how the key rests."""

    principal: Principal
    digest: str


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who looks at pages."""

    id: str
    name: str


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """Where calls are sent on to: `/<name>/…` of ours becomes `<base_url>/…` of a provider.

    `provider` says whose prices and wire these are where the host does not tell. `credential` is the header that a
    stored secret travels in. `is_private_ok`: it may lie at a private address. `is_usage_injected`: usage in a stream
    may be asked of it.
    """

    name: str
    base_url: str
    provider: str = ""
    credential: CredentialHeader = "bearer"
    is_private_ok: bool = False
    is_usage_injected: bool = True


class ProviderCredential(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's secret as it is listed. `hint` is how it ends, "" where that would tell too much."""

    id: str
    project_id: str
    upstream: str
    hint: str
    created_ns: int


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """A bound on calls: at most `amount` of `measure` in each `window`, for all together or each user or session.

    `key_id` is "" for the calls of the whole project, `window` is "" for what is counted at one moment: `concurrent`.
    """

    id: str
    project_id: str
    key_id: str = ""
    per: Per = "all"
    measure: Measure
    window: Window
    amount: float


class Secrets(dict[str, str]):
    """Upstream → secret, which no log, traceback or debugger shows by accident."""

    def __repr__(self) -> str:
        return f"<secrets of {sorted(self)}>"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """All that the proxy must know to serve a key: one answer of the catalog, kept in memory.

    `key_id` is "" where no key came (dev mode). `upstreams` and `credentials` go by the upstream's name; a project's
    own upstream goes before a shared one, and both before a built-in one. `locked` names the upstreams whose stored
    secret cannot be decrypted, each with what is wrong and what to do. `limits` are those of the project and of this
    key.
    """

    project_id: str
    key_id: str
    upstreams: Mapping[str, Upstream] = msgspec.field(default_factory=dict[str, Upstream])
    credentials: Mapping[str, str] = msgspec.field(default_factory=Secrets)
    locked: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    limits: tuple[Limit, ...] = ()
    is_usage_injected: bool = True
