"""`huggingplace_sdk.trace.trace_multi_step`, for Headwater."""

from headwater.compat.huggingplace_sdk import trace_multi_step_flow as trace_multi_step_flow
