"""What is written down agrees with what is there."""

import ast
import re
from pathlib import Path

import pytest
from typer.main import get_group

from headwater.cli.commands import app
from headwater.store.views import VIEWS
from tests.house import settings_table
from tests.house.tree import TREE, files, named, pyproject

_DOCUMENTS = [*files(TREE / "docs", ".md"), *TREE.glob("*.md")]
_LINK = re.compile(r"\[[^\]]*\]\(([^)#]+)(#[^)]*)?\)")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_every_setting_is_documented_as_it_is():
    assert settings_table.DOCUMENT.read_text() == settings_table.written(), "run `make docs`"


def test_every_setting_of_the_sdk_is_documented_as_it_is():
    assert settings_table.SDK_DOCUMENT.read_text() == settings_table.sdk_written(), "run `make docs`"
    assert [argument for argument, line in settings_table.sdk() if len(line.meaning) < 10] == []


def test_every_setting_says_what_it_does():
    lines = [line for struct in settings_table.structs() for line in settings_table.settings_of(struct)]
    assert lines
    assert [line.variable for line in lines if len(line.meaning) < 10] == []


def columns_of(sql: str) -> list[str]:
    """The names of the columns that a view selects."""
    selected = sql.partition("SELECT")[2].rpartition("FROM $database")[0]
    while "(" in selected:
        selected = re.sub(r"\([^()]*\)", "", selected)
    return [re.split(r"[\s.]", item.strip())[-1] for item in selected.split(",")]


def test_every_column_of_a_view_is_documented():
    sections = re.split(r"^## ", (TREE / "docs" / "sql.md").read_text(), flags=re.MULTILINE)[1:]
    documented = {section.split()[0]: re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) for section in sections}
    assert documented == {name: columns_of(sql) for name, sql in VIEWS.items()}


def test_every_direct_dependency_has_a_reason():
    written = (TREE / "docs" / "dependencies.md").read_text()
    rows = dict(re.findall(r"^\| `([\w.\-]+)` \|(.*)\|$", written, re.MULTILINE))
    asked = pyproject()["project"]
    wanted = [*asked["dependencies"], *(name for extra in asked["optional-dependencies"].values() for name in extra)]
    groups = pyproject()["dependency-groups"].values()
    wanted += [name for group in groups for name in group if isinstance(name, str)]
    names = {re.split(r"[\[<>=;! ]", name)[0] for name in wanted}
    assert set(rows) == names
    assert [name for name, reason in rows.items() if len(reason.strip()) < 20] == []


@pytest.mark.parametrize("document", _DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(document: Path):
    targets = [match.group(1) for match in _LINK.finditer(document.read_text())]
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", _DOCUMENTS, ids=named)
def test_every_python_example_is_python(document: Path):
    for language, code in _FENCE.findall(document.read_text()):
        if language == "python":
            ast.parse(code)


def test_every_command_of_make_that_a_document_names_is_there():
    makefile = (TREE / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    text = "\n".join(document.read_text() for document in _DOCUMENTS)
    asked = set(re.findall(r"`make ([a-z-]+)", text)) | set(re.findall(r"^make ([a-z-]+)", text, re.MULTILINE))
    assert {"demo", "test"} <= asked
    assert asked <= targets


def test_every_command_of_headwater_that_a_document_names_is_there():
    text = "\n".join(document.read_text() for document in _DOCUMENTS)
    asked = set(re.findall(r"`headwater ([a-z]+)", text)) | set(re.findall(r"^headwater ([a-z]+)", text, re.MULTILINE))
    commands = set(get_group(app).commands)
    assert "serve" in asked
    assert asked <= commands


def test_every_promise_is_held_by_tests_that_are_there():
    rows = re.findall(r"^\| (?!promise|-)(.+?) \| (.+?) \|$", (TREE / "docs" / "guest-contract.md").read_text(), re.M)
    assert rows
    missing: list[str] = []
    for promise, held_by in rows:
        path = ""
        for found, test in re.findall(r"`(tests/[\w/]+\.py)?::(test_\w+)`", held_by):
            path = found or path
            source = (TREE / path).read_text() if (TREE / path).is_file() else ""
            missing += [] if f"def {test}(" in source else [f"{path}::{test}"]
        missing += [] if path else [promise]
    assert missing == []


def test_decisions_are_numbered_and_have_their_three_parts():
    records = sorted((TREE / "docs" / "adr").glob("[0-9]*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        headings = re.findall(r"^## (\w+)", record.read_text(), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], named(record)


def test_a_change_is_told_in_one_fragment_of_a_known_kind():
    fragments = [path for path in (TREE / "changes").iterdir() if path.name != "README.md"]
    kinds = {path.suffixes[0].removeprefix(".") for path in fragments}
    assert kinds <= {"added", "changed", "fixed", "removed"}
    assert [path.name for path in fragments if not path.read_text().strip().endswith(".")] == []
