"""What is drawn of an SQL answer, and what is not."""

from typing import Any

from headwater.query import Table
from headwater.web.pages.query_chart import Plot, plots


def drawn(columns: dict[str, str], rows: list[tuple[Any, ...]]) -> tuple[Plot, ...]:
    return plots(
        Table(
            columns=tuple(columns),
            types=tuple(columns.values()),
            rows=tuple(rows),
            elapsed_ms=1.0,
            is_truncated=False,
        )
    )


def day(number: int) -> str:
    return f"2026-11-{number:02}"


def test_a_number_over_time_is_a_line():
    (plot,) = drawn({"day": "Date", "calls": "UInt64"}, [(day(1), 10), (day(2), 20), (day(4), 0)])
    assert [line.path for line in plot.lines] == ["M0.0 50.0L333.33 0.0L1000.0 100.0"]
    assert (plot.top, plot.unit) == ("20", "")
    assert plot.slots[1].say == "2026-11-02 00:00:00 UTC\n20"


def test_the_order_of_rows_does_not_matter():
    rows = [(day(1), 1.0), (day(2), 2.0), (day(3), 3.0)]
    columns = {"day": "Nullable(Date)", "cost_usd": "Nullable(Decimal(38, 9))"}
    assert drawn(columns, rows) == drawn(columns, rows[::-1])


def test_a_category_beside_time_makes_a_line_each_and_the_smallest_are_left_out():
    rows = [(day(number), f"m{model}", model) for number in (1, 2) for model in range(9)]
    (plot,) = drawn({"day": "Date", "model": "LowCardinality(String)", "calls": "UInt64"}, rows)
    assert [line.name for line in plot.lines] == ["m8", "m7", "m6", "m5", "m4", "m3"]
    assert plot.left_out == 3


def test_numbers_of_different_units_have_plots_of_their_own():
    columns = {"hour": "DateTime('UTC')", "p95_ms": "Float64", "cost_usd": "Float64"}
    found = drawn(columns, [("2026-11-01T00:00:00Z", 1500.0, 0.004), ("2026-11-01T01:00:00Z", 900.0, None)])
    assert [(plot.name, plot.unit, plot.top) for plot in found] == [("p95_ms", "milliseconds", "2 s")]
    assert drawn(columns, [("2026-11-01T00:00:00Z", 1.0, 0.4), ("2026-11-01T01:00:00Z", 2.0, 0.2)])[1].top == "$0.5000"


def test_exact_moments_are_dots_without_strokes():
    rows = [(f"2026-11-01T00:00:0{second}.000000001Z", second) for second in range(1, 5)]
    (plot,) = drawn({"start_time": "DateTime64(9, 'UTC')", "tokens": "Int64"}, rows)
    assert (plot.lines[0].path, plot.lines[0].dots.count("M")) == ("", 4)


def test_a_number_by_name_is_bars():
    (plot,) = drawn({"user_id": "String", "cost_usd": "Nullable(Float64)"}, [("a", 0.5), ("", 0.25), ("c", None)])
    assert [(bar.name, bar.width, bar.value) for bar in plot.bars] == [
        ("a", 1000.0, "$0.5000"),
        ("(empty)", 500.0, "$0.2500"),
        ("c", 0.0, "NULL"),
    ]


def test_one_day_alone_is_bars_of_its_categories():
    (plot,) = drawn({"day": "Date", "model": "String", "calls": "UInt64"}, [(day(1), "a", 4), (day(1), "b", 2)])
    assert [bar.name for bar in plot.bars] == ["a", "b"]


def test_a_whole_number_first_names_the_bars_where_no_text_does():
    (plot,) = drawn({"hour": "UInt8", "calls": "UInt64"}, [(0, 4), (1, 2)])
    assert [bar.name for bar in plot.bars] == ["0", "1"]


def test_bars_beyond_what_is_drawn_are_counted():
    (plot,) = drawn({"user": "String", "calls": "UInt64"}, [(f"u{number}", number) for number in range(30)])
    assert (len(plot.bars), plot.left_out) == (12, 18)


def test_numbers_below_nothing_are_within_the_scale():
    (plot,) = drawn({"day": "Date", "change": "Float64"}, [(day(1), -5.0), (day(2), 5.0)])
    assert plot.lines[0].path == "M0.0 100.0L1000.0 0.0"


def test_nothing_is_drawn_of_what_has_no_shape():
    text = {"name": "String", "model": "String"}
    assert drawn(text, [("a", "b"), ("c", "d")]) == ()
    assert drawn({"n": "UInt64"}, [(1,), (2,)]) == ()
    assert drawn({"day": "Date", "n": "UInt64"}, [(day(1), 1)]) == ()
    assert drawn({"name": "String", "n": "UInt64"}, [("a", 1), ("a", 2)]) == ()
    assert drawn({f"n{number}": "UInt64" for number in range(9)}, [(1,) * 9, (2,) * 9]) == ()
    assert drawn({"day": "Date", "n": "Nullable(UInt64)"}, [(day(1), None), (day(2), None)]) == ()
    assert drawn({"tags": "Array(String)", "day": "Nullable(Date)"}, [(("a",), None), (("b",), None)]) == ()
