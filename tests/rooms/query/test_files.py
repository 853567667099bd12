"""Files: a list as Parquet holds the rows, the order and the fields of the list, each with its type."""

from pathlib import Path
from typing import Any

import pytest

from headwater.errors import BadRequest
from headwater.query import CallFilters, TraceFilters
from headwater.store import Store
from tests.rooms.query.pen import Pen, trace_id


def read_back(store: Store, data: bytes) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
    """The columns with their types, and the rows, as the engine reads the file."""
    told = {"data": data.hex()}
    described = store.select("DESCRIBE format(Parquet, unhex({data:String}))", told)
    rows = store.select("SELECT * FROM format(Parquet, unhex({data:String}))", told)
    return {str(row[0]): str(row[1]) for row in described}, [tuple(row) for row in rows]


def test_a_file_of_traces_is_the_list_with_types(pen: Pen, store: Store, tmp_path: Path):
    pen.call(1, 1, took_s=2, cost_nanousd=1_500_000_000, tags=("a", "b"))
    pen.call(2, 2, at_s=10, status="error")
    questions = pen.write()
    fields = ("trace_id", "start_time", "duration_ms", "cost_usd", "tags")
    made = questions.traces_file(TraceFilters(), "-start_time", fields, 100)
    types, rows = read_back(store, made.data)
    assert [row[0] for row in rows] == [trace_id(2), trace_id(1)]
    assert types["start_time"].startswith("DateTime64(9") or "DateTime64" in types["start_time"]
    assert "Decimal" in types["cost_usd"]
    assert "Float64" in types["duration_ms"]
    assert "Array" in types["tags"]
    assert (rows[1][2], float(rows[1][3]), list(rows[1][4])) == (2000.0, 1.5, ["a", "b"])
    assert rows[0][3] is None


def test_a_file_of_calls_knows_filters_orders_and_bounds(pen: Pen, store: Store):
    for number in range(1, 6):
        pen.call(
            number, number, at_s=number, model="gpt-5" if number % 2 else "o3", input_tokens=number, output_tokens=0
        )
    questions = pen.write()
    made = questions.calls_file(CallFilters(models=("gpt-5",)), "-tokens", ("trace_id", "metadata"), 2)
    _, rows = read_back(store, made.data)
    assert [row[0] for row in rows] == [trace_id(5), trace_id(3)]
    assert (made.rows, made.matching) == (2, 3)


def test_a_list_can_be_narrowed_to_marked_things(pen: Pen):
    for number in range(1, 4):
        pen.call(number, number, at_s=number)
    questions = pen.write()
    among = TraceFilters(among=(trace_id(1), trace_id(3)))
    assert [trace.trace_id for trace in questions.traces(among).items] == [trace_id(3), trace_id(1)]
    assert questions.selection(among).traces == 2
    marked = CallFilters(among=(trace_id(2),), marks=(f"{trace_id(2)}:{2:016x}",))
    assert [call.trace_id for call in questions.calls(marked).items] == [trace_id(2)]
    assert questions.traces(TraceFilters(among=("",))).items == ()


def test_what_no_list_has_is_in_no_file(pen: Pen):
    with pytest.raises(BadRequest, match="stacktrace"):
        pen.write().traces_file(TraceFilters(), fields=("stacktrace",))
