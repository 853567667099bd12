"""What `layer.init` may be told: by argument, else by environment, else by default."""

import os
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from headwater.compat.layer_sdk.client.exceptions import LayerMissingRequiredConfigurationError

DEFAULT_TIMEOUT_S = 10.0
_YES = ("1", "true", "yes", "on")


class Configuration(NamedTuple):
    """Addresses are without a slash at their end; `firewall_base_url` is "" where there is no firewall."""

    base_url: str
    application_id: str
    application_name: str
    environment: str
    http_timeout: float
    firewall_base_url: str
    is_firewall_asked: bool
    is_firewall_closed: bool


def process_environment() -> Mapping[str, str]:
    """The program's environment: Layer's variables keep working."""
    return os.environ  # noqa: TID251 - this runs in a user's program, and this is the one place that reads it


def configuration_from(given: Mapping[str, Any], environment: Mapping[str, str], default_url: str) -> Configuration:
    """Put the settings together. Raises LayerMissingRequiredConfigurationError, naming what is missing or cannot be."""

    def text(name: str) -> str:
        value = given.get(name) or environment.get(f"LAYER_{name.upper()}") or ""
        return str(value) if isinstance(value, str | UUID) else ""

    made = Configuration(
        base_url=address("base_url", text("base_url") or default_url),
        application_id=text("application_id").strip(),
        application_name=text("application_name").strip(),
        environment=text("environment").strip().lower(),
        http_timeout=seconds(given.get("http_timeout"), environment, "LAYER_HTTP_TIMEOUT", "LAYER_TIMEOUT"),
        firewall_base_url=address("firewall_base_url", text("firewall_base_url")),
        is_firewall_asked=bool(given.get("enable_firewall_instrumentation")),
        is_firewall_closed=_is_yes(given.get("firewall_fail_closed"), environment),
    )
    if not made.application_id and not made.application_name:
        raise LayerMissingRequiredConfigurationError("Either Application ID or Application Name must be provided")
    if made.is_firewall_asked and not made.firewall_base_url:
        raise LayerMissingRequiredConfigurationError(
            "Firewall base URL must be provided if firewall instrumentation is enabled"
        )
    return made


def address(name: str, value: str) -> str:
    """An address as people paste it, without quotes, spaces and the slash at its end; "" for none."""
    url = value.strip().strip("\"'").strip().rstrip("/")
    parts = urlsplit(url)
    if url and not (parts.scheme in ("http", "https") and parts.hostname):
        raise LayerMissingRequiredConfigurationError(f"{name}={url!r}: it must be an address such as 'https://host'")
    return url


def seconds(given: Any, environment: Mapping[str, str], *variables: str) -> float:
    """A timeout. What the environment holds and is no number of seconds counts as not there."""
    for value in (given, *(environment.get(variable) for variable in variables)):
        try:
            number = float(value or 0)
        except (TypeError, ValueError):
            continue
        if 0 < number < float("inf"):
            return number
    return DEFAULT_TIMEOUT_S


def _is_yes(given: Any, environment: Mapping[str, str]) -> bool:
    told = environment.get("LAYER_FIREWALL_FAIL_CLOSED", "")
    return told.strip().lower() in _YES if given is None else bool(given)
