"""The catalog's schema, brought up to date by Alembic from inside the package."""

from pathlib import Path

from sqlalchemy import Connection

from headwater.errors import HeadwaterError


def upgrade(connection: Connection) -> None:
    """Run the migrations that this catalog has not seen, within the caller's transaction.

    Raises HeadwaterError for a catalog that a newer headwater wrote.
    """
    # Alembic is needed here only, and by one process at its start.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise HeadwaterError(
            f"the catalog's schema is not ours ({error}); a newer headwater may have written it"
        ) from error
