"""HuggingPlace: its old names for a program, and its old wires for the server.

In:  calls by HuggingPlace's names; requests of its clients.   Out: spans through the SDK; envelopes, and spans.
Rule 1: `door.py` is the server's side, `api.py` with `client/` the program's; neither is loaded with the other.
Rule 2: what a body of either vocabulary means is known once, in `interaction`, for both.
"""

# Type checkers take a variable of this name for true; importing the one of `typing` costs more than all the rest here.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from headwater.compat.huggingplace_sdk.api import DEFAULT_BASE_URL as DEFAULT_BASE_URL
    from headwater.compat.huggingplace_sdk.api import DEFAULT_TRACE_CONFIG as DEFAULT_TRACE_CONFIG
    from headwater.compat.huggingplace_sdk.api import AuthenticationError as AuthenticationError
    from headwater.compat.huggingplace_sdk.api import HuggingPlace as HuggingPlace
    from headwater.compat.huggingplace_sdk.api import HuggingPlaceSDKError as HuggingPlaceSDKError
    from headwater.compat.huggingplace_sdk.api import NetworkError as NetworkError
    from headwater.compat.huggingplace_sdk.api import RateLimitError as RateLimitError
    from headwater.compat.huggingplace_sdk.api import ServerError as ServerError
    from headwater.compat.huggingplace_sdk.api import Session as Session
    from headwater.compat.huggingplace_sdk.api import ValidationError as ValidationError
    from headwater.compat.huggingplace_sdk.api import build_trace_endpoints as build_trace_endpoints
    from headwater.compat.huggingplace_sdk.api import calculate_duration as calculate_duration
    from headwater.compat.huggingplace_sdk.api import create_error_from_response as create_error_from_response
    from headwater.compat.huggingplace_sdk.api import create_sender as create_sender
    from headwater.compat.huggingplace_sdk.api import generate_id as generate_id
    from headwater.compat.huggingplace_sdk.api import get_current_timestamp as get_current_timestamp
    from headwater.compat.huggingplace_sdk.api import get_trace_config as get_trace_config
    from headwater.compat.huggingplace_sdk.api import load_config as load_config
    from headwater.compat.huggingplace_sdk.api import log_interaction as log_interaction
    from headwater.compat.huggingplace_sdk.api import main as main
    from headwater.compat.huggingplace_sdk.api import print_help as print_help
    from headwater.compat.huggingplace_sdk.api import send_trace as send_trace
    from headwater.compat.huggingplace_sdk.api import test_connection as test_connection
    from headwater.compat.huggingplace_sdk.api import trace_llm_with_evaluation as trace_llm_with_evaluation
    from headwater.compat.huggingplace_sdk.api import trace_multi_step_flow as trace_multi_step_flow
    from headwater.compat.huggingplace_sdk.api import trace_step as trace_step
    from headwater.compat.huggingplace_sdk.api import validate_config as validate_config
    from headwater.compat.huggingplace_sdk.api import validate_log_options as validate_log_options
    from headwater.compat.huggingplace_sdk.api import validate_step_data as validate_step_data


def __getattr__(name: str) -> "Any":
    if name.startswith("_") or name in ("api", "client", "door", "interaction", "stored", "traced"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # a server has no use for these names

    return getattr(import_module("headwater.compat.huggingplace_sdk.api"), name)
