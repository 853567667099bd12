"""What Layer's calls raise.

LayerSDKException
├── LayerAlreadyInitializedError             `init` a second time
├── LayerMissingRequiredConfigurationError   `init` was not told enough, or was not called
├── LayerSchemaValidationError               a session id that is not a UUID of version 5
├── LayerRequestPreparationError             arguments that make no request
├── LayerRequestError                        no answer came
├── LayerHTTPError                           an answer that is no success
│   └── LayerFirewallHTTPError               (a LayerFirewallException as well)
├── LayerAuthError                           no token
├── LayerFirewallException
│   ├── LayerFirewallRequestError            no answer came from the firewall
│   └── LayerFirewallHTTPError               an answer of the firewall that is no decision
└── LayerFirewallSessionBlocked              the firewall says `block`
"""


class LayerSDKException(Exception):
    """Anything that Layer's names raise."""


class LayerAlreadyInitializedError(LayerSDKException):
    """`init` is called once."""


class LayerMissingRequiredConfigurationError(LayerSDKException):
    """A setting is missing, or cannot be."""


class LayerSchemaValidationError(LayerSDKException):
    """A value that Layer's schemas do not allow."""


class LayerRequestPreparationError(LayerSDKException):
    """The arguments cannot be made a request of."""


class LayerRequestError(LayerSDKException):
    """The request was not answered."""


class LayerHTTPError(LayerSDKException):
    """An answer that is no success: its `status_code`, `message` (what failed), `response_data` (its body)."""

    def __init__(self, message: str, status_code: int, response_data: str) -> None:
        self.status_code = status_code
        self.message = message
        self.response_data = response_data
        super().__init__(f"HTTP Error {status_code}: {message}\n{response_data}")

    def __reduce__(self) -> tuple[type, tuple[str, int, str]]:
        # An exception is pickled by its one text otherwise, and cannot be made again in the other process.
        return type(self), (self.message, self.status_code, self.response_data)


class LayerAuthError(LayerSDKException):
    """No token was to be had."""


class LayerFirewallException(LayerSDKException):
    """The firewall gave no decision."""


class LayerFirewallRequestError(LayerFirewallException):
    """The firewall did not answer."""


class LayerFirewallHTTPError(LayerHTTPError, LayerFirewallException):
    """The firewall's answer is no success, or holds no decision."""


class LayerFirewallSessionBlocked(LayerSDKException):
    """The firewall says that the session is to be blocked."""
