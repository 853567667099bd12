"""What Langfuse's SDK calls beside OTLP, answered so that it stays quiet and no score is lost."""

import msgspec
import pytest

from tests.journeys.projects import Project
from tests.serving import JSON, Answer, wait_until

_TRACE = "0af7651916cd43dd8448eb211c80319c"


def post(project: Project, path: str, body: object) -> Answer:
    """Post as Langfuse's SDK does: JSON, Basic."""
    headers = {"content-type": JSON, "authorization": project.basic, "x-langfuse-sdk-name": "python"}
    return project.server.request("POST", path, msgspec.json.encode(body), headers)


def score(name: str, **more: object) -> dict[str, object]:
    """A score as the SDK sends it."""
    return {"id": f"score-{name}", "traceId": _TRACE, "name": name, "value": 0.9, "dataType": "NUMERIC", **more}


def test_media_is_said_to_be_there_already(project: Project) -> None:
    asked = {
        "traceId": _TRACE,
        "contentType": "image/png",
        "sha256Hash": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
    }
    answer = post(project, "/api/public/media", {**asked, "contentLength": 4, "field": "input"})
    assert answer.status in (200, 201)
    assert answer.json() == {"mediaId": "n4bQgYhMfWWaL-qgxVrQFa", "uploadUrl": None}


def test_a_batch_of_scores_is_answered_item_by_item(project: Project) -> None:
    batch = [{"id": f"event-{name}", "type": "score-create", "body": score(name)} for name in ("a", "b")]
    answer = post(project, "/api/public/ingestion", {"batch": batch, "metadata": {"sdk_name": "python"}})
    assert answer.status == 207
    assert answer.json()["errors"] == []
    assert [each["id"] for each in answer.json()["successes"]] == ["event-a", "event-b"]
    wait_until(lambda: _loaded(project), 15, "the scores to be loaded")


def test_scores_as_an_array_are_taken(project: Project) -> None:
    answer = post(project, "/api/public/scores", [score("c"), score("d", observationId="b7ad6b7169203331")])
    assert (answer.status, answer.json()) == (202, {"message": "Accepted"})
    wait_until(lambda: _loaded(project), 15, "the scores to be loaded")


@pytest.mark.parametrize("path", ["/api/public/media", "/api/public/ingestion", "/api/public/scores"])
def test_what_cannot_be_understood_gets_400_with_the_reason(project: Project, path: str) -> None:
    for body in ("text", 7, None):
        answer = post(project, path, body)
        assert answer.status == 400
        assert answer.json()["message"]


@pytest.mark.parametrize("path", ["/api/public/media", "/api/public/ingestion", "/api/public/scores"])
def test_a_wrong_key_gets_401(project: Project, path: str) -> None:
    headers = {"content-type": JSON, "authorization": "Basic cGs6c2s="}
    assert project.server.request("POST", path, b"[]", headers).status == 401


def _loaded(project: Project) -> bool:
    health = project.server.health()
    return not health["quarantined"] and all(not each["depth"] for each in health["journals"])
