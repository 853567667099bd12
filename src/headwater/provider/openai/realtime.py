"""Realtime: a session over a WebSocket, in which responses are made. One response is one call.

Its request is no body. It is told as `{"session": …, "items": […], "response": …}`: the session as last set, what came
into the conversation since the response before, and what the response was asked with. Of speech only the transcript is
kept. Events have the names of Responses, but for those of speech and for those that the beta named otherwise.
"""

from collections.abc import Mapping
from typing import Any

from headwater.event import Failure
from headwater.provider.dialect import Answered, Asked, StreamReader
from headwater.provider.failure import failure_from
from headwater.provider.narrow import is_object, object_of, objects_of, text_of
from headwater.provider.openai.responses import dialect as responses

# What a session holds besides: ids, times, a client's secret.
_SETTINGS = (
    "model",
    "instructions",
    "tools",
    "tool_choice",
    "temperature",
    "max_output_tokens",
    "max_response_output_tokens",
    "output_modalities",
    "modalities",
    "voice",
    "reasoning",
    "metadata",
)
_SPOKEN = frozenset({"audio", "input_audio", "output_audio"})
_TRANSCRIPTS = frozenset({"response.output_audio_transcript.delta", "response.audio_transcript.delta"})
_TEXT = "response.output_text.delta"
_BETA = {"response.text.delta": _TEXT}
_SOUNDS = frozenset({"response.output_audio.delta", "response.audio.delta"})


class Realtime:
    """Responses that are made in a session."""

    name = "openai.realtime"
    provider = "openai"
    operation = "chat"

    def request(self, body: Any) -> Asked:
        """Read a session, the new items and a response's own settings."""
        told = object_of(body)
        session, asked = object_of(told.get("session")), object_of(told.get("response"))
        settings = {name: source[name] for source in (session, asked) for name in _SETTINGS if name in source}
        items = [_transcribed(item) for item in objects_of(asked.get("input") or told.get("items"))]
        return responses.request({**settings, "input": items, "stream": True})

    def response(self, body: Any) -> Answered:
        """Read a response as its last event tells it."""
        return responses.response(_as_response(object_of(body)))

    def failure(self, status: int | None, body: Any) -> Failure:
        """Read an error event, or an error's body."""
        return failure_from(status, body)

    def reader(self) -> StreamReader:
        """A reader for the events of one response."""
        return _Reader()


dialect = Realtime()


class _Reader:
    def __init__(self) -> None:
        self._reader = responses.reader()

    def feed(self, event: Mapping[str, Any]) -> bool:
        kind = text_of(event.get("type"))
        if kind in _SOUNDS:
            return True
        if kind in _TRANSCRIPTS:
            kind = _TEXT
        read = {**event, "type": _BETA.get(kind, kind)}
        if is_object(event.get("response")):
            read["response"] = _as_response(event["response"])
        if is_object(event.get("item")):
            read["item"] = _transcribed(event["item"])
        return self._reader.feed(read)

    def answered(self) -> Answered:
        return self._reader.answered()


def _as_response(told: dict[str, Any]) -> dict[str, Any]:
    """A response of this wire as one of Responses."""
    details = object_of(told.get("status_details"))
    response = {**told, "output": [_transcribed(item) for item in objects_of(told.get("output"))]}
    if details.get("error"):
        response["error"] = details["error"]
    if details.get("reason"):
        response["incomplete_details"] = {"reason": details["reason"]}
    return response


def _transcribed(item: dict[str, Any]) -> dict[str, Any]:
    """An item whose speech is its transcript; speech without one is only named."""
    if not any(entry.get("type") in _SPOKEN for entry in objects_of(item.get("content"))):
        return item
    return {**item, "content": [_as_text(entry) for entry in objects_of(item["content"])]}


def _as_text(entry: dict[str, Any]) -> dict[str, Any]:
    if entry.get("type") not in _SPOKEN:
        return entry
    transcript = text_of(entry.get("transcript"))
    return {"type": "output_text", "text": transcript} if transcript else {"type": entry["type"]}
