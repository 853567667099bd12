"""The only maker of random ids and secrets."""

import os
import random
import secrets

# Ids need not be unforeseeable, only unique, and asking the kernel for each costs more than all else about one.
_random = random.Random(os.urandom(32))  # noqa: S311 - no secret is made of it
os.register_at_fork(after_in_child=lambda: _random.seed(os.urandom(32)))


def trace_id() -> str:
    """32 lower-case hex digits."""
    return secrets.token_hex(16)


def span_id() -> str:
    """16 lower-case hex digits."""
    return secrets.token_hex(8)


def short_id() -> str:
    """12 lower-case hex digits, for things that people name."""
    return secrets.token_hex(6)


def secret() -> str:
    """43 URL-safe characters holding 256 random bits."""
    return secrets.token_urlsafe(32)


def id_bytes(size: int) -> bytes:
    """Random bytes of an id that becomes text later: 16 for a trace, 8 for a span."""
    return _random.randbytes(size)
