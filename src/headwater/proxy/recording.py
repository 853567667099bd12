"""Recording: a call that is over, as the record that the journal keeps of it."""

from typing import TYPE_CHECKING

from headwater.capture import SESSION_HEADERS, End, Recorded
from headwater.proxy.taking import Body, shown_path

if TYPE_CHECKING:
    from headwater.proxy.relay import Relay

_SESSION_HEADERS = frozenset(name.encode() for name in SESSION_HEADERS)


def recorded_of(relay: "Relay", how: End) -> Recorded:
    """What is kept of a relayed call that ended like this."""
    told, taking, answering = relay.told, relay.taking, relay.answering
    asked, answer = taking.request, taking.answer
    policy = relay.policy
    failure_type, failure_message = relay.failure
    return Recorded(
        trace_id=relay.trace_id,
        span_id=relay.span_id,
        parent_span_id=told.parent_id,
        start_ns=taking.start_ns,
        duration_ns=taking.elapsed_ns(),
        method=relay.method.decode("latin-1"),
        host=relay.base.host,
        port=relay.base.port,
        path=shown_path(relay.target),
        upstream=relay.upstream.name,
        provider=relay.upstream.provider,
        request_type=told.content_type,
        request_encoding=told.content_encoding,
        request=_kept(asked),
        request_bytes=asked.size_bytes,
        request_sha256=asked.sha256(),
        status=answering.status,
        response_type=answering.content_type.decode("latin-1"),
        response_encoding=answering.encoding.decode("latin-1"),
        response=_kept(answer) if answer is not None else b"",
        chunk_bytes=tuple(map(len, answer.pieces)) if answer is not None else (),
        chunk_ns=tuple(taking.chunk_ns),
        tail=answer.tail() if answer is not None else b"",
        lost_bytes=answer.lost_bytes() if answer is not None else 0,
        response_sha256=answer.sha256() if answer is not None else "",
        end=how,
        failure_type=failure_type,
        failure_message=failure_message,
        attempts=relay.asking.attempts,
        resend=told.resend,
        session_id=told.session_id,
        session_name=told.session_name,
        user_id=told.user_id,
        tags=told.tags,
        metadata=told.metadata,
        key_id=policy.key_id if policy is not None else "",
        client=told.client,
        request_id=answering.request_id.decode("latin-1"),
        is_usage_injected=relay.asking.is_injected,
        model_override=told.model_override,
        client_headers={
            name.decode(): value.decode("latin-1") for name, value in relay.headers if name in _SESSION_HEADERS
        },
    )


def _kept(body: Body) -> bytes:
    return body.pieces[0] if len(body.pieces) == 1 else b"".join(body.pieces)
