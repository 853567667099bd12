"""`huggingplace_sdk.trace.config`, for Headwater."""

from headwater.compat.huggingplace_sdk import DEFAULT_BASE_URL as DEFAULT_BASE_URL
from headwater.compat.huggingplace_sdk import DEFAULT_TRACE_CONFIG as DEFAULT_TRACE_CONFIG
from headwater.compat.huggingplace_sdk import build_trace_endpoints as build_trace_endpoints
from headwater.compat.huggingplace_sdk import get_trace_config as get_trace_config
