"""Settings: what the constructor and the environment say, and what of it is Headwater's.

What is not given is taken from HUGGINGPLACE_API_KEY, _ORG_ID, _MODE, _BASE_URL, _TIMEOUT and _SILENT. An address that
nobody gives, or that is the old vendor's own, leaves Headwater its own: HEADWATER_URL, then the server of this machine.
"""

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from headwater import sdk
from headwater.compat.huggingplace_sdk.client.errors import ValidationError
from headwater.compat.huggingplace_sdk.client.validation import validate_config
from headwater.errors import HeadwaterError

VENDOR_HOST = "anvsj57nul.execute-api.ap-south-1.amazonaws.com"
_DEFAULTS: Mapping[str, Any] = {"mode": "prod", "timeout": 10000, "silent": True}
_VARIABLES = ("api_key", "org_id", "mode", "base_url", "timeout", "silent")


def settings_from(config: Mapping[str, Any] | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """All settings by the old names: keywords, then the mapping, then the environment, then defaults.

    Raises ValidationError for what cannot be.
    """
    told = {**_DEFAULTS, **told_by_environment(), **_said(config or {}), **_said(given)}
    validate_config(told)
    return told


def begin(settings: Mapping[str, Any]) -> None:
    """Point Headwater's SDK where the settings say. Raises ValidationError for an address that is none."""
    try:
        sdk.init(
            url=_origin(str(settings.get("base_url") or "")),
            key=str(settings["api_key"]),
            environment=str(settings["mode"]),
            timeout_s=settings["timeout"] / 1000,
        )
    except HeadwaterError as error:
        raise ValidationError(str(error)) from None


def _said(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def told_by_environment() -> dict[str, Any]:
    """What the environment says. Raises ValidationError for a timeout that is no number."""
    found: dict[str, Any] = {}
    for name in _VARIABLES:
        text = os.environ.get(f"HUGGINGPLACE_{name.upper()}", "").strip()
        if text:
            found[name] = text
    if "timeout" in found:
        try:
            found["timeout"] = float(found["timeout"])
        except ValueError:
            raise ValidationError("Timeout must be a positive number of milliseconds") from None
    if "silent" in found:
        found["silent"] = found["silent"].lower() not in ("0", "false", "no", "off")
    return found


def _origin(address: str) -> str | None:
    """Scheme, host and port of an address; None where it is the vendor's or there is none."""
    parts = urlsplit(address)
    if not address or parts.hostname == VENDOR_HOST:
        return None
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else address
