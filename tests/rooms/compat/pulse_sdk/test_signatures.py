"""Every name of the README and of the real packages (0.2.7 and 0.2.8) is there, and is called as it was."""

import inspect
import subprocess
import sys
from collections.abc import Generator
from importlib import import_module
from typing import Any

import pytest

from tests.rooms.compat.pulse_sdk.programs import DISTRIBUTED

# Parameters and their defaults; annotations are not what a caller sees.
_FUNCTIONS = {
    "pulse_sdk": {
        "init_pulse": "(config)",
        "observe": "(client, provider, options=None)",
        "shutdown": "()",
        "flush_buffer": "()",
        "ObserveOptions": "(session_id=None, metadata=None)",
    },
    "pulse_sdk.config": {
        "ResolvedConfig": "(api_key, api_url, batch_size, flush_interval, enabled)",
        "load_config": "(config)",
    },
    "pulse_sdk.types": {
        "NormalizedResponse": (
            "(model, content, input_tokens, output_tokens, finish_reason, cost_cents=None, provider_request_id=None)"
        ),
        "ObserveOptions": "(session_id=None, metadata=None)",
    },
    "pulse_sdk.transport": {
        "send_traces": "(api_url, api_key, traces)",
        "send_spans": "(api_url, api_key, spans)",
    },
    "pulse_sdk.state": {
        "add_to_buffer": "(trace)",
        "flush_buffer": "()",
        "get_config": "()",
        "is_enabled": "()",
        "reset_state": "()",
        "set_config": "(config)",
        "start_flush_worker": "()",
        "stop_flush_worker": "()",
    },
    "pulse_sdk.spans": {
        "build_provider_span": (
            "(*, trace_id, session_id, provider, request, response, started_at, latency_ms, status, error=None,"
            " metadata=None)"
        ),
        "build_tool_request_spans": "(*, provider, client_id, trace_id, session_id, parent_span_id, tool_calls)",
        "build_tool_result_spans": "(trace_id, session_id, matches)",
        "compact_payload": "(value)",
        "correlate_tool_results": "(provider, client_id, session_id, results)",
        "parse_jsonish": "(value)",
        "resolve_session_id": "(session_id, fallback)",
        "truncate_string": "(value)",
    },
}
_CONSTANTS = {
    "pulse_sdk.config": {
        "DEFAULT_API_URL": "http://localhost:3000",
        "DEFAULT_BATCH_SIZE": 10,
        "DEFAULT_ENABLED": True,
        "DEFAULT_FLUSH_INTERVAL": 5000,
    },
    "pulse_sdk.transport": {"DEFAULT_TIMEOUT": 10},
    "pulse_sdk.spans": {"MAX_PAYLOAD_BYTES": 65536, "PENDING_TTL_SECONDS": 600},
}
_BASES = {
    ("pulse_sdk.config", "ConfigError"): ValueError,
    ("pulse_sdk.types", "PulseConfig"): dict,
    ("pulse_sdk.types", "Trace"): dict,
    ("pulse_sdk.types", "Span"): dict,
    ("pulse_sdk.types", "Provider"): str,
    ("pulse_sdk.types", "TraceStatus"): str,
}


@pytest.fixture(autouse=True)
def distributed(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """`pulse_sdk` as it is distributed."""
    monkeypatch.setattr(sys, "path", [str(DISTRIBUTED), *sys.path])
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "pulse_sdk"]:
        del sys.modules[name]


def _plain(function: Any) -> str:
    told = inspect.signature(function)
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in told.parameters.values()]
    return str(told.replace(parameters=bare, return_annotation=inspect.Signature.empty))


@pytest.mark.parametrize("module", _FUNCTIONS)
def test_every_function_is_called_as_it_was(module: str):
    held = import_module(module)
    assert {name: _plain(getattr(held, name)) for name in _FUNCTIONS[module]} == _FUNCTIONS[module]


@pytest.mark.parametrize("module", _CONSTANTS)
def test_every_constant_is_what_it_was(module: str):
    held = import_module(module)
    assert {name: getattr(held, name) for name in _CONSTANTS[module]} == _CONSTANTS[module]


def test_every_class_is_of_the_kind_it_was():
    for (module, name), base in _BASES.items():
        kind = getattr(import_module(module), name)
        assert base in kind.__mro__ or kind.__mro__[1] is base, name


def test_words_have_the_values_they_had():
    types = import_module("pulse_sdk.types")
    assert [(each.name, each.value) for each in types.Provider] == [
        ("OPENAI", "openai"),
        ("OPENROUTER", "openrouter"),
        ("ANTHROPIC", "anthropic"),
    ]
    assert [(each.name, each.value) for each in types.TraceStatus] == [("SUCCESS", "success"), ("ERROR", "error")]


def test_the_server_loads_nothing_of_the_clients_side_and_the_client_nothing_of_the_servers():
    lines = """
import sys
import headwater.compat.pulse_sdk.{0}
print([name for name in sys.modules if name.startswith("headwater.compat.pulse_sdk.{1}") or name in {2!r}])
"""
    heavy = ("openai", "anthropic", "httpx", "httpx2", "requests", "headwater.ingest", "headwater.store")
    for side, other, names in (("door", "api", ()), ("api", "door", heavy)):
        done = subprocess.run(
            [sys.executable, "-c", lines.format(side, other, names)], capture_output=True, text=True, timeout=60
        )
        assert (done.stdout, done.stderr) == ("[]\n", ""), side
