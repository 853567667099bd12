"""Errors of the old package. Recording raises none of them; settings that cannot be raise ValidationError."""


class HuggingPlaceSDKError(Exception):
    """What all others are."""

    def __init__(self, message: str = "HuggingPlace SDK error occurred") -> None:
        super().__init__(message)
        self.message = message


class AuthenticationError(HuggingPlaceSDKError):
    """The key is unknown or revoked."""

    def __init__(self, message: str = "Authentication failed") -> None:
        super().__init__(message)


class ValidationError(HuggingPlaceSDKError):
    """Something that was given cannot be."""

    def __init__(self, message: str = "Validation failed") -> None:
        super().__init__(message)


class NetworkError(HuggingPlaceSDKError):
    """The server cannot be reached."""

    def __init__(self, message: str = "Network error occurred") -> None:
        super().__init__(message)


class RateLimitError(HuggingPlaceSDKError):
    """The server was asked too often."""

    def __init__(self, message: str = "Rate limit exceeded") -> None:
        super().__init__(message)


class ServerError(HuggingPlaceSDKError):
    """The server could not do its work."""

    def __init__(self, message: str = "Server error occurred") -> None:
        super().__init__(message)


_BY_STATUS: dict[int, type[HuggingPlaceSDKError]] = {
    400: ValidationError,
    401: AuthenticationError,
    429: RateLimitError,
    **dict.fromkeys((500, 502, 503, 504), ServerError),
}


def create_error_from_response(status: int, message: str) -> HuggingPlaceSDKError:
    """The error that an HTTP status stands for."""
    return _BY_STATUS.get(status, HuggingPlaceSDKError)(message)
