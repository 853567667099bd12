"""What a joined server says of itself while it runs: health, metrics, logs, statuses."""

import random
import re
from collections.abc import Iterator

import msgspec
import pytest

from tests.sending import body_of, draw
from tests.serving import Server, wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the tests of this file share, with something in it."""
    with Server(tmp_path_factory.mktemp("wiring"), extra={"HEADWATER_LOG_LEVEL": "INFO"}) as running:
        assert running.send(body_of(draw(random.Random(1), 0, 5))).status == 200
        assert running.send(b"\xff").status == 400
        running.await_loaded()
        yield running


def test_health_tells_of_every_part(server: Server) -> None:
    health = server.health()
    assert {each["name"]: each["state"] for each in health["processes"]} == {
        "store": "running",
        "edge-0": "running",
        "loader": "running",
    }
    assert all(each["memory_bytes"] > 10_000_000 for each in health["processes"])
    assert health["store"]["is_up"]
    assert health["store"]["rows"]["spans"] == 5
    assert "secret" not in health["store"]["address"]
    assert wait_until(lambda: server.health()["loader"]["spans_loaded"] == 5, 5, "the loader's own count")
    assert health["journals"][0] | {"size_bytes": 0} == {
        "writer": "edge-0",
        "depth": 0,
        "size_bytes": 0,
        "oldest_age_s": None,
        "is_writable": True,
        "problem": "",
    }


def test_metrics_count_what_came_and_what_became_of_it(server: Server) -> None:
    wanted = (
        'headwater_requests_total{door="otlp.traces",edge="edge-0",status="200"} 1.0',
        'headwater_requests_total{door="otlp.traces",edge="edge-0",status="400"} 1.0',
        'headwater_accepted_items_total{door="otlp.traces",edge="edge-0"} 5.0',
        'headwater_process_up{process="store"} 1.0',
        "headwater_store_up 1.0",
        'headwater_journal_depth{writer="edge-0"} 0.0',
    )
    wait_until(lambda: all(each in metrics_of(server) for each in wanted), 5, "the counts to be told")
    for line in metrics_of(server).splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) \w+ .+|\w+(\{.*\})? [-+.\deEinfNa]+", line), line


def test_logs_are_json_and_hold_no_key(server: Server) -> None:
    lines = server.log.splitlines()
    assert all(isinstance(msgspec.json.decode(line), dict) for line in lines)
    assert server.key not in server.log


def test_the_greeting_says_how_to_begin(server: Server) -> None:
    assert f"OTEL_EXPORTER_OTLP_ENDPOINT={server.base_url}" in server.said
    assert f"x-headwater-key={server.key}" in server.said
    assert server.login_url.startswith(f"{server.base_url}/login?token=")


def test_the_secret_of_the_store_is_on_no_command_line(server: Server) -> None:
    running = msgspec.json.decode((server.data / "run" / "server.json").read_bytes())
    secret = running["store_dsn"].split(":")[2].split("@")[0]
    assert len(secret) > 30
    assert not [line for line in server.command_lines() if secret in line or server.key in line]


def test_an_unknown_path_is_no_error_of_ours(server: Server) -> None:
    assert server.request("GET", "/nothing/here").status == 404
    assert server.request("POST", "/v1/nothing", b"").status in (404, 405)


def metrics_of(server: Server) -> str:
    """The metrics' text."""
    answer = server.request("GET", "/metrics", headers={})
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return answer.body.decode()
