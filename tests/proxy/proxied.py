"""A project of its own whose calls go to an upstream of its own: what one test does there, no other sees."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import msgspec

from headwater.access import Catalog, Upstream
from tests.journeys.projects import Project, make_project
from tests.proxy.upstream import Upstream as ScriptedUpstream
from tests.serving import Answer, Server, wait_until

CHAT = "/openai/v1/chat/completions"
MESSAGES = "/anthropic/v1/messages"
TRACE_ID = "x-headwater-trace-id"
JSON = {"content-type": "application/json", "authorization": "Bearer sk-provider"}
_ASKED: Mapping[str, Any] = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "What is the capital?"}]}
_USAGE = {"prompt_tokens": 20, "completion_tokens": 7, "total_tokens": 27}


class Proxied(msgspec.Struct, frozen=True):
    """A project, and the upstream that its calls to `openai` and `anthropic` reach."""

    project: Project
    upstream: ScriptedUpstream

    @property
    def server(self) -> Server:
        """The server that stands between."""
        return self.project.server

    def post(
        self,
        body: bytes | None = None,
        path: str = CHAT,
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> Answer:
        """Send one request, with the project's key and a credential of the provider's."""
        sent = JSON | {"x-headwater-key": self.project.key} | dict(headers or {})
        return self.server.request(method, path, asked() if body is None else body, sent)

    @contextmanager
    def opened(
        self, body: bytes, path: str = CHAT, headers: Mapping[str, str] | None = None
    ) -> Generator[HTTPResponse]:
        """Send one request and give its answer, of which the client takes what it wants."""
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            sent = JSON | {"x-headwater-key": self.project.key} | dict(headers or {})
            connection.request("POST", path, body, sent)
            yield connection.getresponse()
        finally:
            connection.close()

    def row(self, answer: Answer | HTTPResponse, *columns: str, of: str = "calls") -> tuple[Any, ...]:
        """Columns of the one call that this answer is of, once it is in the store."""
        trace_id = answer.headers[TRACE_ID]
        question = f"SELECT {', '.join(columns)} FROM {of} WHERE trace_id = '{trace_id}'"
        rows = wait_until(lambda: self.project.sql(question), 20, f"{question} in the store")
        assert len(rows) == 1, rows
        return rows[0]


@contextmanager
def proxied_through(server: Server, name: str) -> Generator[Proxied]:
    """A new project, whose OpenAI and Anthropic are one scripted upstream."""
    with ScriptedUpstream() as upstream:
        yield Proxied(at_base(make_project(server, name), f"http://127.0.0.1:{upstream.port}"), upstream)


def at_base(project: Project, base_url: str) -> Project:
    """Let the project's OpenAI and Anthropic be there, and return it."""
    openai = Upstream(name="openai", base_url=base_url, is_private_ok=True)
    anthropic = Upstream(name="anthropic", base_url=base_url, is_private_ok=True, credential="x-api-key")
    add_upstreams(project, openai, anthropic)
    return project


def add_upstreams(project: Project, *upstreams: Upstream) -> None:
    """What `headwater upstreams add` does."""
    with catalog_of(project.server) as catalog:
        for upstream in upstreams:
            catalog.add_upstream(upstream, project.id)


@contextmanager
def catalog_of(server: Server) -> Generator[Catalog]:
    """The catalog, as commands use it."""
    catalog = Catalog(f"sqlite:///{server.data / 'catalog.db'}")
    try:
        yield catalog
    finally:
        catalog.close()


def asked(**more: Any) -> bytes:
    """A request for a chat, as clients send it."""
    return msgspec.json.encode({**_ASKED, **more})


def answered(text: str = "Paris.", **more: Any) -> bytes:
    """The body of a whole answer."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    told = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini", "choices": [choice]}
    return msgspec.json.encode({**told, "usage": _USAGE, **more})


def chunk(text: str | None = None, **more: Any) -> bytes:
    """An event of a chat stream: a piece of text, or without it the last with a choice."""
    delta = {} if text is None else {"content": text}
    choices = [{"index": 0, "delta": delta, "finish_reason": "stop" if text is None else None}]
    told = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini"}
    return b"data: " + msgspec.json.encode({**told, "choices": choices, **more}) + b"\n\n"


USAGE_CHUNK = chunk(choices=[], usage=_USAGE)
DONE = b"data: [DONE]\n\n"
TOLD_TOKENS = (_USAGE["prompt_tokens"], _USAGE["completion_tokens"])


def whole(body: bytes, *headers: str, status: str = "200 OK", content_type: str = "application/json") -> bytes:
    """An answer's bytes, its length told."""
    lines = (f"HTTP/1.1 {status}", f"content-type: {content_type}", f"content-length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode() + body


STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
STREAM_END = b"0\r\n\r\n"


def piece(data: bytes) -> bytes:
    """A piece of a chunked answer."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def streamed(*events: bytes) -> tuple[bytes, ...]:
    """The script of a stream of these events."""
    return (STREAM, *map(piece, events), STREAM_END)


def settings_at(base_url: str) -> dict[str, str]:
    """The settings of a server whose OpenAI and Anthropic are there."""
    return {"HEADWATER_PROXY_UPSTREAMS": msgspec.json.encode({"openai": base_url, "anthropic": base_url}).decode()}
