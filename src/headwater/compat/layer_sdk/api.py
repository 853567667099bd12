"""Layer's client side: `layer`, and every name of its package. How it is made stands in `client`."""

from headwater.compat.layer_sdk.client.auth import AuthProvider as AuthProvider
from headwater.compat.layer_sdk.client.auth import OIDCClientCredentials as OIDCClientCredentials
from headwater.compat.layer_sdk.client.client import Client as Client
from headwater.compat.layer_sdk.client.exceptions import LayerAlreadyInitializedError as LayerAlreadyInitializedError
from headwater.compat.layer_sdk.client.exceptions import LayerAuthError as LayerAuthError
from headwater.compat.layer_sdk.client.exceptions import LayerFirewallException as LayerFirewallException
from headwater.compat.layer_sdk.client.exceptions import LayerFirewallHTTPError as LayerFirewallHTTPError
from headwater.compat.layer_sdk.client.exceptions import LayerFirewallRequestError as LayerFirewallRequestError
from headwater.compat.layer_sdk.client.exceptions import LayerFirewallSessionBlocked as LayerFirewallSessionBlocked
from headwater.compat.layer_sdk.client.exceptions import LayerHTTPError as LayerHTTPError
from headwater.compat.layer_sdk.client.exceptions import (
    LayerMissingRequiredConfigurationError as LayerMissingRequiredConfigurationError,
)
from headwater.compat.layer_sdk.client.exceptions import LayerRequestError as LayerRequestError
from headwater.compat.layer_sdk.client.exceptions import LayerRequestPreparationError as LayerRequestPreparationError
from headwater.compat.layer_sdk.client.exceptions import LayerSchemaValidationError as LayerSchemaValidationError
from headwater.compat.layer_sdk.client.exceptions import LayerSDKException as LayerSDKException
from headwater.compat.layer_sdk.client.platform import OtherPlatform as OtherPlatform
from headwater.compat.layer_sdk.client.platform import Platform as Platform
from headwater.compat.layer_sdk.client.platform import get_platform as get_platform
from headwater.compat.layer_sdk.client.schemas import ApplicationCreationRequest as ApplicationCreationRequest
from headwater.compat.layer_sdk.client.schemas import ApplicationCreationResponse as ApplicationCreationResponse
from headwater.compat.layer_sdk.client.schemas import FirewallLookupDecision as FirewallLookupDecision
from headwater.compat.layer_sdk.client.schemas import FirewallLookupResponseContext as FirewallLookupResponseContext
from headwater.compat.layer_sdk.client.schemas import (
    FirewallLookupResponseContextViolatedPolicy as FirewallLookupResponseContextViolatedPolicy,
)
from headwater.compat.layer_sdk.client.schemas import FirewallSessionLookupResponse as FirewallSessionLookupResponse
from headwater.compat.layer_sdk.client.schemas import SessionActionError as SessionActionError
from headwater.compat.layer_sdk.client.schemas import SessionActionKind as SessionActionKind
from headwater.compat.layer_sdk.client.schemas import SessionActionRequest as SessionActionRequest
from headwater.compat.layer_sdk.client.schemas import SessionActionScanner as SessionActionScanner
from headwater.compat.layer_sdk.client.schemas import SessionRequest as SessionRequest

layer = Client()
"""The client of this process."""
