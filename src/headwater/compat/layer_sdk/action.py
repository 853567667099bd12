"""Layer's actions as spans. What was asked and what was answered come as actions of their own: halves of one call.

An id is made from the session and all that the action says, so that an action which is sent again is the same span.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from headwater.compat.layer_sdk.memory import Known
from headwater.compat.reading import (
    list_in,
    merged,
    metadata_in,
    moment_in,
    object_in,
    span_id_from,
    text_in,
    trace_id_from,
)
from headwater.event import Call, Failure, Message, Span, Usage
from headwater.loader import ANSWERED, ASKED, FURTHER
from headwater.provider import Asked, dialect_named, message_from, messages_from, tool_call_from, usage_from

SCOPE = "layer_sdk"
_MODEL = "model."
_TOLD_OTHERWISE = frozenset({"extra_headers", "user.id", "environment", "stream", "chunk.count", "chunk_count"})
_WORDS = {"True": True, "true": True, "False": False, "false": False, "None": None}
# Attributes of an answer, and what a version of the client says about settings without saying them.
_NO_SETTINGS = frozenset({"id", "created", "completion_id", "has_response_format", "has_metadata", "has_tools"})
_TEXTS = frozenset({"user", "id"})

_INSTRUMENTS = {
    "model.completion_id": "openai",
    "model.encoding_format": "openai",
    "chunk.count": "openai",
    "extra_headers": "anthropic",
    "chunk_count": "anthropic",
}
"""Attributes that tell which vendor's client was observed. Actions that people write themselves have none of them."""


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """An action as it was sent, its optional parts brought into one shape. Times are Unix nanoseconds."""

    kind: str
    start_ns: int | None
    end_ns: int | None
    attributes: Mapping[str, Any]
    data: Any
    error: Mapping[str, Any] | None
    scanners: tuple[Mapping[str, Any], ...]
    told: str
    """All of it as one text, the same for the same action."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an action belongs, and when it came (Unix nanoseconds)."""

    session: str
    known: Known
    received_ns: int

    @property
    def trace_id(self) -> str:
        """The trace of the session."""
        return trace_id_from("layer", self.session)

    @property
    def root_id(self) -> str:
        """The span of the session itself."""
        return span_id_from("layer", self.session, "session")


def action_from(value: Any) -> Action | None:
    """Read one action; None for what names no kind."""
    told = object_in(value) if isinstance(value, dict) else {}
    kind = told.get("kind")
    if not isinstance(kind, str) or not kind.strip():
        return None
    error = told.get("error")
    return Action(
        kind=kind.strip(),
        start_ns=moment_in(told.get("start_time")),
        end_ns=moment_in(told.get("end_time")),
        attributes=object_in(told.get("attributes")),
        data=told.get("data"),
        error=(object_in(error) or {"message": text_in(error)}) if error else None,
        scanners=tuple(each for each in map(object_in, list_in(told.get("scanners"))) if each),
        told=msgspec.json.encode(told, order="deterministic").decode(),
    )


def span_of(action: Action, place: Place) -> Span:
    """An action as a span of its session."""
    attributes, known = action.attributes, place.known
    span = Span(
        trace_id=place.trace_id,
        span_id=span_id_from("layer", place.session, action.told),
        parent_span_id=place.root_id,
        name=action.kind,
        start_ns=action.start_ns or action.end_ns or place.received_ns,
        end_ns=action.end_ns or action.start_ns or place.received_ns,
        status="unset" if action.error is None else "error",
        failure=None if action.error is None else _failure(action.error),
        source="layer",
        scope=SCOPE,
        service_name=known.service,
        environment=text_in(attributes.get("environment")) or known.environment,
        session_id=place.session,
        user_id=text_in(attributes.get("user.id")) or known.user,
        metadata=metadata_in(_own(attributes)),
        attributes=_kept(action),
    )
    return msgspec.structs.replace(span, **_KINDS.get(action.kind, _step)(action))


def joined(spans: list[Span]) -> list[Span]:
    """Spans of actions that came together, in their order: each answer within the call that was asked before it."""
    found: list[Span] = []
    asked = answered = -1
    for span in spans:
        is_further = span.scope == FURTHER and answered >= 0 and found[answered].start_ns == span.start_ns
        if span.scope == ASKED:
            asked, answered = len(found), -1
            found.append(span)
        elif is_further:
            found[answered] = _with_more(found[answered], span)
        elif span.scope in (ANSWERED, FURTHER) and asked >= 0:
            found[asked] = _answered(found[asked], span)
            asked, answered = -1, asked
        else:
            answered = len(found) if span.scope == ANSWERED else answered
            found.append(span)
    return found


def _answered(asked: Span, answer: Span) -> Span:
    """Both halves of a call, as one that is whole."""
    call, said = asked.call or Call(), answer.call or Call()
    whole = msgspec.structs.replace(
        said,
        request_model=call.request_model,
        input=call.input,
        tools=call.tools,
        parameters=call.parameters,
        is_stream=call.is_stream if said.is_stream is None else said.is_stream,
    )
    return msgspec.structs.replace(
        answer,
        call=whole,
        scope=SCOPE,
        user_id=answer.user_id or asked.user_id,
        metadata={**asked.metadata, **answer.metadata},
        attributes={**asked.attributes, **answer.attributes},
    )


def _with_more(span: Span, further: Span) -> Span:
    call, more = span.call or Call(), further.call or Call()
    return msgspec.structs.replace(
        span,
        end_ns=max(span.end_ns, further.end_ns),
        call=msgspec.structs.replace(call, output=(*call.output, *more.output), usage=call.usage or more.usage),
    )


def _asked_half(action: Action) -> dict[str, Any]:
    data = object_in(action.data)
    told = _request("openai.chat", action, messages=data.get("messages") if "messages" in data else action.data)
    call = Call(
        provider=_provider(action),
        request_model=told.model,
        input=told.messages,
        tools=told.tools,
        parameters=told.parameters,
        is_stream=told.is_stream,
    )
    return {"kind": "call", "name": _named("chat", told.model), "scope": ASKED, "call": call, **_user(action, told)}


def _answered_half(action: Action) -> dict[str, Any]:
    data = object_in(action.data)
    said = data.get("messages") if "messages" in data else action.data
    return _answer(action, ANSWERED, () if said is None else messages_from(said, "assistant"))


def _tool_calls(action: Action) -> dict[str, Any]:
    """The wish of a model to have tools run, which the client tells beside the text of the same answer."""
    calls = tuple(filter(None, map(tool_call_from, list_in(object_in(action.data).get("tools")))))
    return _answer(action, FURTHER, (Message(role="assistant", parts=calls),) if calls else ())


def _answer(action: Action, scope: str, output: tuple[Message, ...]) -> dict[str, Any]:
    attributes = action.attributes
    model = text_in(attributes.get("model.id"))
    stream = _word(attributes.get("stream", attributes.get("model.stream")))
    call = Call(
        provider=_provider(action),
        response_model=model,
        response_id=text_in(attributes.get("model.completion_id")),
        output=output,
        usage=_usage(action),
        is_stream=stream if isinstance(stream, bool) else None,
    )
    return {"kind": "call", "name": _named("chat", model), "scope": scope, "call": call}


def _embeddings(action: Action) -> dict[str, Any]:
    told = _request("openai.embeddings", action, input=object_in(action.data).get("input", action.data))
    call = _single(action, told)
    return {"kind": "call", "name": _named("embeddings", told.model), "call": call, **_user(action, told)}


def _moderation(action: Action) -> dict[str, Any]:
    told = _request("openai.moderations", action, input=object_in(action.data).get("input", action.data))
    named = [each for each in action.scanners if text_in(each.get("name")).startswith("openai_moderation_")]
    dialect = dialect_named("openai.moderations")
    results = [{"categories": each.get("data")} for each in named]
    output = () if dialect is None or not results else dialect.response({"results": results}).messages
    call = msgspec.structs.replace(_single(action, told), output=output)
    return {"kind": "call", "name": _named("moderation", told.model), "call": call, **_user(action, told)}


def _single(action: Action, told: Asked) -> Call:
    return Call(
        operation=told.operation,
        provider=_provider(action),
        request_model=told.model,
        input=told.messages,
        parameters=told.parameters,
        usage=_usage(action),
    )


def _attachment(action: Action) -> dict[str, Any]:
    told = object_in(action.data)
    content = [_part(each) for each in list_in(told.get("content"))]
    message = message_from({**told, "content": content} if content else action.data)
    return {"input_messages": (message,)} if action.data is not None else {}


def _step(action: Action) -> dict[str, Any]:
    return {"input": action.data}


_KINDS: dict[str, Callable[[Action], dict[str, Any]]] = {
    "completion_prompt": _asked_half,
    "completion_output": _answered_half,
    "completion_tool_call": _tool_calls,
    "completion_prompt_attachment": _attachment,
    "embeddings": _embeddings,
    "moderation": _moderation,
}
"""What an action of a kind is besides a step; a kind that is not here is a step."""


def _part(value: Any) -> Any:
    """A piece of an attachment as the vendor writes it, where Layer's client wrote it in its own way."""
    told = object_in(value)
    if told.get("type") == "audio":
        sound = {"data": told.get("audio_data"), "format": told.get("audio_format")}
        return {"type": "input_audio", "input_audio": sound}
    if told.get("type") == "file" and "file_data" in told:
        return {"type": "file", "file": {"filename": told.get("file_name"), "file_data": told["file_data"]}}
    return value


def _request(dialect: str, action: Action, **said: Any) -> Asked:
    """The vendor's request that attributes tell piece by piece, most of them as text."""
    attributes = action.attributes
    body: dict[str, Any] = {"model": text_in(attributes.get("model.id"))}
    for name, value in attributes.items():
        setting = name.removeprefix(_MODEL)
        if setting != name and setting not in _NO_SETTINGS:
            body[setting] = text_in(value) if setting in _TEXTS else _word(value)
    reader = dialect_named(dialect)
    return Asked() if reader is None else reader.request({**body, **said})


def _word(value: Any) -> Any:
    """What a text says that was made of a number, a truth or JSON; any other as it is."""
    if not isinstance(value, str):
        return value
    if value in _WORDS:
        return _WORDS[value]
    try:
        return msgspec.json.decode(value)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return value


def _usage(action: Action) -> Usage | None:
    told = merged(*(object_in(each.get("data")) for each in action.scanners if each.get("name") == "usage"))
    # The client writes a total of 0 where the vendor tells none.
    counted = {name: value for name, value in told.items() if name != "total_tokens" or value}
    return usage_from(counted) if counted else None


def _provider(action: Action) -> str:
    return next((provider for name, provider in _INSTRUMENTS.items() if name in action.attributes), "")


def _failure(error: Mapping[str, Any]) -> Failure:
    return Failure(type=text_in(error.get("code")) or "error", message=text_in(error.get("message")))


def _user(action: Action, told: Asked) -> dict[str, Any]:
    """The user as the request to the vendor names him, where the action does not."""
    return {"user_id": told.user} if told.user and not action.attributes.get("user.id") else {}


def _own(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What the user attached, without what the client's instruments attach."""
    return {
        name: value for name, value in attributes.items() if name not in _TOLD_OTHERWISE and not name.startswith(_MODEL)
    }


def _kept(action: Action) -> dict[str, Any]:
    """Attributes as sent. Headers that went to the vendor hold secrets, so they are left out."""
    kept = {name: value for name, value in action.attributes.items() if name != "extra_headers"}
    more = {"layer.kind": action.kind, "layer.scanners": list(action.scanners), "layer.error": action.error}
    return {**kept, **{name: value for name, value in more.items() if value}}


def _named(operation: str, model: str) -> str:
    return f"{operation} {model}".strip()
