"""The error tree. A subclass exists only where some caller catches it.

HeadwaterError
├── BadRequest          the sender's fault, final: 400
│   └── TooLarge        past a bound: 413
├── Unauthorized        unknown or revoked key: 401
├── NotFound            no such thing in this project: 404
└── Unavailable         ours, passing: 503 with Retry-After
"""


class HeadwaterError(Exception):
    """Anything that goes wrong by our own account. The text is lower case, names the thing and the remedy."""


class BadRequest(HeadwaterError):
    """The request cannot be read or understood; sending it again will not help."""


class TooLarge(BadRequest):
    """The request is past a bound that its text names."""


class Unauthorized(HeadwaterError):
    """No valid key or session came with the request."""


class NotFound(HeadwaterError):
    """The thing asked for is not in this project."""


class Unavailable(HeadwaterError):
    """A part of ours cannot do its work now; `retry_after_s` says when to try again."""

    def __init__(self, message: str, retry_after_s: int = 2) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
