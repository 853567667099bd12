"""What people keep: views, queries and sets of traces."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
