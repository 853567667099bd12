"""Who says who the program is."""

from headwater.compat.layer_sdk import AuthProvider as AuthProvider
from headwater.compat.layer_sdk import OIDCClientCredentials as OIDCClientCredentials
