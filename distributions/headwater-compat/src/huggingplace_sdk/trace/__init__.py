"""`huggingplace_sdk.trace`, for Headwater."""

from huggingplace_sdk.trace.config import DEFAULT_BASE_URL as DEFAULT_BASE_URL
from huggingplace_sdk.trace.config import DEFAULT_TRACE_CONFIG as DEFAULT_TRACE_CONFIG
from huggingplace_sdk.trace.config import build_trace_endpoints as build_trace_endpoints
from huggingplace_sdk.trace.config import get_trace_config as get_trace_config
from huggingplace_sdk.trace.sender import create_sender as create_sender
from huggingplace_sdk.trace.sender import send_trace as send_trace
from huggingplace_sdk.trace.trace_llm import trace_llm_with_evaluation as trace_llm_with_evaluation
from huggingplace_sdk.trace.trace_multi_step import trace_multi_step_flow as trace_multi_step_flow
from huggingplace_sdk.trace.trace_step import trace_step as trace_step
from huggingplace_sdk.trace.utils import calculate_duration as calculate_duration
from huggingplace_sdk.trace.utils import generate_id as generate_id
from huggingplace_sdk.trace.utils import get_current_timestamp as get_current_timestamp
