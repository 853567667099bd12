"""The parts of Pulse's spans."""

from headwater.compat.pulse_sdk.api_spans import MAX_PAYLOAD_BYTES as MAX_PAYLOAD_BYTES
from headwater.compat.pulse_sdk.api_spans import PENDING_TTL_SECONDS as PENDING_TTL_SECONDS
from headwater.compat.pulse_sdk.api_spans import build_provider_span as build_provider_span
from headwater.compat.pulse_sdk.api_spans import build_tool_request_spans as build_tool_request_spans
from headwater.compat.pulse_sdk.api_spans import build_tool_result_spans as build_tool_result_spans
from headwater.compat.pulse_sdk.api_spans import compact_payload as compact_payload
from headwater.compat.pulse_sdk.api_spans import correlate_tool_results as correlate_tool_results
from headwater.compat.pulse_sdk.api_spans import parse_jsonish as parse_jsonish
from headwater.compat.pulse_sdk.api_spans import resolve_session_id as resolve_session_id
from headwater.compat.pulse_sdk.api_spans import truncate_string as truncate_string
