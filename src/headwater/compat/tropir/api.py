"""The client's side of Tropir: `tropir.session_utils` by its README, by 2.1.4 and by 2.4, on the SDK.

(`tropir.rerun`, whose names are in part the same, is `client.rerun`.)
"""

from headwater.compat.tropir.client.address import get_default_metadata_endpoint as get_default_metadata_endpoint
from headwater.compat.tropir.client.calls import TropirLLMCall as TropirLLMCall
from headwater.compat.tropir.client.calls import get_all_llm_call_mappings as get_all_llm_call_mappings
from headwater.compat.tropir.client.calls import get_llm_call_context as get_llm_call_context
from headwater.compat.tropir.client.calls import tropir_llm_call as tropir_llm_call
from headwater.compat.tropir.client.calls import tropir_register_prompt_param as tropir_register_prompt_param
from headwater.compat.tropir.client.carrying import SessionAwareProcessPoolExecutor as SessionAwareProcessPoolExecutor
from headwater.compat.tropir.client.carrying import SessionAwareThreadPoolExecutor as SessionAwareThreadPoolExecutor
from headwater.compat.tropir.client.carrying import apply_session_context as apply_session_context
from headwater.compat.tropir.client.carrying import capture_async_session_context as capture_async_session_context
from headwater.compat.tropir.client.export import (
    create_local_rerun_script_with_modifications as create_local_rerun_script_with_modifications,
)
from headwater.compat.tropir.client.export import create_rerun_script as create_rerun_script
from headwater.compat.tropir.client.export import export_session_data as export_session_data
from headwater.compat.tropir.client.export import get_session_summary as get_session_summary
from headwater.compat.tropir.client.export import print_prompt_mapping_status as print_prompt_mapping_status
from headwater.compat.tropir.client.export import print_session_summary as print_session_summary
from headwater.compat.tropir.client.notes import Span as Span
from headwater.compat.tropir.client.notes import ensure_pipeline_trace_exists as ensure_pipeline_trace_exists
from headwater.compat.tropir.client.notes import get_current_span as get_current_span
from headwater.compat.tropir.client.notes import get_stored_span_metadata as get_stored_span_metadata
from headwater.compat.tropir.client.sessions import SessionManager as SessionManager
from headwater.compat.tropir.client.sessions import begin_session as begin_session
from headwater.compat.tropir.client.sessions import clear_session_id as clear_session_id
from headwater.compat.tropir.client.sessions import end_session as end_session
from headwater.compat.tropir.client.sessions import get_session_id as get_session_id
from headwater.compat.tropir.client.sessions import get_session_name as get_session_name
from headwater.compat.tropir.client.sessions import prepare_request_headers as prepare_request_headers
from headwater.compat.tropir.client.sessions import session as session
from headwater.compat.tropir.client.sessions import set_session_id as set_session_id
from headwater.compat.tropir.client.values import tropir_prompt as tropir_prompt
from headwater.compat.tropir.client.values import tropir_variable as tropir_variable
