"""`huggingplace_sdk.errors`, for Headwater."""

from headwater.compat.huggingplace_sdk import AuthenticationError as AuthenticationError
from headwater.compat.huggingplace_sdk import HuggingPlaceSDKError as HuggingPlaceSDKError
from headwater.compat.huggingplace_sdk import NetworkError as NetworkError
from headwater.compat.huggingplace_sdk import RateLimitError as RateLimitError
from headwater.compat.huggingplace_sdk import ServerError as ServerError
from headwater.compat.huggingplace_sdk import ValidationError as ValidationError
from headwater.compat.huggingplace_sdk import create_error_from_response as create_error_from_response
