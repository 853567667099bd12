"""Reruns: values of another run in the place of the program's own."""

import pytest

from headwater.compat import tropir
from headwater.compat.tropir.client import rerun
from tests.receiving import Receiver

pytestmark = pytest.mark.usefixtures("receiver")


def test_within_a_rerun_its_values_stand_and_all_is_told_to_its_session(receiver: Receiver):
    with rerun.tropir_rerun_context("rerun-1", {"user_id": "u9"}) as state:
        assert (state.mode, state.is_tropir_mode) == (rerun.TropirExecutionMode.TROPIR, True)
        assert (rerun.tropir_variable("user_id", "d"), rerun.tropir_variable("other", "d")) == ("u9", "d")
        assert (rerun.tropir_prompt("sys", "default"), rerun.get_session_id()) == ("default", "rerun-1")
        rerun.session("rr").add_step({"a": 1}, "s")
    assert (state.mode, rerun.tropir_variable("user_id", "d")) == (rerun.TropirExecutionMode.REGULAR, "d")
    span = receiver.span("s")
    assert span.session_id == "rerun-1"
    assert span.metadata == {"session.name": "rr", "is_rerun": "true", "rerun_session_id": "rerun-1"}


def test_sessions_of_the_module_can_be_entered_and_decorate(receiver: Receiver):
    @rerun.begin_session("decorated")
    def function() -> str | None:
        return rerun.get_session_name()

    with rerun.session("entered"):
        assert rerun.get_session_name() == "entered"
    assert function() == "decorated"
    assert {span.name for span in receiver.spans()} == {"entered", "decorated"}


def test_a_function_is_replaced_by_a_reruns_value():
    @rerun.tropir_variable("answer")
    def answer() -> int:
        return 1

    assert answer() == 1
    with rerun.tropir_rerun_context("r", {"answer": 42}):
        assert answer() == 42


def test_the_examples_run():
    assert "default_user_123" in rerun.example_rag_pipeline()
    assert "capital of France" in rerun.example_rerun_execution()


def test_an_environment_of_a_rerun_replaces_variables_and_prompts(receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TROPIR_RERUN_MODE", "true")
    monkeypatch.setenv("TROPIR_RERUN_SESSION_ID", "r-2")
    monkeypatch.setenv("TROPIR_ORIGINAL_SESSION_ID", "r-1")
    monkeypatch.setenv("TROPIR_STATE_VARIABLES", '{"temperature": 0.9}')
    monkeypatch.setenv("TROPIR_PROMPTS", '{"sys": "Be brief", "old": {"prompt_text": "As an object"}}')
    with tropir.session("again"):
        assert (tropir.tropir_variable("temperature", 0.1), tropir.tropir_variable("k", 1)) == (0.9, 1)
        prompts = [tropir.tropir_prompt(name, "default") for name in ("sys", "old", "other")]
    assert prompts == ["Be brief", "As an object", "default"]
    assert receiver.span("again").metadata["original_session_id"] == "r-1"
    assert {span.session_id for span in receiver.spans()} == {"r-2"}


def test_an_environment_that_cannot_be_read_leaves_the_programs_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TROPIR_RERUN_MODE", "true")
    monkeypatch.setenv("TROPIR_STATE_VARIABLES", "[1, 2")
    assert tropir.tropir_variable("k", 1) == 1
