"""`headwater projects`."""

from enum import StrEnum
from typing import Annotated

import typer

from headwater.cli.options import Data, ProjectName, open_catalog, settings_of

projects_app = typer.Typer(help="Projects: each owns its traces and its keys.", no_args_is_help=True)


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


@projects_app.command("list")
def list_projects(data: Data = None) -> None:
    """Print each project's id and name, and whether the proxy asks for usage in its streams."""
    for project in open_catalog(settings_of(data)).projects():
        typer.echo(f"{project.id}\t{project.name}\tusage injection {'on' if project.is_usage_injected else 'off'}")


@projects_app.command("usage-injection")
def switch_usage_injection(
    switch: Annotated[Switch, typer.Argument(help="Whether to")], project: ProjectName = "default", data: Data = None
) -> None:
    """Let the proxy ask for usage in streams that do not ask for it, or not; a running server obeys within seconds."""
    open_catalog(settings_of(data)).set_usage_injected(project, switch is Switch.ON)
    typer.echo(f"usage injection of project {project} is {switch.value}")


@projects_app.command("create")
def create_project(name: Annotated[str, typer.Argument(help="What people will call it")], data: Data = None) -> None:
    """Make a project and its first key, which is shown this once."""
    catalog = open_catalog(settings_of(data))
    project = catalog.create_project(name)
    key = catalog.create_key(project.id, "first")
    typer.echo(f"project {project.name} ({project.id})\nkey, shown this once: {key.key}")
