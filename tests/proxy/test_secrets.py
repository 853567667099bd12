"""What must not be found: providers' keys and ours on no disk and in no log, content that is to stay off it, and
addresses that a caller may not choose."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proxy.proxied import CHAT, Proxied, answered, asked, catalog_of, chunk, streamed, whole
from tests.proxy.upstream import Upstream as ScriptedUpstream
from tests.serving import Server, command, wait_until

_SECRETS = {
    "authorization": "Bearer sk-proj-Tq7passedthrough",
    "x-api-key": "sk-ant-Tq7passedthrough",
    "api-key": "Tq7azurepassedthrough",
    "x-goog-api-key": "AIzaTq7passedthrough",
}


def places_of(server: Server, word: str) -> list[str]:
    """Files of the server's, logs too, that hold a word."""
    files = [path for path in server.data.parent.rglob("*") if path.is_file() and "config" not in path.parts]
    return [str(path) for path in files if word.encode() in _bytes_of(path)]


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        # The store merges its parts all the time.
        return b""


def test_no_credential_is_found_on_a_disk_or_in_a_log(proxied: Proxied) -> None:
    """Passed through, in a query, from the vault; and our own key, in a header or in the path."""
    server, project = proxied.server, proxied.project
    with catalog_of(server) as catalog:
        catalog.set_credential(project.id, "openai", "sk-Tq7vault")
    proxied.upstream.scripts = [(whole(answered()),), (whole(answered(), status="500 Oh"),), (b"nonsense\r\n\r\n",)]
    proxied.upstream.forget((whole(answered()),))
    for headers in ({}, {"authorization": f"Bearer {project.key}"}):
        for path in (CHAT, f"{CHAT}?key=Tq7query&api-key=Tq7query2", f"/p/{project.key}{CHAT}"):
            assert proxied.post(path=path, headers=_SECRETS | headers).status in (200, 500, 502)
    wait_until(lambda: project.sql("SELECT count() FROM spans")[0][0] >= 6, 20, "the calls")
    assert "sk-Tq7vault" in str([request.headers for request in proxied.upstream.requests])
    assert {word: places_of(server, word) for word in ("Tq7", project.key)} == {"Tq7": [], project.key: []}


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("omit", ["request", "response", "request,response"])
def test_content_that_is_to_be_omitted_touches_no_disk(proxied: Proxied, omit: str, is_stream: bool) -> None:
    """What it cost is known all the same."""
    question, reply = f"question{id(proxied)}", f"answer{id(proxied)}"
    body = asked(messages=[{"role": "user", "content": question}], stream=is_stream)
    usage = chunk(choices=[], usage={"prompt_tokens": 20, "completion_tokens": 7, "total_tokens": 27})
    stream = streamed(chunk(reply), chunk(), usage)
    proxied.upstream.forget(stream if is_stream else (whole(answered(reply)),))
    answer = proxied.post(body, headers={"x-headwater-omit": omit})
    assert reply in answer.body.decode()
    told = proxied.row(answer, "input_tokens", "output_tokens", "input_preview", "output_preview")
    assert told[:2] == (20, 7)
    asked_for = set(omit.split(","))
    for side, word, preview in (("request", question, told[2]), ("response", reply, told[3])):
        assert (word in preview) == (side not in asked_for)
        if side in asked_for:
            assert places_of(proxied.server, word) == []


@pytest.fixture
def inner() -> Iterator[socket.socket]:
    """A service inside that nobody may be sent to."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "127.1", "0.0.0.0", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "[::]"],  # noqa: S104 - names to be refused
)
@pytest.mark.parametrize("header", ["x-headwater-target-url", "Helicone-Target-URL", "x-portkey-custom-host"])
def test_a_caller_cannot_choose_an_address_inside(
    proxied: Proxied, inner: socket.socket, host: str, header: str
) -> None:
    answer = proxied.post(headers={header: f"http://{host}:{inner.getsockname()[1]}/v1"})
    assert 400 <= answer.status < 500
    assert re.fullmatch(r"[a-z_]+", answer.headers["x-headwater-error"])
    with pytest.raises(BlockingIOError):
        inner.accept()
    assert proxied.upstream.requests == []


def test_an_upstream_inside_is_added_only_where_that_is_said(proxied: Proxied, inner: socket.socket) -> None:
    base_url = f"http://localhost:{inner.getsockname()[1]}"
    where = ("--project", proxied.project.id, "--data", str(proxied.server.data))
    refused = command("upstreams", "add", "inside", base_url, *where)
    assert (refused.code, "--private" in refused.err) == (1, True)
    assert proxied.post(path="/inside/v1/chat/completions").status == 404
    assert command("upstreams", "add", "inside", base_url, "--private", *where).code == 0


def test_a_caller_may_choose_what_the_settings_name(proxied: Proxied, chosen_port: int) -> None:
    with ScriptedUpstream(chosen_port) as elsewhere:
        elsewhere.forget((whole(answered("Elsewhere.")),))
        answer = proxied.post(headers={"x-headwater-target-url": f"http://127.0.0.1:{chosen_port}/base"})
        assert proxied.row(answer, "output_preview") == ("Elsewhere.",)
    assert elsewhere.requests[0].start == "POST /base/v1/chat/completions"
