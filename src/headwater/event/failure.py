"""Failure: why a step did not do what it was asked."""

import msgspec


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An error as the sender described it.

    `type` is the low-cardinality class (`error.type`: an exception's class, a provider's code, or an HTTP status),
    `http_status` the provider's status where one is known, `stacktrace` the sender's own text.
    """

    type: str
    message: str = ""
    http_status: int | None = None
    stacktrace: str | None = None
