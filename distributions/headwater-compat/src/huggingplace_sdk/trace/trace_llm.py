"""`huggingplace_sdk.trace.trace_llm`, for Headwater."""

from headwater.compat.huggingplace_sdk import trace_llm_with_evaluation as trace_llm_with_evaluation
