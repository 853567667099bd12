"""Every public name that Tropir ever documented or published is there and can be called as it could be.

Signatures are those of the published packages (2.0.2, whose README it still is, 2.1.4 and 2.4), without annotations.
"""

import importlib
import inspect
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.house.tree import TREE

_README = {
    "clear_session_id": "()",
    "get_session_id": "()",
    "prepare_request_headers": "(headers)",
    "set_session_id": "(session_id)",
}
_2_1_4 = {
    "SessionAwareProcessPoolExecutor": "(*args, **kwargs)",
    "SessionAwareProcessPoolExecutor.shutdown": "(self, wait=True, cancel_futures=False)",
    "SessionAwareProcessPoolExecutor.submit": "(self, fn, *args, **kwargs)",
    "SessionAwareThreadPoolExecutor": "(*args, **kwargs)",
    "SessionAwareThreadPoolExecutor.shutdown": "(self, wait=True, cancel_futures=False)",
    "SessionAwareThreadPoolExecutor.submit": "(self, fn, *args, **kwargs)",
    "SessionManager": "(session_name=None)",
    "SessionManager.add_step": "(self, data, step_name=None)",
    "apply_session_context": "(context_dict)",
    "begin_session": "(session_name_or_func=None)",
    "capture_async_session_context": "()",
    "clear_session_id": "()",
    "end_session": "(session_name=None)",
    "get_default_metadata_endpoint": "()",
    "get_session_id": "()",
    "get_session_name": "()",
    "session": "(session_name=None)",
    "set_session_id": "(session_id, session_name=None)",
}
_2_4 = {
    "Span": "(session_id, session_name=None)",
    "Span.add": "(self, key, value)",
    "Span.get_metadata": "(self)",
    "TropirLLMCall": "(call_name=None, model=None, **kwargs)",
    "TropirLLMCall.add_llm_call": "(self, log_id, messages=None, **kwargs)",
    "TropirLLMCall.set_response": "(self, response)",
    "create_local_rerun_script_with_modifications": "(session_id, modified_variables=None, modified_prompts=None,"
    " startup_command='python main.py', output_file=None)",
    "create_rerun_script": "(session_id=None, session_name=None, output_file=None, modified_variables=None,"
    " modified_prompts=None, startup_command=None, local_mode=True)",
    "ensure_pipeline_trace_exists": "(session_id=None, user_id=None)",
    "export_session_data": "(session_id=None, session_name=None)",
    "get_all_llm_call_mappings": "(session_id=None)",
    "get_current_span": "()",
    "get_llm_call_context": "(call_id=None)",
    "get_session_summary": "(session_id=None)",
    "get_stored_span_metadata": "(session_id, cleanup=True)",
    "print_prompt_mapping_status": "(session_id=None)",
    "print_session_summary": "(session_id=None)",
    "tropir_llm_call": "(call_name=None, model=None, **kwargs)",
    "tropir_prompt": "(prompt_id, default_prompt, role=None)",
    "tropir_register_prompt_param": "(prompt_text, prompt_id=None, role=None)",
    "tropir_variable": "(key, value)",
}
_RERUN = {
    "SessionManager": "(session_name=None)",
    "SessionManager.add_step": "(self, data, step_name=None)",
    "TropirExecutionMode.REGULAR.value": "'regular'",
    "TropirExecutionMode.TROPIR.value": "'tropir'",
    "TropirStateManager": "()",
    "TropirStateManager.enter_tropir_mode": "(self, rerun_session_id, state_variables)",
    "TropirStateManager.exit_tropir_mode": "(self)",
    "TropirStateManager.get_state_variable": "(self, key, default=None)",
    "TropirStateManager.is_tropir_mode": "property",
    "TropirStateManager.mode": "property",
    "TropirStateManager.set_metadata_instrumentation": "(self, key, value, metadata_type='auto')",
    "begin_session": "(session_name_or_func=None)",
    "example_rag_pipeline": "()",
    "example_rerun_execution": "()",
    "get_default_metadata_endpoint": "()",
    "get_session_id": "()",
    "get_session_name": "()",
    "session": "(session_name=None)",
    "tropir_prompt": "(prompt_id, default_prompt='')",
    "tropir_rerun_context": "(rerun_session_id, state_variables)",
    "tropir_variable": "(key, default_value=None, metadata_type='input')",
}


@pytest.fixture(scope="module")
def old_names() -> Iterator[None]:
    """The second distribution's modules can be imported."""
    folder = str(TREE / "distributions" / "headwater-compat" / "src")
    sys.path.insert(0, folder)
    yield
    sys.path.remove(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] == "tropir"]:
        del sys.modules[name]


@pytest.mark.usefixtures("old_names")
@pytest.mark.parametrize(
    ("module", "names"),
    [("session_utils", _2_1_4), ("session_utils", _2_4), ("rerun", _RERUN)],
    ids=["2.1.4", "2.4", "2.4 rerun"],
)
def test_every_published_name_has_its_signature(module: str, names: dict[str, str]):
    found = importlib.import_module(f"tropir.{module}")
    assert {name: _shown(_at(found, name)) for name in names} == names


@pytest.mark.usefixtures("old_names")
def test_every_name_of_the_readme_can_be_called_as_it_says():
    found = importlib.import_module("tropir.session_utils")
    for name, signature in _README.items():
        wanted = [each.strip() for each in signature.strip("()").split(",") if each]
        inspect.signature(_at(found, name)).bind(*wanted)


@pytest.mark.usefixtures("old_names")
def test_a_name_that_never_was_is_no_name():
    found = importlib.import_module("headwater.compat.tropir")
    for name in ("never_was", "__never_was__"):
        with pytest.raises(AttributeError):
            getattr(found, name)


def _at(found: Any, name: str) -> Any:
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _shown(value: Any) -> str:
    if isinstance(value, property):
        return "property"
    if not callable(value):
        return repr(value)
    signature = inspect.signature(value)
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))
