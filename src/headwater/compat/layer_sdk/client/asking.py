"""Asking: Layer's requests, one method each, and what their answers mean. Ids and decisions are the client's."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

import msgspec

from headwater.compat.layer_sdk.client.auth import AuthProvider, OIDCClientCredentials
from headwater.compat.layer_sdk.client.configuration import Configuration
from headwater.compat.layer_sdk.client.encoding import encoded
from headwater.compat.layer_sdk.client.exceptions import (
    LayerFirewallHTTPError,
    LayerFirewallRequestError,
    LayerHTTPError,
    LayerRequestError,
)
from headwater.compat.layer_sdk.client.schemas import (
    ApplicationCreationRequest,
    FirewallLookupDecision,
    FirewallLookupResponseContext,
    FirewallLookupResponseContextViolatedPolicy,
    FirewallSessionLookupResponse,
    SessionActionRequest,
    SessionRequest,
)
from headwater.compat.layer_sdk.client.transport import Answer, Transport, Unanswered

VERSION = "0.15.0"
"""The version of Layer's package whose names these are."""

_FORM = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "User-Agent": f"layer-sdk-python/{VERSION} (headwater)",
}
_UNREADABLE = (AttributeError, LookupError, RecursionError, TypeError, ValueError, msgspec.MsgspecError)
_Read = TypeVar("_Read")


class Asking:
    """Knows the addresses, and who the program is. Every method raises LayerRequestError where no answer comes,
    LayerHTTPError where it is no success, and what the AuthProvider raises."""

    def __init__(
        self,
        configuration: Configuration,
        transport: Transport,
        auth_provider: AuthProvider | None,
        own_headers: Mapping[str, str],
    ) -> None:
        """`own_headers` are what the SDK shows to its server, the key for one; they go to no other."""
        self._base_url = configuration.base_url
        self._firewall_base_url = configuration.firewall_base_url
        self._transport = transport
        self._auth_provider = auth_provider
        self._own_headers = own_headers

    def applications(self) -> list[dict[str, Any]]:
        """All applications, as the server lists them."""
        what = "list applications"
        return _told(what, self._ask(what, f"{self._base_url}/v1/applications"), _listed)

    def create_application(self, name: str) -> str:
        """Make an application; returns its id."""
        what, body = "create application", encoded(ApplicationCreationRequest(name=name, source="manual"))
        answer = self._ask(what, f"{self._base_url}/v1/applications", body)
        return _told(what, answer, lambda told: str(told["application_id"]))

    def create_session(self, request: SessionRequest) -> str:
        """Begin a session; returns its id, which is the request's own unless the server says another."""
        what = "create session"
        answer = self._ask(what, f"{self._base_url}/v1/sessions", encoded(request))
        return _told(what, answer, lambda told: str(told.get("session_id") or request.session_id))

    def append_action(self, session_id: str, request: SessionActionRequest) -> None:
        """Add an action to a session."""
        url = f"{self._base_url}/v1/sessions/{quote(session_id, safe='')}/actions"
        self._ask("append session action", url, encoded(request))

    def firewall_session(self, session_id: str, is_patient: bool = True) -> FirewallSessionLookupResponse:
        """The firewall's word on a session. Raises LayerFirewallRequestError and LayerFirewallHTTPError.

        With `is_patient` false it is asked for once, and not again when no answer comes.
        """
        what, url = "firewall session lookup", f"{self._firewall_base_url}/v1/sessions/{quote(session_id, safe='')}"
        try:
            return _told(what, self._ask(what, url, is_patient=is_patient), _decided)
        except LayerRequestError as error:
            raise LayerFirewallRequestError(str(error)) from error
        except LayerHTTPError as error:
            raise LayerFirewallHTTPError(error.message, error.status_code, error.response_data) from error

    def _ask(self, what: str, url: str, body: bytes | None = None, is_patient: bool = True) -> Answer:
        answer = self._sent(what, url, body, is_patient)
        if not 200 <= answer.status < 300:
            raise LayerHTTPError(f"Failed to {what}", answer.status, answer.text)
        return answer

    def _sent(self, what: str, url: str, body: bytes | None, is_patient: bool) -> Answer:
        provider = self._auth_provider
        own = {**self._own_headers, **_FORM} if _origin(url) == _origin(self._base_url) else _FORM
        told = provider.get_headers() if provider is not None else {}
        try:
            answer = self._transport.send(url, {**told, **own}, body, is_patient)
            if answer.status != 401 or not isinstance(provider, OIDCClientCredentials):
                return answer
            # The token was taken back, or is older than its server said.
            provider.forget(told["Authorization"])
            return self._transport.send(url, {**provider.get_headers(), **own}, body, is_patient)
        except Unanswered as error:
            raise LayerRequestError(f"Failed request to {what}: {error}") from error


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _told(what: str, answer: Answer, read: Callable[[Any], _Read]) -> _Read:
    """What an answer tells; one that tells it in no known form is an error of HTTP, as the caller has no other."""
    try:
        return read(msgspec.json.decode(answer.body or b"{}"))
    except _UNREADABLE as error:
        message = f"Failed to {what}: cannot read the answer ({error!r})"
        raise LayerHTTPError(message, answer.status, answer.text) from error


def _listed(told: Any) -> list[dict[str, Any]]:
    if not isinstance(told, list):
        raise TypeError("the answer is no list")
    return cast("list[dict[str, Any]]", told)


def _decided(told: Any) -> FirewallSessionLookupResponse:
    """A decision that is not known raises ValueError: nobody can say whether it means to stop."""
    context: dict[str, Any] = told.get("context") or {}
    violated: list[Any] | None = context.get("violated_policies")
    return FirewallSessionLookupResponse(
        session_id=told.get("session_id") or "",
        decision=FirewallLookupDecision(told["decision"]),
        context=FirewallLookupResponseContext(None if violated is None else [_policy(each) for each in violated]),
    )


def _policy(told: Any) -> FirewallLookupResponseContextViolatedPolicy:
    """Fields that Layer does not know are let go, and one that is missing is empty."""
    return FirewallLookupResponseContextViolatedPolicy(
        id=told.get("id", 0),
        name=told.get("name", ""),
        severity=told.get("severity", ""),
        action=told.get("action", ""),
    )
