"""Every recording of a real exporter, posted as it was sent, gives exactly the calls and tokens that were true."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.journeys.projects import Project
from tests.sending import texts_of
from tests.serving import Answer, command, wait_until

RECORDED = Path(__file__).parents[1] / "recorded" / "otlp"
_EXPECTED = {
    row["recording"]: row
    for row in csv.DictReader((RECORDED / "expected.tsv").read_text().splitlines(), delimiter="\t")
}
_OF_ITS_OWN = {"host", "content-length", "connection", "transfer-encoding", "authorization"}
_SUMS = "SELECT count() AS calls, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens FROM calls"


@pytest.mark.parametrize("recording", sorted(_EXPECTED))
def test_a_recording_gives_exactly_its_calls_and_tokens(project: Project, recording: str) -> None:
    expected = {name: int(value) for name, value in _EXPECTED[recording].items() if name != "recording"}
    replay(project, recording)
    project.await_spans(expected.pop("spans"))
    wait_until(lambda: _asked(project) == expected, 10, f"{expected} (it is {_asked(project)})")
    ran = command("query", "--format", "json", "--url", project.server.base_url, "--key", project.key, _SUMS)
    assert {name: int(value) for name, value in msgspec.json.decode(ran.out)[0].items()} == expected


def test_log_events_give_their_messages_to_the_calls_they_belong_to(project: Project) -> None:
    """openai-v2 tells of content in log records, which came before and after their spans here."""
    replay(project, "openai_v2_old_default_events")
    project.await_spans(int(_EXPECTED["openai_v2_old_default_events"]["spans"]))
    told = "SELECT input, output FROM calls WHERE operation = 'chat' AND status != 'error'"
    wait_until(lambda: all(row != "[]" for row, _ in project.sql(told)), 15, "every chat to have its question")
    rows = project.sql(told)
    assert len(rows) > 8
    assert all(texts_of(asked) for asked, _ in rows)


def replay(project: Project, recording: str) -> None:
    """Post the bodies of a recording one after another, each answered as its exporter wants."""
    posted = [_post(project, meta) for meta in sorted((RECORDED / recording).glob("*.meta.json"))]
    assert posted
    assert {answer.status for answer in posted} <= {200, 201, 202, 207}


def _post(project: Project, meta: Path) -> Answer:
    told: Any = msgspec.json.decode(meta.read_bytes())
    headers = {name.lower(): value for name, value in told["headers"].items()}
    name = meta.name.removesuffix(".meta.json")
    raw = meta.with_name(f"{name}.raw")
    body = (raw if raw.exists() else meta.with_name(f"{name}.bin")).read_bytes()
    is_chunked = headers.get("transfer-encoding") == "chunked"
    return project.server.request(
        told["method"], told["path"], _pieces(body) if is_chunked else body, _with_our_key(headers, project)
    )


def _with_our_key(headers: Mapping[str, str], project: Project) -> dict[str, str]:
    """The headers as they were, with our key in the place of theirs."""
    kept = {name: value for name, value in headers.items() if name not in _OF_ITS_OWN}
    scheme = headers.get("authorization", "").partition(" ")[0]
    ours = {"Basic": {"authorization": project.basic}, "Bearer": {"authorization": f"Bearer {project.key}"}}
    return kept | ours.get(scheme, {"x-headwater-key": project.key})


def _pieces(body: bytes) -> Iterable[bytes]:
    return (body[start : start + 10_000] for start in range(0, len(body), 10_000))


def _asked(project: Project) -> dict[str, int]:
    row = project.sql(_SUMS)[0]
    return dict(zip(("calls", "input_tokens", "output_tokens"), map(int, row), strict=True))
