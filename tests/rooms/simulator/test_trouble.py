"""What goes wrong, as the vendors' own clients see it."""

from collections.abc import Generator
from typing import Any

import anthropic
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from headwater.simulator import Behaviour, Simulator

_HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Tell me about lamps"}]
_ERRORS: dict[int, type[openai.APIStatusError]] = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    404: openai.NotFoundError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
}


@pytest.mark.parametrize("status", _ERRORS)
def test_a_model_by_the_name_of_an_error_gives_it(openai_client: openai.OpenAI, status: int) -> None:
    with pytest.raises(_ERRORS[status]) as caught:
        openai_client.chat.completions.create(model=f"err-{status}", messages=_HELLO)
    assert caught.value.status_code == status
    assert caught.value.request_id


@pytest.mark.parametrize(("status", "kind"), [(429, "rate_limit_error"), (529, "overloaded_error")])
def test_anthropic_tells_errors_its_own_way(anthropic_client: anthropic.Anthropic, status: int, kind: str) -> None:
    with pytest.raises(anthropic.APIStatusError) as caught:
        anthropic_client.messages.create(
            model=f"err-{status}", max_tokens=9, messages=[{"role": "user", "content": "x"}]
        )
    body: Any = caught.value.body
    assert (caught.value.status_code, body["error"]["type"]) == (status, kind)
    assert caught.value.response.headers["retry-after"] == "1"


def test_the_first_attempts_fail_and_a_later_one_does_not(simulator: Simulator) -> None:
    before = simulator.counts
    with openai.OpenAI(base_url=simulator.openai_url, api_key="any", max_retries=2) as client:
        answer = client.chat.completions.create(
            model="gpt-4o", messages=_HELLO, extra_headers={"x-simulate": "err-429; first=2"}
        )
    assert answer.choices[0].message.content
    assert simulator.counts.requests - before.requests == 3
    assert simulator.counts.answered - before.answered == 1


def test_a_stream_tells_of_an_error_half_way(openai_client: openai.OpenAI) -> None:
    seen: list[str] = []
    with (
        openai_client.chat.completions.create(model="err-mid", messages=_HELLO, stream=True) as stream,
        pytest.raises(openai.APIError, match="server had an error"),
    ):
        seen += [chunk.choices[0].delta.content or "" for chunk in stream]


def test_a_response_fails_half_way(openai_client: openai.OpenAI) -> None:
    with openai_client.responses.create(model="err-mid", input="Tell me about lamps", stream=True) as stream:
        assert [event.type for event in stream][-1] == "response.failed"


def test_anthropics_stream_tells_of_an_error_half_way(anthropic_client: anthropic.Anthropic) -> None:
    with (
        anthropic_client.messages.create(
            model="err-mid", max_tokens=99, messages=[{"role": "user", "content": "lamps"}], stream=True
        ) as stream,
        pytest.raises(anthropic.APIStatusError, match="Overloaded"),
    ):
        list(stream)


@pytest.mark.parametrize("kind", ["cut", "cut-mid"])
def test_a_connection_breaks_within_an_answer(openai_client: openai.OpenAI, kind: str) -> None:
    with pytest.raises(openai.APIConnectionError):
        openai_client.chat.completions.create(model=kind, messages=_HELLO)


@pytest.mark.parametrize("kind", ["cut", "cut-mid"])
def test_a_connection_breaks_within_a_stream(openai_client: openai.OpenAI, kind: str) -> None:
    with (
        openai_client.chat.completions.create(model=kind, messages=_HELLO, stream=True) as stream,
        pytest.raises(openai.APIConnectionError),
    ):
        list(stream)


@pytest.fixture
def failing() -> Generator[openai.OpenAI]:
    """A client whose every fourth request fails."""
    with (
        Simulator(Behaviour(error_rate=0.25)) as simulator,
        openai.OpenAI(base_url=simulator.openai_url, api_key="any", max_retries=0) as client,
    ):
        yield client


def test_a_part_of_all_requests_fails_at_a_rate(failing: openai.OpenAI) -> None:
    failed = 0
    for _ in range(40):
        try:
            failing.chat.completions.create(model="gpt-4o", messages=_HELLO)
        except openai.APIStatusError:
            failed += 1
    assert failed == 10


def test_answers_take_at_least_as_long_as_they_are_told_to() -> None:
    with (
        Simulator(Behaviour(delay_ms=120, chunk_ms=10)) as simulator,
        openai.OpenAI(base_url=simulator.openai_url, api_key="any") as client,
        client.chat.completions.with_streaming_response.create(
            model="gpt-4o", messages=_HELLO, stream=True
        ) as response,
    ):
        events = sum(line.startswith("data:") for line in response.iter_lines())
        assert response.elapsed.total_seconds() >= 0.12 + 0.01 * (events - 1)
