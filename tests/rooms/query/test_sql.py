"""A user's own SQL."""

import pytest
from inline_snapshot import snapshot

from headwater.errors import BadRequest
from headwater.query import Questions
from tests.rooms.query.pen import Pen


def test_sql_sees_the_projects_calls(pen: Pen) -> None:
    pen.call(1, 1, input_tokens=4)
    table = pen.write().sql("SELECT model, sum(input_tokens) AS tokens FROM calls GROUP BY model")
    assert (table.columns, table.types, table.rows, table.is_truncated) == snapshot(
        (("model", "tokens"), ("LowCardinality(String)", "Nullable(Int64)"), (("gpt-5", 4),), False)
    )


def test_sql_that_cannot_run_is_refused(pen: Pen) -> None:
    with pytest.raises(BadRequest):
        Questions(pen.store, pen.project).sql("SELECT colour FROM calls")
