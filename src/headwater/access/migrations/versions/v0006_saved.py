"""What people keep: views, queries and sets of traces."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "saved_views",
        *_kept(),
        sa.Column("page", sa.String(40), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        _of_project("saved_views"),
        sa.UniqueConstraint("project_id", "page", "name", name="uq_saved_views_project_id"),
    )
    op.create_table(
        "default_views",
        sa.Column("project_id", sa.String(32), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("page", sa.String(40), nullable=False),
        sa.Column("view_id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "person_id", "page", name="pk_default_views"),
        sa.ForeignKeyConstraint(["view_id"], ["saved_views.id"], name="fk_default_views_view_id", ondelete="CASCADE"),
    )
    op.create_table(
        "saved_queries",
        *_kept(),
        sa.Column("sql", sa.Text, nullable=False),
        sa.Column("changed_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_queries"),
        _of_project("saved_queries"),
        sa.UniqueConstraint("project_id", "name", name="uq_saved_queries_project_id"),
    )
    op.create_table(
        "saved_sets",
        *_kept(),
        sa.PrimaryKeyConstraint("id", name="pk_saved_sets"),
        _of_project("saved_sets"),
        sa.UniqueConstraint("project_id", "name", name="uq_saved_sets_project_id"),
    )
    op.create_table(
        "saved_set_traces",
        sa.Column("set_id", sa.String(32), nullable=False),
        sa.Column("trace_id", sa.String(64), nullable=False),
        sa.Column("added_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("set_id", "trace_id", name="pk_saved_set_traces"),
        sa.ForeignKeyConstraint(["set_id"], ["saved_sets.id"], name="fk_saved_set_traces_set_id", ondelete="CASCADE"),
    )


def _kept() -> list["sa.Column[object]"]:
    return [
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("project_id", sa.String(32), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
    ]


def _of_project(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=f"fk_{table}_project_id", ondelete="CASCADE")
