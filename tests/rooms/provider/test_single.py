"""Endpoints whose answer is one object."""

from headwater.event import Blob, Message, Text, Unknown, Uri
from tests.rooms.provider.recordings import RECORDED, load, named, read_events

MOCK = RECORDED / "mock"


def test_each_text_to_embed_is_a_message_and_the_vectors_are_not_kept():
    embeddings, case = named("openai.embeddings"), MOCK / "openai.embeddings" / "two"
    asked = embeddings.request(load(case / "request.json"))
    answered = embeddings.response(load(case / "response.json"))
    assert [message.parts for message in asked.messages] == [(Text(content="a"),), (Text(content="b"),)]
    assert asked.parameters == {"embeddings.dimension.count": 4}
    assert answered.messages == ()
    assert answered.usage is not None
    assert (answered.usage.input, answered.usage.output) == (16, 0)


def test_tokens_to_embed_are_one_message():
    (message,) = named("openai.embeddings").request({"input": [101, 102, 103]}).messages
    assert message.parts == (Unknown(generic_type="tokens", raw=[101, 102, 103]),)


def test_a_moderations_verdict_is_kept():
    answered = named("openai.moderations").response(load(MOCK / "openai.moderations" / "one" / "response.json"))
    (part,) = answered.messages[0].parts
    assert isinstance(part, Unknown)
    assert part.raw["flagged"] is False


def test_images_are_kept_inline_or_by_address():
    images = named("openai.images")
    inline = images.response({"data": [{"b64_json": "QUJD", "revised_prompt": "a cat"}], "output_format": "webp"})
    named_by_address = images.response({"data": [{"url": "https://x.example/a.png"}]})
    assert inline.messages[0].parts == (
        Text(content="a cat"),
        Blob(modality="image", content="QUJD", mime_type="image/webp"),
    )
    assert named_by_address.messages[0].parts == (Uri(modality="image", uri="https://x.example/a.png"),)


def test_a_streamed_image_is_complete_with_its_closing_event():
    images = named("openai.images")
    partial = {"type": "image_generation.partial_image", "b64_json": "QQ=="}
    usage = {"input_tokens": 12, "output_tokens": 1056, "total_tokens": 1068}
    closing = {"type": "image_generation.completed", "b64_json": "QUJD", "usage": usage}
    assert not read_events(images, [partial]).is_complete
    answered = read_events(images, [partial, closing])
    assert answered.is_complete
    assert answered.messages[0].parts == (Blob(modality="image", content="QUJD"),)
    assert answered.usage is not None
    assert answered.usage.output == 1056


def test_a_streamed_transcript_may_be_cut():
    transcriptions = named("openai.transcriptions")
    deltas = [{"type": "transcript.text.delta", "delta": text} for text in ("The ", "capital")]
    cut = read_events(transcriptions, deltas)
    assert cut.messages == (Message(role="assistant", parts=(Text(content="The capital"),)),)
    assert not cut.is_complete
    done = read_events(transcriptions, [*deltas, {"type": "transcript.text.done", "text": "The capital."}])
    assert done.messages[0].parts == (Text(content="The capital."),)
    assert done.is_complete


def test_what_is_to_be_said_is_the_input():
    asked = named("openai.speech").request({"model": "tts-1", "input": "Hello", "voice": "alloy"})
    assert asked.messages == (Message(role="user", parts=(Text(content="Hello"),)),)
    assert asked.parameters == {"voice": "alloy"}
