"""`huggingplace_sdk.session`, for Headwater."""

from headwater.compat.huggingplace_sdk import Session as Session
