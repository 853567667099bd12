"""A project of its own within a running server: what one test sends there, no other sees."""

import base64
import socket
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from headwater.access import Catalog
from tests.serving import PROTOBUF, Answer, Server, wait_until


class Project(msgspec.Struct, frozen=True):
    """A project and its key."""

    server: Server
    id: str
    name: str
    key: str

    @property
    def basic(self) -> str:
        """The key as Langfuse's SDK shows it: a public and a secret half."""
        return "Basic " + base64.b64encode(f"pk-lf-any:{self.key}".encode()).decode()

    def post(
        self, path: str, body: bytes | Iterable[bytes], headers: Mapping[str, str] | None = None, url: str = ""
    ) -> Answer:
        """Post with this project's key; a body in pieces goes out chunked."""
        sent = {"content-type": PROTOBUF, "x-headwater-key": self.key} | dict(headers or {})
        return self.server.request("POST", path, body, sent, url)

    def get(self, path: str) -> Any:
        """Ask the JSON API."""
        answer = self.server.request("GET", f"/api/headwater/v1{path}", headers={"x-headwater-key": self.key})
        assert answer.status == 200, answer.body
        return answer.json()

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask in SQL."""
        return self.server.sql(statement, self.key)

    def await_spans(self, count: int) -> None:
        """Wait until so many spans can be queried, and the totals of their traces, which are stored after them."""
        counts = "SELECT count() FROM spans", "SELECT sum(span_count) FROM traces"
        wait_until(lambda: min(self.sql(each)[0][0] for each in counts) >= count, 20, f"{count} spans")


def make_project(server: Server, name: str) -> Project:
    """Make a project and a key of it, as `headwater projects create` does."""
    catalog = Catalog(f"sqlite:///{server.data / 'catalog.db'}")
    try:
        made = catalog.create_project(name)
        key = catalog.create_key(made.id, "journey")
    finally:
        catalog.close()
    return Project(server, made.id, made.name, key.key)


def raw_request(port: int, text: bytes, timeout_s: float = 10.0) -> bytes:
    """Send bytes over a plain socket and return all that comes back until the server closes or falls silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection:
        connection.sendall(text)
        return connection.recv(65536)
