"""Settings: read once, here, and handed to each room as its own.

Every field has an environment name: HEADWATER_ and the field, or HEADWATER_<ROOM>_ and the field for a room's settings.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeGuard, get_origin

import msgspec

from headwater.access import OidcSettings, check_secret_key
from headwater.alerts import AlertsSettings, SmtpSettings
from headwater.errors import HeadwaterError
from headwater.ingest import IngestSettings
from headwater.journal import JournalSettings
from headwater.loader import LoaderSettings
from headwater.proxy import ProxySettings
from headwater.store import StoreSettings
from headwater.web import WebSettings


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the server is told. A port of 0 turns that door off."""

    data: str = "headwater-data"
    """Folder that holds everything (env HEADWATER_DATA)."""

    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 for all (env HEADWATER_HOST)."""

    port: int = 3000
    """Port of pages, API and ingest (env HEADWATER_PORT)."""

    otlp_port: int = 4318
    """Port of OTLP over HTTP (env HEADWATER_OTLP_PORT)."""

    grpc_port: int = 4317
    """Port of OTLP over gRPC (env HEADWATER_GRPC_PORT)."""

    workers: int = 1
    """Edge processes (env HEADWATER_WORKERS)."""

    is_dev: bool = False
    """Take ingest without a key into the default project; on loopback only (env HEADWATER_IS_DEV)."""

    store_dsn: str = ""
    """clickhouse://user:password@host:port/ for a cluster; empty for the embedded store (env HEADWATER_STORE_DSN)."""

    catalog_url: str = ""
    """postgresql+psycopg://… for a shared catalog; empty for a file in the data folder (env HEADWATER_CATALOG_URL)."""

    secret_key: str = ""
    """32 bytes in base64 that providers' secrets are encrypted with, or several such keys with commas between, of which
    the first encrypts; empty for a key in the file secret.key beside the catalog (env HEADWATER_SECRET_KEY)."""

    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR (env HEADWATER_LOG_LEVEL)."""

    credentials: bool = True
    """Leave address and key in ~/.config/headwater/credentials.json, for this user's programs to find
    (env HEADWATER_CREDENTIALS)."""

    journal: JournalSettings = JournalSettings()
    ingest: IngestSettings = IngestSettings()
    loader: LoaderSettings = LoaderSettings()
    store: StoreSettings = StoreSettings()
    web: WebSettings = WebSettings()
    proxy: ProxySettings = ProxySettings()
    oidc: OidcSettings = OidcSettings()
    alerts: AlertsSettings = AlertsSettings()
    smtp: SmtpSettings = SmtpSettings()

    def check(self) -> None:
        """Raise HeadwaterError for what cannot be meant."""
        if self.is_dev and self.host not in LOOPBACK:
            raise HeadwaterError(f"dev mode takes anyone's data, so it listens on loopback only, not on {self.host!r}")
        for name in ("port", "otlp_port", "grpc_port"):
            if not 0 <= getattr(self, name) <= 65535:
                raise HeadwaterError(f"{name} {getattr(self, name)} is no port: choose 1 to 65535, or 0 to turn it off")
        check_secret_key(self.secret_key)
        self.oidc.check()
        self.alerts.check()
        self.smtp.check()
        if not 1 <= self.workers <= 64:
            raise HeadwaterError(f"workers {self.workers} is out of bounds: choose 1 to 64")


LOOPBACK = ("127.0.0.1", "localhost", "::1")


def from_environment(given: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment, what was given on the command line going first (None: not given).

    Raises HeadwaterError that names a variable whose value cannot be read.
    """
    found = _read(Settings, "HEADWATER_", environment)
    found |= {name: value for name, value in given.items() if value is not None}
    settings = Settings(**found)
    settings.check()
    return settings


def variables(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the environment says of settings, by variable, as it is written there."""
    return {name: value for name, value in environment.items() if name.startswith("HEADWATER_")}


def data_folder_of(settings: Settings) -> Path:
    """The absolute path of the data folder."""
    return Path(settings.data).expanduser().absolute()


def catalog_url_of(settings: Settings) -> str:
    """Where projects, keys and people are kept."""
    return settings.catalog_url or f"sqlite:///{data_folder_of(settings) / 'catalog.db'}"


def child_environment() -> dict[str, str]:
    """Our environment, with an allocator that gives memory back: after a body of 60 MiB glibc's many arenas would keep
    hundreds of megabytes for ever."""
    return {
        **os.environ,
        "MALLOC_ARENA_MAX": "2",
        "MALLOC_MMAP_THRESHOLD_": str(4 * 1024 * 1024),
        "MALLOC_TRIM_THRESHOLD_": str(64 * 1024 * 1024),
    }


def _read(kind: type[msgspec.Struct], prefix: str, environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        name = f"{prefix}{field.name.upper()}"
        if is_room(field.type):
            found[field.name] = field.type(**_read(field.type, f"{name}_", environment))
        elif name in environment:
            try:
                found[field.name] = value_of(environment[name], field.type)
            except msgspec.MsgspecError as error:
                raise HeadwaterError(f"environment variable {name} cannot be read: {error}") from error
    return found


def value_of(text: str, declared: Any) -> Any:
    """What an environment variable says: lists and objects are JSON. Raises msgspec.MsgspecError."""
    if get_origin(declared) in (dict, tuple):
        return msgspec.json.decode(text, type=declared)
    return msgspec.convert(text, declared, strict=False)


def is_room(declared: object) -> TypeGuard[type[msgspec.Struct]]:
    """Whether a field of the settings holds those of a room."""
    return isinstance(declared, type) and issubclass(declared, msgspec.Struct)
