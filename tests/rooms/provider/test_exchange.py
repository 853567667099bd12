"""A raw request and its answer, of which nobody says in what dialect they are."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from headwater.event import Text
from headwater.provider import Splitter, exchange_from, guess_dialect, payload_of
from tests.rooms.provider.recordings import CASES, RECORDED, case_name, dialect_of, json_values, load

# An error names no vendor, and a count of tokens looks alike for both.
_TOLD = [case for case in CASES if (case / "response.json").exists() and "err-" not in case.name]
_ALIKE = {"anthropic.count_tokens": "openai.input_tokens"}


@pytest.mark.parametrize("case", _TOLD, ids=case_name)
def test_a_pair_shows_its_dialect(case: Path):
    name = dialect_of(case).name
    found = guess_dialect(load(case / "request.json"), load(case / "response.json"))
    assert found is not None
    assert found.name in (name, _ALIKE.get(name))


@pytest.mark.parametrize(
    ("request_body", "name"),
    [
        ({"model": "gpt-4o", "messages": []}, "openai.chat"),
        ({"model": "claude-opus-5", "messages": []}, "anthropic.messages"),
        ({"model": "x", "messages": [], "system": "s"}, "anthropic.messages"),
        ({"model": "gpt-4o", "input": "a"}, "openai.responses"),
        ({"model": "text-embedding-3-small", "input": "a"}, "openai.embeddings"),
        ({"model": "omni-moderation-latest", "input": "a"}, "openai.moderations"),
        ({"model": "tts-1", "input": "a"}, "openai.speech"),
        ({"model": "gpt-image-1", "prompt": "a"}, "openai.images"),
        ({"model": "davinci-002", "prompt": "a"}, "openai.completions"),
    ],
)
def test_a_request_alone_shows_the_likeliest(request_body: dict[str, Any], name: str):
    found = guess_dialect(request_body, None)
    assert found is not None
    assert found.name == name


def test_a_pair_is_read_at_once():
    case = RECORDED / "mock" / "anthropic.messages" / "text"
    exchange = exchange_from(load(case / "request.json"), load(case / "response.json"))
    assert exchange is not None
    assert (exchange.dialect, exchange.provider, exchange.operation) == ("anthropic.messages", "anthropic", "chat")
    assert exchange.asked == dialect_of(case).request(load(case / "request.json"))
    assert exchange.answered == dialect_of(case).response(load(case / "response.json"))


def test_a_list_of_chunks_is_an_answer():
    stream = (RECORDED / "openai_python" / "openai_chat_83b060ba.sse").read_bytes()
    chunks = [payload for event in Splitter().feed(stream) if (payload := payload_of(event)) is not None]
    exchange = exchange_from(None, chunks)
    assert exchange is not None
    assert exchange.asked is None
    assert exchange.answered is not None
    assert exchange.answered.messages[0].parts == (Text(content="Foo!"),)


@pytest.mark.parametrize("pair", [(None, None), ({}, {}), ("a", [1]), ({"x": 1}, {"temp": 21})], ids=repr)
def test_a_pair_of_nothing_known_has_none(pair: tuple[Any, Any]):
    assert guess_dialect(*pair) is None
    assert exchange_from(*pair) is None


@given(json_values(), json_values())
def test_no_pair_is_too_strange(asked: Any, answered: Any):
    exchange = exchange_from(asked, answered)
    assert exchange is None or exchange.dialect
