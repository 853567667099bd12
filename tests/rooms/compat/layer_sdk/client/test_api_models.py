"""Calls to models after `layer.init`: grouped by the session's header, and otherwise as if Layer were not there."""

import subprocess
import sys
from collections.abc import Callable, Generator
from typing import Any
from uuid import uuid4

import anthropic
import openai
import pytest

import headwater
from headwater.compat.layer_sdk import Client
from headwater.event import Call, Span
from tests.rooms.compat.layer_sdk.client.answering import CHAT, MESSAGE, Answering, Says
from tests.versions.mock_llm import serving

HELLO: Any = [{"role": "user", "content": "hi"}]
ASKED: Any = {"model": "gpt-4o-mini", "messages": HELLO}
TOLD: Any = {"model": "claude-opus-4-1", "max_tokens": 9, "messages": HELLO}


@pytest.fixture(scope="module")
def models() -> Generator[str]:
    """A vendor that can do everything."""
    with serving() as base:
        yield base


def call_of(span: Span) -> Call:
    assert span.call is not None
    return span.call


def gpt(base: str, **more: Any) -> Any:
    return openai.OpenAI(base_url=base + "/v1", api_key="sk-secret", max_retries=0, **more)


def claude(base: str, **more: Any) -> Any:
    return anthropic.Anthropic(base_url=base, api_key="sk-secret", max_retries=0, **more)


@pytest.mark.parametrize("name", ["X-Layer-Session-Id", "Layer-Session-Id", "x-layer-session-id"])
def test_the_header_groups_calls_and_stays_at_home(layer: Client, server: Answering, vendor: Answering, name: str):
    """The old package gave each call a session of its own, or let the vendor know the session (defect 10)."""
    given = {name: "s-1", "x-other": "kept"}
    with gpt(vendor.url) as one, claude(vendor.url) as two:
        one.chat.completions.create(**ASKED, extra_headers=given)
        one.chat.completions.with_raw_response.create(**ASKED, extra_headers=given)
        two.messages.create(**TOLD, extra_headers=given)
        with one.chat.completions.with_streaming_response.create(**ASKED, extra_headers=given) as response:
            response.parse()
    assert given == {name: "s-1", "x-other": "kept"}
    assert [span.session_id for span in server.spans()] == ["s-1"] * 4
    for got in vendor.got():
        assert got.headers["x-other"] == "kept"
        assert not [header for header in got.headers if "layer" in header]


async def test_asynchronous_clients_are_grouped_too(layer: Client, server: Answering, vendor: Answering):
    """Defect 5: the old package knew neither AsyncOpenAI nor anthropic.AsyncAnthropic."""
    one = openai.AsyncOpenAI(base_url=vendor.url + "/v1", api_key="k")
    two = anthropic.AsyncAnthropic(base_url=vendor.url, api_key="k")
    async with one, two:
        await one.chat.completions.create(**ASKED, extra_headers={"X-Layer-Session-Id": "s-1"})
        await two.messages.create(**TOLD, extra_headers={"Layer-Session-Id": "s-1"})
    assert [span.session_id for span in server.spans()] == ["s-1", "s-1"]
    assert not [header for got in vendor.got() for header in got.headers if "layer" in header]


def test_a_header_of_the_whole_client_works_and_one_of_the_call_wins(
    layer: Client, server: Answering, vendor: Answering
):
    with gpt(vendor.url, default_headers={"X-Layer-Session-Id": "s-client", "x-team": "t"}) as client:
        client.chat.completions.create(**ASKED)
        client.chat.completions.create(**ASKED, extra_headers={"Layer-Session-Id": "s-call"})
    assert [span.session_id for span in server.spans()] == ["s-client", "s-call"]
    assert [got.headers["x-team"] for got in vendor.got()] == ["t", "t"]
    assert not [header for got in vendor.got() for header in got.headers if "layer" in header]


def test_a_uuid_may_stand_in_the_header_and_a_decorator_gives_way_to_it(
    layer: Client, server: Answering, vendor: Answering
):
    own: Any = uuid4()

    @layer.session(session_id="around")
    def ask() -> None:
        with gpt(vendor.url) as client:
            client.chat.completions.create(**ASKED)
            client.chat.completions.create(**ASKED, extra_headers={"X-Layer-Session-Id": own})

    ask()
    calls = [span for span in server.spans() if span.call is not None]
    assert [span.session_id for span in calls] == ["around", str(own)]


def test_the_header_stays_at_home_also_where_nothing_is_recorded(
    fresh: Client, server: Answering, vendor: Answering, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HEADWATER_ENABLED", "0")
    fresh.init(base_url=server.url, application_id="a")
    with gpt(vendor.url) as client:
        client.chat.completions.create(**ASKED, extra_headers={"X-Layer-Session-Id": "s"})
    assert not [header for got in vendor.got() for header in got.headers if "layer" in header]


@pytest.mark.parametrize("argument", ["disabled_instrumentors", "disable_instrumentations"])
def test_instrumentation_is_disabled_by_either_name(fresh: Client, server: Answering, vendor: Answering, argument: str):
    given: Any = {argument: ["openai"]}
    fresh.init(base_url=server.url, application_id="a", **given)
    with gpt(vendor.url) as one, claude(vendor.url) as two:
        one.chat.completions.create(**ASKED)
        two.messages.create(**TOLD)
    (span,) = server.spans()
    assert call_of(span).provider == "anthropic"


def test_a_dead_server_is_not_felt_by_a_call(fresh: Client, vendor: Answering, monkeypatch: pytest.MonkeyPatch):
    """Defect 2: with the old package the model was never asked, and its paid answer was lost."""
    fresh.init(base_url="http://127.0.0.1:9", application_id="a")
    with gpt(vendor.url) as client:
        answer: Any = client.chat.completions.create(**ASKED, extra_headers={"X-Layer-Session-Id": "s"})
    assert answer.choices[0].message.content == "Paris."


def test_contents_of_every_shape_are_recorded(layer: Client, server: Answering, vendor: Answering):
    """Defect 3: the old package crashed on a list of parts, and on an assistant's message without content."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages: Any = [
        {"role": "user", "content": [{"type": "text", "text": "look"}, {"type": "text", "text": "here"}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "1"},
    ]
    with gpt(vendor.url) as client:
        client.chat.completions.create(model="gpt-4o-mini", messages=messages)
    (span,) = server.spans()
    assert [(message.role, len(message.parts)) for message in call_of(span).input] == [
        ("user", 2),
        ("assistant", 1),
        ("tool", 1),
    ]


def test_a_stream_stays_a_stream(layer: Client, server: Answering, models: str):
    """Defect 4: the old package gave a bare generator, without `close` and `with`, and ate the chunk with the usage."""
    options: Any = {"stream": True, "stream_options": {"include_usage": True}}
    with gpt(models) as client:
        stream: Any = client.chat.completions.create(**ASKED, **options)
        assert type(stream).__name__ == "Stream"
        with stream:
            chunks = list(stream)
    assert chunks[-1].usage is not None
    (span,) = server.spans()
    assert call_of(span).usage is not None


def test_a_stream_that_is_left_early_is_recorded(layer: Client, server: Answering, models: str):
    """Defect 4: of such a one the old package recorded nothing."""
    with gpt(models) as client:
        stream: Any = client.chat.completions.create(**ASKED, stream=True, extra_headers={"Layer-Session-Id": "s"})
        next(iter(stream))
        stream.close()
    (span,) = server.spans()
    assert (span.session_id, call_of(span).is_stream) == ("s", True)


@pytest.mark.parametrize(
    ("part", "asked"),
    [
        ("responses", {"model": "gpt-4o-mini", "input": "hi"}),
        ("embeddings", {"model": "text-embedding-3-small", "input": "hi"}),
        ("moderations", {"input": "hi"}),
    ],
)
def test_what_else_openai_answers_is_recorded(
    layer: Client, server: Answering, models: str, part: str, asked: dict[str, Any]
):
    """Defect 5: the old package did not know the Responses API."""
    with gpt(models) as client:
        getattr(client, part).create(**asked, extra_headers={"X-Layer-Session-Id": "s"})
    (span,) = server.spans()
    assert (span.kind, span.session_id) == ("call", "s")


@pytest.mark.parametrize("make", [anthropic.Anthropic, anthropic.Client])
def test_every_name_of_anthropics_client_is_recorded_with_its_tokens(
    layer: Client, server: Answering, vendor: Answering, make: Callable[..., anthropic.Anthropic]
):
    """Defect 5: the old package knew `anthropic.Client` only, and counted 0 tokens in all."""
    with make(base_url=vendor.url, api_key="k") as client:
        client.messages.create(**TOLD)
    (span,) = server.spans()
    usage = call_of(span).usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (8, 3)


def test_an_error_of_the_vendor_is_its_own(layer: Client, server: Answering, vendor: Answering):
    vendor.teach("POST completions", Says(429, {"error": {"message": "slow down"}}))
    with gpt(vendor.url) as client, pytest.raises(openai.RateLimitError):
        client.chat.completions.create(**ASKED, extra_headers={"X-Layer-Session-Id": "s"})
    (span,) = server.spans()
    assert (span.session_id, span.status) == ("s", "error")


def test_secrets_in_headers_are_told_to_nobody(layer: Client, server: Answering, vendor: Answering):
    """Defect 10: the old package sent the headers of a call along with its record."""
    secret = {"Authorization": "Bearer sk-of-a-customer", "X-Api-Key": "hunter2"}
    with claude(vendor.url) as client:
        client.messages.create(**TOLD, extra_headers=secret)
    (span,) = server.spans()
    assert [word for word in (*secret.values(), "sk-secret") if word in repr(span)] == []
    assert vendor.got()[0].headers["x-api-key"] == "hunter2"


def test_an_answer_is_what_the_vendor_said(layer: Client, vendor: Answering):
    with gpt(vendor.url) as one, claude(vendor.url) as two:
        assert one.chat.completions.create(**ASKED).to_dict() == CHAT
        assert two.messages.create(**TOLD).to_dict() == MESSAGE


def test_uninstrument_lets_the_headers_alone_again(layer: Client, vendor: Answering):
    headwater.uninstrument()
    with gpt(vendor.url) as client:
        client.chat.completions.create(**ASKED, extra_headers={"X-Layer-Session-Id": "s"})
    assert vendor.got()[0].headers["x-layer-session-id"] == "s"


def test_importing_it_adds_no_handlers_and_loads_nobodys_library():
    """Defect 8: the old package wrote to standard output, for itself and for urllib3."""
    program = """
import logging, sys
from headwater.compat.layer_sdk import layer, OIDCClientCredentials
layer.init(application_id="a")
for name in ("", "layer-sdk", "urllib3.connectionpool", "headwater.compat.layer_sdk"):
    assert not logging.getLogger(name).handlers, name
    assert logging.getLogger(name).level in (logging.NOTSET, logging.WARNING), name
heavy = {"requests", "openai", "anthropic", "urllib3", "wrapt", "httpx", "httpx2", "starlette"}
print(sorted(heavy & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert (ran.stdout, ran.stderr) == ("[]\n", "")
