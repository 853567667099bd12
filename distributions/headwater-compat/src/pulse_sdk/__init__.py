"""Pulse's names, of Headwater."""

from headwater.compat.pulse_sdk import ObserveOptions as ObserveOptions
from headwater.compat.pulse_sdk import Provider as Provider
from headwater.compat.pulse_sdk import flush_buffer as flush_buffer
from headwater.compat.pulse_sdk import init_pulse as init_pulse
from headwater.compat.pulse_sdk import observe as observe
from headwater.compat.pulse_sdk import shutdown as shutdown
