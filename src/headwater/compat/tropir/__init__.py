"""Tropir: its old names for a program, and its old wires for the server.

In:  `tropir`'s sessions, steps and prompts, from a program that calls them or from the old package over HTTP.
Out: spans and calls of a session.
Rule 1: `door` is the server's side and `api` the client's; neither loads the other. The names below are the client's.
Rule 2: a session goes by the sender's own id, and `session.name` in the metadata is its name.
"""

# Type checkers take a variable of this name for true; a program that only looks is spared the import of `typing`.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from headwater.compat.tropir.api import SessionAwareProcessPoolExecutor as SessionAwareProcessPoolExecutor
    from headwater.compat.tropir.api import SessionAwareThreadPoolExecutor as SessionAwareThreadPoolExecutor
    from headwater.compat.tropir.api import SessionManager as SessionManager
    from headwater.compat.tropir.api import Span as Span
    from headwater.compat.tropir.api import TropirLLMCall as TropirLLMCall
    from headwater.compat.tropir.api import apply_session_context as apply_session_context
    from headwater.compat.tropir.api import begin_session as begin_session
    from headwater.compat.tropir.api import capture_async_session_context as capture_async_session_context
    from headwater.compat.tropir.api import clear_session_id as clear_session_id
    from headwater.compat.tropir.api import (
        create_local_rerun_script_with_modifications as create_local_rerun_script_with_modifications,
    )
    from headwater.compat.tropir.api import create_rerun_script as create_rerun_script
    from headwater.compat.tropir.api import end_session as end_session
    from headwater.compat.tropir.api import ensure_pipeline_trace_exists as ensure_pipeline_trace_exists
    from headwater.compat.tropir.api import export_session_data as export_session_data
    from headwater.compat.tropir.api import get_all_llm_call_mappings as get_all_llm_call_mappings
    from headwater.compat.tropir.api import get_current_span as get_current_span
    from headwater.compat.tropir.api import get_default_metadata_endpoint as get_default_metadata_endpoint
    from headwater.compat.tropir.api import get_llm_call_context as get_llm_call_context
    from headwater.compat.tropir.api import get_session_id as get_session_id
    from headwater.compat.tropir.api import get_session_name as get_session_name
    from headwater.compat.tropir.api import get_session_summary as get_session_summary
    from headwater.compat.tropir.api import get_stored_span_metadata as get_stored_span_metadata
    from headwater.compat.tropir.api import prepare_request_headers as prepare_request_headers
    from headwater.compat.tropir.api import print_prompt_mapping_status as print_prompt_mapping_status
    from headwater.compat.tropir.api import print_session_summary as print_session_summary
    from headwater.compat.tropir.api import session as session
    from headwater.compat.tropir.api import set_session_id as set_session_id
    from headwater.compat.tropir.api import tropir_llm_call as tropir_llm_call
    from headwater.compat.tropir.api import tropir_prompt as tropir_prompt
    from headwater.compat.tropir.api import tropir_register_prompt_param as tropir_register_prompt_param
    from headwater.compat.tropir.api import tropir_variable as tropir_variable


def __getattr__(name: str) -> "Any":
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("headwater.compat.tropir.api"), name)
