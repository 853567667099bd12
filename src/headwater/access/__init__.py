"""Access: who may do what. Projects, their keys, and the people who look.

In:  a presented key or a browser's cookie.   Out: a Principal, a Person, or None.
Rule 1: no secret is kept: keys, login tokens and cookies rest as SHA-256 digests, and a new key is shown once.
Rule 2: a key is asked of the catalog once in a few seconds; between, it is one look-up in memory.
Rule 3: several processes may share a catalog, and each step of it is one transaction.
"""

from headwater.access.alert_nouns import Address as Address
from headwater.access.alert_nouns import AlertRule as AlertRule
from headwater.access.alert_nouns import Channel as Channel
from headwater.access.alert_nouns import Firing as Firing
from headwater.access.alert_nouns import Standing as Standing
from headwater.access.alert_nouns import Telling as Telling
from headwater.access.alerts import Alerts as Alerts
from headwater.access.catalog import Catalog as Catalog
from headwater.access.headers import key_from_headers as key_from_headers
from headwater.access.limits import limit_in_words as limit_in_words
from headwater.access.nouns import Application as Application
from headwater.access.nouns import CredentialHeader as CredentialHeader
from headwater.access.nouns import Key as Key
from headwater.access.nouns import Limit as Limit
from headwater.access.nouns import Measure as Measure
from headwater.access.nouns import NewKey as NewKey
from headwater.access.nouns import Per as Per
from headwater.access.nouns import Person as Person
from headwater.access.nouns import Policy as Policy
from headwater.access.nouns import Principal as Principal
from headwater.access.nouns import Project as Project
from headwater.access.nouns import ProviderCredential as ProviderCredential
from headwater.access.nouns import Upstream as Upstream
from headwater.access.nouns import Window as Window
from headwater.access.outside import OutsideIssuer as OutsideIssuer
from headwater.access.own_prices import KeptPrice as KeptPrice
from headwater.access.own_prices import OwnPrices as OwnPrices
from headwater.access.reserved import RESERVED_NAMES as RESERVED_NAMES
from headwater.access.saved import Saved as Saved
from headwater.access.saved_queries import SavedQuery as SavedQuery
from headwater.access.saved_sets import SET_TRACES as SET_TRACES
from headwater.access.saved_sets import SavedSet as SavedSet
from headwater.access.saved_views import SavedView as SavedView
from headwater.access.secrets import KEY_FORMATS as KEY_FORMATS
from headwater.access.secrets import KEY_MARKS as KEY_MARKS
from headwater.access.secrets import KeyFormat as KeyFormat
from headwater.access.secrets import format_of as format_of
from headwater.access.settings import OidcSettings as OidcSettings
from headwater.access.tokens import Token as Token
from headwater.access.tokens import is_token as is_token
from headwater.access.vault import check_secret_key as check_secret_key
