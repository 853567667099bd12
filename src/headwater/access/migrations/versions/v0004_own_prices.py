"""Own prices: what people pay where the list says otherwise, or nothing."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
