"""`headwater credentials`."""

import sys
from getpass import getpass
from typing import Annotated

import typer

from headwater.cli.options import Data, ProjectName, open_catalog, policy_of, settings_of
from headwater.cli.upstreams import upstream_of
from headwater.errors import BadRequest

credentials_app = typer.Typer(
    help="Credentials: providers' secrets that calls go on with when a program shows only a key of ours.",
    no_args_is_help=True,
)
UpstreamName = Annotated[str, typer.Argument(metavar="UPSTREAM", help="As `headwater upstreams list` shows it")]


@credentials_app.command("list")
def list_credentials(project: ProjectName = "default", data: Data = None) -> None:
    """Print for each upstream how its secret ends and its state; the secrets themselves are never shown."""
    catalog = open_catalog(settings_of(data))
    locked = policy_of(catalog, project).locked
    for credential in catalog.credentials(project):
        state = locked.get(credential.upstream, "good")
        typer.echo(f"{credential.upstream}\t…{credential.hint}\t{state}")


@credentials_app.command("set")
def set_credential(upstream: UpstreamName, project: ProjectName = "default", data: Data = None) -> None:
    """Store the secret for an upstream, read without an echo, or from standard input where that is no terminal."""
    settings = settings_of(data)
    catalog = open_catalog(settings)
    found = upstream_of(settings, policy_of(catalog, project), upstream)
    if found.credential == "none":
        raise BadRequest(f"no secret is sent to {upstream!r}: add it again with another --credential")
    kept = catalog.set_credential(project, found.name, _read_secret(found.name))
    typer.echo(f"a secret for {kept.upstream} is stored (…{kept.hint}); a running server uses it within seconds")


@credentials_app.command("remove")
def remove_credential(upstream: UpstreamName, project: ProjectName = "default", data: Data = None) -> None:
    """Forget the secret for an upstream; a running server does within seconds."""
    open_catalog(settings_of(data)).remove_credential(project, upstream)
    typer.echo(f"the secret for {upstream} is removed")


@credentials_app.command("rotate")
def rotate_credentials(data: Data = None) -> None:
    """Encrypt all secrets of all projects again, with the first key of HEADWATER_SECRET_KEY."""
    typer.echo(f"{open_catalog(settings_of(data)).rotate_credentials()} secrets are encrypted with the first key")


def _read_secret(upstream: str) -> str:
    if sys.stdin.isatty():
        return getpass(f"secret for {upstream}: ")
    return sys.stdin.read()
