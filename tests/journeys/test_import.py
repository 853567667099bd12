"""`headwater import`: files of other products, sent to a real server and asked for again."""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headwater.cli.importing import From
from headwater.compat.exports import FORMATS
from tests.journeys.projects import Project
from tests.serving import Ran, command

_CALLS = (
    "SELECT name, model, provider, input_tokens, output_tokens, session_id, user_id, status FROM calls"
    " ORDER BY start_time, name"
)
_CHAT = {
    "request": {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5},
    "response": {
        "id": "chatcmpl-7",
        "object": "chat.completion",
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
    },
}

LANGFUSE = [
    {
        "id": "9c1d6c1e-6b7b-4c55-9d52-0a4a5cf3a001",
        "timestamp": "2026-02-01T10:00:00.000Z",
        "name": "answer",
        "userId": "u-1",
        "sessionId": "s-1",
        "tags": ["beta"],
        "metadata": {"plan": "pro"},
        "input": {"question": "hi"},
        "output": "hello",
        "observations": [
            {
                "id": "obs-1",
                "type": "GENERATION",
                "name": "ask",
                "startTime": "2026-02-01T10:00:00.100Z",
                "completionStartTime": "2026-02-01T10:00:00.300Z",
                "endTime": "2026-02-01T10:00:01.100Z",
                "model": "gpt-4o-mini",
                "modelParameters": {"temperature": 0.5},
                "input": [{"role": "user", "content": "hi"}],
                "output": {"role": "assistant", "content": "hello"},
                "usageDetails": {"input": 9, "output": 2, "total": 11},
                "costDetails": {"total": 0.25},
                "level": "DEFAULT",
            }
        ],
        "scores": [{"id": "sc-1", "name": "helpful", "value": 0.75, "timestamp": "2026-02-01T10:01:00Z"}],
    },
    {
        "id": "obs-2",
        "traceId": "9c1d6c1e-6b7b-4c55-9d52-0a4a5cf3a001",
        "parentObservationId": "obs-1",
        "type": "SPAN",
        "name": "look up",
        "startTime": "2026-02-01T10:00:00.200Z",
        "endTime": "2026-02-01T10:00:00.250Z",
        "level": "ERROR",
        "statusMessage": "no such page",
        "somethingNew": True,
    },
]
OPENINFERENCE = [
    {
        "name": "ChatCompletion",
        "span_kind": "LLM",
        "context.trace_id": "0af7651916cd43dd8448eb211c80319c",
        "context.span_id": "b7ad6b7169203331",
        "parent_id": None,
        "start_time": "2026-02-01T10:00:00.100000+00:00",
        "end_time": "2026-02-01T10:00:01.100000+00:00",
        "status_code": "OK",
        "attributes.llm.model_name": "gpt-4o-mini",
        "attributes.llm.provider": "openai",
        "attributes.llm.input_messages": [{"message.role": "user", "message.content": "hi"}],
        "attributes.llm.output_messages": [{"message": {"role": "assistant", "content": "hello"}}],
        "attributes.llm.token_count.prompt": 9,
        "attributes.llm.token_count.completion": 2,
        "attributes.session.id": "s-1",
        "attributes.user.id": "u-1",
    }
]
LITELLM = [
    {
        "request_id": "chatcmpl-7",
        "call_type": "acompletion",
        "spend": 0.25,
        "prompt_tokens": 9,
        "completion_tokens": 2,
        "total_tokens": 11,
        "startTime": "2026-02-01 10:00:00.100000",
        "endTime": "2026-02-01 10:00:01.100000",
        "model": "gpt-4o-mini",
        "custom_llm_provider": "openai",
        "end_user": "u-1",
        "session_id": "s-1",
        "request_tags": '["beta"]',
        "metadata": {"user_api_key_alias": "shop", "status": "success"},
        "messages": _CHAT["request"]["messages"],
        "response": _CHAT["response"],
    },
    {
        "id": "chatcmpl-8",
        "trace_id": "t-8",
        "call_type": "completion",
        "status": "failure",
        "startTime": 1769940002.5,
        "endTime": 1769940003.5,
        "model": "gpt-4o-mini",
        "custom_llm_provider": "openai",
        "error_str": "slow down",
        "error_information": {"error_code": "429", "error_class": "RateLimitError"},
        "messages": "hi",
        "response": {},
    },
]
HELICONE = [
    {
        "request_id": "7f0d0a54-3c0c-4d6e-8a0b-1c2d3e4f5a6b",
        "request_created_at": "2026-02-01T10:00:00.100Z",
        "delay_ms": 1000,
        "time_to_first_token": 200,
        "request_body": _CHAT["request"],
        "response_body": _CHAT["response"],
        "response_status": 200,
        "request_model": "gpt-4o-mini",
        "provider": "OPENAI",
        "request_user_id": "u-1",
        "request_properties": {"Helicone-Session-Id": "s-1", "plan": "pro"},
        "prompt_tokens": 9,
        "completion_tokens": 2,
        "costUSD": 0.25,
    }
]
OTLP = [
    {
        "resourceSpans": [
            {
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": "0af7651916cd43dd8448eb211c80319c",
                                "spanId": "b7ad6b7169203332",
                                "name": "chat gpt-4o-mini",
                                "startTimeUnixNano": "1769940000100000000",
                                "endTimeUnixNano": "1769940001100000000",
                                "attributes": [
                                    {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
                                    {"key": "gen_ai.provider.name", "value": {"stringValue": "openai"}},
                                    {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o-mini"}},
                                    {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "9"}},
                                    {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "2"}},
                                    {"key": "session.id", "value": {"stringValue": "s-1"}},
                                    {"key": "user.id", "value": {"stringValue": "u-1"}},
                                ],
                            }
                        ]
                    }
                ]
            }
        ]
    }
]
FILES = {
    "langfuse": LANGFUSE,
    "phoenix": OPENINFERENCE,
    "openinference-jsonl": OPENINFERENCE,
    "litellm": LITELLM,
    "helicone": HELICONE,
    "otlp-json": OTLP,
}
SPANS = {"langfuse": 3, "litellm": 2}


def lines(records: Sequence[Any]) -> bytes:
    """Records as JSON lines."""
    return b"".join(msgspec.json.encode(record) + b"\n" for record in records)


def send(project: Project, file: Path, form: str, *more: str) -> Ran:
    """Import a file into a project."""
    extra = {"XDG_CACHE_HOME": str(file.parent / "cache"), "HEADWATER_KEY": project.key}
    return command("import", str(file), "--from", form, "--url", project.server.base_url, *more, extra=extra)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file to be written."""
    return tmp_path / "export.jsonl"


def test_every_format_of_the_table_can_be_asked_for():
    assert {each.value for each in From} == set(FORMATS) == set(FILES)


@pytest.mark.parametrize("form", list(FILES))
def test_the_call_in_a_file_is_the_same_call_whoever_wrote_it(project: Project, file: Path, form: str):
    file.write_bytes(lines(FILES[form]))
    ran = send(project, file, form)
    assert (ran.code, ran.err) == (0, ""), ran.out
    project.await_spans(SPANS.get(form, 1))
    name, model, provider, *rest = project.sql(_CALLS)[0]
    assert model.startswith("gpt-4o-mini"), "some tell the dated name that answered"
    assert tuple(rest[:4]) == (9, 2, "s-1", "u-1")
    assert provider in ("openai", ""), name


def test_a_trace_of_langfuse_is_a_tree_with_its_scores(project: Project, file: Path):
    file.write_bytes(lines(LANGFUSE))
    assert send(project, file, "langfuse").code == 0
    project.await_spans(3)
    rows = project.sql("SELECT name, kind, status, parent_span_id != '', duration_ms FROM spans ORDER BY start_time")
    assert [tuple(row) for row in rows] == [
        ("answer", "span", "unset", False, 1100.0),
        ("ask", "call", "unset", True, 1000.0),
        ("look up", "span", "error", True, 50.0),
    ]
    costs = project.sql("SELECT reported_cost_usd, ttft_ms FROM calls")
    assert [tuple(row) for row in costs] == [(0.25, 200.0)]


def test_a_refused_call_of_litellm_is_a_failed_one(project: Project, file: Path):
    file.write_bytes(lines(LITELLM))
    assert send(project, file, "litellm").code == 0
    project.await_spans(2)
    failed = project.sql("SELECT error_type, duration_ms FROM calls WHERE status = 'error'")
    assert [tuple(row) for row in failed] == [("RateLimitError", 1000.0)]


@pytest.mark.parametrize("shape", ["array", "page", "gzip", "document"])
def test_a_file_may_have_any_of_the_shapes_in_which_records_are_written(project: Project, file: Path, shape: str):
    content = {
        "array": msgspec.json.encode(HELICONE),
        "page": msgspec.json.encode({"data": HELICONE, "error": None}) + b"\n",
        "gzip": gzip.compress(lines(HELICONE)),
        "document": msgspec.json.format(msgspec.json.encode(HELICONE[0])),
    }
    file.write_bytes(content[shape])
    ran = send(project, file, "helicone")
    assert ran.code == 0, ran.err
    project.await_spans(1)


def test_a_bad_record_is_named_and_its_neighbours_go_on(project: Project, file: Path):
    file.write_bytes(lines(HELICONE) + b'{"broken\n' + lines([{"nothing": 1}, 7]) + lines(LITELLM[:0]))
    ran = send(project, file, "helicone")
    assert ran.code == 1
    assert "1 items of 4 records sent, 3 records left out" in ran.out
    assert "record 2: line 2 is no JSON" in ran.err
    assert "record 3: it has no 'request_id'" in ran.err
    project.await_spans(1)


def test_a_file_that_is_sent_again_counts_once(project: Project, file: Path):
    file.write_bytes(lines(LITELLM))
    assert send(project, file, "litellm").code == 0
    again = send(project, file, "litellm")
    assert "going on behind the first 2 records" in again.out
    assert "0 items of 0 records sent" in again.out
    assert "2 items of 2 records sent" in send(project, file, "litellm", "--restart").out
    project.server.await_loaded()
    assert project.sql("SELECT count() FROM calls") == [(2,)]


def test_a_file_of_nothing_that_is_known_says_so(project: Project, file: Path):
    file.write_bytes(b"id,name\n1,x\n")
    ran = send(project, file, "langfuse")
    assert ran.code == 1
    assert "neither JSON nor JSON lines" in ran.err


def test_a_wrong_key_ends_it_with_the_servers_words(project: Project, file: Path):
    file.write_bytes(lines(OTLP))
    extra = {"XDG_CACHE_HOME": str(file.parent), "HEADWATER_KEY": "hw_wrong"}
    ran = command("import", str(file), "--from", "otlp-json", "--url", project.server.base_url, extra=extra)
    assert ran.code == 1
    assert "unknown or revoked" in ran.err
