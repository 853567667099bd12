"""One HTTP connection: who is it, what is asked, and the engine's answer in the words of ClickHouse."""

import base64
import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import msgspec

from headwater.store.front.bodies import BodyRefused, read_body
from headwater.store.front.engine import Counted, Engine, EngineFailure
from headwater.store.front.request import Asked, asked_of, query_string
from headwater.store.front.settings import FrontSettings

_STREAMED = frozenset({"Native", "TabSeparated", "TSV", "CSV", "RowBinary", "JSONEachRow", "TabSeparatedRaw", "TSVRaw"})
_QUESTION = re.compile(r"\s*(?:\(\s*)*(?:SELECT|WITH|FROM)\b", re.IGNORECASE)
_AUTHENTICATION_FAILED = 516
_UNKNOWN_CALLER = "Code: 516. DB::Exception: the secret is wrong or missing. (AUTHENTICATION_FAILED)"
_STATUSES = {_AUTHENTICATION_FAILED: 403, 60: 404, 81: 404, 62: 400, 47: 400, 36: 400, 158: 400, 202: 503}
_TYPES = {
    "JSON": "application/json",
    "JSONCompact": "application/json",
    "JSONEachRow": "application/x-ndjson",
    "CSV": "text/csv; charset=UTF-8",
    "CSVWithNames": "text/csv; charset=UTF-8",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
}


class FrontServer(ThreadingHTTPServer):
    """A thread per TCP connection, which on loopback are few; the engine's connections bound what runs at once."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, settings: FrontSettings, engine: Engine) -> None:
        self.settings = settings
        self.engine = engine
        super().__init__(("127.0.0.1", settings.port), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A peer that went away is not news."""


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 with keep-alive; `wbufsize` gathers an answer's head and body into one segment."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    timeout = 900
    server: FrontServer  # pyright: ignore[reportIncompatibleVariableOverride]  # the class attribute is only annotated

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: who asks is always one of ours."""

    def do_GET(self) -> None:
        """Answer /ping, or a query in the address."""
        if urlsplit(self.path).path == "/ping":
            self._answer(200, b"Ok.\n", {})
            return
        self._serve()

    def do_POST(self) -> None:
        """Answer a query or take the rows of an INSERT."""
        self._serve()

    def _serve(self) -> None:
        fields = query_string(urlsplit(self.path).query)
        body = read_body(self.rfile, self.headers, self.server.settings.request_bytes)  # pyright: ignore[reportArgumentType]  # Message is a mapping
        try:
            if not self._is_known(fields):
                raise EngineFailure(_UNKNOWN_CALLER, _AUTHENTICATION_FAILED)
            asked = asked_of(
                fields,
                body,
                self.headers.get("Content-Type", ""),
                self.server.settings.statement_bytes,
                self.headers.get("X-ClickHouse-Format", "TabSeparated"),
            )
            self._run(asked)
            self.close_connection |= any(True for _ in body)
        except BodyRefused as refused:
            self._refuse(refused.status, f"Code: 1002. DB::Exception: {refused}", "1002")
        except EngineFailure as failure:
            self._refuse(_STATUSES.get(failure.code, 500), str(failure), str(failure.code))

    def _is_known(self, fields: dict[str, str]) -> bool:
        given = self.headers.get("X-ClickHouse-Key") or fields.get("password") or self._basic_password()
        return hmac.compare_digest(given.encode(), self.server.settings.secret.encode())

    def _basic_password(self) -> str:
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return ""
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except ValueError:
            return ""

    def _run(self, asked: Asked) -> None:
        with self.server.engine.session(asked.session) as connection:
            if asked.data is not None:
                counted = connection.insert(asked.sql, asked.format, asked.data)
                self._answer(200, b"", _summary(asked, counted))
            elif _is_streamed(asked):
                with closing(connection.stream(asked.sql, asked.format, asked.parameters)) as blocks:
                    self._stream(asked, blocks)
            else:
                limit_bytes = _result_bytes(asked, self.server.settings.result_bytes)
                answer, counted = connection.run(asked.sql, asked.format, asked.parameters, limit_bytes)
                self._answer(200, answer, _summary(asked, counted))

    def _stream(self, asked: Asked, blocks: Iterator[bytes]) -> None:
        """Send a small answer whole; a larger one in chunks, with a failure told at its end under a tag."""
        first = [block for _, block in zip(range(2), blocks, strict=False)]
        if len(first) < 2:
            self._answer(200, b"".join(first), _summary(asked, Counted()))
            return
        tag = secrets.token_hex(8)
        headers = {**_summary(asked, Counted()), "Transfer-Encoding": "chunked", "X-ClickHouse-Exception-Tag": tag}
        self._head(200, headers)
        try:
            for block in chain(first, blocks):
                self._chunk(block)
        except EngineFailure as failure:
            self._chunk(_tagged(str(failure), tag))
            self.close_connection = True
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, block: bytes) -> None:
        if block:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block))

    def _refuse(self, status: int, text: str, code: str) -> None:
        """Say why, and close: what is left of the body was not read."""
        self.close_connection = True
        self._answer(status, f"{text}\n".encode(), {"X-ClickHouse-Exception-Code": code, "Connection": "close"})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self._head(status, {**headers, "Content-Length": str(len(body))})
        self.wfile.write(body)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        for name, value in {"Content-Type": "text/plain; charset=UTF-8", **headers}.items():
            self.send_header(name, value)
        self.end_headers()


def _result_bytes(asked: Asked, bound_bytes: int) -> int:
    """How large an answer may be that must be held whole: what the request allows, within our own bound."""
    wanted = asked.session.settings.get("max_result_bytes", "")
    return min(int(wanted), bound_bytes) if wanted.isdecimal() and int(wanted) else bound_bytes


def _is_streamed(asked: Asked) -> bool:
    """Only questions can be streamed, and only in formats whose blocks stand alone."""
    return asked.format in _STREAMED and _QUESTION.match(asked.sql) is not None


def _summary(asked: Asked, counted: Counted) -> dict[str, str]:
    numbers = {name: str(value) for name, value in msgspec.structs.asdict(counted).items()}
    headers = {
        "X-ClickHouse-Summary": msgspec.json.encode(numbers).decode(),
        "X-ClickHouse-Timezone": "UTC",
        "X-ClickHouse-Query-Id": asked.query_id.replace("\r", "").replace("\n", ""),
    }
    if asked.data is None:
        headers["X-ClickHouse-Format"] = asked.format
        headers["Content-Type"] = _TYPES.get(asked.format, "application/octet-stream")
    return headers


def _tagged(text: str, tag: str) -> bytes:
    """A failure within an answer, framed as ClickHouse 25.11 and later frame it."""
    message = text.encode() + b"\n"
    return b"__exception__\r\n%b\r\n%b%d %b\r\n__exception__\r\n" % (tag.encode(), message, len(message), tag.encode())
