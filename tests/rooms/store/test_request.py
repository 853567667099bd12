"""What a request asks is understood as ClickHouse understands it, wherever its bytes were cut."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.store.front.bodies import BodyRefused
from headwater.store.front.request import Asked, asked_of, query_string


def _asked(body: bytes, fields: dict[str, str] | None = None, cuts: tuple[int, ...] = (), kind: str = "") -> Asked:
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]

    def pieces() -> Iterator[bytes]:
        yield from (body[start:end] for start, end in pairwise(edges))

    return asked_of(fields or {}, pieces(), kind, 100_000, "TabSeparated")


@given(rows=st.binary(max_size=300), cuts=st.lists(st.integers(0, 1000), max_size=6).map(tuple))
def test_rows_after_the_statement_arrive_untouched(rows: bytes, cuts: tuple[int, ...]) -> None:
    asked = _asked(b'INSERT INTO a.b (`x`, "y", z) FORMAT Native\n' + rows, cuts=cuts)
    assert asked.data is not None
    assert (asked.sql, asked.format, b"".join(asked.data)) == ('INSERT INTO a.b (`x`, "y", z)', "Native", rows)


@given(rows=st.binary(max_size=300), cuts=st.lists(st.integers(0, 1000), max_size=6).map(tuple))
def test_rows_alone_in_the_body_arrive_untouched(rows: bytes, cuts: tuple[int, ...]) -> None:
    asked = _asked(rows, {"query": "INSERT INTO t SETTINGS a = 1 FORMAT CSV"}, cuts)
    assert asked.data is not None
    assert (asked.sql, asked.format, b"".join(asked.data)) == ("INSERT INTO t SETTINGS a = 1", "CSV", rows)


@given(text=st.text(max_size=200), cuts=st.lists(st.integers(0, 1000), max_size=6).map(tuple))
def test_any_text_is_a_statement(text: str, cuts: tuple[int, ...]) -> None:
    asked = _asked(f"SELECT '{text}'".encode("utf-8", "replace"), cuts=cuts)
    assert (asked.data, asked.sql[:8]) == (None, "SELECT '")


@given(body=st.binary(max_size=200), kind=st.sampled_from(["", "multipart/form-data; boundary=b"]))
def test_random_bytes_are_a_statement_or_refused(body: bytes, kind: str) -> None:
    with suppress(BodyRefused):
        assert isinstance(_asked(body, kind=kind).sql, str)


def test_what_is_neither_transport_nor_parameter_is_a_setting() -> None:
    fields = query_string("database=d&max_threads=2&param_x=a%0Ab&query_id=q&wait_end_of_query=1&compress=0&readonly=1")
    asked = _asked(b"SELECT 1", fields)
    assert (asked.parameters, asked.query_id, asked.session.database) == ({"x": "a\nb"}, "q", "d")
    assert (dict(asked.session.settings), asked.session.is_readonly) == ({"max_threads": "2", "readonly": "1"}, True)


def test_fields_of_a_form_count_like_those_of_the_address() -> None:
    parts = {"query": "SELECT {x:String}", "param_x": "--b\r\n'\0é"}
    form = b"".join(
        f'--b0\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in parts.items()
    )
    asked = _asked(form + b"--b0--\r\n", {"max_threads": "1"}, kind="multipart/form-data; boundary=b0")
    assert (asked.sql, asked.parameters) == (parts["query"], {"x": parts["param_x"]})
    assert asked.session.settings == {"max_threads": "1"}


@pytest.mark.parametrize("name", ["a b", "a;b", "a = 1, b", "", "é"])
def test_a_setting_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(BodyRefused, match="setting"):
        _asked(b"SELECT 1", {name: "1"})


def test_a_statement_past_the_bound_is_refused() -> None:
    with pytest.raises(BodyRefused, match="100000 bytes"):
        _asked(b"SELECT '" + b"x" * 100_001 + b"'")


@pytest.mark.parametrize(
    ("sql", "output"),
    [
        ("SELECT 1", "TabSeparated"),
        ("SELECT 1 FORMAT JSON", "JSON"),
        ("select 1 format csv ;\n", "csv"),
        ("SELECT 'FORMAT x'", "TabSeparated"),
    ],
)
def test_the_format_is_the_statements_own(sql: str, output: str) -> None:
    assert _asked(sql.encode()).format == output
