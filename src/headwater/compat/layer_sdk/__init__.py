"""Layer: its old names for a program, and its old wires for the server.

In:  calls by Layer's names; requests of Layer's clients.   Out: those requests, and spans; envelopes, and spans.
Rule 1: `door.py` is the server's side, `api.py` with `client/` the program's; neither is loaded with the other.
Rule 2: what a call by Layer's name raises is what Layer documents; everything else is felt by nobody.
"""

# Type checkers take a variable of this name for true; importing the one of `typing` costs more than all the rest here.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from headwater.compat.layer_sdk.api import ApplicationCreationRequest as ApplicationCreationRequest
    from headwater.compat.layer_sdk.api import ApplicationCreationResponse as ApplicationCreationResponse
    from headwater.compat.layer_sdk.api import AuthProvider as AuthProvider
    from headwater.compat.layer_sdk.api import Client as Client
    from headwater.compat.layer_sdk.api import FirewallLookupDecision as FirewallLookupDecision
    from headwater.compat.layer_sdk.api import FirewallLookupResponseContext as FirewallLookupResponseContext
    from headwater.compat.layer_sdk.api import (
        FirewallLookupResponseContextViolatedPolicy as FirewallLookupResponseContextViolatedPolicy,
    )
    from headwater.compat.layer_sdk.api import FirewallSessionLookupResponse as FirewallSessionLookupResponse
    from headwater.compat.layer_sdk.api import LayerAlreadyInitializedError as LayerAlreadyInitializedError
    from headwater.compat.layer_sdk.api import LayerAuthError as LayerAuthError
    from headwater.compat.layer_sdk.api import LayerFirewallException as LayerFirewallException
    from headwater.compat.layer_sdk.api import LayerFirewallHTTPError as LayerFirewallHTTPError
    from headwater.compat.layer_sdk.api import LayerFirewallRequestError as LayerFirewallRequestError
    from headwater.compat.layer_sdk.api import LayerFirewallSessionBlocked as LayerFirewallSessionBlocked
    from headwater.compat.layer_sdk.api import LayerHTTPError as LayerHTTPError
    from headwater.compat.layer_sdk.api import (
        LayerMissingRequiredConfigurationError as LayerMissingRequiredConfigurationError,
    )
    from headwater.compat.layer_sdk.api import LayerRequestError as LayerRequestError
    from headwater.compat.layer_sdk.api import LayerRequestPreparationError as LayerRequestPreparationError
    from headwater.compat.layer_sdk.api import LayerSchemaValidationError as LayerSchemaValidationError
    from headwater.compat.layer_sdk.api import LayerSDKException as LayerSDKException
    from headwater.compat.layer_sdk.api import OIDCClientCredentials as OIDCClientCredentials
    from headwater.compat.layer_sdk.api import OtherPlatform as OtherPlatform
    from headwater.compat.layer_sdk.api import Platform as Platform
    from headwater.compat.layer_sdk.api import SessionActionError as SessionActionError
    from headwater.compat.layer_sdk.api import SessionActionKind as SessionActionKind
    from headwater.compat.layer_sdk.api import SessionActionRequest as SessionActionRequest
    from headwater.compat.layer_sdk.api import SessionActionScanner as SessionActionScanner
    from headwater.compat.layer_sdk.api import SessionRequest as SessionRequest
    from headwater.compat.layer_sdk.api import get_platform as get_platform
    from headwater.compat.layer_sdk.api import layer as layer


def __getattr__(name: str) -> "Any":
    if name.startswith("_") or name in ("door", "api", "client"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # a server has no use for these names

    return getattr(import_module("headwater.compat.layer_sdk.api"), name)
