"""The three calls that Langfuse's SDK makes beside OTLP, answered so that it stays quiet and loses no score.

v3 and v4 send scores in a batch to /api/public/ingestion, v5 as an array to /api/public/scores; media uploads are asked
for at /api/public/media, where no upload address means "there already": the content came inside its span.
"""

from typing import Any, TypeVar, cast

import msgspec

from headwater.clock import now_ns
from headwater.errors import BadRequest, HeadwaterError, TooLarge, Unauthorized, Unavailable
from headwater.event import Envelope
from headwater.ingest.asgi import Disconnected, Receive, Scope, Send, answer, headers_of, read_body, retry_headers
from headwater.ingest.gate import Gate, admitted
from headwater.ingest.intake import Intake
from headwater.ingest.kept import kept_headers

LANGFUSE_PATHS = {
    "/api/public/media": "media",
    "/api/public/ingestion": "ingestion",
    "/api/public/scores": "scores",
}

_STATUS: dict[type[HeadwaterError], int] = {TooLarge: 413, BadRequest: 400, Unauthorized: 401, Unavailable: 503}


_Shape = TypeVar("_Shape")


class LangfuseSideCalls:
    """An ASGI application for the paths of `LANGFUSE_PATHS`."""

    def __init__(self, intake: Intake, gate: Gate) -> None:
        self._intake = intake
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        call = LANGFUSE_PATHS[scope["path"]]
        door = f"langfuse.{call}"
        extra: dict[str, str] = {}
        try:
            status, answered = await self._take(call, scope["method"], headers_of(scope), receive)
        except Disconnected:
            return
        except HeadwaterError as error:
            status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 503)
            answered = {"message": str(error), "error": type(error).__name__}
            extra = retry_headers(error) if isinstance(error, Unavailable) else {}
        self._intake.counters.answered(door, status)
        await answer(send, status, "application/json", msgspec.json.encode(answered), extra)

    async def _take(self, call: str, method: str, headers: dict[str, str], receive: Receive) -> tuple[int, Any]:
        if method != "POST":
            return 405, {"message": f"method {method!r} is not taken here: send POST", "error": "MethodNotAllowed"}
        project = await admitted(self._gate, headers)
        key_id = self._gate.key_id(headers)
        with self._intake.room() as room:
            came, body = await read_body(receive, headers, self._intake.settings.body_limit_bytes, room)
            if call == "media":
                return 201, {"mediaId": _media_id(body), "uploadUrl": None}
            items, rejected = _items(call, body)
            self._intake.counters.rejected(f"langfuse.{call}: invalid item", rejected)
            await self._intake.accept(
                Envelope(
                    door=f"langfuse.{call}",
                    project=project,
                    received_ns=now_ns(),
                    headers=kept_headers(headers, key_id),
                    items=len(items),
                    body=came,
                )
            )
        errors = [{"id": "", "status": 400, "message": "an item must be a JSON object"}] * rejected
        if call == "scores":
            # v5's SDK takes exactly this for success, and 207 with counts for what was turned away.
            partial = {"accepted": len(items), "rejected": rejected, "errors": errors}
            return (207, partial) if rejected else (202, {"message": "Accepted"})
        return 207, {"successes": [{"id": each.get("id", ""), "status": 201} for each in items], "errors": errors}


class _Media(msgspec.Struct, frozen=True):
    content_hash: str = msgspec.field(name="sha256Hash")


class _Batch(msgspec.Struct, frozen=True):
    batch: list[Any]


def _decoded(body: bytes, kind: type[_Shape]) -> _Shape:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadRequest(f"the body cannot be read: {error}") from error


def _items(call: str, body: bytes) -> tuple[list[dict[str, Any]], int]:
    """The items of a batch, and how many others were in it that are no objects."""
    if call == "ingestion":
        sent = _decoded(body, _Batch).batch
    elif body.lstrip()[:1] == b"[":
        sent = _decoded(body, list[Any])
    else:
        sent = [_decoded(body, dict[str, Any])]
    items = [cast("dict[str, Any]", each) for each in sent if isinstance(each, dict)]
    if sent and not items:
        raise BadRequest("no item of the body is a JSON object: send scores as objects")
    return items, len(sent) - len(items)


def _media_id(body: bytes) -> str:
    """Langfuse's own rule: the media's id is made from the SHA-256 of its content, URL-safe, 22 characters."""
    return _decoded(body, _Media).content_hash.replace("+", "-").replace("/", "_")[:22]
