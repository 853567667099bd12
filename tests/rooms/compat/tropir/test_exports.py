"""What the program may ask about a session, and scripts that are made of it."""

import os
from pathlib import Path

import pytest

from headwater.compat import tropir

pytestmark = pytest.mark.usefixtures("receiver")


@pytest.fixture
def used() -> str:
    """A session that used a variable and a prompt."""
    with tropir.session("used") as session:
        tropir.tropir_variable("temperature", 0.7)
        tropir.tropir_prompt("sys", "Be kind", role="system")
    return str(session.session_id)


def test_an_export_holds_variables_prompts_and_where_it_ran(used: str):
    told = tropir.export_session_data(used)
    assert (told["session_id"], told["session_name"], told["rerun_mode"]) == (used, "used", False)
    assert told["variables"] == {"temperature": 0.7}
    prompt = told["prompts"]["sys"]
    assert (prompt["prompt_text"], prompt["prompt_hash"], prompt["role"]) == ("Be kind", "7a09de49", "system")
    assert list(told["execution_context"]["system"]) == ["python_version", "platform", "script_name"]


def test_a_session_nobody_knows_has_used_nothing():
    told = tropir.export_session_data("unknown")
    assert (told["session_name"], told["variables"], told["prompts"]) == (None, {}, {})
    assert tropir.get_stored_span_metadata("unknown") == {}
    assert tropir.get_all_llm_call_mappings("unknown") == {}


def test_summaries_are_printed_by_the_functions_that_say_so(used: str, capsys: pytest.CaptureFixture[str]):
    tropir.print_session_summary(used)
    tropir.print_prompt_mapping_status(used)
    assert capsys.readouterr().out.splitlines() == [
        f"Session used ({used})",
        "  1 variables: temperature",
        "  1 prompts: sys",
        f"Session {used}: 1 prompts",
        "  sys (hash 7a09de49, used as number 1)",
    ]
    assert tropir.get_session_summary(used)["variable_count"] == 1


def test_no_name_or_value_can_break_out_of_a_script():
    with tropir.session("x\nrm -rf ~ #") as session:
        tropir.tropir_variable("q", "'; rm -rf ~; '")
    script = tropir.create_local_rerun_script_with_modifications(str(session.session_id), {"n": 1}, {"p": "$(id)"})
    lines = script.splitlines()
    assert len(lines) == 9
    assert lines[1] == f"# Runs a session again, with values of its own: xrm -rf   {session.session_id}"
    assert lines[6:] == [
        """export TROPIR_STATE_VARIABLES='{"q": "'"'"'; rm -rf ~; '"'"'", "n": 1}'""",
        """export TROPIR_PROMPTS='{"p": "$(id)"}'""",
        "python main.py",
    ]


def test_a_script_for_another_place_runs_what_it_is_given(used: str):
    script = tropir.create_rerun_script(used, local_mode=False)
    assert script.endswith('python "$@"\n')
    assert f"TROPIR_RERUN_SESSION_ID={used}\n" in script


def test_what_is_no_json_and_where_nothing_can_be_written_raise_nothing(used: str, tmp_path: Path):
    ring: list[object] = []
    ring.append(ring)
    script = tropir.create_rerun_script(used, modified_variables={"ring": ring, "path": os})
    assert "TROPIR_STATE_VARIABLES='{}'" in script
    assert tropir.create_rerun_script(used, output_file=str(tmp_path / "no" / "such" / "folder.sh")) != ""


def test_there_is_nothing_to_make_before_a_session_can_be_told_to():
    assert tropir.ensure_pipeline_trace_exists("any", "somebody") is True
