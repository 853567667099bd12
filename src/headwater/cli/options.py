"""Options that several commands share, and what they become."""

from pathlib import Path
from typing import Annotated, Any

import typer

from headwater.access import Catalog
from headwater.server import Settings, catalog_url_of, data_folder_of, from_environment

_DATA_HELP = "Folder that holds everything [env: HEADWATER_DATA; default: headwater-data]"
Data = Annotated[Path | None, typer.Option("--data", help=_DATA_HELP)]


def settings_of(data: Path | None, **given: Any) -> Settings:
    """Settings from the environment and the command line. Raises HeadwaterError."""
    return from_environment({"data": None if data is None else str(data), **given})


def open_catalog(settings: Settings) -> Catalog:
    """The catalog of a data folder, up to date; the folder is made where it is missing."""
    data_folder_of(settings).mkdir(mode=0o700, parents=True, exist_ok=True)
    catalog = Catalog(catalog_url_of(settings))
    catalog.migrate()
    return catalog
