"""Nouns of access. Times are Unix nanoseconds."""

import msgspec


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """What owns everything else. `id` is what rows carry, `name` what people read."""

    id: str
    name: str
    created_ns: int


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


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who looks at pages."""

    id: str
    name: str
