"""The import names of the HuggingPlace SDK, for Headwater."""

from headwater import __version__ as __version__
from headwater.compat.huggingplace_sdk import AuthenticationError as AuthenticationError
from headwater.compat.huggingplace_sdk import HuggingPlace as HuggingPlace
from headwater.compat.huggingplace_sdk import HuggingPlaceSDKError as HuggingPlaceSDKError
from headwater.compat.huggingplace_sdk import NetworkError as NetworkError
from headwater.compat.huggingplace_sdk import RateLimitError as RateLimitError
from headwater.compat.huggingplace_sdk import ServerError as ServerError
from headwater.compat.huggingplace_sdk import Session as Session
from headwater.compat.huggingplace_sdk import ValidationError as ValidationError
from headwater.compat.huggingplace_sdk import create_error_from_response as create_error_from_response
from headwater.compat.huggingplace_sdk import validate_config as validate_config
from headwater.compat.huggingplace_sdk import validate_log_options as validate_log_options
from headwater.compat.huggingplace_sdk import validate_step_data as validate_step_data
