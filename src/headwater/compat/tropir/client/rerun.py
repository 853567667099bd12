"""`tropir.rerun`: running a program again with other values, said in the program itself.

Its sessions are those of `tropir.session_utils`; the old module's could not be entered. Who is in a rerun and who is
not, each thread and task knows for itself.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from functools import wraps
from typing import Any

from headwater.compat.tropir.client.address import get_default_metadata_endpoint as get_default_metadata_endpoint
from headwater.compat.tropir.client.sessions import SessionManager as SessionManager
from headwater.compat.tropir.client.sessions import begin_session as begin_session
from headwater.compat.tropir.client.sessions import get_session_id as get_session_id
from headwater.compat.tropir.client.sessions import get_session_name as get_session_name
from headwater.compat.tropir.client.sessions import session as session
from headwater.compat.tropir.client.stays import rerun_here
from headwater.compat.tropir.client.values import note_variable, rerun_prompt

_variables: ContextVar[dict[str, Any]] = ContextVar("headwater_tropir_state", default={})  # noqa: B039 - never written to


class TropirExecutionMode(Enum):
    """How the program runs: by itself, or again with values of a rerun."""

    REGULAR = "regular"
    TROPIR = "tropir"


class TropirStateManager:
    """In which mode this thread or task runs, and with what values. There is one state, whoever asks."""

    @property
    def mode(self) -> TropirExecutionMode:
        """How this thread or task runs."""
        return TropirExecutionMode.TROPIR if self.is_tropir_mode else TropirExecutionMode.REGULAR

    @property
    def is_tropir_mode(self) -> bool:
        """Whether it is a rerun."""
        return bool(rerun_here.get())

    def enter_tropir_mode(self, rerun_session_id: str, state_variables: dict[str, Any]) -> None:
        """Be in a rerun from here on: all is told to its session."""
        rerun_here.set(rerun_session_id)
        _variables.set(dict(state_variables))

    def exit_tropir_mode(self) -> None:
        """Be in no rerun."""
        rerun_here.set("")
        _variables.set({})

    def get_state_variable(self, key: str, default: Any = None) -> Any:
        """The rerun's value, or the default where it has none."""
        return _variables.get().get(key, default)

    def set_metadata_instrumentation(self, key: str, value: Any, metadata_type: str = "auto") -> None:
        """Tell a value with the session, for a rerun to know; a rerun's own values are not told again."""
        if not self.is_tropir_mode:
            note_variable(key, value)


_state = TropirStateManager()


@contextmanager
def tropir_rerun_context(rerun_session_id: str, state_variables: dict[str, Any]) -> Generator[TropirStateManager]:
    """Run a block as a rerun, with these values in the place of the program's own."""
    before = rerun_here.get(), _variables.get()
    _state.enter_tropir_mode(rerun_session_id, state_variables)
    try:
        yield _state
    finally:
        rerun_here.set(before[0])
        _variables.set(before[1])


def tropir_variable(key: str, default_value: Any = None, metadata_type: str = "input") -> Any:
    """A value by name: the default, or a rerun's. Of a function (or as a decorator, without a default) its results."""

    def replaced(own: Any) -> Any:
        if callable(own):
            return _function(key, own, metadata_type)
        if not _state.is_tropir_mode:
            _state.set_metadata_instrumentation(key, own, metadata_type)
        return _state.get_state_variable(key, own)

    return replaced if default_value is None else replaced(default_value)


def tropir_prompt(prompt_id: str, default_prompt: str = "") -> str:
    """A prompt by id: the default, or in a rerun what TROPIR_PROMPTS holds for it."""
    return rerun_prompt(prompt_id, default_prompt)


def _function(key: str, function: Callable[..., Any], metadata_type: str) -> Callable[..., Any]:
    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        told = _state.get_state_variable(key)
        if told is not None:
            return told
        value = function(*args, **kwargs)
        _state.set_metadata_instrumentation(key, value, metadata_type)
        return value

    return run


def example_rag_pipeline() -> str:
    """A pipeline whose inputs a rerun may replace."""
    user_id = tropir_variable("user_id", "default_user_123", "input")
    question = tropir_variable("user_question", "What is the weather?", "input")
    prompt = tropir_prompt("rag_system_prompt", f"You are a helpful assistant answering user {user_id}'s question.")
    response = f"Hello User_{user_id}, regarding your question {question!r}: [AI response]"
    with session("rag_pipeline") as current:
        told = {"user_id": user_id, "question": question, "response": response, "prompt_used": prompt}
        current.add_step(told, "rag_response")
    return response


def example_rerun_execution() -> str:
    """The same pipeline, run again with other inputs."""
    with tropir_rerun_context("rerun_12345", {"user_id": "user_456", "user_question": "What's the capital of France?"}):
        return example_rag_pipeline()
