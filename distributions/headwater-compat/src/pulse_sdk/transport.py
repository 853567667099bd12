"""Sending traces and spans oneself."""

from headwater.compat.pulse_sdk.api_told import DEFAULT_TIMEOUT as DEFAULT_TIMEOUT
from headwater.compat.pulse_sdk.api_told import send_spans as send_spans
from headwater.compat.pulse_sdk.api_told import send_traces as send_traces
