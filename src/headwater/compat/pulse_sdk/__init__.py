"""Pulse: programs that use `pulse_sdk` (pulse-trace-sdk), and scripts that ask Pulse's server.

In:  traces and spans in JSON, questions; calls of the old SDK's functions.   Out: spans; Pulse's own answers.
Rule 1: an item that cannot be understood is named in the answer, and never takes its neighbours along.
Rule 2: Pulse's attributes have one reader, in `otlp`; JSON items are brought into the same names.
Rule 3: `pulse_session_id` and `pulse_metadata` never reach a provider.
"""

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from headwater.compat.pulse_sdk.api import flush_buffer as flush_buffer
    from headwater.compat.pulse_sdk.api import init_pulse as init_pulse
    from headwater.compat.pulse_sdk.api import observe as observe
    from headwater.compat.pulse_sdk.api import shutdown as shutdown
    from headwater.compat.pulse_sdk.api_types import ObserveOptions as ObserveOptions
    from headwater.compat.pulse_sdk.api_types import Provider as Provider

_ROOMS = {
    "ObserveOptions": "headwater.compat.pulse_sdk.api_types",
    "Provider": "headwater.compat.pulse_sdk.api_types",
    **dict.fromkeys(("flush_buffer", "init_pulse", "observe", "shutdown"), "headwater.compat.pulse_sdk.api"),
}


def __getattr__(name: str) -> "Any":
    room = _ROOMS.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # the server's side can do without the client's, and that without the server's

    return getattr(import_module(room), name)
