"""`headwater projects`."""

from typing import Annotated

import typer

from headwater.cli.options import Data, open_catalog, settings_of

projects_app = typer.Typer(help="Projects: each owns its traces and its keys.", no_args_is_help=True)


@projects_app.command("list")
def list_projects(data: Data = None) -> None:
    """Print each project's id and name."""
    for project in open_catalog(settings_of(data)).projects():
        typer.echo(f"{project.id}\t{project.name}")


@projects_app.command("create")
def create_project(name: Annotated[str, typer.Argument(help="What people will call it")], data: Data = None) -> None:
    """Make a project and its first key, which is shown this once."""
    catalog = open_catalog(settings_of(data))
    project = catalog.create_project(name)
    key = catalog.create_key(project.id, "first")
    typer.echo(f"project {project.name} ({project.id})\nkey, shown this once: {key.key}")
