"""`headwater keys`."""

from typing import Annotated

import typer

from headwater.cli.options import Data, ProjectName, open_catalog, settings_of

keys_app = typer.Typer(help="Keys: what a program shows to send traces into a project.", no_args_is_help=True)


@keys_app.command("list")
def list_keys(project: ProjectName = "default", data: Data = None) -> None:
    """Print each key's id, beginning, name and state; the keys themselves are not kept."""
    for key in open_catalog(settings_of(data)).keys(project):
        typer.echo(f"{key.id}\t{key.prefix}…\t{key.name}\t{'revoked' if key.is_revoked else 'good'}")


@keys_app.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What it is for")], project: ProjectName = "default", data: Data = None
) -> None:
    """Make a key and print it, this once."""
    typer.echo(open_catalog(settings_of(data)).create_key(project, name).key)


@keys_app.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="Its id, as `list` shows it")], data: Data = None) -> None:
    """End a key; a running server refuses it within seconds."""
    open_catalog(settings_of(data)).revoke_key(key_id)
    typer.echo(f"key {key_id} is revoked")
