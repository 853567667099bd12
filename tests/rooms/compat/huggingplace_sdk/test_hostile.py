"""Bodies that no client sends, and what each side of the product loads."""

import subprocess
import sys
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.compat.huggingplace_sdk import HuggingPlace
from tests.rooms.compat.huggingplace_sdk.reading import LATER, OLDER, STEP, told, trace

_TEXTS = st.text(max_size=8)
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)


def objects(*names: str, **nested: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of these fields, of any value, with others, and with these that are nested."""
    plain = st.dictionaries(st.sampled_from(names) | _TEXTS, _JSON, max_size=8)
    return st.tuples(plain, st.fixed_dictionaries({}, optional=nested)).map(_joined)


def _joined(both: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    return both[0] | both[1]


_STEPS = st.lists(objects(*STEP, "time_ms", "status", "error", "step_name"), max_size=3)
_BODIES = objects(*OLDER, *LATER, step_data=_STEPS)
_TRACES = objects(
    *trace(),
    logs=objects("functionResponse", "error", "errorType", "llm.prompt", "success"),
    metadata=objects("userMetadata", "orgData", "customMetadata", "llmData", "tags", "mode"),
    attributes=objects("llm.model", "llm.provider", "llm.temperature", "prompt.text"),
)


@settings(deadline=None, max_examples=60)
@given(_BODIES)
def test_whatever_is_logged_is_read_and_gives_the_same_spans_each_time(body: dict[str, Any]):
    first = told(body)
    assert msgspec.msgpack.encode(told(body).spans) == msgspec.msgpack.encode(first.spans)
    told(body, "steps")
    for span in first.spans:
        assert span.start_ns <= span.end_ns


@settings(deadline=None, max_examples=60)
@given(st.lists(_TRACES | _JSON, max_size=4))
def test_whatever_is_traced_is_read(items: list[Any]):
    msgspec.msgpack.encode(told(items, "traces").spans)


def loaded_by(statement: str) -> set[str]:
    """The modules of a fresh interpreter after a statement."""
    script = f"import sys; {statement}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    return set(run.stdout.split())


_SERVER = {"headwater.otlp", "headwater.ingest", "headwater.loader", "sqlalchemy", "starlette", "google.protobuf"}
_HEAVY = {"openai", "anthropic", "httpx", "httpx2", "requests", "http.client", "urllib3", "ssl"}


@pytest.mark.parametrize("name", ["huggingplace_sdk", "huggingplace_sdk.trace", "huggingplace_sdk.cli"])
def test_a_program_loads_nothing_of_the_server(name: str):
    loaded = loaded_by(f"import {name}")
    assert loaded & _SERVER == set()
    assert HuggingPlace.__module__ in loaded
    assert "headwater.compat.huggingplace_sdk.door" not in loaded


def test_the_import_is_light():
    """No vendor's library, and nothing of what sends before something is sent. (`asyncio` brings `ssl`.)"""
    assert (loaded_by("import huggingplace_sdk") - loaded_by("import asyncio")) & _HEAVY == set()


def test_the_server_loads_nothing_of_the_programs_side():
    loaded = loaded_by("import headwater.compat.huggingplace_sdk.door")
    assert "headwater.sdk" not in loaded
    assert not any(name.startswith("headwater.compat.huggingplace_sdk.client") for name in loaded)
