"""What a server tells of its proxy: on the health page's API and in the metrics."""

import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from headwater.simulator import Simulator
from tests.house.tree import TREE
from tests.serving import JSON, Answer, Server, wait_until

_ASKED = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}).encode()
_SILENT = b"POST /silent/v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-headwater-key: %b\r\ncontent-length: 2\r\n\r\n{}"


@pytest.fixture(scope="module")
def silent() -> Iterator[socket.socket]:
    """An upstream that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, silent: socket.socket) -> Iterator[Server]:
    """A server with one upstream that answers, one that does not, and a limit."""
    with Simulator() as provider:
        urls = {"openai": provider.url, "silent": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        extra = {"HEADWATER_PROXY_UPSTREAMS": json.dumps(urls)}
        with Server(tmp_path_factory.mktemp("counts"), extra=extra) as running:
            yield running


def _ask(server: Server, path: str = "/openai/v1/chat/completions", key: str = "") -> Answer:
    return server.request("POST", path, _ASKED, {"content-type": JSON, "x-headwater-key": key or server.key})


def _proxy(server: Server) -> Any:
    return server.health()["proxy"]


def _metrics(server: Server) -> str:
    return server.request("GET", "/metrics", headers={}).body.decode()


def test_a_call_is_counted_while_it_is_under_way_and_when_it_is_recorded(server: Server, silent: socket.socket) -> None:
    assert [_ask(server).status for _ in range(3)] == [200, 200, 200]
    wait_until(lambda: _proxy(server)["recorded"] == 3, 10, "three records")
    assert _proxy(server)["connections_opened"] == 1
    assert 'headwater_proxy_connections_total{edge="edge-0"} 1.0' in _metrics(server)
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(_SILENT % server.key.encode())
        with silent.accept()[0]:
            wait_until(lambda: _proxy(server)["under_way"] == 1, 10, "a call under way")
            assert 'headwater_proxy_calls{edge="edge-0"} 1.0' in _metrics(server)
            client.close()
            wait_until(lambda: _proxy(server)["under_way"] == 0, 10, "none under way")
    wait_until(lambda: _proxy(server)["recorded"] == 4, 10, "a record of what did not end")


def test_a_refused_call_is_told_by_its_reason_and_is_no_loss(server: Server) -> None:
    assert _ask(server, "/nobody/v1/chat/completions").status == 404
    assert _ask(server, key="hw_wrong").status == 401
    wanted = {"unknown_upstream": 1, "invalid_api_key": 1}
    wait_until(lambda: _proxy(server)["refused"] == wanted, 10, "two refusals")
    assert server.health()["dropped"] == {}
    assert 'headwater_proxy_refused_calls_total{edge="edge-0",reason="unknown_upstream"} 1.0' in _metrics(server)


def test_every_metric_that_the_documents_name_is_there(server: Server) -> None:
    named = set(re.findall(r"`(headwater_\w+)`", (TREE / "docs" / "operations.md").read_text()))
    assert "headwater_proxy_calls" in named
    assert named <= set(re.findall(r"^# TYPE (\w+)", _metrics(server), re.MULTILINE))
