"""The Python examples of docs/sdk.md, run in their order as one program against a simulated provider and our server."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from headwater.simulator import Simulator
from tests.house.tree import TREE
from tests.journeys.projects import Project, make_project
from tests.serving import Server, environment, wait_until

_DOCUMENT = TREE / "docs" / "sdk.md"
_SNIPPET = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TIMEOUT_S = 90.0
# What the program of the document makes: 8 calls, the last of them logged, and 20 steps.
_SPANS = 28
_BELOW = """
    SELECT child.name, parent.name FROM spans AS child JOIN spans AS parent ON child.parent_span_id = parent.span_id
"""


class Ran:
    """The program of the document, and the project that it sent to."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project = project
        program = folder / "documented.py"
        program.write_text("\n".join(_SNIPPET.findall(_DOCUMENT.read_text())))
        with Simulator() as provider:
            settings = {
                "HEADWATER_URL": project.server.base_url,
                "HEADWATER_KEY": project.key,
                "OPENAI_BASE_URL": provider.openai_url,
                "OPENAI_API_KEY": "none",
                "PYTHONWARNINGS": "error",
            }
            self.done = subprocess.run(
                [sys.executable, program], env=environment(settings), capture_output=True, text=True, timeout=_TIMEOUT_S
            )

    def sql(self, statement: str, count: int) -> list[tuple[object, ...]]:
        """Ask until there are so many rows."""
        return wait_until(lambda: len(rows := self.project.sql(statement)) >= count and rows, 30, statement)


@pytest.fixture(scope="module")
def ran(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The documented program, run once."""
    return Ran(make_project(server, "documented"), tmp_path_factory.mktemp("documented"))


def test_every_example_runs_and_prints_only_what_it_prints_itself(ran: Ran) -> None:
    assert ran.done.stderr == ""
    assert ran.done.returncode == 0
    printed = ran.done.stdout.splitlines()
    assert len(printed) == 2, "the first answer, and what a flush tells"
    assert re.fullmatch(r"\d+ 0 \{\}", printed[1])


def test_every_call_and_step_comes_under_its_name(ran: Ran) -> None:
    rows = ran.sql("SELECT name, kind FROM spans", _SPANS)
    kinds = {str(name): kind for name, kind in rows}
    assert kinds["chat gpt-4o-mini"] == "call"
    assert kinds["pilot"] == "agent"
    assert kinds["tide_table"] == "tool"
    assert kinds["look up lights"] == "retrieval"
    assert kinds["survey"] == "chain"
    assert {"chat", "answer a guest", "ask the harbour master", "answer"} <= kinds.keys()


def test_a_call_is_below_the_step_that_made_it(ran: Ran) -> None:
    ran.sql("SELECT name FROM spans", _SPANS)
    pairs = {(child, parent) for child, parent in ran.project.sql(_BELOW)}
    assert ("chat gpt-4o-mini", "pilot") in pairs
    assert ("tide_table", "pilot") in pairs
    assert ("chat gpt-4o-mini", "chat") in pairs
    assert ("tide_table", "survey") in pairs
    assert ("answer", "ask the harbour master") in pairs


def test_a_call_has_its_tokens_and_what_was_said(ran: Ran) -> None:
    asked = "SELECT model, input_tokens, output_tokens, output FROM calls WHERE model LIKE 'gpt-4o-mini%'"
    for _, read, written, output in ran.sql(asked, 7):
        assert isinstance(read, int)
        assert isinstance(written, int)
        assert read > 0
        assert written > 0
        assert output
    assert ran.sql("SELECT input_tokens, output_tokens FROM calls WHERE model = 'tide-1'", 1) == [(12, 5)]


def test_a_session_holds_what_was_recorded_within(ran: Ran) -> None:
    rows = ran.sql("SELECT name, user_id FROM spans WHERE session_id = 'voyage-17'", 4)
    assert {str(name) for name, _ in rows} >= {"pilot", "tide_table", "chat gpt-4o-mini"}
    assert {user for _, user in rows} == {"captain-3"}
