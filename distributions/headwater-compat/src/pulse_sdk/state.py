"""Whether Pulse is on, and what waits to be sent."""

from headwater.compat.pulse_sdk.api_state import flush_buffer as flush_buffer
from headwater.compat.pulse_sdk.api_state import get_config as get_config
from headwater.compat.pulse_sdk.api_state import is_enabled as is_enabled
from headwater.compat.pulse_sdk.api_state import reset_state as reset_state
from headwater.compat.pulse_sdk.api_state import set_config as set_config
from headwater.compat.pulse_sdk.api_state import start_flush_worker as start_flush_worker
from headwater.compat.pulse_sdk.api_state import stop_flush_worker as stop_flush_worker
from headwater.compat.pulse_sdk.api_told import add_to_buffer as add_to_buffer
