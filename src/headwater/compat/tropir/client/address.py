"""Where Tropir's old variables send to: read again whenever something is told, as the old package did.

TROPIR_METADATA_ENDPOINT, TROPIR_API_ENDPOINT, TROPIR_API_KEY and ENVIRONMENT=dev keep their meanings. HEADWATER_URL and
HEADWATER_KEY overrule them, and without any of them the SDK's own default holds: never a vendor's cloud.
"""

import logging
import os
from collections.abc import Mapping
from typing import Any

from headwater.errors import HeadwaterError
from headwater.sdk import SdkSettings, current_settings, init

METADATA_PATH = "/api/v1/metadata"
_DEV_URL = "http://localhost:8080"
_NAMES = (
    "TROPIR_METADATA_ENDPOINT",
    "TROPIR_API_ENDPOINT",
    "TROPIR_API_KEY",
    "ENVIRONMENT",
    "HEADWATER_URL",
    "HEADWATER_KEY",
)

logger = logging.getLogger("headwater.compat.tropir")
# Without a handler Python itself would write to the program's stderr.
logger.addHandler(logging.NullHandler())

_settled: tuple[str | None, ...] = ()


def environment() -> Mapping[str, str]:
    """The program's environment."""
    return os.environ  # noqa: TID251 - Tropir is set by nothing else, and this is the one place that reads it


def settle() -> None:
    """Let the SDK send where the old variables say, if they have changed since this was last asked. Never raises."""
    global _settled
    read = environment().get
    told = tuple(map(read, _NAMES))
    if told == _settled:
        return
    _settled = told
    given = {"url": _told_url(), "key": read("TROPIR_API_KEY")}
    chosen: dict[str, Any] = {
        name: value for name, value in given.items() if value and not read(f"HEADWATER_{name.upper()}", "").strip()
    }
    if not chosen:
        return
    try:
        init(**{**_unless_default(current_settings()), **chosen})
    except HeadwaterError as error:
        logger.warning("an address or a key of Tropir's cannot be used: %s", error)


def get_default_metadata_endpoint() -> str:
    """Where steps go if TROPIR_METADATA_ENDPOINT does not say: our own server, or port 8080 if ENVIRONMENT is dev."""
    if environment().get("ENVIRONMENT") == "dev":
        return _DEV_URL + METADATA_PATH
    return current_settings().url.rstrip("/") + METADATA_PATH


def _told_url() -> str:
    """The server that the old variables name, "" if none does."""
    read = environment().get
    endpoint = (read("TROPIR_METADATA_ENDPOINT") or "").strip().rstrip("/")
    if endpoint.endswith(METADATA_PATH):
        return endpoint.removesuffix(METADATA_PATH)
    if endpoint:
        return "/".join(endpoint.split("/")[:3])
    base = (read("TROPIR_API_ENDPOINT") or "").strip().rstrip("/")
    return base or (_DEV_URL if read("ENVIRONMENT") == "dev" else "")


def _unless_default(settings: SdkSettings) -> dict[str, Any]:
    """What the program itself has set, to be said again beside an address."""
    default = SdkSettings()
    names = [name for name in settings.__struct_fields__ if name not in ("url", "key", "problems")]
    return {name: getattr(settings, name) for name in names if getattr(settings, name) != getattr(default, name)}
