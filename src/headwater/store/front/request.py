"""What a request asks of the engine: statement, rows to insert, parameters, settings, format.

The rules are those of ClickHouse's HTTP interface: the statement is the `query` parameter, or the body, or the first
followed by the second; rows of an INSERT follow its FORMAT; `param_x` fills `{x:Type}`; every other name is a setting.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from urllib.parse import parse_qsl

import msgspec

from headwater.store.front.bodies import BodyRefused
from headwater.store.front.engine import Session

_TRANSPORT = frozenset(
    {
        "buffer_size",
        "cancel_http_readonly_queries_on_client_close",
        "client_protocol_version",
        "compress",
        "database",
        "decompress",
        "default_format",
        "enable_http_compression",
        "http_headers_progress_interval_ms",
        "password",
        "query",
        "query_id",
        "quota_key",
        "role",
        "send_progress_in_http_headers",
        "session_check",
        "session_id",
        "session_timeout",
        "user",
        "wait_end_of_query",
    }
)
_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
# Possessive throughout: a statement that is no such INSERT is given up at the first mismatch, however long it is.
_QUOTED = rb"`(?:[^`\\]|\\.)*+`|\"(?:[^\"\\]|\\.)*+\""
_NAME = rb"(?:" + _QUOTED + rb"|[A-Za-z_][A-Za-z0-9_]*+)"
_INSERT = re.compile(
    rb"\s*+(INSERT\s++INTO\s++(?:TABLE\s++)?" + _NAME + rb"(?:\." + _NAME + rb")?+\s*+"
    rb"(?:\((?:[^()`\"]++|" + _QUOTED + rb")*+\))?+(?:\s*+SETTINGS\s++[^\n]*?(?=\s+FORMAT\s))?)"
    rb"\s*+FORMAT\s++([A-Za-z0-9]++)[ \t]*+(?:;[ \t]*+)?+(?:\r?\n)?+",
    re.IGNORECASE,
)
_IS_OTHER = re.compile(rb"\s*+(?!INSERT\b).{7}", re.IGNORECASE | re.DOTALL)
_FORMAT = re.compile(r"\bFORMAT\s++([A-Za-z0-9]++)\s*+;?\s*\Z", re.IGNORECASE)
_HEAD_BYTES = 64 * 1024
_MULTIPART = re.compile(r"multipart/form-data;.*boundary=\"?([^\";]+)", re.IGNORECASE)
_FIELD = re.compile(rb'name="([^"]*)"', re.IGNORECASE)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `data` is None for all but an INSERT whose rows follow; `format` is that of the rows, in or out."""

    sql: str
    session: Session
    parameters: Mapping[str, str]
    format: str
    query_id: str = ""
    data: Iterator[bytes] | None = None


def query_string(raw: str) -> dict[str, str]:
    """The parameters of an address; the last of a repeated name counts."""
    return dict(parse_qsl(raw, keep_blank_values=True))


def asked_of(
    fields: Mapping[str, str], body: Iterator[bytes], content_type: str, statement_bytes: int, default_format: str
) -> Asked:
    """Make sense of a request. Raises BodyRefused when the statement is too long or is not UTF-8."""
    multipart = _MULTIPART.match(content_type)
    if multipart:
        form = _form_fields(_whole(body, statement_bytes), multipart[1])
        fields, body = {**fields, **form}, iter(())
    statement, data = _split(fields.get("query", "").encode(), body, statement_bytes)
    insert = _INSERT.fullmatch(statement) if data is not None else None
    sql = _text(insert[1] if insert else statement)
    return Asked(
        sql=sql,
        session=Session(database=fields.get("database", ""), settings=_settings(fields)),
        parameters={name[6:]: value for name, value in fields.items() if name.startswith("param_")},
        format=insert[2].decode() if insert else _output_format(sql, fields.get("default_format", default_format)),
        query_id=fields.get("query_id", ""),
        data=data,
    )


def _split(statement: bytes, body: Iterator[bytes], limit_bytes: int) -> tuple[bytes, Iterator[bytes] | None]:
    """Part the statement from the rows that follow it; the rows are not read yet."""
    if statement and _INSERT.fullmatch(statement):
        return statement, body
    head = statement + b"\n" if statement else b""
    for piece in body:
        head += piece
        if len(head) >= _HEAD_BYTES or _IS_OTHER.match(head):
            break
    insert = _INSERT.match(head)
    if insert:
        return head[: insert.end()], chain([head[insert.end() :]], body)
    return _whole(chain([head], body), limit_bytes).strip(), None


def _whole(body: Iterator[bytes], limit_bytes: int) -> bytes:
    found = bytearray()
    for piece in body:
        found += piece
        if len(found) > limit_bytes:
            raise BodyRefused(f"statement is longer than {limit_bytes} bytes", 413)
    return bytes(found)


def _text(statement: bytes) -> str:
    try:
        return statement.decode()
    except UnicodeDecodeError as error:
        raise BodyRefused(f"statement is not UTF-8 at byte {error.start}", 400) from None


def _settings(fields: Mapping[str, str]) -> dict[str, str]:
    found = {name: value for name, value in fields.items() if name not in _TRANSPORT and not name.startswith("param_")}
    for name in found:
        if not _SETTING.fullmatch(name):
            raise BodyRefused(f"setting {name!r} is not a name", 400)
    return found


def _output_format(sql: str, default_format: str) -> str:
    found = _FORMAT.search(sql)
    return found[1] if found else default_format


def _form_fields(body: bytes, boundary: str) -> dict[str, str]:
    """The plain fields of a multipart form."""
    fields: dict[str, str] = {}
    for part in body.split(b"--" + boundary.encode())[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = _FIELD.search(head)
        if name:
            fields[_text(name[1])] = _text(value.removesuffix(b"\r\n"))
    return fields
