"""Telling a recorded call: from what was taken down on the wire to a span. Pure, and off every path.

A request that asks a model is a call, also where no dialect reads it: then it is opaque, told as it is. Everything else
that passes (lists, files, batches) is a step, so that calls are not counted too many.
"""

import re
from typing import Any

from msgspec.structs import replace

from headwater.capture.answer import Answer, Heard, heard_of
from headwater.capture.body import load_decoder, plain_chunks
from headwater.capture.clients import session_in
from headwater.capture.recorded import Recorded
from headwater.capture.request import Cut, asked_of
from headwater.capture.scope import Scope
from headwater.capture.span import Taken, span_of
from headwater.event import Failure, Span
from headwater.provider import Answered, Place, opaque_dialect, place_of, provider_of

_NAME = "headwater.proxy"
_SESSION_NAME = "session.name"
_END = "headwater.stream.end"
_OPAQUE = "opaque"
# Parts of paths under which things are kept and looked after, and no model is asked.
_KEEPING = frozenset(
    {"files", "uploads", "batches", "vector_stores", "fine_tuning", "fine-tuning", "containers", "conversations"}
    | {"evals", "cancel", "organization"}
)
# What a request may become when its encoding is undone, to be kept.
_MAX_REQUEST_BYTES = 32 * 1024 * 1024
# An id stands where a word would: it has a digit.
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{0,39}")
_UNFINISHED = {
    "complete": ("no_answer", "the upstream gave no answer"),
    "closed": ("client_closed", "the client went away before the answer was whole"),
    "cut": ("upstream_closed", "the upstream broke off before the answer was whole"),
    "abandoned": ("relay_stopped", "the relay was stopped before the answer was whole"),
}


def told_of(recorded: Recorded) -> Span:
    """The span of a recorded call: one of kind "call" with what was asked and answered, or for what asks no model one
    of kind "span". Whatever the bytes are, one comes out.
    """
    load_decoder(f"{recorded.request_encoding},{recorded.response_encoding}")
    place = place_in(recorded, asks_model=recorded.method == "POST")
    asked = asked_of(place, _request(recorded), recorded.request_type)
    heard = heard_of(place, _answer(recorded)) if recorded.status else Heard(Answered())
    span = as_relayed(recorded, span_of(taken_from(recorded), place, asked, heard), is_stream=heard.is_stream)
    return span if place.dialect.name != _OPAQUE else _as_opaque(recorded, span)


def as_relayed(recorded: Recorded, span: Span, *, is_stream: bool) -> Span:
    """A span with what the relay alone knows: the client, the upstream, and how it ended otherwise than well."""
    failure = span.failure or _failure(recorded, span, is_stream)
    name = {_SESSION_NAME: recorded.session_name} if recorded.session_name else {}
    call = span.call
    if call is not None and recorded.model_override:
        call = replace(call, priced_as=recorded.model_override)
    return replace(
        span,
        status="unset" if failure is None else "error",
        failure=failure,
        source=_NAME,
        scope=_NAME,
        session_id=span.session_id or session_in(recorded.client_headers),
        metadata={**span.metadata, **name},
        call=call,
        attributes={**span.attributes, **_attributes(recorded)},
    )


def place_in(recorded: Recorded, *, asks_model: bool) -> Place:
    """Where a recorded call went; one that asks no model is opaque whatever its path."""
    by_host = provider_of(recorded.host) or recorded.provider
    place = place_of(recorded.host, recorded.path) if asks_model else None
    if place is None:
        return Place(opaque_dialect(_operation(recorded.path)), by_host or recorded.upstream)
    return place._replace(provider=by_host) if by_host else place


def _operation(path: str) -> str:
    """The last word of a path: `/v1beta/models/gemini-2:countTokens` asks for countTokens, `/v1/files/file-1` files."""
    words = re.split(r"[/:]", path.partition("?")[0])
    return next((word for word in reversed(words) if _WORD.fullmatch(word)), _OPAQUE)


def _request(recorded: Recorded) -> bytes | Cut | None:
    size_bytes = max(recorded.request_bytes, len(recorded.request))
    plain = plain_chunks([recorded.request], recorded.request_encoding)
    if plain is None:
        return Cut(b"", b"", size_bytes)
    body = b"".join(plain)
    if len(body) > _MAX_REQUEST_BYTES:
        return Cut(body)
    if size_bytes > len(recorded.request):
        return Cut(body, b"" if recorded.request_encoding else recorded.request_tail, size_bytes)
    return body


def chunks_of(recorded: Recorded) -> list[bytes]:
    """The chunks in which an answer came; what no length tells of is the last."""
    chunks: list[bytes] = []
    at = 0
    for size in recorded.chunk_bytes:
        chunks.append(recorded.response[at : at + size])
        at += size
    if at < len(recorded.response):
        chunks.append(recorded.response[at:])
    return chunks


def _answer(recorded: Recorded) -> Answer:
    chunks = chunks_of(recorded)
    late = [recorded.duration_ns] * (len(chunks) - len(recorded.chunk_ns))
    return Answer(
        status=recorded.status,
        content_type=recorded.response_type,
        encoding=recorded.response_encoding,
        chunks=chunks,
        times_ns=[*recorded.chunk_ns, *late],
        tail=recorded.tail,
        lost_bytes=recorded.lost_bytes,
    )


def taken_from(recorded: Recorded) -> Taken:
    """Who, where and when of a recorded call."""
    return Taken(
        scope=Scope(
            span_id=int.from_bytes(recorded.parent_span_id, "big"),
            session_id=recorded.session_id,
            user_id=recorded.user_id,
            tags=recorded.tags,
            metadata=recorded.metadata,
        ),
        trace_id=int.from_bytes(recorded.trace_id, "big"),
        span_id=int.from_bytes(recorded.span_id, "big"),
        host=recorded.host,
        port=recorded.port,
        start_ns=recorded.start_ns,
        end_ns=recorded.start_ns + recorded.duration_ns,
        status=recorded.status,
        attempts=recorded.attempts,
        end=recorded.end if recorded.status else None,
    )


def _failure(recorded: Recorded, span: Span, is_stream: bool) -> Failure | None:
    """Why there is no whole answer. A client that stops reading a stream has what it wanted."""
    if recorded.failure_type:
        return Failure(type=recorded.failure_type, message=recorded.failure_message)
    is_unfinished = recorded.end != "complete" and span.attributes.get(_END, "complete") != "complete"
    if recorded.status and (not is_unfinished or (is_stream and recorded.end == "closed")):
        return None
    kind, message = _UNFINISHED[recorded.end]
    return Failure(type=kind, message=message)


def _attributes(recorded: Recorded) -> dict[str, Any]:
    """What is worth asking for later; the names are OpenTelemetry's where it has one."""
    is_kept = recorded.request_bytes <= len(recorded.request) and not recorded.lost_bytes
    return {
        "headwater.upstream": recorded.upstream,
        **_given("headwater.upstream.request_id", recorded.request_id),
        **_given("headwater.key_id", recorded.key_id),
        **_given("user_agent.original", recorded.client),
        **_given("http.request.resend_count", recorded.resend),
        **_given("headwater.usage_injected", recorded.is_usage_injected),
        **({} if is_kept else _sizes(recorded)),
        **_given("headwater.request.sha256", recorded.request_sha256),
        **_given("headwater.response.sha256", recorded.response_sha256),
    }


def _given(name: str, value: Any) -> dict[str, Any]:
    return {name: value} if value else {}


def _sizes(recorded: Recorded) -> dict[str, Any]:
    return {
        "http.request.body.size": max(recorded.request_bytes, len(recorded.request)),
        "http.response.body.size": len(recorded.response) + recorded.lost_bytes,
    }


def _as_opaque(recorded: Recorded, span: Span) -> Span:
    path = recorded.path.partition("?")[0]
    about = {"http.request.method": recorded.method, "url.path": path, **_sizes(recorded)}
    if _END in span.attributes:
        # No reader knows how such a stream ends: the connection alone tells.
        about[_END] = recorded.end
    told = replace(span, attributes={**span.attributes, **about})
    call = span.call
    if call is None or (recorded.method == "POST" and _KEEPING.isdisjoint(path.split("/"))):
        return told
    return replace(
        told,
        kind="span",
        name=f"{recorded.method} {call.operation}",
        call=None,
        input_messages=call.input,
        output_messages=call.output,
    )
