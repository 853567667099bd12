"""What a user calls: observe, instrument, uninstrument."""

import inspect
import sys
from importlib import import_module
from typing import Any

import anthropic
import openai
import pytest
from openai.resources.responses.responses import ResponsesConnection

from headwater.sdk.guest import caught
from headwater.sdk.instrument import instrument, observe, uninstrument
from tests.rooms.sdk.instrument.asking import ask, http_client_of
from tests.versions.recording import Recording, recording

_MODULES: list[Any] = [import_module(f"{vendor}._base_client") for vendor in ("openai", "anthropic")]
_CLASSES: list[Any] = [kind for module in _MODULES for kind in (module.SyncAPIClient, module.AsyncAPIClient)]


def request_of(owner: Any) -> Any:
    """What stands in the class under "request"."""
    return owner.__dict__["request"]


def test_an_observed_client_is_the_very_same_client(outbox: Recording, gpt: openai.OpenAI):
    assert observe(gpt) is gpt
    assert observe(observe(gpt)) is gpt
    ask(gpt)
    assert len(outbox.items) == 1


def test_only_the_observed_client_is_recorded(outbox: Recording, gpt: openai.OpenAI, vendor_url: str):
    with openai.OpenAI(base_url=f"{vendor_url}/v1", api_key="sk-mock") as other:
        observe(gpt)
        ask(other)
        assert outbox.items == []
        assert http_client_of(other).event_hooks["response"] == []


def test_copies_of_an_observed_client_are_observed(outbox: Recording, gpt: openai.OpenAI):
    observe(gpt)
    ask(gpt.with_options(timeout=30))
    ask(gpt.copy(max_retries=1))
    assert len(outbox.items) == 2


def test_a_client_of_anthropic_is_observed_alone(outbox: Recording, claude: anthropic.Anthropic, gpt: openai.OpenAI):
    observe(claude)
    claude.messages.create(model="claude-opus-5", max_tokens=64, messages=[{"role": "user", "content": "Hi"}])
    ask(gpt)
    assert [span.call and span.call.provider for span in outbox.spans()] == ["anthropic"]


def test_instrument_records_clients_of_before_and_after(outbox: Recording, gpt: openai.OpenAI, vendor_url: str):
    instrument()
    instrument()
    ask(gpt)
    with openai.OpenAI(base_url=f"{vendor_url}/v1", api_key="sk-mock") as later:
        ask(later)
    assert len(outbox.items) == 2


def test_uninstrument_leaves_no_trace(outbox: Recording, gpt: openai.OpenAI):
    finders, functions = list(sys.meta_path), [request_of(owner) for owner in _CLASSES]
    connections = dict(vars(ResponsesConnection))
    instrument()
    observe(gpt)
    ask(gpt)
    assert [request_of(owner) for owner in _CLASSES] != functions
    uninstrument()
    assert [request_of(owner) for owner in _CLASSES] == functions
    assert dict(vars(ResponsesConnection)) == connections
    assert http_client_of(gpt).event_hooks == {"request": [], "response": []}
    assert sys.meta_path == finders
    ask(gpt)
    assert len(outbox.items) == 1


def test_what_somebody_put_over_our_patch_stays_and_records_nothing(
    outbox: Recording, gpt: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
):
    owner = _CLASSES[0]
    # Put back at the end, whatever stands there then.
    monkeypatch.setattr(owner, "request", request_of(owner))
    instrument()
    ours = request_of(owner)

    def theirs(self: Any, *args: Any, **kwargs: Any) -> Any:
        return ours(self, *args, **kwargs)

    owner.request = theirs
    uninstrument()
    assert request_of(owner) is theirs
    ask(gpt)
    assert outbox.items == []


def test_signatures_are_as_they_were(outbox: Recording):
    before = [inspect.signature(owner.request) for owner in _CLASSES]
    instrument()
    assert [inspect.signature(owner.request) for owner in _CLASSES] == before
    assert inspect.iscoroutinefunction(openai.AsyncOpenAI.request)
    assert not inspect.iscoroutinefunction(openai.OpenAI.request)


@pytest.mark.parametrize("thing", [None, 7, "client", object()])
def test_what_is_no_client_comes_back_as_it_is(outbox: Recording, thing: object, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HEADWATER_RAISE")
    before = caught()
    assert observe(thing) is thing
    assert caught() == before + 1


def test_nothing_is_hooked_while_the_sdk_is_off(gpt: openai.OpenAI, monkeypatch: pytest.MonkeyPatch):
    with recording() as outbox:
        client = sys.modules["headwater.sdk.client"].client()
        monkeypatch.setattr(client, "outbox", None)
        observe(gpt)
        ask(gpt)
        uninstrument()
    assert outbox.items == []
    assert http_client_of(gpt).event_hooks["response"] == []


def test_an_unsampled_call_is_not_recorded(gpt: openai.OpenAI):
    with recording(sample_rate=0.0) as outbox:
        observe(gpt)
        ask(gpt)
        uninstrument()
    assert outbox.items == []


def test_what_asks_no_model_is_no_call(outbox: Recording, gpt: openai.OpenAI):
    observe(gpt)
    gpt.models.list()
    assert outbox.items == []
