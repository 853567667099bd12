"""The vendors' own Python clients, direct and through the proxy: the same answers, errors and retries, and every call
in the store with the right tokens.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from headwater.simulator import Simulator
from tests.journeys.projects import Project, make_project
from tests.proxy.plain import plain
from tests.proxy.proxied import at_base
from tests.serving import Server, wait_until
from tests.versions import mock_llm
from tests.versions.driving import Address, Outcome, clients, direct, outcomes
from tests.versions.scenario import STEPS, Call

_CALLS = [(step.name, call) for step in STEPS for call in step.calls]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Where the models answer."""
    with mock_llm.serving() as base:
        yield base


@pytest.fixture
def project(server: Server, provider: str, request: pytest.FixtureRequest) -> Project:
    """A project of its own whose calls go to that provider."""
    return at_base(make_project(server, request.node.name), provider)


def _through(project: Project) -> Address:
    base = project.server.base_url
    return Address(f"{base}/openai/v1", f"{base}/anthropic", {"x-headwater-key": project.key})


def _told(found: list[Outcome]) -> list[tuple[str, Any]]:
    return [(name, plain(each.error or each.result)) for (name, _), each in zip(_CALLS, found, strict=True)]


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_the_scenario_is_the_same_and_every_call_is_known(project: Project, provider: str, is_async: bool) -> None:
    expected = _told(outcomes(direct(provider), is_async))
    assert _told(outcomes(_through(project), is_async)) == expected
    wait_until(lambda: _count(project) >= len(_CALLS), 30, "all calls in the store")
    rows = project.sql("SELECT operation, status, input_tokens, output_tokens FROM calls ORDER BY start_time")
    assert len(rows) == len(_CALLS)
    found = [(name, *_without_chance(call, row)) for (name, call), row in zip(_CALLS, rows, strict=True)]
    assert found == [(name, *_without_chance(call, _expected(name, call))) for name, call in _CALLS]


def _without_chance(call: Call, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """How much has come of a stream when its reader leaves is chance."""
    return row[:2] if call.use == "early" else row


def _count(project: Project) -> int:
    return project.sql("SELECT count() FROM calls")[0][0]


def _expected(name: str, call: Call) -> tuple[Any, ...]:
    """What the store must say of a call. Usage that a stream was not asked for is known all the same."""
    expected = call.expected
    usage = (2024, 7) if name == "chat_stream_nousage" else expected.usage or (None, None)
    return (expected.operation, "error" if expected.is_failed else "unset", *usage)


@pytest.mark.parametrize(("vendor", "is_async"), [("openai", True), ("anthropic", False)])
def test_retries_are_the_clients_and_each_is_a_call(
    project: Project, provider: str, vendor: str, is_async: bool
) -> None:
    """Two refusals, then an answer: the client is told when to try again as it is without us."""

    def attempt(at: Address, key: str) -> Any:
        headers = {**at.headers, "x-mock-key": key, "x-mock-fail-first": "2"}
        both = clients(at._replace(headers=headers), is_async, max_retries=3)
        return plain(_ask(both[vendor], vendor, is_async))

    assert attempt(_through(project), f"{project.id}-{vendor}") == attempt(direct(provider), f"direct-{project.id}")
    wait_until(lambda: _count(project) >= 3, 20, "the calls")
    resend = "attributes['http.request.resend_count']"
    rows = project.sql(f"SELECT status, {resend} FROM spans ORDER BY start_time")
    assert rows == [("error", ""), ("error", "1"), ("unset", "2")]


def _ask(client: Any, vendor: str, is_async: bool) -> Any:
    asked: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello."}], "max_tokens": 9}

    def create() -> Any:
        return (client.chat.completions if vendor == "openai" else client.messages).create(**asked)

    async def create_async() -> Any:
        async with client:
            return await create()

    if is_async:
        return asyncio.run(create_async())
    with client:
        return create()


_WAV = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00" + bytes(range(256)) * 8

# What the scenario leaves out: lists, sound, uploads, broken connections, compressed answers.
_OTHERS: dict[str, Callable[[Any, Any], Any]] = {
    "models": lambda openai, _: sorted(model.id for model in openai.models.list()),
    "one model": lambda openai, _: openai.models.retrieve("gpt-4o"),
    "anthropic's models": lambda _, anthropic: sorted(model.id for model in anthropic.models.list()),
    "speech": lambda openai, _: openai.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input="Hi.").read(),
    # What the pretended provider hears depends on the upload's random boundary.
    "transcription": lambda openai, _: sorted(
        openai.audio.transcriptions.create(model="gpt-4o-transcribe", file=("a.wav", _WAV)).model_dump()
    ),
    "long embeddings": lambda openai, _: openai.embeddings.create(model="text-embedding-3-large", input=["hello"] * 40),
    "streamed completion": lambda openai, _: list(
        openai.completions.create(model="gpt-3.5-turbo-instruct", prompt="Hi", stream=True)
    ),
    "counted input": lambda openai, _: openai.responses.input_tokens.count(model="gpt-5", input="Hello."),
    "a path that is not there": lambda openai, _: openai.get("/wonders", cast_to=object),
    "a broken connection": lambda openai, _: openai.embeddings.create(model="cut", input="a"),
    "a broken stream": lambda openai, _: list(
        openai.chat.completions.create(model="cut-mid", messages=[{"role": "user", "content": "a"}], stream=True)
    ),
    "a broken message": lambda _, anthropic: list(
        anthropic.messages.create(
            model="cut-mid", max_tokens=9, messages=[{"role": "user", "content": "a"}], stream=True
        )
    ),
    **{
        f"error {status}": lambda openai, _, status=status: openai.embeddings.create(model=f"err-{status}", input="a")
        for status in (400, 401, 403, 404, 413, 429, 500, 503)
    },
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """A provider with all endpoints."""
    with Simulator() as running:
        yield running


def test_what_the_scenario_leaves_out_is_the_same_too(server: Server, simulator: Simulator) -> None:
    project = at_base(make_project(server, "others"), simulator.url)
    expected = _told_of_others(direct(simulator.url))
    assert _told_of_others(_through(project)) == expected
    count = "SELECT count() FROM spans"
    wait_until(lambda: project.sql(count)[0][0] >= len(_OTHERS), 20, "all of it in the store")


def _told_of_others(at: Address) -> dict[str, Any]:
    both = clients(at, is_async=False)
    with both["openai"] as openai, both["anthropic"] as anthropic:
        return {name: _tried(ask, openai, anthropic) for name, ask in _OTHERS.items()}


def _tried(ask: Callable[[Any, Any], Any], openai: Any, anthropic: Any) -> Any:
    try:
        return plain(ask(openai, anthropic))
    except Exception as error:  # noqa: BLE001 - it is compared
        return plain(error)
