"""OpenAI's smaller endpoints, asked by its own client."""

import base64
import io
import wave
from typing import Any

import openai
import pytest


def likeness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_texts_that_share_words_have_vectors_that_are_alike(openai_client: openai.OpenAI) -> None:
    texts = ["return a broken lamp", "how do I return my lamp", "opening hours on sunday"]
    answer = openai_client.embeddings.create(model="text-embedding-3-small", input=texts)
    vectors = [each.embedding for each in answer.data]
    assert [len(vector) for vector in vectors] == [1536] * 3
    assert likeness(vectors[0], vectors[1]) > likeness(vectors[0], vectors[2]) + 0.2
    assert likeness(vectors[0], vectors[0]) == pytest.approx(1, abs=0.001)


def test_floats_and_base64_say_the_same(openai_client: Any) -> None:
    asked: Any = {"model": "text-embedding-3-large", "input": "a lamp", "dimensions": 64}
    floats = openai_client.embeddings.create(**asked, encoding_format="float").data[0].embedding
    packed = openai_client.embeddings.create(**asked).data[0].embedding
    assert packed == pytest.approx(floats, abs=1e-6)
    assert len(packed) == 64


def test_tokens_can_be_embedded(openai_client: openai.OpenAI) -> None:
    answer = openai_client.embeddings.create(model="text-embedding-3-small", input=[[1, 2, 3], [4]])
    assert len(answer.data) == 2


def test_nothing_cannot_be_embedded(openai_client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="input"):
        openai_client.embeddings.create(model="text-embedding-3-small", input=[])


def test_a_legacy_completion_is_whole_or_streamed(openai_client: Any) -> None:
    asked: Any = {"model": "gpt-3.5-turbo-instruct", "prompt": "What is the capital of Spain?"}
    whole = openai_client.completions.create(**asked)
    with openai_client.completions.create(**asked, stream=True, stream_options={"include_usage": True}) as stream:
        chunks: list[Any] = list(stream)
    assert whole.choices[0].text == "The capital of Spain is Madrid."
    assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == whole.choices[0].text
    assert chunks[-1].usage == whole.usage


def test_what_is_harmful_is_flagged(openai_client: openai.OpenAI) -> None:
    answer = openai_client.moderations.create(input=["I will kill him", "I would like a lamp"])
    assert [each.flagged for each in answer.results] == [True, False]
    assert answer.results[0].categories.violence


def test_a_picture_is_a_picture(openai_client: openai.OpenAI) -> None:
    answer = openai_client.images.generate(model="gpt-image-1", prompt="a lamp", n=2)
    assert answer.data is not None
    assert len(answer.data) == 2
    assert base64.b64decode(answer.data[0].b64_json or "").startswith(b"\x89PNG")
    assert answer.usage is not None
    assert answer.usage.output_tokens == 2 * 1056


def test_speech_can_be_played(openai_client: openai.OpenAI) -> None:
    answer = openai_client.audio.speech.create(
        model="gpt-4o-mini-tts", voice="alloy", input="Hello", response_format="wav"
    )
    with wave.open(io.BytesIO(answer.read())) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (24000, 1)


def test_a_recording_is_written_down(openai_client: Any) -> None:
    asked: Any = {"model": "gpt-4o-transcribe", "file": ("a.wav", b"RIFF" + bytes(5000))}
    whole = openai_client.audio.transcriptions.create(**asked)
    assert whole.text
    with openai_client.audio.transcriptions.create(**asked, stream=True) as stream:
        events: list[Any] = list(stream)
    assert events[-1].text == "".join(event.delta for event in events[:-1])


def test_models_are_listed(openai_client: openai.OpenAI) -> None:
    assert "gpt-4o-mini" in {model.id for model in openai_client.models.list()}
    assert openai_client.models.retrieve("gpt-4o").id == "gpt-4o"
    with pytest.raises(openai.NotFoundError):
        openai_client.models.retrieve("gpt-0")


def test_what_is_not_there_is_said_not_to_be_there(openai_client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="unknown request URL"):
        openai_client.post("/nothing", cast_to=object)
