"""User SQL: one SELECT over the views of one project, and nothing else.

The engine itself reads the statement: it formats the text, which leaves exactly one statement without comments, and
prints its query tree without running a part of it. What the tree names is held against lists of what is allowed; then
the statement runs readonly, from within the project's own database, with bounds on time, memory and rows.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from headwater.clock import monotonic_s
from headwater.errors import BadRequest, HeadwaterError
from headwater.store.client import Client, NotNow, Refused
from headwater.store.reading import NEWEST
from headwater.store.settings import UserLimits
from headwater.store.views import project_database

_NO_TABLE = "system.one"
"""What the engine reads from where a statement has no FROM."""
_TABLE_FUNCTIONS = frozenset(
    {"numbers", "numbers_mt", "zeros", "zeros_mt", "generateseries", "generate_series", "values"}
)
_CATEGORIES = (
    "Arithmetic",
    "Arrays",
    "Bit",
    "Bitmap",
    "Comparison",
    "Conditional",
    "Dates and Times",
    "Distance",
    "Encoding",
    "Financial",
    "Hash",
    "IP Address",
    "JSON",
    "Logical",
    "Map",
    "Mathematical",
    "Null",
    "Random Number",
    "Rounding",
    "String",
    "String Replacement",
    "String Search",
    "String Splitting",
    "Time Window",
    "Tuple",
    "Type Conversion",
    "URL",
    "UUID",
)
_OTHERS = (
    *(
        "bar",
        "byteSize",
        "caseWithExpression",
        "finalizeAggregation",
        "formatReadableDecimalSize",
        "formatReadableQuantity",
    ),
    *("formatReadableSize", "formatReadableTimeDelta", "identity", "ignore", "isConstant", "materialize", "neighbor"),
    *(
        "parseReadableSize",
        "parseTimeDelta",
        "rowNumberInAllBlocks",
        "runningAccumulate",
        "runningDifference",
        "toTypeName",
    ),
    *("transform", "visibleWidth", "grouping", "in", "notIn", "nullIn", "notNullIn", "exists", "interpolate", "lambda"),
)
_COMBINATORS = re.compile(
    r"(?:if|array|map|distinct|ornull|ordefault|resample|foreach|state|merge|mergestate|argmin|argmax|simplestate)$"
)
_NODE = re.compile(r"^\s*(FUNCTION|TABLE_FUNCTION|IDENTIFIER) id: \d+, (.*)$", re.MULTILINE)
_NAMED = {
    "FUNCTION": re.compile(r"function_name: (\w+)"),
    "TABLE_FUNCTION": re.compile(r"table_function_name: (\w+)"),
    "IDENTIFIER": re.compile(r"identifier: (.*)$"),
}
_SETTINGS_CLAUSE = re.compile(r"^\s*SETTINGS ", re.MULTILINE)
_QUESTION = re.compile(r"(?:SELECT|WITH|\()")
_TOO_MUCH = {
    159: "it took longer than {time_s} s; narrow its time range",
    160: "it would take longer than {time_s} s; narrow its time range",
    241: "it needs more than {memory_bytes} bytes of memory; narrow its time range or group by less",
    396: "its answer is larger than {result_bytes} bytes; add a LIMIT or select fewer columns",
}
_WHOLE_STORE = "(total)"
"""Within the engine's words when the memory of all statements together is used up, not that of this one."""


class SqlAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a user's statement: JSON values row by row; `is_truncated` when the row limit cut it."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    elapsed_ms: float
    is_truncated: bool


class _Meta(msgspec.Struct, frozen=True):
    name: str
    type: str


class _Compact(msgspec.Struct, frozen=True):
    meta: tuple[_Meta, ...]
    data: tuple[tuple[Any, ...], ...]


class UserSql:
    """Runs the SQL of users."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._functions: frozenset[str] = frozenset()

    def run(self, project: str, sql: str, limits: UserLimits) -> SqlAnswer:
        """Run a statement over the project's views. Raises BadRequest when it may not or cannot run."""
        began_s = monotonic_s()
        try:
            checked = self._checked(project, sql)
            answer = self._ask(project, checked, limits)
        except (Refused, NotNow) as error:
            raise _told(error, limits) from error
        found = msgspec.json.decode(answer, type=_Compact)
        return SqlAnswer(
            columns=tuple(column.name for column in found.meta),
            types=tuple(column.type for column in found.meta),
            rows=found.data[: limits.rows],
            elapsed_ms=round((monotonic_s() - began_s) * 1000, 3),
            is_truncated=len(found.data) > limits.rows,
        )

    def _ask(self, project: str, sql: str, limits: UserLimits) -> bytes:
        settings: dict[str, Any] = {
            **NEWEST,
            "readonly": 1,
            "max_execution_time": limits.time_s,
            "max_memory_usage": limits.memory_bytes,
            "max_result_bytes": limits.result_bytes,
            "result_overflow_mode": "throw",
            "limit": limits.rows + 1,
            "output_format_json_quote_64bit_integers": 0,
            "output_format_json_validate_utf8": 1,
            "date_time_output_format": "iso",
        }
        return self._client.raw(sql, "JSONCompact", {}, settings, project_database(project))

    def _checked(self, project: str, sql: str) -> str:
        """Return the statement as the engine reads it. Raises BadRequest when it is not a SELECT over the views."""
        rows = self._client.rows("SELECT formatQuerySingleLine({sql:String})", {"sql": sql.strip().rstrip(";")})
        statement = str(rows[0][0])
        if not _QUESTION.match(statement):
            raise BadRequest(f"only SELECT can be asked, not {statement.split(' ', 1)[0]!r}")
        tree = self._client.raw(
            f"EXPLAIN QUERY TREE run_passes = 0 SELECT * FROM (\n{statement}\n)",
            "TSVRaw",
            {},
            {"readonly": 1},
            project_database(project),
        ).decode("utf-8", "replace")
        if _SETTINGS_CLAUSE.search(tree):
            raise BadRequest("a SETTINGS clause cannot be used here; leave it out")
        self._check_names(_names(tree), project)
        return statement

    def _check_names(self, names: Mapping[str, Sequence[str]], project: str) -> None:
        for name in names["TABLE_FUNCTION"]:
            if name.lower() not in _TABLE_FUNCTIONS:
                raise BadRequest(
                    f"table function {name!r} cannot be used here; ask the views calls, spans, traces, ..."
                )
        for name in names["FUNCTION"]:
            if not self._is_allowed(name.lower()):
                raise BadRequest(f"function {name!r} cannot be used here")
        foreign = self._foreign_databases(project)
        for name in names["IDENTIFIER"]:
            first, dot, _ = name.replace("`", "").replace('"', "").partition(".")
            if dot and name != _NO_TABLE and first.strip().lower() in foreign:
                raise BadRequest(f"{name!r} is not one of the project's views calls, spans, traces, sessions, messages")

    def _is_allowed(self, name: str) -> bool:
        """Whether a function, or the aggregate under its combinators, only computes."""
        if not self._functions:
            self._functions = frozenset(self._harmless_functions())
        while name not in self._functions:
            bare = _COMBINATORS.sub("", name)
            if bare == name:
                return False
            name = bare
        return True

    def _harmless_functions(self) -> Iterable[str]:
        sql = (
            "WITH (SELECT groupArray(name) FROM system.functions WHERE is_aggregate"
            " OR categories IN {categories:Array(String)} OR name IN {others:Array(String)}) AS harmless"
            " SELECT lower(name) FROM system.functions WHERE has(harmless, name) OR has(harmless, alias_to)"
        )
        rows = self._client.rows(sql, {"categories": list(_CATEGORIES), "others": list(_OTHERS)})
        return {*(str(row[0]) for row in rows), *(name.lower() for name in _OTHERS)}

    def _foreign_databases(self, project: str) -> frozenset[str]:
        own = project_database(project)
        rows = self._client.rows("SELECT name FROM system.databases")
        return frozenset(str(row[0]).lower() for row in rows if row[0] != own) | {"_temporary_and_external_tables"}


def _names(tree: str) -> dict[str, list[str]]:
    """What a query tree names, by kind of node. A node that cannot be read is refused."""
    found: dict[str, list[str]] = {kind: [] for kind in _NAMED}
    for kind, line in _NODE.findall(tree):
        name = _NAMED[kind].search(line)
        if name is None:
            raise BadRequest(f"the statement names something that cannot be checked: {line[:100]!r}")
        found[kind].append(name[1])
    return found


def _told(error: Refused | NotNow, limits: UserLimits) -> HeadwaterError:
    """What stopped a statement: its limits, the store's state, or, in the engine's own words, the statement itself."""
    text = str(error)
    if error.code in _TOO_MUCH and _WHOLE_STORE not in text:
        reason = _TOO_MUCH[error.code].format(**msgspec.structs.asdict(limits))
        return BadRequest(f"the statement was stopped: {reason}")
    if isinstance(error, NotNow):
        return error
    text = re.sub(r"^Code: \d+\. DB::Exception: ", "", text)
    return BadRequest(re.sub(r"formatQuerySingleLine\('.*'\)", "the statement", text, flags=re.DOTALL).strip()[:2000])
