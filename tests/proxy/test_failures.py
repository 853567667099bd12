"""Failures: the upstream's pass byte for byte, ours come in the provider's shape, and all of them are calls."""

import socket
from collections.abc import Generator
from contextlib import contextmanager

import msgspec
import pytest

from headwater.access import Upstream
from tests.journeys.projects import make_project
from tests.proxy.proxied import CHAT, MESSAGES, Proxied, add_upstreams, answered, asked, at_base, chunk, streamed, whole
from tests.proxy.upstream import Do
from tests.serving import Answer, free_ports

_ODD = b'{ "error": {"message":"caf\\u00e9 \xc3\xa9",  "type":null}}\n\n'
_HEADERS = ("x-request-id: req_1", "retry-after-ms: 5", "x-ratelimit-remaining-requests: 0", "x-should-retry: true")


@pytest.mark.parametrize("status", ["400 Bad", "401 Who", "404 Gone", "429 Slow", "500 Oh", "503 Later", "529 Much"])
def test_an_error_of_the_upstream_passes_byte_for_byte(proxied: Proxied, status: str) -> None:
    proxied.upstream.forget((whole(_ODD, *_HEADERS, status=status),))
    answer = proxied.post()
    assert (answer.status, answer.body) == (int(status[:3]), _ODD)
    for line in _HEADERS:
        name, _, value = line.partition(": ")
        assert answer.headers[name] == value
    assert "x-headwater-error" not in answer.headers
    assert proxied.row(answer, "status", "attempts") == ("error", 1)


def test_an_error_within_a_stream_passes_and_is_told_of(proxied: Proxied) -> None:
    failed = b'data: {"error": {"message": "overloaded", "type": "server_error", "code": null}}\n\n'
    proxied.upstream.forget(streamed(chunk("Pa"), failed))
    answer = proxied.post(asked(stream=True))
    assert answer.body == chunk("Pa") + failed
    status, error_type, preview = proxied.row(answer, "status", "error_type", "output_preview")
    assert (status, error_type, preview) == ("error", "server_error", "Pa")


def _assert_ours(answer: Answer, status: int, code: str, path: str = CHAT) -> str:
    """The answer is our own, in the shape of the provider that was asked; return its words."""
    assert (answer.status, answer.headers["x-headwater-error"]) == (status, code)
    told = answer.json()
    if path == MESSAGES:
        assert (told["type"], set(told["error"])) == ("error", {"type", "message"})
    else:
        assert (set(told), told["error"]["code"]) == ({"error"}, code)
    return told["error"]["message"]


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
def test_a_refused_connection_is_told_in_the_providers_shape_and_recorded(proxied: Proxied, path: str) -> None:
    (port,) = free_ports(1)
    project = at_base(make_project(proxied.server, f"nobody {path}"), f"http://127.0.0.1:{port}")
    proxied = msgspec.structs.replace(proxied, project=project)
    answer = proxied.post(path=path)
    assert "127.0.0.1" in _assert_ours(answer, 502, "connect_error", path)
    assert answer.headers["x-should-retry"] == "true"
    assert proxied.row(answer, "status", "error_type") == ("error", "connect_error")


def test_a_host_without_an_address_is_told(proxied: Proxied) -> None:
    nowhere = Upstream(name="nowhere", base_url="http://nowhere.invalid")
    add_upstreams(proxied.project, nowhere)
    answer = proxied.post(path="/nowhere/v1/chat/completions")
    assert "nowhere.invalid" in _assert_ours(answer, 502, "connect_error")


@contextmanager
def _deaf() -> Generator[int]:
    """A port where connections are not taken: the queue of those who wait is full."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]
        for each in waiting:
            each.close()


def test_a_connection_that_does_not_come_about_is_not_waited_for(proxied: Proxied) -> None:
    """The server of these trials waits for a second."""
    with _deaf() as port:
        deaf = Upstream(name="deaf", base_url=f"http://127.0.0.1:{port}", is_private_ok=True)
        add_upstreams(proxied.project, deaf)
        answer = proxied.post(path="/deaf/v1/chat/completions")
    _assert_ours(answer, 504, "connect_timeout")
    assert proxied.row(answer, "error_type") == ("connect_timeout",)


def test_an_upstream_that_says_nothing_is_told_and_not_asked_again(proxied: Proxied) -> None:
    proxied.upstream.forget((Do.CLOSE,))
    answer = proxied.post()
    _assert_ours(answer, 502, "upstream_closed")
    assert len(proxied.upstream.requests) == 1
    assert proxied.row(answer, "error_type", "attempts") == ("upstream_closed", 1)


def test_an_answer_that_breaks_off_is_recorded_with_what_came(proxied: Proxied) -> None:
    body = answered()
    proxied.upstream.forget((whole(body)[:-40], Do.CLOSE))
    with proxied.opened(asked()) as answer:
        with pytest.raises(Exception, match="IncompleteRead"):
            answer.read()
        assert proxied.row(answer, "status", "error_type") == ("error", "upstream_closed")


def test_an_unknown_upstream_is_told_with_those_that_are_known(proxied: Proxied) -> None:
    answer = proxied.post(path="/openia/v1/chat/completions")
    assert "openai" in _assert_ours(answer, 404, "unknown_upstream")
    assert answer.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
@pytest.mark.parametrize("key", ["hw_wrong", ""])
def test_a_wrong_key_opens_nothing(proxied: Proxied, path: str, key: str) -> None:
    answer = proxied.post(path=path, headers={"x-headwater-key": key})
    assert "headwater key" in _assert_ours(answer, 401, "invalid_api_key", path)
    assert answer.headers["x-should-retry"] == "false"
    assert proxied.upstream.requests == []
