"""Who says who the program is: a provider of headers, and the one that asks an OpenID Connect server for tokens."""

from abc import ABC, abstractmethod
from typing import Any

import msgspec

from headwater import clock
from headwater.compat.layer_sdk.client.configuration import process_environment, seconds
from headwater.compat.layer_sdk.client.exceptions import (
    LayerAuthError,
    LayerHTTPError,
    LayerMissingRequiredConfigurationError,
    LayerRequestError,
)
from headwater.compat.layer_sdk.client.locking import Lock
from headwater.compat.layer_sdk.client.transport import Answer, HttpSession, Unanswered, transport

_MARGIN_S = 60.0
_MARGIN_SHARE = 0.2
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}

# One for all providers, as a token is asked for rarely.
_lock = Lock()


class AuthProvider(ABC):
    """Gives the headers that every request carries. Subclass it for another way to say who you are."""

    @abstractmethod
    def get_headers(self) -> dict[str, str]:
        """The headers for the next request."""


class OIDCClientCredentials(AuthProvider):
    """Tokens by client credentials (OAuth 2.0, RFC 6749 section 4.4), as Keycloak and others give them.

    A token is kept until a minute, or a fifth of its life if that is less, before it expires. Where the server does
    not say when that is, it is kept until it is refused.
    """

    def __init__(
        self,
        *,
        token_url: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        scope: str | None = None,
        http_session: HttpSession | None = None,
        http_timeout: float | None = None,
    ) -> None:
        """Raises LayerMissingRequiredConfigurationError; each may stand in LAYER_OIDC_<NAME> (LAYER_OIDC_TIMEOUT)."""
        environment = process_environment()
        given = {"token_url": token_url, "client_id": client_id, "client_secret": client_secret}
        found = {name: value or environment.get(f"LAYER_OIDC_{name.upper()}") or "" for name, value in given.items()}
        for name, value in found.items():
            if not value:
                raise LayerMissingRequiredConfigurationError(f"Missing required argument `{name}`")
        self._token_url = found["token_url"]
        self._form = {
            "grant_type": "client_credentials",
            "client_id": found["client_id"],
            "client_secret": found["client_secret"],
        }
        scope = scope or environment.get("LAYER_OIDC_SCOPE")
        if scope:
            self._form["scope"] = scope
        self._transport = transport(http_session, seconds(http_timeout, environment, "LAYER_OIDC_TIMEOUT"))
        self._authorization = ""
        self._stale_at_s = 0.0

    def get_headers(self) -> dict[str, str]:
        """The header with the token, which is asked for if need be.

        Raises LayerAuthError (refused, or no token in the answer), LayerHTTPError and LayerRequestError.
        """
        with _lock:
            if not self._authorization or clock.monotonic_s() >= self._stale_at_s:
                self._authorization, life_s = self._ask()
                self._stale_at_s = clock.monotonic_s() + life_s - min(_MARGIN_S, life_s * _MARGIN_SHARE)
            return {"Authorization": self._authorization}

    def forget(self, authorization: str) -> None:
        """A server refused this header: ask for another token next time, if it is still the one that is kept."""
        with _lock:
            if self._authorization == authorization:
                self._authorization = ""

    def _ask(self) -> tuple[str, float]:
        """The header, and the seconds that it holds for."""
        try:
            answer = self._transport.send(self._token_url, _FORM, self._form)
        except Unanswered as error:
            raise LayerRequestError(f"Failed request to refresh token: {error}") from error
        if answer.status in (401, 403):
            raise LayerAuthError(f"Failed to refresh token {answer.status}: {answer.text}")
        if answer.status != 200:
            raise LayerHTTPError("Failed request refresh token", answer.status, answer.text)
        return _read(answer)


def _read(answer: Answer) -> tuple[str, float]:
    try:
        told: Any = msgspec.json.decode(answer.body)
        token = str(told["access_token"] or "")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError, TypeError) as error:
        raise LayerAuthError(f"the token server's answer holds no access_token: {type(error).__name__}") from error
    if not token:
        raise LayerAuthError("the token server's answer holds an empty access_token")
    try:
        life_s = float(told.get("expires_in") or "inf")
    except (TypeError, ValueError):
        life_s = float("inf")
    return f"{told.get('token_type') or 'Bearer'} {token}", life_s if life_s > 0 else float("inf")
