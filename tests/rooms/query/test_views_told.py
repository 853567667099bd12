"""What pages and tools tell of the SQL views is what the engine and the document say."""

import re

import pytest

from headwater.query import VIEWS, View
from headwater.web.pages.query_examples import EXAMPLES
from headwater.web.pages.query_table import bare_type
from tests.house.tree import TREE
from tests.rooms.query.pen import Pen


@pytest.mark.parametrize("view", VIEWS, ids=[view.name for view in VIEWS])
def test_a_view_has_the_columns_and_types_that_are_told(pen: Pen, view: View) -> None:
    table = pen.write().sql(f"SELECT * FROM {view.name} LIMIT 0")
    told = [(name, bare_type(kind)) for name, kind, _ in view.columns]
    assert told == [(name, bare_type(kind)) for name, kind in zip(table.columns, table.types, strict=True)]


def test_the_meanings_are_those_of_the_document() -> None:
    sections = re.split(r"^## ", (TREE / "docs" / "sql.md").read_text(), flags=re.MULTILINE)[1:]
    documented = {
        section.split()[0]: (section.split("\n")[2], re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE))
        for section in sections
    }
    told = {view.name: (view.what, [(name, what) for name, _, what in view.columns]) for view in VIEWS}
    assert told == documented


@pytest.mark.parametrize("name", [example.name for example in EXAMPLES])
def test_an_example_runs(pen: Pen, name: str) -> None:
    pen.call(1, 1, input_tokens=4)
    statement = next(example.sql for example in EXAMPLES if example.name == name)
    assert pen.write().sql(statement).columns
