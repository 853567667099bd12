"""Tropir's session utilities, told to Headwater."""

from headwater.compat.tropir import SessionAwareProcessPoolExecutor as SessionAwareProcessPoolExecutor
from headwater.compat.tropir import SessionAwareThreadPoolExecutor as SessionAwareThreadPoolExecutor
from headwater.compat.tropir import SessionManager as SessionManager
from headwater.compat.tropir import Span as Span
from headwater.compat.tropir import TropirLLMCall as TropirLLMCall
from headwater.compat.tropir import apply_session_context as apply_session_context
from headwater.compat.tropir import begin_session as begin_session
from headwater.compat.tropir import capture_async_session_context as capture_async_session_context
from headwater.compat.tropir import clear_session_id as clear_session_id
from headwater.compat.tropir import (
    create_local_rerun_script_with_modifications as create_local_rerun_script_with_modifications,
)
from headwater.compat.tropir import create_rerun_script as create_rerun_script
from headwater.compat.tropir import end_session as end_session
from headwater.compat.tropir import ensure_pipeline_trace_exists as ensure_pipeline_trace_exists
from headwater.compat.tropir import export_session_data as export_session_data
from headwater.compat.tropir import get_all_llm_call_mappings as get_all_llm_call_mappings
from headwater.compat.tropir import get_current_span as get_current_span
from headwater.compat.tropir import get_default_metadata_endpoint as get_default_metadata_endpoint
from headwater.compat.tropir import get_llm_call_context as get_llm_call_context
from headwater.compat.tropir import get_session_id as get_session_id
from headwater.compat.tropir import get_session_name as get_session_name
from headwater.compat.tropir import get_session_summary as get_session_summary
from headwater.compat.tropir import get_stored_span_metadata as get_stored_span_metadata
from headwater.compat.tropir import prepare_request_headers as prepare_request_headers
from headwater.compat.tropir import print_prompt_mapping_status as print_prompt_mapping_status
from headwater.compat.tropir import print_session_summary as print_session_summary
from headwater.compat.tropir import session as session
from headwater.compat.tropir import set_session_id as set_session_id
from headwater.compat.tropir import tropir_llm_call as tropir_llm_call
from headwater.compat.tropir import tropir_prompt as tropir_prompt
from headwater.compat.tropir import tropir_register_prompt_param as tropir_register_prompt_param
from headwater.compat.tropir import tropir_variable as tropir_variable
