"""Layer's client, and what it takes and raises."""

from headwater.compat.layer_sdk import ApplicationCreationRequest as ApplicationCreationRequest
from headwater.compat.layer_sdk import ApplicationCreationResponse as ApplicationCreationResponse
from headwater.compat.layer_sdk import AuthProvider as AuthProvider
from headwater.compat.layer_sdk import Client as Client
from headwater.compat.layer_sdk import FirewallLookupDecision as FirewallLookupDecision
from headwater.compat.layer_sdk import FirewallSessionLookupResponse as FirewallSessionLookupResponse
from headwater.compat.layer_sdk import LayerAlreadyInitializedError as LayerAlreadyInitializedError
from headwater.compat.layer_sdk import LayerAuthError as LayerAuthError
from headwater.compat.layer_sdk import LayerFirewallException as LayerFirewallException
from headwater.compat.layer_sdk import LayerFirewallHTTPError as LayerFirewallHTTPError
from headwater.compat.layer_sdk import LayerFirewallRequestError as LayerFirewallRequestError
from headwater.compat.layer_sdk import LayerFirewallSessionBlocked as LayerFirewallSessionBlocked
from headwater.compat.layer_sdk import LayerHTTPError as LayerHTTPError
from headwater.compat.layer_sdk import LayerMissingRequiredConfigurationError as LayerMissingRequiredConfigurationError
from headwater.compat.layer_sdk import LayerRequestError as LayerRequestError
from headwater.compat.layer_sdk import LayerRequestPreparationError as LayerRequestPreparationError
from headwater.compat.layer_sdk import LayerSchemaValidationError as LayerSchemaValidationError
from headwater.compat.layer_sdk import LayerSDKException as LayerSDKException
from headwater.compat.layer_sdk import Platform as Platform
from headwater.compat.layer_sdk import SessionActionKind as SessionActionKind
from headwater.compat.layer_sdk import SessionActionRequest as SessionActionRequest
from headwater.compat.layer_sdk import SessionRequest as SessionRequest
from headwater.compat.layer_sdk import get_platform as get_platform
