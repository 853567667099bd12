"""`headwater login`."""

import shlex

import typer

from headwater.cli.options import Data, open_catalog, settings_of
from headwater.server import DataFolder, Settings, data_folder_of


def login_command(settings: Settings) -> str:
    """What to type for a new link, in the same folder and the same shell."""
    return f"headwater login --data {shlex.quote(settings.data)}"


def login(data: Data = None) -> None:
    """Print a new link that signs a browser in, once."""
    settings = settings_of(data)
    running = DataFolder(data_folder_of(settings)).running()
    token = open_catalog(settings).create_login_token()
    base_url = running.url if running is not None else f"http://127.0.0.1:{settings.port}"
    typer.echo(f"{base_url}/login?token={token}")
    if running is None:
        typer.echo("no server runs on this folder yet: start it with `headwater serve`", err=True)
