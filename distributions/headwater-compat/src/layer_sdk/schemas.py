"""Layer's requests and answers."""

from headwater.compat.layer_sdk import ApplicationCreationRequest as ApplicationCreationRequest
from headwater.compat.layer_sdk import ApplicationCreationResponse as ApplicationCreationResponse
from headwater.compat.layer_sdk import FirewallLookupDecision as FirewallLookupDecision
from headwater.compat.layer_sdk import FirewallLookupResponseContext as FirewallLookupResponseContext
from headwater.compat.layer_sdk import (
    FirewallLookupResponseContextViolatedPolicy as FirewallLookupResponseContextViolatedPolicy,
)
from headwater.compat.layer_sdk import FirewallSessionLookupResponse as FirewallSessionLookupResponse
from headwater.compat.layer_sdk import SessionActionError as SessionActionError
from headwater.compat.layer_sdk import SessionActionKind as SessionActionKind
from headwater.compat.layer_sdk import SessionActionRequest as SessionActionRequest
from headwater.compat.layer_sdk import SessionActionScanner as SessionActionScanner
from headwater.compat.layer_sdk import SessionRequest as SessionRequest
