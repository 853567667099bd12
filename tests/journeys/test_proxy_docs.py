"""docs/proxy.md: its examples run against a simulated provider, and its tables say what the proxy does."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from headwater.proxy import UPSTREAMS
from headwater.simulator import Simulator
from tests.house.tree import PACKAGE, TREE
from tests.serving import COMMAND, JSON, Server, environment, wait_until

_DOCUMENT = (TREE / "docs" / "proxy.md").read_text()
_ADDRESS, _KEY = "http://localhost:3000", "hw_…"
_TIMEOUT_S = 90.0
_CHAT = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}).encode()
_BY_ENVIRONMENT = """
from anthropic import Anthropic
from openai import OpenAI

OpenAI().embeddings.create(model="text-embedding-3-small", input="Hi")
Anthropic().messages.create(model="claude-sonnet-5", max_tokens=50, messages=[{"role": "user", "content": "Hi"}])
"""
# Names of headers in the document → column of a call that they fill.
_COLUMNS = {
    "session": "session_id",
    "session's name": "metadata['session.name']",
    "user": "user_id",
    "tags, with commas between": "tags[1]",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, as the examples change its catalog."""
    with Simulator() as provider:
        upstreams = {"openai": provider.url, "anthropic": provider.url}
        extra = {"HEADWATER_PROXY_UPSTREAMS": json.dumps(upstreams)}
        with Server(tmp_path_factory.mktemp("documented"), extra=extra) as running:
            yield running


def _snippets(language: str, server: Server) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```", _DOCUMENT, re.MULTILINE | re.DOTALL)
    return "\n".join(found).replace(_ADDRESS, server.base_url).replace(_KEY, server.key)


def _run(program: list[str], extra: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    keys = {"OPENAI_API_KEY": "sk-none", "ANTHROPIC_API_KEY": "sk-none"}
    given = environment(keys | dict(extra))
    return subprocess.run(program, env=given, capture_output=True, text=True, timeout=_TIMEOUT_S)


def _rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    section = _DOCUMENT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.*) \|$", section.partition("|---")[2].split("\n\n")[0], re.MULTILINE)
    return [[cell.strip() for cell in row.split(" | ")] for row in rows]


def _headers(cells: list[str]) -> list[str]:
    return [each for cell in cells for each in re.findall(r"`([a-z-]+)`", cell)]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are curl's")
def test_the_commands_run_and_their_calls_are_recorded(server: Server, tmp_path: Path) -> None:
    ours = " ".join(f"'{part}'" for part in COMMAND)
    script = tmp_path / "documented.sh"
    # A status that tells of a failure is one, and `headwater` is what is under test.
    wrapped = f'headwater() {{ {ours} "$@"; }}\ncurl() {{ command curl --fail-with-body -sS "$@"; }}\n'
    script.write_text(wrapped + _snippets("sh", server))
    ran = _run(["bash", "-euo", "pipefail", str(script)], {"HEADWATER_DATA": str(server.data)})
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "my-vllm\thttp://10.0.0.7:8000\tevery project" in ran.stdout
    asked = "SELECT provider, count() FROM calls WHERE input_preview IN ('Hello', 'What is the capital of France?')"
    wanted = [("anthropic", 1), ("openai", 2)]
    wait_until(lambda: server.sql(f"{asked} GROUP BY 1 ORDER BY 1") == wanted, 20, "3 calls")


def test_the_python_examples_run_and_their_calls_are_recorded(server: Server) -> None:
    ran = _run([sys.executable, "-c", _snippets("python", server)], {"PYTHONWARNINGS": "error"})
    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(ran.stdout.splitlines()) == 2
    asked = "SELECT provider, is_stream, output_tokens > 0 FROM calls WHERE input_preview = 'Name three lighthouses.'"
    wanted = [("anthropic", 0, 1), ("openai", 1, 1)]
    wait_until(lambda: sorted(server.sql(asked)) == wanted, 20, "2 calls")


def test_clients_that_read_the_environment_need_nothing_else(server: Server) -> None:
    exported = dict(re.findall(r'([A-Z_]+)="?(http\S+|x-[^"]+)', _snippets("sh", server).partition("export ")[2]))
    assert len(exported) == 4
    ran = _run([sys.executable, "-c", _BY_ENVIRONMENT], exported)
    assert (ran.returncode, ran.stderr) == (0, "")
    asked = "SELECT count() FROM calls WHERE request_model IN ('text-embedding-3-small', 'claude-sonnet-5')"
    wait_until(lambda: server.sql(asked) == [(2,)], 20, "2 calls")


# What a header of another meaning is one of ours beside.
_BESIDE = "x-tropir-api-key"


@pytest.mark.parametrize("says", _COLUMNS)
def test_every_header_that_tells_of_a_call_is_heard(server: Server, says: str) -> None:
    (cells,) = [row[1:] for row in _rows("What the headers say") if row[0] == says]
    names = [name for name in _headers(cells) if not name.endswith("metadata") and name != _BESIDE]
    for name in names:
        key = _BESIDE if name.startswith("x-session-") else "x-headwater-key"
        sent = {key: server.key, "content-type": JSON, name: f"by {name}"}
        assert server.request("POST", "/openai/v1/chat/completions", _CHAT, sent).status == 200
    asked = f"SELECT DISTINCT {_COLUMNS[says]} AS told FROM calls WHERE startsWith(told, 'by ')"
    wait_until(lambda: {told for (told,) in server.sql(asked)} == {f"by {name}" for name in names}, 20, f"{names}")


def test_every_header_that_carries_a_key_opens_the_proxy(server: Server) -> None:
    (cells,) = [row[1:] for row in _rows("What the headers say") if row[0] == "key"]
    key = server.key
    sent = {name: key if name.startswith("x-") else f"Bearer {key}" for name in _headers(cells)}
    statuses = {
        name: server.request("GET", "/openai/v1/models", headers={name: value}).status for name, value in sent.items()
    }
    assert set(statuses.values()) == {200}, statuses
    assert len(statuses) == 5


def test_the_upstreams_of_the_table_are_those_that_are_built_in() -> None:
    rows = {row[0].strip("`"): row[1].strip("`") for row in _rows("Where calls go")}
    assert rows == {name: upstream.base_url.removeprefix("https://") for name, upstream in UPSTREAMS.items()}


def test_every_failure_of_ours_is_in_the_table() -> None:
    """Where the source names a status and a code, they stand together in the document."""
    source = "\n".join(path.read_text() for path in (PACKAGE / "proxy").rglob("*.py"))
    made = {(int(status), code) for status, code in re.findall(r'\(\s*([45]\d\d), "([a-z_]+)"', source)}
    told = {(int(row[0]), code) for row in _rows("When something fails") for code in re.findall(r"`([a-z_]+)`", row[1])}
    assert told == made
