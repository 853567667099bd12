"""The vendor's JavaScript client, direct and through the proxy: the same answers, errors and retries."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headwater.simulator import Simulator
from tests.journeys.projects import Project, make_project
from tests.proxy.plain import plain
from tests.proxy.proxied import at_base
from tests.serving import Server, environment, wait_until

_CALLS = [
    ("chat", 16, 8),
    ("embeddings", 1, 0),
    ("moderation", 1, 0),
    ("speech", 1, 0),
    ("transcription", 1, 0),
]
_PROGRAM = Path(__file__).parent / "javascript"


@pytest.fixture(scope="module")
def program() -> Path:
    """The program beside its one dependency, at the version that is locked; installed once on a machine."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed here")
    lock = (_PROGRAM / "package-lock.json").read_bytes()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "headwater-tests" / f"openai-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not (folder / "node_modules" / "openai" / "package.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(_PROGRAM, folder, dirs_exist_ok=True)
        installed = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, capture_output=True, text=True
        )
        if installed.returncode:
            pytest.skip(f"npm cannot install the openai package here: {installed.stderr.strip()[-300:]}")
    return Path(shutil.copy(_PROGRAM / "calls.mjs", folder))


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """A provider with all endpoints."""
    with Simulator() as running:
        yield running


def _outcomes(program: Path, base_url: str, *key: str) -> dict[str, Any]:
    ran = subprocess.run(
        ["node", program.name, base_url, *key],
        cwd=program.parent,
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    # A stream that is asked for usage says on every chunk that there is none yet, and this client shows it.
    lines = ran.stdout.replace(',"usage":null', "").splitlines()
    return {name: plain(told) for name, told in map(msgspec.json.decode, lines)}


def test_the_javascript_client_gets_what_it_gets_without_us(
    server: Server, simulator: Simulator, program: Path
) -> None:
    project = make_project(server, "javascript")
    at_base(project, simulator.url)
    expected = _outcomes(program, simulator.openai_url)
    found = _outcomes(program, f"{server.base_url}/openai/v1", project.key)
    assert list(found) == list(expected)
    assert [(name, told) for name, told in found.items() if told != expected[name]] == []
    _assert_known(project)


def _assert_known(project: Project) -> None:
    """Two retries are two calls more; a list of models is none."""
    wait_until(lambda: project.sql("SELECT count() FROM calls")[0][0] >= 20, 20, "all calls in the store")
    rows = project.sql("SELECT operation, count(), countIf(status = 'error') FROM calls GROUP BY 1 ORDER BY 1")
    assert rows == _CALLS
    # How much has come of the stream that is left is chance.
    answered = project.sql("SELECT countIf(output_tokens > 0) FROM calls WHERE operation = 'chat'")[0][0]
    assert answered in (7, 8)
