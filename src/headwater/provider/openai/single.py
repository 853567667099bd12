"""Endpoints whose answer is one object: embeddings, moderations, images, speech, transcriptions.

Vectors are not kept, and of sound only what the answer says in text: they are results for machines, and large.
"""

from collections.abc import Callable, Mapping
from typing import Any

from headwater.event import Failure, Message, Part, Text, Unknown
from headwater.provider.asking import asked_from
from headwater.provider.dialect import Answered, Asked, StreamReader
from headwater.provider.failure import error_in, failure_from
from headwater.provider.message import messages_from
from headwater.provider.narrow import object_of, objects_of, text_of, text_or_none
from headwater.provider.openai.chat import cost_of, reported_usage
from headwater.provider.part import media_from
from headwater.provider.usage import usage_from

_Output = Callable[[Mapping[str, Any]], list[Part]]


class Single:
    """An endpoint whose request has its input in one field, and whose answer has its output where `output` finds it."""

    def __init__(self, name: str, operation: str, input_field: str, output: _Output) -> None:
        self.name = name
        self.provider = "openai"
        self.operation = operation
        self._input_field = input_field
        self._output = output

    def request(self, body: Any) -> Asked:
        """Read a request's decoded body."""
        told = object_of(body)
        system = messages_from(told.get("instructions"), "system")
        return asked_from(told, self.operation, system + messages_from(told.get(self._input_field)))

    def response(self, body: Any) -> Answered:
        """Read a whole answer's decoded body."""
        told = object_of(body)
        usage, failure = reported_usage(told), error_in(body)
        parts = self._output(told)
        return Answered(
            model=text_of(told.get("model")),
            id=text_of(told.get("id")),
            messages=(Message(role="assistant", parts=tuple(parts)),) if parts else (),
            usage=usage_from(usage) if usage else None,
            service_tier=text_of(told.get("service_tier")),
            is_complete=bool(told) and failure is None,
            failure=failure,
            reported_cost_usd=cost_of(usage),
        )

    def failure(self, status: int | None, body: Any) -> Failure:
        """Read an error's body."""
        return failure_from(status, body)

    def reader(self) -> StreamReader:
        """A reader for the events of a streamed image, speech or transcription."""
        return _LastReader(self)


class _LastReader:
    """Keeps the text that came in deltas until the closing event brings the whole."""

    def __init__(self, dialect: Single) -> None:
        self._dialect = dialect
        self._deltas: list[str] = []
        self._told: dict[str, Any] = {}
        self._is_closed = False

    def feed(self, event: Mapping[str, Any]) -> bool:
        kind = text_of(event.get("type"))
        if kind.endswith(".delta"):
            delta = event.get("delta")
            self._deltas.append(text_of(delta))
            return bool(delta or event.get("audio"))
        self._told = {**self._told, **event}
        self._is_closed |= not kind.endswith((".partial_image", "error"))
        return bool(event.get("b64_json"))

    def answered(self) -> Answered:
        told = self._told if self._is_closed or not self._deltas else {**self._told, "text": "".join(self._deltas)}
        whole = self._dialect.response(told)
        return whole if self._is_closed else _unfinished(whole)


def _unfinished(answered: Answered) -> Answered:
    return Answered(
        model=answered.model,
        id=answered.id,
        messages=answered.messages,
        usage=answered.usage,
        service_tier=answered.service_tier,
        failure=answered.failure,
    )


def _nothing(_body: Mapping[str, Any]) -> list[Part]:
    return []


def _results(body: Mapping[str, Any]) -> list[Part]:
    return [Unknown(generic_type="moderation", raw=result) for result in objects_of(body.get("results"))]


def _images(body: Mapping[str, Any]) -> list[Part]:
    mime = f"image/{body['output_format']}" if isinstance(body.get("output_format"), str) else None
    found: list[Part] = []
    for image in objects_of(body.get("data")) or ([body] if body.get("b64_json") else []):
        if text_or_none(image.get("revised_prompt")):
            found.append(Text(content=image["revised_prompt"]))
        # The event of a streamed image has these fields itself.
        part = media_from("image", image.get("url") or image.get("b64_json"), mime)
        if part is not None:
            found.append(part)
    return found


def _transcript(body: Mapping[str, Any]) -> list[Part]:
    text = body.get("text")
    return [Text(content=text)] if isinstance(text, str) and text else []


embeddings = Single("openai.embeddings", "embeddings", "input", _nothing)
moderations = Single("openai.moderations", "moderation", "input", _results)
images = Single("openai.images", "image_generation", "prompt", _images)
speech = Single("openai.speech", "speech", "input", _nothing)
transcriptions = Single("openai.transcriptions", "transcription", "prompt", _transcript)
