"""The command line against a running server: query in every form, keys, login, doctor, reindex."""

import csv
import io
import random
import time
from typing import Any

import msgspec
import pytest

from tests.journeys.projects import Project
from tests.journeys.test_recordings import replay
from tests.sending import body_of, draw
from tests.serving import PROTOBUF, Ran, command, wait_until

_ASK = "SELECT name, input_tokens, tags, user_id FROM calls ORDER BY name"
_SUMS = (
    "SELECT count() FROM spans",
    "SELECT count(), sum(input_tokens), sum(output_tokens), sum(cost_usd) FROM calls",
    "SELECT count(), sum(span_count), sum(folded_count), sum(input_tokens), sum(cost_usd) FROM traces",
    "SELECT count() FROM messages",
)


@pytest.fixture
def filled(project: Project) -> Project:
    """A project with three calls."""
    sent = draw(random.Random(3), 1, 3)
    assert project.post("/v1/traces", body_of(sent)).status == 200
    project.await_spans(3)
    return project


@pytest.fixture(params=["--url", "--data"])
def asked(request: pytest.FixtureRequest, filled: Project) -> list[str]:
    """The arguments that say where to ask."""
    ways = {
        "--url": ["--url", filled.server.base_url, "--key", filled.key],
        "--data": ["--data", str(filled.server.data), "--project", filled.name],
    }
    return ways[request.param]


def query(asked: list[str], form: str) -> Ran:
    """Run `headwater query`."""
    ran = command("query", *asked, "--format", form, _ASK)
    assert (ran.code, ran.err) == (0, "")
    return ran


def test_query_prints_json(asked: list[str]) -> None:
    rows = msgspec.json.decode(query(asked, "json").out)
    assert rows[0] == {"name": "chat 1", "input_tokens": 101, "tags": [], "user_id": ""}
    assert [row["name"] for row in rows] == ["chat 1", "chat 2", "chat 3"]


def test_query_prints_csv(asked: list[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(query(asked, "csv").out)))
    assert [row["name"] for row in rows] == ["chat 1", "chat 2", "chat 3"]
    assert rows[2] == {"name": "chat 3", "input_tokens": "103", "tags": "[]", "user_id": ""}


def test_query_prints_a_table(asked: list[str]) -> None:
    text = query(asked, "table").out
    assert all(word in text for word in ("input_tokens", "chat 1", "chat 3", "103"))


@pytest.mark.parametrize("statement", ["SELEC 1", "DROP TABLE spans", "SELECT * FROM system.tables", "SELECT nothing"])
def test_a_question_that_may_not_or_cannot_be_asked_is_answered_in_one_line(asked: list[str], statement: str) -> None:
    ran = command("query", *asked, statement)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("headwater: ")
    assert "Traceback" not in ran.err


def test_a_question_about_nothing_is_answered(asked: list[str]) -> None:
    ran = command("query", *asked, "--format", "csv", "SELECT 1 + 1 AS two")
    assert (ran.code, ran.out) == (0, "two\n2\n"), ran.err


def test_query_without_a_good_key_says_so(filled: Project) -> None:
    ran = command("query", "--url", filled.server.base_url, "--key", "hw_wrong", "SELECT 1")
    assert ran.code == 1
    assert "key" in ran.err


def test_a_revoked_key_is_refused_within_seconds(project: Project) -> None:
    data = ("--data", str(project.server.data))
    key = command("keys", "create", "to go", "--project", project.name, *data).out.strip()
    shown = {"x-headwater-key": key, "content-type": PROTOBUF}

    def status() -> int:
        return project.server.request("POST", "/v1/traces", b"", shown).status

    assert status() == 200
    listed = [line.split("\t") for line in command("keys", "list", "--project", project.name, *data).out.splitlines()]
    key_id = next(fields[0] for fields in listed if fields[2] == "to go")
    assert command("keys", "revoke", key_id, *data).code == 0
    began = time.monotonic()
    wait_until(lambda: status() == 401, 10, "the key to be refused")
    assert time.monotonic() - began < 8
    assert "revoked" in command("keys", "list", "--project", project.name, *data).out


def test_doctor_finds_a_running_server_well(project: Project) -> None:
    ran = command("doctor", "--data", str(project.server.data))
    assert ran.code == 0, ran.out
    assert all(line.startswith("ok ") for line in ran.out.splitlines())
    assert project.server.base_url in ran.out


@pytest.mark.parametrize("recording", ["openai_v2_old_default_events", "openinference", "langfuse_v4"])
def test_reindexing_changes_no_sum(project: Project, recording: str) -> None:
    replay(project, recording)
    project.server.await_loaded()
    before = wait_until(lambda: _settled(project), 20, "sums that stay")
    assert before[0][0][0] > 0
    for _ in range(2):
        ran = command("reindex", "--data", str(project.server.data))
        assert ran.code == 0, ran.out + ran.err
        assert _sums(project) == before


def _sums(project: Project) -> list[list[tuple[Any, ...]]]:
    return [project.sql(each) for each in _SUMS]


def _settled(project: Project) -> list[list[tuple[Any, ...]]]:
    """The sums, once they are the same a moment later."""
    before = _sums(project)
    time.sleep(0.3)
    return before if _sums(project) == before else []
