"""Every name that the old package had, in its README or in any of its versions, is there and takes what it took."""

import importlib
import inspect
from collections.abc import Callable
from typing import Any

import pytest

_STEP = (
    "trace_id=None, parent_span_id=None, user_metadata=None, org_data=None, {llm}custom_metadata=None, logs=None, "
    "attributes=None, tags=None, priority=None, status='OK', send_trace_func=None, **kwargs"
)
_LLM = _STEP.format(llm="llm_metadata=None, ")
_FLOW = _STEP.replace("parent_span_id=None, ", "").format(llm="")
NAMES = {
    "huggingplace.HuggingPlace": "config=None, *, api_key=None, org_id=None, mode=None, base_url=None, timeout=None, "
    "silent=None, **more",
    "huggingplace.HuggingPlace.log": "async self, options",
    "huggingplace.HuggingPlace.log_step": "async self, options",
    "huggingplace.HuggingPlace.start_session": "self, session_id=None, options=None",
    "huggingplace.HuggingPlace.log_with_timing": "async self, user_prompt, response_generator, options=None",
    "huggingplace.HuggingPlace.get_config": "self",
    "huggingplace.HuggingPlace.update_config": "self, new_config",
    "huggingplace.HuggingPlace.test_connection": "async self",
    "huggingplace.HuggingPlace.send_trace": "async self, trace",
    "huggingplace.HuggingPlace.trace_step": "async self, **kwargs",
    "huggingplace.HuggingPlace.trace_llm": "async self, **kwargs",
    "huggingplace.HuggingPlace.trace_multi_step_flow": "async self, **kwargs",
    "session.Session": "huggingplace, session_id, options=None",
    "session.Session.log": "async self, options",
    "session.Session.log_step": "async self, options",
    "session.Session.update_defaults": "self, metadata=None, user_meta_data=None",
    "session.Session.get_session_info": "self",
    "errors.AuthenticationError": "message='Authentication failed'",
    "errors.HuggingPlaceSDKError": "message='HuggingPlace SDK error occurred'",
    "errors.NetworkError": "message='Network error occurred'",
    "errors.RateLimitError": "message='Rate limit exceeded'",
    "errors.ServerError": "message='Server error occurred'",
    "errors.ValidationError": "message='Validation failed'",
    "errors.create_error_from_response": "status, message",
    "validation.validate_config": "config",
    "validation.validate_log_options": "options",
    "validation.validate_step_data": "step_data",
    "cli.load_config": "",
    "cli.log_interaction": "async config, data",
    "cli.main": "",
    "cli.print_help": "",
    "cli.test_connection": "async config",
    "trace.config.build_trace_endpoints": "base_url",
    "trace.config.get_trace_config": "overrides=None",
    "trace.sender.create_sender": "config=None",
    "trace.sender.send_trace": "async trace",
    "trace.trace_step.trace_step": "async step_name, func, " + _STEP.format(llm=""),
    "trace.trace_llm.trace_llm_with_evaluation": "async step_name, llm_func, "
    + _STEP.format(llm="llm_metadata=None, "),
    "trace.trace_multi_step.trace_multi_step_flow": "async flow_name, steps, " + _FLOW,
    "trace.utils.calculate_duration": "start_time, end_time=None",
    "trace.utils.generate_id": "",
    "trace.utils.get_current_timestamp": "",
}
AT_THE_TOP = (
    *("HuggingPlace", "Session", "HuggingPlaceSDKError", "AuthenticationError", "ValidationError", "NetworkError"),
    *("RateLimitError", "ServerError", "create_error_from_response", "validate_config", "validate_log_options"),
    *("validate_step_data", "__version__"),
)


def found(name: str) -> Any:
    """What a dotted name of the old package gives, by its module."""
    names = name.split(".")
    modules = 2 if names[0] == "trace" else 1
    thing: Any = importlib.import_module(".".join(["huggingplace_sdk", *names[:modules]]))
    for each in names[modules:]:
        thing = getattr(thing, each)
    return thing


def taken_by(function: Callable[..., Any]) -> str:
    """Its parameters without their types, behind `async` where it has to be awaited."""
    signature = inspect.signature(function)
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    text = str(inspect.Signature(plain))[1:-1]
    return f"async {text}".strip() if inspect.iscoroutinefunction(function) else text


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_the_old_package_takes_what_it_took(name: str):
    assert taken_by(found(name)) == NAMES[name]


def test_the_names_at_the_top_are_there():
    top = importlib.import_module("huggingplace_sdk")
    assert [name for name in AT_THE_TOP if not hasattr(top, name)] == []


@pytest.mark.parametrize("module", ["", ".trace", ".trace.config", ".huggingplace"])
def test_the_constants_are_there(module: str):
    named = importlib.import_module(f"huggingplace_sdk{module}")
    assert not module or named.DEFAULT_BASE_URL == "http://127.0.0.1:3000"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *(
            (400, "ValidationError"),
            (401, "AuthenticationError"),
            (429, "RateLimitError"),
            (404, "HuggingPlaceSDKError"),
        ),
        *((status, "ServerError") for status in (500, 502, 503, 504)),
    ],
)
def test_a_status_has_its_error(status: int, kind: str):
    error = found("errors.create_error_from_response")(status, "said")
    assert (type(error).__name__, str(error)) == (kind, "said")
    assert isinstance(error, found("errors.HuggingPlaceSDKError"))


@pytest.mark.parametrize(
    ("validate", "told"),
    [
        *(("validate_config", {}), ("validate_log_options", {}), ("validate_log_options", {"token_count": -1})),
        *(("validate_step_data", {"type": "t"}), ("validate_step_data", {})),
    ],
)
def test_what_cannot_be_is_refused_when_asked(validate: str, told: dict[str, Any]):
    with pytest.raises(found("errors.ValidationError")):
        found(f"validation.{validate}")(told)


def test_what_can_be_is_not_refused():
    found("validation.validate_log_options")({"user_prompt": "q", "token_count": 0})
    step = {"type": "t", "user_question": "q", "prompt_response": "r", "token": 1}
    found("validation.validate_step_data")(step)
