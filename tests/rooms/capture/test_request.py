"""Requests: JSON, forms, paths that name the model, mappings that never became bytes."""

from typing import Any

import pytest

from headwater.event import Message, Text, Unknown
from tests.rooms.capture.taking import call_of, exchange, span_of, told

FORM = (
    b'--bound\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n'
    b'--bound\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n12\r\n'
    b'--bound\r\nContent-Disposition: form-data; name="temperature"\r\n\r\n0.5\r\n'
    b'--bound\r\nContent-Disposition: form-data; name="stream"\r\n\r\ntrue\r\n'
    b'--bound\r\nContent-Disposition: form-data; name="include[]"\r\n\r\nlogprobs\r\n'
    b'--bound\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    b"\x00\x01--bou\r\nnd\xff\r\n--bound--\r\n"
)


def _form_told(body: bytes, content_type: str = "multipart/form-data; boundary=bound", **more: Any):
    begun = exchange("/v1/audio/transcriptions", **more)
    begun.request = body
    begun.request_type = content_type
    begun.ended("cut")
    return call_of(span_of(begun))


@pytest.mark.parametrize("boundary", ["bound", '"bound"'])
def test_a_form_is_told_without_its_files(boundary: str):
    call = _form_told(FORM, f"multipart/form-data; boundary={boundary}")
    described = {"field": "file", "filename": "a.wav", "mime_type": "audio/wav", "size_bytes": 12}
    assert call.request_model == "whisper-1"
    assert call.parameters == {"temperature": 0.5, "include": ["logprobs"]}
    assert call.is_stream is True
    assert call.input == (
        Message(role="user", parts=(Text(content="12"),)),
        Message(role="user", parts=(Unknown(generic_type="file", raw=described),)),
    )


def test_a_form_past_the_bound_tells_the_fields_at_its_ends():
    body = FORM.replace(b"\xff", b"\xff" * 100_000)
    call = _form_told(body, limit_bytes=50_000)
    assert (call.request_model, call.input[-1].parts[0]) == (
        "whisper-1",
        Unknown(generic_type="cut", raw={"mime_type": "multipart/form-data", "size_bytes": len(body)}),
    )


def test_half_a_form_does_no_harm():
    for at in range(len(FORM)):
        _form_told(FORM[:at])
    assert _form_told(FORM, "multipart/form-data").request_model == ""


@pytest.mark.parametrize(
    ("host", "path", "provider", "model", "is_stream"),
    [
        ("x.openai.azure.com", "/openai/deployments/gpt/chat/completions", "azure.ai.openai", "gpt", False),
        ("bedrock-runtime.eu-west-1.amazonaws.com", "/model/eu.claude%3A0/invoke", "aws.bedrock", "eu.claude:0", False),
        (
            "us-aiplatform.googleapis.com",
            "/v1/p/publishers/anthropic/models/c@1:streamRawPredict",
            "gcp.vertex_ai",
            "c@1",
            True,
        ),
    ],
)
def test_the_path_names_the_model_where_the_body_does_not(
    host: str, path: str, provider: str, model: str, is_stream: bool
):
    call = call_of(told({"messages": []}, [b"{}"], host=host, path=path))
    assert (call.provider, call.request_model, call.is_stream) == (provider, model, is_stream)
    assert call_of(told({"model": "own"}, [b"{}"], host=host, path=path)).request_model == "own"


def test_a_request_that_cannot_be_read_is_told_as_it_is():
    described = Unknown(generic_type="unreadable", raw={"mime_type": "application/json", "text": "{half"})
    assert call_of(told(b"{half")).input == (Message(role="user", parts=(described,)),)


def test_a_call_without_a_request_is_still_a_call():
    begun = exchange("/v1/embeddings")
    begun.ended("cut")
    assert span_of(begun).name == "embeddings"


def _snapshot(request: dict[str, Any], **more: Any) -> Any:
    begun = exchange(**more)
    begun.request = request
    begun.ended("cut")
    return begun.request


def test_a_mapping_is_copied_within_bounds():
    endless: dict[str, Any] = {}
    endless["self"] = endless
    inner = [{"role": "user", "content": "hi"}]
    taken = _snapshot({"messages": inner, "endless": endless, "many": list(range(100_000))})
    inner[0]["content"] = "changed"
    assert taken["messages"] == [{"role": "user", "content": "hi"}]
    assert str(taken["endless"]).count("self") < 50
    assert len(taken["many"]) < 10_000
    assert _snapshot({"long": "x" * 5_000}, limit_bytes=1_000) == {"long": "<str of 5000>"}


def test_a_field_that_is_sent_several_times_is_a_list():
    field = b'--bound\r\nContent-Disposition: form-data; name="size"\r\n\r\n1\r\n'
    assert _form_told(field * 3 + b"--bound--").parameters == {"size": ["1", "1", "1"]}
