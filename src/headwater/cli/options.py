"""Options that several commands share, and what they become."""

from pathlib import Path
from typing import Annotated, Any

import typer

from headwater.access import Catalog, Policy
from headwater.errors import NotFound
from headwater.server import Settings, catalog_of, data_folder_of, from_environment

_DATA_HELP = "Folder that holds everything [env: HEADWATER_DATA; default: headwater-data]"
Data = Annotated[Path | None, typer.Option("--data", help=_DATA_HELP)]

ProjectName = Annotated[str, typer.Option("--project", help="The project's name or id")]


def settings_of(data: Path | None, **given: Any) -> Settings:
    """Settings from the environment and the command line. Raises HeadwaterError."""
    return from_environment({"data": None if data is None else str(data), **given})


def open_catalog(settings: Settings) -> Catalog:
    """The catalog of a data folder, up to date; the folder is made where it is missing."""
    data_folder_of(settings).mkdir(mode=0o700, parents=True, exist_ok=True)
    catalog = catalog_of(settings)
    catalog.migrate()
    return catalog


def policy_of(catalog: Catalog, project: str) -> Policy:
    """What holds for a project (its name or id). Raises NotFound."""
    policy = catalog.project_policy(catalog.project(project).id)
    if policy is None:
        raise NotFound(f"project {project!r} is gone; `headwater projects list` shows those there are")
    return policy
