"""`huggingplace_sdk.trace.sender`, for Headwater."""

from headwater.compat.huggingplace_sdk import create_sender as create_sender
from headwater.compat.huggingplace_sdk import send_trace as send_trace
