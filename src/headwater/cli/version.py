"""`headwater version`."""

import typer

from headwater import __version__


def version() -> None:
    """Print the version."""
    typer.echo(__version__)
