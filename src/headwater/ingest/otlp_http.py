"""OTLP over HTTP: the duties of a receiver (opentelemetry-proto 1.11.0, docs/specification.md).

The response's type is the request's; limits hold after decompression; senders retry only 429, 502, 503 and 504, so
what may be sent again gets 503 and what may not gets 4xx; nothing here answers 500.
"""

import msgspec

from headwater.clock import now_ns
from headwater.errors import BadRequest, HeadwaterError, TooLarge, Unauthorized, Unavailable
from headwater.event import Envelope
from headwater.ingest.asgi import Disconnected, Receive, Scope, Send, answer, headers_of, read_body, retry_headers
from headwater.ingest.gate import Gate, admitted
from headwater.ingest.intake import Intake
from headwater.ingest.kept import kept_headers, tally_alone
from headwater.otlp import CHECKS, JSON, PROTOBUF, Checked, encode_error, encode_success

_BASES = ("", "/otel", "/api/public/otel")
OTLP_PATHS = {f"{base}/v1/{signal}": signal for base in _BASES for signal in ("traces", "logs", "metrics")}


class _Refusal(msgspec.Struct, frozen=True):
    """How an error is answered: HTTP status and the code of google.rpc.Status."""

    status: int
    code: int


_REFUSALS: dict[type[HeadwaterError], _Refusal] = {
    TooLarge: _Refusal(413, 8),
    BadRequest: _Refusal(400, 3),
    Unauthorized: _Refusal(401, 16),
    Unavailable: _Refusal(503, 14),
}


class OtlpHttp:
    """An ASGI application for the paths of `OTLP_PATHS`."""

    def __init__(self, intake: Intake, gate: Gate) -> None:
        self._intake = intake
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        signal = OTLP_PATHS[scope["path"]]
        headers = headers_of(scope)
        content_type = _content_type(headers)
        door = f"otlp.{signal}"
        if scope["method"] != "POST" or content_type is None:
            await self._refuse_form(send, scope["method"], headers, door)
            return
        try:
            checked = await self._take(signal, content_type, headers, receive)
        except Disconnected:
            return
        except HeadwaterError as error:
            await self._refuse(send, error, content_type, door)
            return
        self._intake.counters.answered(door, 200)
        body = encode_success(content_type, signal, checked.rejected, checked.message)
        await answer(send, 200, content_type, body)

    async def _take(self, signal: str, content_type: str, headers: dict[str, str], receive: Receive) -> Checked:
        project = await admitted(self._gate, headers)
        key_id = self._gate.key_id(headers)
        with self._intake.room() as room:
            came, body = await read_body(receive, headers, self._intake.settings.body_limit_bytes, room)
            checked = CHECKS[signal](body, content_type)
            if checked.rejected:
                self._intake.counters.rejected(f"otlp.{signal}: invalid item", checked.rejected)
            if checked.accepted:
                await self._intake.accept(
                    Envelope(
                        door=f"otlp.{signal}",
                        project=project,
                        received_ns=now_ns(),
                        headers=kept_headers(headers, key_id),
                        items=checked.accepted,
                        body=came,
                    )
                )
            elif (alone := tally_alone(headers, project, key_id)) is not None:
                await self._intake.accept(alone)
        return checked

    async def _refuse(self, send: Send, error: HeadwaterError, content_type: str, door: str) -> None:
        refusal = next((found for kind, found in _REFUSALS.items() if isinstance(error, kind)), _REFUSALS[Unavailable])
        extra: dict[str, str] = {}
        if refusal.status == 503:
            extra = retry_headers(error) if isinstance(error, Unavailable) else {"retry-after": "2"}
        elif refusal.status == 401:
            extra = {"www-authenticate": 'Bearer realm="headwater"', "x-should-retry": "false"}
        self._intake.counters.answered(door, refusal.status)
        await answer(send, refusal.status, content_type, encode_error(content_type, refusal.code, str(error)), extra)

    async def _refuse_form(self, send: Send, method: str, headers: dict[str, str], door: str) -> None:
        status = 405 if method != "POST" else 415
        given = headers.get("content-type", "")
        text = (
            f"method {method!r} is not taken here: send POST"
            if status == 405
            else f"content-type {given!r} is not taken here: send {PROTOBUF} or {JSON}"
        )
        self._intake.counters.answered(door, status)
        await answer(send, status, JSON, encode_error(JSON, 3, text), {"allow": "POST"} if status == 405 else None)


def _content_type(headers: dict[str, str]) -> str | None:
    given = headers.get("content-type", "").partition(";")[0].strip().lower()
    return given if given in (PROTOBUF, JSON) else None
