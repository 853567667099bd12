"""Addresses: which of those that senders write may stand in a link."""

from urllib.parse import urlsplit


def safe_link(address: str) -> str:
    """Return an address that may stand in a link, "" for any that is not plain http(s)."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    return address.strip() if parts.scheme in ("http", "https") and parts.netloc else ""
