"""`huggingplace_sdk.huggingplace`, for Headwater."""

from headwater.compat.huggingplace_sdk import DEFAULT_BASE_URL as DEFAULT_BASE_URL
from headwater.compat.huggingplace_sdk import HuggingPlace as HuggingPlace
