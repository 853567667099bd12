"""Upstreams, provider credentials, limits, and a project's switch for usage in streams."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of the proxy."""
    op.add_column("projects", sa.Column("is_usage_injected", sa.Boolean, nullable=False, server_default=sa.true()))
    op.create_table(
        "upstreams",
        sa.Column("project_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("base_url", sa.String(500), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("credential", sa.String(16), nullable=False),
        sa.Column("is_private_ok", sa.Boolean, nullable=False),
        sa.Column("is_usage_injected", sa.Boolean, nullable=False),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "name", name="pk_upstreams"),
    )
    op.create_table(
        "provider_credentials",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("project_id", sa.String(32), nullable=False),
        sa.Column("upstream", sa.String(40), nullable=False),
        sa.Column("hint", sa.String(8), nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_provider_credentials"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_provider_credentials_project_id"),
        sa.UniqueConstraint("project_id", "upstream", name="uq_provider_credentials_project_id"),
    )
    op.create_table(
        "limits",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("project_id", sa.String(32), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("per", sa.String(16), nullable=False),
        sa.Column("measure", sa.String(16), nullable=False),
        sa.Column("window", sa.String(16), nullable=False),
        sa.Column("amount", sa.Float, nullable=False),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_limits"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_limits_project_id"),
        sa.UniqueConstraint("project_id", "key_id", "per", "measure", "window", name="uq_limits_project_id"),
    )
