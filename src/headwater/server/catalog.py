"""The catalog that settings name."""

from headwater.access import Catalog
from headwater.server.settings import Settings, catalog_url_of, data_folder_of


def catalog_of(settings: Settings) -> Catalog:
    """The catalog; nothing is connected yet."""
    return Catalog(catalog_url_of(settings), secret_key=settings.secret_key, key_folder=data_folder_of(settings))
