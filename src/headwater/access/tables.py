"""The catalog's tables. A change here needs a new file in migrations/versions; a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    true,
)

# Named constraints, so that a later migration can drop one on either engine.
NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
}

metadata = MetaData(naming_convention=NAMES)

projects = Table(
    "projects",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("created_ns", BigInteger, nullable=False),
    Column("is_usage_injected", Boolean, nullable=False, server_default=true()),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", String(32), ForeignKey("projects.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("prefix", String(16), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created_ns", BigInteger, nullable=False),
    Column("revoked_ns", BigInteger, nullable=True),
    Index("ix_keys_project_id", "project_id"),
)

people = Table(
    "people",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("created_ns", BigInteger, nullable=False),
)

login_tokens = Table(
    "login_tokens",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("person_id", String(32), ForeignKey("people.id"), nullable=False),
    Column("expires_ns", BigInteger, nullable=False),
)

browser_sessions = Table(
    "browser_sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("person_id", String(32), ForeignKey("people.id"), nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("expires_ns", BigInteger, nullable=False),
)

# `project_id` is "" for an upstream of every project, so it refers to no row; "" and not NULL, because a unique
# constraint takes any number of NULLs.
upstreams = Table(
    "upstreams",
    metadata,
    Column("project_id", String(32), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("base_url", String(500), nullable=False),
    Column("provider", String(40), nullable=False),
    Column("credential", String(16), nullable=False),
    Column("is_private_ok", Boolean, nullable=False),
    Column("is_usage_injected", Boolean, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
)

provider_credentials = Table(
    "provider_credentials",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", String(32), ForeignKey("projects.id"), nullable=False),
    Column("upstream", String(40), nullable=False),
    Column("hint", String(8), nullable=False),
    Column("sealed", Text, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    UniqueConstraint("project_id", "upstream"),
)

# `key_id` is "" for a limit of the whole project, for the same reason.
limits = Table(
    "limits",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", String(32), ForeignKey("projects.id"), nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("per", String(16), nullable=False),
    Column("measure", String(16), nullable=False),
    Column("window", String(16), nullable=False),
    Column("amount", Float, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    UniqueConstraint("project_id", "key_id", "per", "measure", "window"),
)

# `id` is made from the project and the name, so that whoever makes the same one at the same time makes the same.
applications = Table(
    "applications",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project_id", String(32), ForeignKey("projects.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    UniqueConstraint("project_id", "name"),
)
