"""Layer's client: one for the process, `layer`."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple, Self, TypeVar
from uuid import UUID

from headwater import sdk
from headwater.compat.layer_sdk.client.asking import VERSION, Asking
from headwater.compat.layer_sdk.client.auth import AuthProvider
from headwater.compat.layer_sdk.client.configuration import (
    Configuration,
    configuration_from,
    process_environment,
)
from headwater.compat.layer_sdk.client.decorators import as_action, in_session, new_session_id
from headwater.compat.layer_sdk.client.exceptions import (
    LayerAlreadyInitializedError,
    LayerMissingRequiredConfigurationError,
    LayerRequestPreparationError,
)
from headwater.compat.layer_sdk.client.firewall import Firewall
from headwater.compat.layer_sdk.client.locking import Lock
from headwater.compat.layer_sdk.client.platform import Platform, platform_session_attributes
from headwater.compat.layer_sdk.client.schemas import (
    FirewallSessionLookupResponse,
    SessionActionKind,
    SessionActionRequest,
    SessionRequest,
)
from headwater.compat.layer_sdk.client.transport import HttpSession, transport
from headwater.errors import HeadwaterError
from headwater.sdk.instrument import instrument, sessions_from_headers

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")

_HEADERS = ("X-Layer-Session-Id", "Layer-Session-Id")
_KEY_HEADER = "X-Headwater-Key"
_VENDORS = ("openai", "anthropic")

_lock = Lock()


class _Begun(NamedTuple):
    """What `init` made. `firewall` is None where nobody is to be stopped."""

    configuration: Configuration
    asking: Asking
    firewall: Firewall | None
    attributes: dict[str, str]


class Client:
    """Layer's client. There is one in a process, however often it is made; `layer` is it."""

    _only: ClassVar["Client | None"] = None
    _begun: _Begun | None = None
    _application_id: str = ""

    def __new__(cls) -> Self:
        with _lock:
            if cls._only is None:
                cls._only = super().__new__(cls)
            return cls._only  # pyright: ignore[reportReturnType]

    def init(
        self,
        *,
        base_url: str | None = None,
        application_id: str | UUID | None = None,
        application_name: str | None = None,
        environment: str | None = None,
        auth_provider: AuthProvider | None = None,
        http_session: HttpSession | None = None,
        http_timeout: float | None = None,
        platform: Platform | None = None,
        disabled_instrumentors: Sequence[str] | None = None,
        firewall_base_url: str | None = None,
        enable_firewall_instrumentation: bool | None = False,
        disable_instrumentations: Sequence[str] | None = None,
        firewall_fail_closed: bool | None = None,
    ) -> None:
        """Say where the server is and what this program is called there; once.

        What is not given is taken from LAYER_BASE_URL, LAYER_APPLICATION_ID, LAYER_APPLICATION_NAME,
        LAYER_ENVIRONMENT, LAYER_HTTP_TIMEOUT or LAYER_TIMEOUT (seconds, 10), LAYER_FIREWALL_BASE_URL and
        LAYER_FIREWALL_FAIL_CLOSED; the address also from where Headwater's SDK has it. An application that is only
        named is looked up, or made, when its id is first needed. With `enable_firewall_instrumentation`, actions and
        calls to models that belong to a session are let through by the firewall only; `firewall_fail_closed` says that
        they are stopped also while it gives no decision.

        Raises LayerAlreadyInitializedError and LayerMissingRequiredConfigurationError.
        """
        given = locals()
        with _lock:
            if self._begun is not None:
                raise LayerAlreadyInitializedError("Layer SDK already initialized")
            configuration = _configured(given)
            sender = transport(http_session, configuration.http_timeout)
            asking = Asking(configuration, sender, auth_provider, _own_headers())
            firewall = Firewall(asking, configuration.is_firewall_closed) if configuration.is_firewall_asked else None
            attributes = platform_session_attributes(VERSION, platform=platform, environment=process_environment())
            if configuration.environment:
                attributes["environment"] = configuration.environment
            self._application_id = configuration.application_id
            self._begun = _Begun(configuration, asking, firewall, attributes)
        disabled = (*(disabled_instrumentors or ()), *(disable_instrumentations or ()))
        self._instrument({name.lower() for name in disabled})

    def list_applications(self) -> list[dict[str, Any]]:
        """All applications: their `name`, `id` and what else the server says.

        Raises LayerRequestError, LayerHTTPError and what the AuthProvider raises.
        """
        return self._ready().asking.applications()

    def get_applications_by_name(self) -> dict[str, str]:
        """The ids of all applications by their names. Raises as `list_applications`."""
        return {str(each.get("name")): str(each.get("id")) for each in self.list_applications()}

    def create_application(self) -> str:
        """Make an application of the name that `init` was given; returns its id. Raises as `list_applications`."""
        ready = self._ready()
        if not ready.configuration.application_name:
            raise LayerMissingRequiredConfigurationError("Application name must be provided")
        return ready.asking.create_application(ready.configuration.application_name)

    def create_session(self, **kwargs: Any) -> str:
        """Begin a session, by the fields of `SessionRequest` (`attributes`, `session_id`, `actions`, `start_time`,
        `end_time`); returns its id.

        An id is made here where none is given, so that a request that is sent again begins no second session. Raises
        LayerSchemaValidationError, LayerRequestPreparationError, LayerRequestError, LayerHTTPError and what the
        AuthProvider raises.
        """
        ready = self._ready()
        try:
            request = SessionRequest(application_id=self._application(), **kwargs)
            # The program's own words win over what is said of every session.
            request.attributes = {**ready.attributes, **(request.attributes or {})}
        except TypeError as error:
            raise LayerRequestPreparationError(str(error)) from error
        request.session_id = request.session_id or new_session_id()
        return ready.asking.create_session(request)

    def append_action(self, session_id: str | UUID, **kwargs: Any) -> None:
        """Add an action to a session, by the fields of `SessionActionRequest`.

        Raises LayerRequestPreparationError, LayerRequestError, LayerHTTPError, what the AuthProvider raises, and
        LayerFirewallSessionBlocked where the firewall is asked and says so.
        """
        ready = self._ready()
        try:
            request = SessionActionRequest(**kwargs)
        except TypeError as error:
            raise LayerRequestPreparationError(str(error)) from error
        self._admit(str(session_id))
        ready.asking.append_action(str(session_id), request)

    def firewall_session_lookup(self, session_id: str | UUID) -> FirewallSessionLookupResponse:
        """What the firewall says of a session; nothing is stopped by asking.

        Raises LayerMissingRequiredConfigurationError without a `firewall_base_url`, LayerFirewallRequestError,
        LayerFirewallHTTPError and what the AuthProvider raises.
        """
        ready = self._ready()
        if not ready.configuration.firewall_base_url:
            raise LayerMissingRequiredConfigurationError("Firewall base URL must be provided")
        return ready.asking.firewall_session(str(session_id))

    def session(
        self, *, session_id: str | UUID | None = None, attributes: dict[str, Any] | None = None
    ) -> Callable[[Callable[..., R]], Callable[..., R]]:
        """Have each run of a function be a session, whose id it gets as `session_id` if it has such a parameter.

        Everything recorded within belongs to it. Functions of every sort; never raises.
        """
        return lambda function: in_session(function, session_id, attributes)

    def action(
        self, *, session_id: str | UUID, kind: SessionActionKind, attributes: dict[str, Any] | None = None
    ) -> Callable[[F], F]:
        """Have each run of a function be an action of a session.

        What it returns is the action's data, or `(data, error, scanners)`; an exception is recorded and goes on.
        Functions of every sort. Raises nothing but LayerFirewallSessionBlocked, where the firewall is asked.
        """
        return lambda function: as_action(function, session_id, kind, attributes, self._admit)

    def _ready(self) -> _Begun:
        if self._begun is None:
            raise LayerMissingRequiredConfigurationError("Layer SDK is not initialized: call layer.init(...) first")
        return self._begun

    def _application(self) -> str:
        """The application's id, which is found by its name once. Raises as `list_applications`."""
        if not self._application_id:
            with _lock:
                name = self._ready().configuration.application_name
                self._application_id = (
                    self._application_id or self.get_applications_by_name().get(name) or self.create_application()
                )
        return self._application_id

    def _admit(self, session_id: str) -> None:
        if self._begun is not None and self._begun.firewall is not None:
            self._begun.firewall.admit(session_id)

    def _instrument(self, disabled: set[str]) -> None:
        enabled = [vendor for vendor in _VENDORS if vendor not in disabled]
        if enabled:
            gate = self._admit if self._ready().firewall is not None else None
            sessions_from_headers(_HEADERS, gate)
            instrument(*enabled)


def _configured(given: dict[str, Any]) -> Configuration:
    """Read the settings, and have the SDK send where they say."""
    environment = process_environment()
    provider: AuthProvider | None = given["auth_provider"]
    base_url = given["base_url"] or environment.get("LAYER_BASE_URL")
    configuration = configuration_from(given, environment, "" if base_url else sdk.current_settings().url)
    try:
        sdk.init(
            url=configuration.base_url if base_url else None,
            headers=None if provider is None else provider.get_headers,
            environment=configuration.environment or None,
            service_name=configuration.application_name or None,
        )
    except HeadwaterError as error:
        raise LayerMissingRequiredConfigurationError(str(error)) from error
    return configuration


def _own_headers() -> dict[str, str]:
    """What the SDK shows to its server with every request, but for what it asks an AuthProvider for each time."""
    settings = sdk.current_settings()
    headers = {} if callable(settings.headers) else dict(settings.headers)
    return {**headers, **({_KEY_HEADER: settings.key} if settings.key else {})}
