"""Tropir's reruns, told to Headwater."""

from headwater.compat.tropir.client.rerun import SessionManager as SessionManager
from headwater.compat.tropir.client.rerun import TropirExecutionMode as TropirExecutionMode
from headwater.compat.tropir.client.rerun import TropirStateManager as TropirStateManager
from headwater.compat.tropir.client.rerun import begin_session as begin_session
from headwater.compat.tropir.client.rerun import example_rag_pipeline as example_rag_pipeline
from headwater.compat.tropir.client.rerun import example_rerun_execution as example_rerun_execution
from headwater.compat.tropir.client.rerun import get_default_metadata_endpoint as get_default_metadata_endpoint
from headwater.compat.tropir.client.rerun import get_session_id as get_session_id
from headwater.compat.tropir.client.rerun import get_session_name as get_session_name
from headwater.compat.tropir.client.rerun import session as session
from headwater.compat.tropir.client.rerun import tropir_prompt as tropir_prompt
from headwater.compat.tropir.client.rerun import tropir_rerun_context as tropir_rerun_context
from headwater.compat.tropir.client.rerun import tropir_variable as tropir_variable
