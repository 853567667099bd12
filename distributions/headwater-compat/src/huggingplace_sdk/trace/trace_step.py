"""`huggingplace_sdk.trace.trace_step`, for Headwater."""

from headwater.compat.huggingplace_sdk import trace_step as trace_step
