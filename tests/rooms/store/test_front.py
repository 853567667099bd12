"""The front speaks ClickHouse's HTTP, as its unmodified client expects it."""
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportMissingTypeStubs=false
# ClickHouse's client is loosely typed, lz4 not at all.

import gzip
import os
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import lz4.frame
import pytest
from backports import zstd
from clickhouse_connect import get_client
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError, StreamFailureError

from headwater.clock import monotonic_s
from headwater.store import start_front
from tests.rooms.store.fronts import Front


@pytest.fixture
def client(front: Front) -> Iterator[Client]:
    """ClickHouse's own client."""
    client = _client(front)
    yield client
    client.close()


@pytest.fixture
def table(client: Client, project: str) -> str:
    """An empty table of numbers and words."""
    name = f"default.t_{project}"
    client.command(
        f"CREATE TABLE {name} (x UInt64, s String) ENGINE = MergeTree ORDER BY x"
        " SETTINGS non_replicated_deduplication_window = 100"
    )
    return name


def _client(front: Front, compress: bool | str = False, password: str | None = None) -> Client:
    secret = front.secret if password is None else password
    return get_client(
        host="127.0.0.1",
        port=front.port,
        username="headwater",
        password=secret,
        compress=compress,
        autogenerate_session_id=False,
    )


def test_ping_needs_no_secret(front: Front) -> None:
    assert front.ask("GET", path="/ping", headers={})[:2] == (200, b"Ok.\n")


@pytest.mark.parametrize(
    "headers", [{}, {"X-ClickHouse-Key": "wrong"}, {"Authorization": "Basic !!"}, {"Authorization": "x"}]
)
def test_nobody_asks_without_the_secret(front: Front, headers: dict[str, str]) -> None:
    status, body, told = front.ask("POST", body=b"SELECT 1", headers=headers)
    assert (status, told["X-ClickHouse-Exception-Code"]) == (403, "516")
    assert b"AUTHENTICATION_FAILED" in body


def test_the_client_learns_that_its_password_is_wrong(front: Front) -> None:
    with pytest.raises(DatabaseError) as raised:
        _client(front, password="wrong")
    assert raised.value.code == 516


@pytest.mark.parametrize(
    ("method", "fields", "body"),
    [
        ("GET", {"query": "SELECT 1"}, b""),
        ("POST", {}, b"SELECT 1"),
        ("POST", {"query": "SELECT"}, b"1"),
        ("POST", {"query": "SELECT {x:UInt8}", "param_x": "1"}, b""),
        ("POST", {"default_format": "CSV"}, b"SELECT 1"),
        ("POST", {}, b"SELECT 1 FORMAT TSV"),
    ],
)
def test_a_statement_comes_in_the_address_or_the_body(
    front: Front, method: str, fields: dict[str, str], body: bytes
) -> None:
    assert front.ask(method, fields, body)[:2] == (200, b"1\n")


def test_an_answer_says_its_format_and_its_cost(front: Front) -> None:
    status, body, told = front.ask("POST", {"query_id": "q1"}, b"SELECT 1 AS a FORMAT JSONEachRow")
    assert (status, body) == (200, b'{"a":1}\n')
    assert told["X-ClickHouse-Format"] == "JSONEachRow"
    assert told["X-ClickHouse-Query-Id"] == "q1"
    assert "read_rows" in told["X-ClickHouse-Summary"]


@pytest.mark.parametrize("value", ["", "a'b\\c\t\n\r\0", "é🙂", "x" * 300_000, "{y:String}", "') OR 1 = 1 --"])
def test_parameters_arrive_as_they_were(client: Client, value: str) -> None:
    row = client.query("SELECT {v:String}, {l:Array(String)}", {"v": value, "l": [value, "b"]}).result_rows[0]
    assert row == (value, [value, "b"])


def test_a_setting_holds_for_its_request_only(client: Client) -> None:
    ask = "SELECT getSetting('max_block_size'), getSetting('max_columns_to_read')"
    before = client.query(ask).result_rows
    assert client.query(ask, settings={"max_block_size": 7, "max_columns_to_read": 300}).result_rows == [(7, 300)]
    assert [client.query(ask).result_rows for _ in range(4)] == [before] * 4


def test_a_readonly_request_writes_nothing_and_the_next_one_may(client: Client, table: str) -> None:
    with pytest.raises(DatabaseError) as raised:
        client.command(f"INSERT INTO {table} SELECT 1, 'a'", settings={"readonly": 1})
    assert raised.value.code == 164
    with pytest.raises(DatabaseError):
        client.command("SET readonly = 0", settings={"readonly": 1})
    client.command(f"INSERT INTO {table} SELECT 1, 'a'")
    assert client.command(f"SELECT count() FROM {table}") == 1


@pytest.mark.parametrize("compress", [False, "lz4", "zstd", "gzip"])
def test_rows_of_the_client_arrive_in_each_compression(front: Front, table: str, compress: bool | str) -> None:
    client = _client(front, compress)
    client.insert(table, [[number, "é\0" * 100] for number in range(20_000)], ["x", "s"])
    assert client.query(f"SELECT count(), max(x), sum(length(s)) FROM {table}").result_rows == [
        (20_000, 19_999, 6_000_000)
    ]
    client.close()


_PLAIN = b'{"x":1,"s":"a"}\n{"x":2,"s":"b"}\n'


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("identity", _PLAIN),
        ("gzip", gzip.compress(_PLAIN)),
        ("deflate", zlib.compress(_PLAIN)),
        ("lz4", lz4.frame.compress(_PLAIN)),
        ("zstd", zstd.compress(_PLAIN)),
    ],
)
def test_rows_of_any_format_arrive_in_each_encoding(front: Front, table: str, encoding: str, body: bytes) -> None:
    headers = {"X-ClickHouse-Key": front.secret, "Content-Encoding": encoding}
    fields = {"query": f"INSERT INTO {table} (x, s) FORMAT JSONEachRow"}
    status, text, told = front.ask("POST", fields, body, headers)
    assert (status, text) == (200, b"")
    assert '"written_rows":"2"' in told["X-ClickHouse-Summary"]


def test_an_unknown_encoding_is_refused_with_the_known_ones(front: Front, table: str) -> None:
    headers = {"X-ClickHouse-Key": front.secret, "Content-Encoding": "br"}
    status, text, _ = front.ask("POST", {"query": f"INSERT INTO {table} FORMAT CSV"}, b"1,a", headers)
    assert status == 415
    assert b"gzip" in text


def test_a_block_sent_again_under_its_token_is_taken_once(client: Client, table: str) -> None:
    for token in ("a", "a", "b"):
        client.insert(table, [[1, "x"]], ["x", "s"], settings={"insert_deduplication_token": token})
    assert client.command(f"SELECT count() FROM {table}") == 2


@pytest.mark.parametrize("rows", [b'{"x":1,"s":"a"}\n{"x":"no"}\n', b'{"x":', b"\xff\xfe"])
def test_one_bad_row_refuses_the_block(front: Front, client: Client, table: str, rows: bytes) -> None:
    status, _, told = front.ask("POST", {"query": f"INSERT INTO {table} FORMAT JSONEachRow"}, rows)
    assert status >= 400
    assert int(told["X-ClickHouse-Exception-Code"]) > 0
    assert client.command(f"SELECT count() FROM {table}") == 0


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELEC 1", 62),
        ("SELECT * FROM nowhere.at_all", 81),
        ("SELECT nothing_like_it(1)", 46),
        ("SELECT throwIf(number = 10) FROM numbers(20)", 395),
    ],
)
def test_errors_carry_clickhouses_own_numbers(client: Client, sql: str, code: int) -> None:
    with pytest.raises(DatabaseError) as raised:
        client.query(sql)
    assert raised.value.code == code


def test_a_failure_in_the_middle_of_an_answer_is_an_error(client: Client) -> None:
    with pytest.raises((StreamFailureError, OperationalError), match="non-zero"):
        _ = client.query("SELECT throwIf(number = 500000), repeat('x', 100) FROM numbers(1000000)").result_rows


def test_large_answers_come_whole(client: Client) -> None:
    answer = client.query("SELECT number, repeat('x', 100) FROM numbers(300000)")
    assert [len(answer.result_rows), answer.result_rows[-1][0]] == [300_000, 299_999]


@pytest.mark.parametrize("output", ["JSON", "JSONCompact", "CSVWithNames", "Parquet", "Arrow", "TabSeparatedWithNames"])
def test_formats_with_a_head_come_in_one_piece(client: Client, output: str) -> None:
    answer = client.raw_query("SELECT number AS n FROM numbers(200000)", fmt=output)
    assert answer.count(b"PAR1") == 2 if output == "Parquet" else len(answer) > 200_000
    assert answer.count(b'"meta"') <= 1


def test_an_answer_past_the_bound_of_memory_is_refused(client: Client) -> None:
    with pytest.raises(DatabaseError) as raised:
        client.raw_query("SELECT repeat('x', 1000) FROM numbers(150000)", fmt="JSON")
    assert raised.value.code == 396


def test_more_clients_than_connections_all_get_their_answer(front: Front) -> None:
    answers: list[bytes] = []
    ask = threading.Thread
    threads = [ask(target=lambda: answers.append(front.ask("POST", body=b"SELECT sleep(0.05)")[1])) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [b"0\n"] * 40


@pytest.mark.parametrize(
    "statement",
    [b"INSERT INTO t (" + b"a, " * 50_000, b"INSERT INTO " + b"a" * 200_000, b"SELECT " + b"FORMAT x " * 50_000 + b"!"],
)
def test_no_statement_takes_long_to_read(front: Front, statement: bytes) -> None:
    """A pattern that backtracks would hold the only interpreter for minutes."""
    began_s = monotonic_s()
    assert front.ask("POST", body=statement)[0] >= 400
    assert monotonic_s() - began_s < 10


def test_an_insert_that_selects_is_not_taken_for_one_with_rows(client: Client, table: str) -> None:
    client.command(f"INSERT INTO {table} (x, s) SELECT number, 'FORMAT CSV' FROM numbers(3)")
    client.command(f"INSERT INTO {table} VALUES (9, 'FORMAT CSV')")
    assert client.command(f"SELECT sum(x) FROM {table}") == 12


def test_told_to_stop_it_ends_well_and_keeps_everything(tmp_path: Path) -> None:
    front = Front(tmp_path / "store")
    front.ask("POST", body=b"CREATE TABLE default.t (x UInt8) ENGINE = MergeTree ORDER BY x")
    front.ask("POST", body=b"INSERT INTO default.t SELECT 7")
    assert front.stop() == 0
    front.start_again()
    assert front.ask("POST", body=b"SELECT x FROM default.t")[1] == b"7\n"
    assert front.stop() == 0


def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    front = Front(tmp_path / "store")
    assert front.process.stdin is not None
    front.process.stdin.close()
    assert front.process.wait(15) == 0


def test_a_short_secret_is_refused_at_the_start(tmp_path: Path) -> None:
    process = start_front(tmp_path, 1, "short")
    assert process.wait(15) == 2
    assert process.stdin is not None
    process.stdin.close()


def test_only_the_loopback_is_listened_on(front: Front) -> None:
    listening = Path(f"/proc/{front.process.pid}/net/tcp").read_text().splitlines()
    ours = [line.split()[1] for line in listening if line.split()[1].endswith(f":{front.port:04X}")]
    assert ours
    assert all(address.startswith("0100007F:") for address in ours)


def test_ctrl_c_of_the_terminal_does_not_reach_it(front: Front) -> None:
    assert os.getsid(front.process.pid) == front.process.pid
