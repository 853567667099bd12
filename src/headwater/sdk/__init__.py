"""SDK: what a program imports to be observed.

In:  a user's calls, functions, words.   Out: items for the outbox: calls, spans, scores.
Rule 1: a guest: nothing that fails here is felt in the program; only `init` raises, for an argument that cannot be.
Rule 2: on the caller's thread only references, times and ids are taken; what they mean is found out later.
Rule 3: what is current is restored only by whoever set it, and never by a token.
"""

from headwater.sdk.beginning import init as init
from headwater.sdk.client import aflush as aflush
from headwater.sdk.client import current_settings as current_settings
from headwater.sdk.client import flush as flush
from headwater.sdk.client import shutdown as shutdown
from headwater.sdk.logged import log as log
from headwater.sdk.scopes import carry as carry
from headwater.sdk.scopes import continue_from as continue_from
from headwater.sdk.scopes import defaults as defaults
from headwater.sdk.scopes import headers as headers
from headwater.sdk.scopes import session as session
from headwater.sdk.scores import score as score
from headwater.sdk.settings import SdkSettings as SdkSettings
from headwater.sdk.spans import current as current
from headwater.sdk.spans import span as span
from headwater.sdk.steps import Step as Step
from headwater.sdk.steps import StepKind as StepKind
from headwater.sdk.steps import begun as begun
from headwater.sdk.wrapping import Surrounding as Surrounding
from headwater.sdk.wrapping import wrapped as wrapped
