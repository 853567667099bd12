"""Pulse's words."""

from headwater.compat.pulse_sdk.api_types import NormalizedResponse as NormalizedResponse
from headwater.compat.pulse_sdk.api_types import ObserveOptions as ObserveOptions
from headwater.compat.pulse_sdk.api_types import Provider as Provider
from headwater.compat.pulse_sdk.api_types import PulseConfig as PulseConfig
from headwater.compat.pulse_sdk.api_types import Span as Span
from headwater.compat.pulse_sdk.api_types import Trace as Trace
from headwater.compat.pulse_sdk.api_types import TraceStatus as TraceStatus
