"""A door held in this process: an ASGI application asked without a socket, on a journal that is real."""

from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from headwater.errors import Unauthorized
from headwater.event import Envelope, envelope_from
from headwater.ingest import Counters, IngestSettings, Intake, LangfuseSideCalls, OtlpHttp
from headwater.journal import JournalSettings, Reader, Writer

PROTOBUF = "application/x-protobuf"
JSON = "application/json"


class Answered(msgspec.Struct, frozen=True):
    """What an application sent back; `status` is 0 when it sent nothing."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class OneKey:
    """A gate that knows one key. It forgets at once, so that every request is asked for twice."""

    def recall(self, headers: Mapping[str, str]) -> str | None:
        """Nothing is remembered."""
        return None

    def admit(self, headers: Mapping[str, str]) -> str:
        """The project of the one key."""
        if headers.get("x-headwater-key") != "hw_good":
            raise Unauthorized("the key is unknown or revoked")
        return "project-1"

    def key_id(self, headers: Mapping[str, str]) -> str:
        """The id of the one key."""
        return "key-1"


class Door:
    """The receivers of one edge over a journal in `folder`."""

    def __init__(self, folder: Path, settings: IngestSettings | None = None, journal: JournalSettings | None = None):
        self.counters = Counters()
        self.gate = OneKey()
        self._folder = folder
        self.writer = Writer(folder, "edge-0", journal or JournalSettings())
        self.intake = Intake(self.writer, settings or IngestSettings(), self.counters)
        self._otlp = OtlpHttp(self.intake, self.gate)
        self._langfuse = LangfuseSideCalls(self.intake, self.gate)

    async def post(
        self, path: str, *pieces: bytes, headers: Mapping[str, str] | None = None, method: str = "POST"
    ) -> Answered:
        """Ask with the good key; each piece is a message of its own."""
        sent = {"content-type": PROTOBUF, "x-headwater-key": "hw_good"} | dict(headers or {})
        application = self._langfuse if path.startswith("/api/public/") and "otel" not in path else self._otlp
        return await ask(application, path, method, sent, messages_of(pieces or (b"",)))

    @property
    def accepted(self) -> int:
        """Bytes that were made durable so far."""
        return self.counters.reading().bytes_accepted

    def envelopes(self) -> list[Envelope]:
        """What the journal holds."""
        with closing(Reader(self._folder, "edge-0")) as reader:
            return [envelope_from(record.head, record.body) for _, record in reader.read(0, 1 << 30)]

    def close(self) -> None:
        """Let go of the journal."""
        self.writer.close()


def messages_of(pieces: Iterable[bytes]) -> list[dict[str, Any]]:
    """ASGI messages of a body in pieces."""
    found = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    found[-1]["more_body"] = False
    return found


async def ask(
    application: Any, path: str, method: str, headers: Mapping[str, str], messages: list[dict[str, Any]]
) -> Answered:
    """Run one request through an ASGI application."""
    waiting = iter(messages)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(waiting, {"type": "http.disconnect"})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await application({"type": "http", "path": path, "method": method, "headers": raw}, receive, send)
    if not sent:
        return Answered(0, {}, b"")
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answered(sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:]))
