"""The catalog's tables. A change here needs a new file in migrations/versions; a test compares the two."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
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


# Who kept a thing may be gone one day, and the thing is still everybody's: `person_id` refers to no row.
def _kept(name: str, *more: Column[Any] | UniqueConstraint) -> Table:
    return Table(
        name,
        metadata,
        Column("id", String(32), primary_key=True),
        Column("project_id", String(32), ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
        Column("person_id", String(32), nullable=False),
        Column("name", String(200), nullable=False),
        Column("created_ns", BigInteger, nullable=False),
        *more,
    )


saved_views = _kept(
    "saved_views",
    Column("page", String(40), nullable=False),
    Column("query", Text, nullable=False),
    UniqueConstraint("project_id", "page", "name"),
)

default_views = Table(
    "default_views",
    metadata,
    Column("project_id", String(32), primary_key=True),
    Column("person_id", String(32), primary_key=True),
    Column("page", String(40), primary_key=True),
    Column("view_id", String(32), ForeignKey("saved_views.id", ondelete="CASCADE"), nullable=False),
)

saved_queries = _kept(
    "saved_queries",
    Column("sql", Text, nullable=False),
    Column("changed_ns", BigInteger, nullable=False),
    UniqueConstraint("project_id", "name"),
)

saved_sets = _kept("saved_sets", UniqueConstraint("project_id", "name"))

saved_set_traces = Table(
    "saved_set_traces",
    metadata,
    Column("set_id", String(32), ForeignKey("saved_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("trace_id", String(64), primary_key=True),
    Column("added_ns", BigInteger, nullable=False),
)


alert_rules = Table(
    "alert_rules",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", String(32), ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("measure", String(40), nullable=False),
    Column("comparison", String(16), nullable=False),
    Column("threshold", Float, nullable=False),
    Column("window", String(16), nullable=False),
    Column("weeks", Integer, nullable=False),
    Column("hold_s", Integer, nullable=False),
    Column("repeat_s", Integer, nullable=False),
    Column("filters", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("channels", Text, nullable=False),
    Column("is_on", Boolean, nullable=False),
    Column("silenced_until_ns", BigInteger, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("changed_ns", BigInteger, nullable=False),
    UniqueConstraint("project_id", "name"),
)

alert_standings = Table(
    "alert_standings",
    metadata,
    Column("rule_id", String(32), ForeignKey("alert_rules.id", ondelete="CASCADE"), primary_key=True),
    Column("phase", String(16), nullable=False),
    Column("since_ns", BigInteger, nullable=False),
    Column("looked_ns", BigInteger, nullable=False),
    Column("value", Float, nullable=True),
    Column("bound", Float, nullable=True),
    Column("told_ns", BigInteger, nullable=False),
    Column("firing_id", String(32), nullable=False),
    Column("problem", Text, nullable=False),
)

alert_firings = Table(
    "alert_firings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("rule_id", String(32), ForeignKey("alert_rules.id", ondelete="CASCADE"), nullable=False),
    Column("began_ns", BigInteger, nullable=False),
    Column("ended_ns", BigInteger, nullable=False),
    Column("value", Float, nullable=True),
    Column("bound", Float, nullable=True),
    Column("worst", Float, nullable=True),
    Column("words", Text, nullable=False),
    Index("ix_alert_firings_rule_id", "rule_id", "began_ns"),
)

# What was told outlives its channel, so `channel_id` refers to no row.
alert_tellings = Table(
    "alert_tellings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("rule_id", String(32), ForeignKey("alert_rules.id", ondelete="CASCADE"), nullable=False),
    Column("firing_id", String(32), nullable=False),
    Column("channel_id", String(32), nullable=False),
    Column("channel", String(200), nullable=False),
    Column("word", String(16), nullable=False),
    Column("notice", Text, nullable=False),
    Column("made_ns", BigInteger, nullable=False),
    Column("due_ns", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("answer", Text, nullable=False),
    Column("done_ns", BigInteger, nullable=False),
    Index("ix_alert_tellings_state", "state", "due_ns"),
    Index("ix_alert_tellings_firing_id", "firing_id"),
)

alert_channels = Table(
    "alert_channels",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", String(32), ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("shown", String(400), nullable=False),
    Column("sealed", Text, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    UniqueConstraint("project_id", "name"),
)

alert_leases = Table(
    "alert_leases",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("holder", String(100), nullable=False),
    Column("until_ns", BigInteger, nullable=False),
)

# `project_id` is "" for a price of every project. Dollars rest as text: {"input": "2.5"}.
own_prices = Table(
    "own_prices",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", String(32), nullable=False),
    Column("provider", String(100), nullable=False),
    Column("model", String(200), nullable=False),
    Column("valid_from_ns", BigInteger, nullable=False),
    Column("usd_per_million", Text, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
)
