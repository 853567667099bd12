"""`headwater keys`."""

import sys
from enum import StrEnum
from getpass import getpass
from typing import Annotated

import typer

from headwater.cli.options import Data, ProjectName, open_catalog, settings_of

keys_app = typer.Typer(
    help="Keys: what a program shows to send traces into a project. A project may hold any number of them, also in the "
    "formats of other products and as other products made them.",
    no_args_is_help=True,
)
Purpose = Annotated[str, typer.Argument(help="What it is for, such as the program's name")]


class Format(StrEnum):
    """How a key begins."""

    HEADWATER = "headwater"
    PULSE = "pulse"
    PRYSM = "prysm"


_FORMAT_HELP = "hw_…, pulse_sk_… or sk-prysm-…: some clients look how their key begins before they send"


@keys_app.command("list")
def list_keys(project: ProjectName = "default", data: Data = None) -> None:
    """Print each key's id, beginning, name and state; the keys themselves are not kept."""
    for key in open_catalog(settings_of(data)).keys(project):
        typer.echo(f"{key.id}\t{key.prefix}…\t{key.name}\t{'revoked' if key.is_revoked else 'good'}")


@keys_app.command("create")
def create_key(
    name: Purpose,
    form: Annotated[Format, typer.Option("--format", help=_FORMAT_HELP)] = Format.HEADWATER,
    project: ProjectName = "default",
    data: Data = None,
) -> None:
    """Make a key and print it, this once."""
    typer.echo(open_catalog(settings_of(data)).create_key(project, name, form.value).key)


@keys_app.command("take-over")
def take_over_key(name: Purpose, project: ProjectName = "default", data: Data = None) -> None:
    """Let a key open the project that another product made, so that programs which hold it need no other.

    It is asked for without an echo, or read from standard input:

    headwater keys take-over shop < key.txt

    It looks like no key of ours, so the proxy knows it in the headers x-headwater-key and x-tropir-api-key only.
    """
    presented = getpass(f"key for {name}: ") if sys.stdin.isatty() else sys.stdin.read()
    key = open_catalog(settings_of(data)).take_over_key(project, name, presented)
    typer.echo(f"key {key.id} ({key.prefix}…) is taken over; a running server takes it within seconds")


@keys_app.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="Its id, as `list` shows it")], data: Data = None) -> None:
    """End a key; a running server refuses it within seconds."""
    open_catalog(settings_of(data)).revoke_key(key_id)
    typer.echo(f"key {key_id} is revoked")
