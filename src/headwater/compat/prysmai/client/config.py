"""Where the server is, and with which key: by argument, by another client, by the environment, by default."""

import logging
import os
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

logger = logging.getLogger("headwater.compat.prysmai")
logger.addHandler(logging.NullHandler())

DEFAULT_BASE_URL = "http://127.0.0.1:3000/api/v1"
_KEY_MARKS = ("sk-prysm-", "hw_")
_SUFFIXES = ("/api/v1", "/v1", "/api")


@dataclass(frozen=True)
class PrysmConnectionConfig:
    """A key, and the address that proxied calls go below; everything else is found from that address."""

    prysm_key: str = field(repr=False)
    base_url: str


def resolve_prysm_connection(
    *, client: Any = None, prysm_key: str | None = None, base_url: str | None = None
) -> PrysmConnectionConfig:
    """Find key and address: a client's, the arguments', PRYSM_API_KEY and PRYSM_BASE_URL, the default address.

    Raises ValueError for a key that is missing or has no form of a key, and for an address that is none.
    """
    environ = os.environ  # noqa: TID251 - the names that Prysm's own package reads
    if client is not None:
        key, url = getattr(client, "prysm_key", None), getattr(client, "base_url", None)
    else:
        key, url = prysm_key or environ.get("PRYSM_API_KEY"), base_url or environ.get("PRYSM_BASE_URL")
    key, url = str(key or "").strip(), str(url or DEFAULT_BASE_URL).strip()
    if not key:
        raise ValueError(
            "no Prysm API key is given: pass prysm_key=, a Prysm client, or set PRYSM_API_KEY "
            "(`headwater keys create NAME --format prysm` makes one)"
        )
    if not key.startswith(_KEY_MARKS) or not is_plain(key):
        raise ValueError("invalid Prysm API key format: it begins with 'sk-prysm-' (or, of headwater's own, 'hw_')")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise ValueError(f"base_url {url!r} is no address: give one such as {DEFAULT_BASE_URL!r}")
    return PrysmConnectionConfig(prysm_key=key, base_url=url)


def root_of(base_url: str) -> str:
    """The address without the path that proxied calls have: `http://host/api/v1` is `http://host`."""
    url = base_url.rstrip("/")
    return next((url[: -len(suffix)] for suffix in _SUFFIXES if url.endswith(suffix)), url)


def mcp_url_of(base_url: str) -> str:
    """Where the server speaks MCP."""
    return root_of(base_url) + "/api/mcp"


def is_plain(text: str) -> bool:
    """Whether a header can carry a text as it is."""
    return text.isascii() and text.isprintable()
