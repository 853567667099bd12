"""Alerts: conditions, whom to tell, and what was told."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables of alerts."""
    _make_rules()
    _make_history()
    op.create_table(
        "alert_channels",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("project_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("shown", sa.String(400), nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_channels"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_alert_channels_project_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("project_id", "name", name="uq_alert_channels_project_id"),
    )
    op.create_table(
        "alert_leases",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("holder", sa.String(100), nullable=False),
        sa.Column("until_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_alert_leases"),
    )


def _make_rules() -> None:
    op.create_table(
        "alert_rules",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("project_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("measure", sa.String(40), nullable=False),
        sa.Column("comparison", sa.String(16), nullable=False),
        sa.Column("threshold", sa.Float, nullable=False),
        sa.Column("window", sa.String(16), nullable=False),
        sa.Column("weeks", sa.Integer, nullable=False),
        sa.Column("hold_s", sa.Integer, nullable=False),
        sa.Column("repeat_s", sa.Integer, nullable=False),
        sa.Column("filters", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("channels", sa.Text, nullable=False),
        sa.Column("is_on", sa.Boolean, nullable=False),
        sa.Column("silenced_until_ns", sa.BigInteger, nullable=False),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
        sa.Column("changed_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_rules"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_alert_rules_project_id", ondelete="CASCADE"),
        sa.UniqueConstraint("project_id", "name", name="uq_alert_rules_project_id"),
    )
    op.create_table(
        "alert_standings",
        sa.Column("rule_id", sa.String(32), nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("since_ns", sa.BigInteger, nullable=False),
        sa.Column("looked_ns", sa.BigInteger, nullable=False),
        sa.Column("value", sa.Float, nullable=True),
        sa.Column("bound", sa.Float, nullable=True),
        sa.Column("told_ns", sa.BigInteger, nullable=False),
        sa.Column("firing_id", sa.String(32), nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("rule_id", name="pk_alert_standings"),
        sa.ForeignKeyConstraint(["rule_id"], ["alert_rules.id"], name="fk_alert_standings_rule_id", ondelete="CASCADE"),
    )


def _make_history() -> None:
    op.create_table(
        "alert_firings",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("rule_id", sa.String(32), nullable=False),
        sa.Column("began_ns", sa.BigInteger, nullable=False),
        sa.Column("ended_ns", sa.BigInteger, nullable=False),
        sa.Column("value", sa.Float, nullable=True),
        sa.Column("bound", sa.Float, nullable=True),
        sa.Column("worst", sa.Float, nullable=True),
        sa.Column("words", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_firings"),
        sa.ForeignKeyConstraint(["rule_id"], ["alert_rules.id"], name="fk_alert_firings_rule_id", ondelete="CASCADE"),
    )
    op.create_index("ix_alert_firings_rule_id", "alert_firings", ["rule_id", "began_ns"])
    op.create_table(
        "alert_tellings",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("rule_id", sa.String(32), nullable=False),
        sa.Column("firing_id", sa.String(32), nullable=False),
        sa.Column("channel_id", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(200), nullable=False),
        sa.Column("word", sa.String(16), nullable=False),
        sa.Column("notice", sa.Text, nullable=False),
        sa.Column("made_ns", sa.BigInteger, nullable=False),
        sa.Column("due_ns", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("done_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_tellings"),
        sa.ForeignKeyConstraint(["rule_id"], ["alert_rules.id"], name="fk_alert_tellings_rule_id", ondelete="CASCADE"),
    )
    op.create_index("ix_alert_tellings_state", "alert_tellings", ["state", "due_ns"])
    op.create_index("ix_alert_tellings_firing_id", "alert_tellings", ["firing_id"])
