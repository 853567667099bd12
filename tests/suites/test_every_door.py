"""What the door of every product does, whichever it is; one real server for all."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import pytest

from headwater.products import PRODUCTS
from tests.journeys.projects import Project, make_project
from tests.serving import JSON, Answer, Server, wait_until

_LIMIT_BYTES = 1024 * 1024
_WRONG = "hw_" + "x" * 43
_ENTRIES = (
    "headwater.server.app",
    "headwater.server.edge",
    "headwater.server.loading",
    "headwater.loader.maker",
    "headwater.cli.commands",
)


class Post(NamedTuple):
    """A body that a product's client sends, and the status that it must get."""

    product: str
    path: str
    status: int
    body: Any
    header: str = "authorization"


POSTS = [
    Post("tropir", "/api/v1/metadata", 200, {"session_id": "s", "metadata": {"a": 1}}, "x-tropir-api-key"),
    Post(
        "layer", "/v1/sessions", 202, {"application_id": "shop", "session_id": "s", "attributes": {}, "actions": None}
    ),
    Post(
        "layer",
        "/v1/sessions/s/actions",
        202,
        {"kind": "moderation", "start_time": "2026-01-01T00:00:00Z", "end_time": "2026-01-01T00:00:01Z", "data": None},
    ),
    Post(
        "pulse",
        "/v1/traces/async",
        202,
        [{"trace_id": "t", "timestamp": "2026-01-01T00:00:00+00:00", "provider": "openai", "model_requested": "m"}],
    ),
    Post("prysm", "/api/v1/telemetry/events", 202, {"source": "crewai", "session_id": "s", "events": []}),
    Post("prysm", "/governance/sessions", 200, {"task_instructions": "look", "agent_type": "custom"}),
    Post("huggingplace", "/v2/chatgpt/store_generated_response", 200, {"user_prompt": "a", "response": "b"}),
    Post("huggingplace", "/api/traces", 201, {"traceId": "t", "spanId": "s", "operation": "o", "startTime": 1}),
]
_each = pytest.mark.parametrize("post", POSTS, ids=lambda post: f"{post.product} {post.path}")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project of a server."""
    with Server(
        tmp_path_factory.mktemp("doors"), extra={"HEADWATER_INGEST_BODY_LIMIT_BYTES": str(_LIMIT_BYTES)}
    ) as server:
        yield make_project(server, "doors")


def sent(project: Project, post: Post, body: bytes, key: str = "", **headers: str) -> Answer:
    """Send a body as the product's client does."""
    presented = key or project.key
    value = f"Bearer {presented}" if post.header == "authorization" else presented
    more = {name.replace("_", "-"): text for name, text in headers.items()}
    return project.server.request("POST", post.path, body, {"content-type": JSON, post.header: value, **more})


def test_every_product_is_here():
    assert {post.product for post in POSTS} == set(PRODUCTS)


@_each
def test_what_a_client_sends_is_taken_and_answered_as_it_expects(project: Project, post: Post):
    answer = sent(project, post, msgspec.json.encode(post.body))
    assert answer.status == post.status, answer.body
    assert answer.headers["content-type"].startswith(JSON)
    answer.json()


@_each
def test_fields_that_nobody_knows_lose_nothing(project: Project, post: Post):
    more = {"unheard_of": {"deep": [1, None]}, "another": None}
    body = [{**post.body[0], **more}] if post.path.endswith("/async") else {**post.body, **more}
    assert sent(project, post, msgspec.json.encode(body)).status == post.status


@_each
def test_a_wrong_key_is_told_in_json_and_not_to_be_tried_again(project: Project, post: Post):
    answer = sent(project, post, msgspec.json.encode(post.body), _WRONG)
    assert answer.status == 401
    assert answer.headers["x-should-retry"] == "false"
    assert "unknown or revoked" in msgspec.json.encode(answer.json()).decode()


@_each
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'"text"', b"7", b"[" * 5000], ids=repr)
def test_what_is_no_body_of_a_clients_is_the_senders_fault(project: Project, post: Post, body: bytes):
    answer = sent(project, post, body)
    assert 400 <= answer.status < 500 or answer.status == post.status, answer.body
    answer.json()


@_each
def test_a_body_that_was_cut_anywhere_never_breaks_the_server(project: Project, post: Post):
    whole = msgspec.json.encode(post.body)
    for end in range(0, len(whole), 7):
        assert sent(project, post, whole[:end]).status < 500, whole[:end]


@_each
def test_a_body_past_the_bound_is_refused_while_it_is_read(project: Project, post: Post):
    answer = sent(project, post, b" " * (_LIMIT_BYTES + 1))
    assert answer.status in (400, 413)
    assert "larger" in msgspec.json.encode(answer.json()).decode()


@_each
def test_a_compressed_body_is_read(project: Project, post: Post):
    body = gzip.compress(msgspec.json.encode(post.body))
    assert sent(project, post, body, content_encoding="gzip").status == post.status


def test_whatever_was_taken_could_be_read(project: Project):
    for post in POSTS:
        assert sent(project, post, msgspec.json.encode(post.body)).status == post.status
    wait_until(lambda: project.sql("SELECT count() FROM spans")[0][0] > 0, 30, "spans of the products")
    project.server.await_loaded()
    assert project.server.health()["quarantine"] == []


@pytest.mark.parametrize("entry", _ENTRIES)
def test_a_product_that_nobody_uses_is_not_even_imported(entry: str):
    script = f"import sys, {entry}; print(*[name for name in sys.modules if name.startswith('headwater.compat.')])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    folders = {name.split(".")[2] for name in run.stdout.split()}
    products = {product.module.split(".")[2] for product in PRODUCTS.values()}
    assert folders & products == set()
