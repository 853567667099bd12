"""What the real packages have sent, sent again to the real server."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.journeys.projects import Project
from tests.serving import JSON

_RECORDED = Path(__file__).parents[3] / "recorded" / "pulse"
_COLUMNS = "provider, request_model, status, input_tokens, output_tokens, metadata, output_preview"
# Both drivers make the same calls; the sessions of 0.2.8 are its clients' own where the program names none.
_SAID = "recorded hello", "Hello! How can I help you today?"


def _sent_again(project: Project, version: str) -> int:
    """Post everything twice, as a client does that has missed the answer; how many spans that is."""
    count = 0
    for sent in json.loads((_RECORDED / f"{version}.json").read_text()):
        for _again in range(2):
            answer = project.post(sent["path"], msgspec.json.encode(sent["json"]), {"content-type": JSON})
            assert answer.status in (200, 202)
        count += _length(sent["json"])
    return count


def _length(body: Any) -> int:
    return len(body["resourceSpans"][0]["scopeSpans"][0]["spans"] if "resourceSpans" in body else body)


@pytest.mark.parametrize(("version", "spans"), [("0.2.7", 5), ("0.2.8", 6)])
def test_all_that_was_recorded_lands_once_and_whole(project: Project, version: str, spans: int):
    assert _sent_again(project, version) == spans
    project.await_spans(spans)
    project.server.await_loaded()
    assert project.sql("SELECT count(), uniqExact(span_id) FROM spans") == [(spans, spans)]
    rows = project.sql(f"SELECT {_COLUMNS} FROM calls ORDER BY start_time")
    assert [(provider, model, status) for provider, model, status, *_ in rows] == [
        ("openai", "gpt-4o-mini", "ok"),
        ("openai", "gpt-4o-mini", "ok"),
        ("openrouter", "gpt-4o-mini", "error"),
        ("anthropic", "claude-3-5-haiku-20241022", "ok"),
        ("openai", "gpt-4o-mini", "ok"),
    ]
    assert [metadata for *_, metadata, _ in rows] == [
        {"app": "demo"},
        {"app": "demo", "feature": "chat"},
        {},
        {},
        {"app": "demo"},
    ]
    assert rows[0][-1] in _SAID
    assert rows[2][3:5] == (None, None)
    sessions = {session for (session,) in project.sql("SELECT session_id FROM calls")}
    assert sessions >= {"default-sess", "session-123", "00000000-0000-0000-0000-000000000001"}
