"""Bodies of every kind pass as they are, both ways, and what is kept of them says what they were."""

import gzip
import hashlib
import random

import msgspec
import pytest

from tests.proxy.proxied import TOLD_TOKENS, Proxied, answered, asked, whole

_SOUND = bytes(random.Random(7).randbytes(300_000))
_BOUNDARY = "part-7f"


def _form(sound: bytes) -> bytes:
    head = f'--{_BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n'
    model = f'\r\n--{_BOUNDARY}\r\ncontent-disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--{_BOUNDARY}--\r\n'
    return f"{head}content-type: audio/wav\r\n\r\n".encode() + sound + model.encode()


def test_an_upload_passes_and_its_size_and_hash_are_kept(proxied: Proxied) -> None:
    body = _form(_SOUND)
    proxied.upstream.forget((whole(b'{"text": "Hello.", "usage": {"type": "duration", "seconds": 3}}'),))
    headers = {"content-type": f"multipart/form-data; boundary={_BOUNDARY}"}
    answer = proxied.post(body, "/openai/v1/audio/transcriptions", headers)
    assert answer.status == 200
    assert proxied.upstream.requests[0].body == body
    assert proxied.upstream.requests[0].header("content-type") == headers["content-type"]
    attributes, output = proxied.row(answer, "attributes", "output_preview", of="spans")
    assert attributes["http.request.body.size"] == str(len(body))
    assert attributes["headwater.request.sha256"] == hashlib.sha256(body).hexdigest()
    assert output == "Hello."


def test_spoken_sound_passes_and_its_size_and_hash_are_kept(proxied: Proxied) -> None:
    proxied.upstream.forget((whole(_SOUND, content_type="audio/mpeg"),))
    speech = msgspec.json.encode({"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Hello."})
    answer = proxied.post(speech, "/openai/v1/audio/speech")
    assert (answer.body, answer.headers["content-type"]) == (_SOUND, "audio/mpeg")
    attributes, status = proxied.row(answer, "attributes", "status", of="spans")
    assert attributes["http.response.body.size"] == str(len(_SOUND))
    assert attributes["headwater.response.sha256"] == hashlib.sha256(_SOUND).hexdigest()
    assert status != "error"


def test_a_compressed_answer_passes_compressed_and_is_read(proxied: Proxied) -> None:
    body = gzip.compress(answered("Compressed."))
    proxied.upstream.forget((whole(body, "content-encoding: gzip"),))
    with proxied.opened(asked(), headers={"accept-encoding": "gzip, br"}) as answer:
        assert (answer.read(), answer.headers["content-encoding"]) == (body, "gzip")
        told = proxied.row(answer, "output_preview", "input_tokens", "output_tokens")
    assert told == ("Compressed.", *TOLD_TOKENS)
    assert "br" not in proxied.upstream.requests[0].header("accept-encoding")


def test_a_compressed_request_passes_compressed_and_is_read(proxied: Proxied) -> None:
    body = gzip.compress(asked())
    proxied.upstream.forget((whole(answered()),))
    answer = proxied.post(body, headers={"content-encoding": "gzip"})
    assert proxied.upstream.requests[0].body == body
    assert proxied.row(answer, "input_preview", "request_model") == ("What is the capital?", "gpt-4o-mini")


@pytest.mark.parametrize("size", [3_000_000, 20_000_000])
def test_a_long_request_passes_whole(proxied: Proxied, size: int) -> None:
    """Of what is beyond the bound the size is kept."""
    body = asked(metadata={"filler": "é" * (size // 2)})
    proxied.upstream.forget((whole(answered()),))
    answer = proxied.post(body)
    assert hashlib.sha256(proxied.upstream.requests[0].body).digest() == hashlib.sha256(body).digest()
    told = proxied.row(answer, "request_model", "input_tokens", "output_tokens")
    assert told == ("gpt-4o-mini", *TOLD_TOKENS)


def test_a_path_that_nobody_knows_passes_and_is_recorded_as_it_is(proxied: Proxied) -> None:
    proxied.upstream.forget((whole(b"\x00\x01odd", "x-odd: 1", content_type="application/x-odd"),))
    answer = proxied.post(b"\xff\xfe", "/openai/v1/wonders/of/tomorrow?a=b", {"content-type": "application/x-odd"})
    assert (answer.status, answer.body, answer.headers["x-odd"]) == (200, b"\x00\x01odd", "1")
    assert (proxied.upstream.requests[0].start, proxied.upstream.requests[0].body) == (
        "POST /v1/wonders/of/tomorrow?a=b",
        b"\xff\xfe",
    )
    attributes, status = proxied.row(answer, "attributes", "status", of="spans")
    assert (attributes["url.path"], attributes["http.request.method"]) == ("/v1/wonders/of/tomorrow", "POST")
    assert status != "error"


def test_what_asks_no_model_is_a_step_and_no_call(proxied: Proxied) -> None:
    proxied.upstream.forget((whole(b'{"object": "list", "data": []}'),))
    answer = proxied.post(b"", "/openai/v1/models", method="GET")
    assert answer.json() == {"object": "list", "data": []}
    assert proxied.row(answer, "kind", of="spans") == ("span",)
    assert proxied.project.sql("SELECT count() FROM calls") == [(0,)]
