"""Alerts: conditions, whom to tell, and what was told."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
