"""Secrets: how a key looks, and how any secret rests."""

import hashlib

from headwater import ids

KEY_MARK = "hw_"
_PREFIX_CHARS = len(KEY_MARK) + 4


def new_key() -> str:
    """A new key: `hw_` and 43 URL-safe characters holding 256 random bits."""
    return KEY_MARK + ids.secret()


def prefix_of(key: str) -> str:
    """The part of a key that may be shown: enough to recognise it, 24 bits of its 256."""
    return key[:_PREFIX_CHARS]


def digest_of(secret: str) -> str:
    """How a secret rests: SHA-256 as hex. Ours are 256 random bits, so a slow password hash would add nothing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
