"""The entry point, light enough to run without the server's packages and to say what is missing."""

import sys

from headwater.errors import HeadwaterError

_REMEDY = "pip install 'headwater[server]'"
_NEEDED = ("typer", "rich", "uvicorn", "clickhouse_connect", "cryptography", "sqlalchemy", "urllib3")


def main() -> None:
    """Run the command line."""
    try:
        from headwater.cli.commands import app
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in _NEEDED:
            raise
        if sys.argv[1:2] == ["doctor"]:
            from headwater.cli import client_doctor

            client_doctor.main()
        sys.exit(f"headwater: {error.name} is missing, the server's packages are not installed: {_REMEDY}")
    try:
        app()
    except HeadwaterError as error:
        sys.exit(f"headwater: {error}")
