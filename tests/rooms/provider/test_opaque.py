"""What no dialect reads is kept as it was said."""

from typing import Any

import pytest
from hypothesis import given

from headwater.event import Failure, Message, Unknown, Usage
from headwater.provider import Answered, Asked, opaque_dialect, provider_of
from tests.rooms.provider.recordings import json_objects, json_values

_DIALECT = opaque_dialect("rerank")


def _kept(role: str, body: Any) -> tuple[Message, ...]:
    return (Message(role=role, parts=(Unknown(generic_type="opaque", raw=body),)),)


def test_a_request_is_kept_with_the_model_that_it_names():
    body = {"model": "rerank-2", "documents": ["a", "b"]}
    assert _DIALECT.request(body) == Asked(model="rerank-2", operation="rerank", messages=_kept("user", body))


def test_an_answer_is_kept_with_the_usage_that_it_tells():
    usage = {"prompt_tokens": 3, "total_tokens": 3}
    body: dict[str, Any] = {"results": [], "usage": usage}
    counted = Usage(input=3, output=0, reported=usage)
    assert _DIALECT.response(body) == Answered(messages=_kept("assistant", body), usage=counted, is_complete=True)


def test_the_events_of_a_stream_are_kept_and_the_last_one_counts():
    reader = _DIALECT.reader()
    events: list[dict[str, Any]] = [{"usage": {"input_tokens": 1, "output_tokens": count}} for count in (1, 9)]
    assert [reader.feed(event) for event in events] == [True, True]
    told = reader.answered()
    assert (told.messages, told.usage and told.usage.output) == (_kept("assistant", events), 9)


def test_an_error_tells_its_message():
    assert _DIALECT.failure(404, {"error": "no such thing"}) == Failure(
        type="404", message="no such thing", http_status=404
    )


def test_nothing_said_is_nothing_kept():
    assert (_DIALECT.request(None).messages, _DIALECT.reader().answered().messages) == ((), ())


@given(json_values(), json_objects())
def test_nothing_raises_whatever_it_is(body: Any, event: dict[str, Any]):
    _DIALECT.request(body)
    _DIALECT.response(body)
    _DIALECT.failure(500, body)
    reader = _DIALECT.reader()
    reader.feed(event)
    reader.answered()


@pytest.mark.parametrize(
    ("host", "provider"),
    [("api.groq.com", "groq"), ("API.X.AI", "x_ai"), ("my.openai.azure.com", "azure.ai.openai"), ("10.0.0.1", "")],
)
def test_a_hosts_name_tells_its_provider_or_nothing(host: str, provider: str):
    assert provider_of(host) == provider
