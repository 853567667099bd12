"""A user's SQL sees one project and changes nothing."""

import pytest

from headwater.clock import monotonic_s
from headwater.errors import BadRequest
from headwater.store import Store, UserLimits
from tests.rooms.store.rows import a_message, a_span

_ALLOWED = {
    "SELECT 1": ((1,),),
    "select 1;": ((1,),),
    "SELECT 1 -- a comment": ((1,),),
    "SELECT ';' AS a": ((";",),),
    "SELECT count() FROM calls": ((2,),),
    "(SELECT 1) UNION ALL (SELECT 1)": ((1,), (1,)),
    "WITH c AS (SELECT model FROM calls) SELECT uniq(model) FROM c": ((1,),),
    "SELECT c.model, sumIf(c.input_tokens, c.status = 'ok') FROM calls AS c GROUP BY c.model": (("gpt-5", 3),),
    "SELECT quantiles(0.5)(duration_ms)[1] FROM calls": ((1000,),),
    "SELECT max(s.start_time) = max(c.start_time) FROM calls c JOIN spans s USING (span_id)": ((True,),),
    "SELECT name FROM calls WHERE span_id IN (SELECT span_id FROM spans) LIMIT 1": (("chat gpt-5",),),
    "SELECT CASE status WHEN 'ok' THEN 'good' ELSE 'bad' END FROM calls LIMIT 1": (("good",),),
    "SELECT number FROM numbers(2)": ((0,), (1,)),
    "SELECT row_number() OVER (ORDER BY input_tokens) AS n FROM calls ORDER BY n": ((1,), (2,)),
    "SELECT countMergeState(s) IS NOT NULL FROM (SELECT countState() AS s FROM calls)": ((True,),),
    "SELECT arraySum(arrayMap(x -> x * 2, [1, 2]))": ((6,),),
    "SELECT JSONExtractString('{\"a\":\"b\"}', 'a')": (("b",),),
    "SELECT DISTINCT toDate(start_time) BETWEEN '2026-11-01' AND '2026-11-30' FROM calls": ((True,),),
    "SELECT text FROM messages WHERE lower(text) LIKE '%hi%'": (("hi",),),
    "SELECT input_tokens FROM calls ORDER BY input_tokens DESC": ((2,), (1,)),
    "SELECT count() FROM calls WHERE start_time > now() - INTERVAL 99 YEAR": ((2,),),
}

_REFUSED = [
    # not a question
    "",
    "INSERT INTO calls VALUES (1)",
    "DROP VIEW calls",
    "CREATE TABLE x (a Int8) ENGINE = Memory",
    "ALTER TABLE headwater.spans DELETE WHERE 1",
    "TRUNCATE TABLE headwater.spans",
    "SET readonly = 0",
    "USE headwater",
    "SYSTEM SHUTDOWN",
    "KILL QUERY WHERE 1",
    "GRANT ALL ON *.* TO x",
    "SHOW TABLES FROM headwater",
    "DESCRIBE TABLE headwater.spans",
    "EXPLAIN SELECT * FROM headwater.spans",
    "BACKUP DATABASE headwater TO File('/tmp/x')",
    "ATTACH DATABASE x",
    "WATCH x",
    "EXISTS TABLE headwater.spans",
    "CHECK TABLE headwater.spans",
    "OPTIMIZE TABLE headwater.spans",
    # more than one statement, or a clause that is no part of the question
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP DATABASE headwater",
    "SELECT 1) ; DROP DATABASE headwater; SELECT (1",
    "SELECT 1) INTO OUTFILE '/tmp/x' --",
    "SELECT 1) UNION ALL SELECT * FROM (SELECT name FROM system.tables",
    "SELECT 1 INTO OUTFILE '/tmp/headwater-attack'",
    "SELECT 1 INTO OUTFILE '/tmp/headwater-attack' TRUNCATE FORMAT CSV",
    "SELECT 1 FORMAT CSV",
    "SELECT 1 SETTINGS readonly = 0",
    "SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 0)",
    "SELECT 1 /* never closed",
    "SELECT 'never closed",
    # other databases
    "SELECT * FROM headwater.spans",
    "SELECT * FROM `headwater`.`spans`",
    'SELECT * FROM "headwater"."spans"',
    "SELECT * FROM headwater . spans",
    "SELECT * FROM headwater/**/.spans",
    "SELECT * FROM HEADWATER.spans",
    "SELECT 1 WHERE 1 IN headwater.schema_migrations",
    "SELECT 1 IN (SELECT count() FROM headwater.spans)",
    "SELECT (SELECT count() FROM headwater.spans)",
    "WITH x AS (SELECT * FROM headwater.spans) SELECT * FROM x",
    "SELECT * FROM calls JOIN headwater.messages AS m ON 1 = 1",
    "SELECT headwater.spans.name FROM headwater.spans",
    "SELECT * FROM {neighbour}.calls",
    "SELECT name FROM system.tables",
    "SELECT * FROM system.settings",
    "SELECT query FROM system.processes",
    "SELECT table_name FROM information_schema.tables",
    "SELECT table_name FROM INFORMATION_SCHEMA.TABLES",
    "SELECT * FROM default.t",
    "SELECT * FROM spans_local",
    "SELECT * FROM schema_migrations",
    "SELECT * FROM {x:Identifier}",
    "SELECT {x:String}",
    # table functions
    "SELECT * FROM url('http://127.0.0.1:1/', 'CSV')",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM merge('headwater', 'spans')",
    "SELECT * FROM remote('127.0.0.1', 'headwater', 'spans')",
    "SELECT * FROM cluster('default', headwater.spans)",
    "SELECT * FROM dictionary('headwater.message_content')",
    "SELECT * FROM view(SELECT * FROM headwater.spans)",
    "SELECT * FROM viewIfPermitted(SELECT 1 ELSE null('a Int8'))",
    "SELECT * FROM executable('x', 'CSV', 'a String')",
    "SELECT * FROM s3('http://127.0.0.1:1/x', 'CSV')",
    "SELECT * FROM sqlite('/tmp/x', 'y')",
    "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM mergeTreeIndex('headwater', 'spans')",
    "SELECT * FROM loop(headwater.spans) LIMIT 1",
    "SELECT * FROM filesystem('/')",
    "SELECT * FROM python('x')",
    "SELECT * FROM Python(x)",
    "SELECT * FROM eval('SELECT 1')",
    "SELECT * FROM input('a String')",
    "SELECT * FROM format(CSV, '1')",
    "SELECT 1 WHERE 1 IN (SELECT * FROM file('/etc/passwd'))",
    # functions that reach out, wait, or tell of the server
    "SELECT file('/etc/passwd')",
    "SELECT FILE('/etc/passwd')",
    "SELECT dictGet('headwater.message_content', 'content', ('other', 'x'))",
    "SELECT dictGetOrNull('headwater.message_content', 'content', ('other', 'x'))",
    "SELECT dictHas('headwater.message_content', ('other', 'x'))",
    "SELECT arrayMap(x -> dictGet('headwater.message_content', 'content', ('other', x)), ['x'])",
    "SELECT * APPLY(x -> dictGetString('headwater.message_content', 'content', ('other', x))) FROM calls",
    "SELECT * REPLACE (file('/etc/passwd') AS name) FROM calls",
    "SELECT joinGet('headwater.x', 'a', 1)",
    "SELECT sleep(1)",
    "SELECT sleepEachRow(1) FROM calls",
    "SELECT count() FROM calls WHERE sleep(1) = 0",
    "SELECT 1 ORDER BY sleep(1)",
    "SELECT count() FROM calls GROUP BY sleep(1)",
    "SELECT count() FROM calls HAVING sleep(1) = 0",
    "SELECT sum(1) OVER (ORDER BY sleep(1)) FROM calls",
    "SELECT if(1, sleep(1), 0)",
    "SELECT hasColumnInTable('headwater', 'spans', 'name')",
    "SELECT hostName()",
    "SELECT FQDN()",
    "SELECT currentUser()",
    "SELECT getSetting('max_threads')",
    "SELECT getServerSetting('max_server_memory_usage')",
    "SELECT getMacro('x')",
    "SELECT getOSKernelVersion()",
    "SELECT filesystemAvailable()",
    "SELECT showCertificate()",
    "SELECT addressToLine(1)",
    "SELECT demangle('x')",
    "SELECT logTrace('x')",
    "SELECT evalMLMethod(1, 2)",
    "SELECT aiGenerate('x')",
    "SELECT queryID()",
    "SELECT zookeeperSessionUptime()",
    "SELECT initializeAggregation('sumMap', 1)",
    "SELECT regionToName(toUInt32(1))",
    "SELECT formatQuery('SELECT 1')",
    "SELECT tcpPort()",
    "SELECT uptime()",
    "SELECT no_such_function(1)",
]


@pytest.fixture(scope="module")
def neighbour(store: Store) -> str:
    """Another project, with a secret in it."""
    store.insert_messages([a_message("neighbour", "the secret")], "neighbour-m")
    store.insert_spans([a_span("neighbour", name="the secret")], "neighbour-s")
    store.ensure_project("neighbour")
    return "project_neighbour"


@pytest.fixture(scope="module")
def asked(store: Store, neighbour: str) -> str:
    """The project whose user asks: two calls and a message."""
    assert neighbour
    calls = [a_span("asked", input_tokens=1), a_span("asked", input_tokens=2), a_span("asked", kind="tool")]
    store.insert_spans(calls, "asked-s")
    store.insert_messages([a_message("asked", "hi")], "asked-m")
    return "asked"


@pytest.mark.parametrize("sql", _ALLOWED)
def test_questions_over_the_views_are_answered(store: Store, asked: str, sql: str) -> None:
    assert store.user_query(asked, sql).rows == _ALLOWED[sql]


@pytest.mark.parametrize("sql", _REFUSED)
def test_anything_else_is_refused(store: Store, asked: str, neighbour: str, sql: str) -> None:
    began_s = monotonic_s()
    with pytest.raises(BadRequest):
        store.user_query(asked, sql.replace("{neighbour}", neighbour))
    assert monotonic_s() - began_s < 5


@pytest.mark.parametrize("view", ["calls", "spans", "traces", "sessions", "messages"])
def test_no_view_shows_another_project(store: Store, asked: str, view: str) -> None:
    answer = store.user_query(asked, f"SELECT toString(tuple(*)) FROM {view}")
    assert "the secret" not in str(answer.rows)


def test_an_answer_names_its_columns_and_types(store: Store, asked: str) -> None:
    answer = store.user_query(asked, "SELECT 1 AS a, 'x' AS b, NULL AS c, toDecimal64(1.5, 2) AS d")
    assert (answer.columns, answer.rows) == (("a", "b", "c", "d"), ((1, "x", None, 1.5),))
    assert answer.types == ("UInt8", "String", "Nullable(Nothing)", "Decimal(18, 2)")
    assert answer.elapsed_ms > 0


def test_rows_past_the_limit_are_cut_and_that_is_said(store: Store, asked: str) -> None:
    limits = UserLimits(rows=3)
    cut = store.user_query(asked, "SELECT number FROM numbers(9) ORDER BY number DESC", limits)
    assert (cut.rows, cut.is_truncated) == (((8,), (7,), (6,)), True)
    whole = store.user_query(asked, "SELECT number FROM numbers(3)", limits)
    assert (len(whole.rows), whole.is_truncated) == (3, False)


@pytest.mark.parametrize(
    ("sql", "limits", "said"),
    [
        ("SELECT count() FROM numbers(1000000000000)", UserLimits(time_s=1), "narrow its time range"),
        ("SELECT groupArray(number) FROM numbers(100000000)", UserLimits(memory_bytes=50_000_000), "memory"),
        ("SELECT repeat('x', 1000000) FROM numbers(99)", UserLimits(result_bytes=1_000_000), "larger"),
    ],
)
def test_a_statement_that_takes_too_much_is_stopped_with_the_reason(
    store: Store, asked: str, sql: str, limits: UserLimits, said: str
) -> None:
    with pytest.raises(BadRequest, match=said):
        store.user_query(asked, sql, limits)


def test_what_is_wrong_with_a_statement_is_said_in_the_engines_words(store: Store, asked: str) -> None:
    with pytest.raises(BadRequest, match="Syntax error"):
        store.user_query(asked, "SELECT FROM WHERE")
    with pytest.raises(BadRequest, match="nmae"):
        store.user_query(asked, "SELECT nmae FROM calls")


def test_strange_bytes_come_as_text_that_json_can_hold(store: Store, asked: str) -> None:
    answer = store.user_query(asked, "SELECT unhex('FF00FE') AS a, nan AS b, 18446744073709551615 AS c")
    assert answer.rows[0][1:] == (None, 18446744073709551615)
    assert isinstance(answer.rows[0][0], str)
