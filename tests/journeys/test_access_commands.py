"""The commands of the proxy's settings: upstreams, credentials, limits, and what the doctor says of secrets."""

import base64
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headwater.access import Catalog
from tests.journeys.projects import Project
from tests.serving import COMMAND, Ran, command, environment

SECRET = "sk-proj-0123456789abcdefQ7xz"
# The child's terminal: what is typed comes back unless the program has turned that off.
_IN_A_TERMINAL = [sys.executable, "-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"]

Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a catalog, on which no server runs."""
    return tmp_path_factory.mktemp("access")


@pytest.fixture
def run(data: Path) -> Iterator[Run]:
    """Runs a command on a catalog with project "default" and nothing else."""
    catalog = Catalog(f"sqlite:///{data / 'catalog.db'}")
    catalog.migrate()
    catalog.bootstrap()

    def ran(*arguments: str, typed: str = "", **extra: str) -> Ran:
        done = command(*arguments, "--data", str(data), typed=typed, extra=extra)
        assert "Traceback" not in done.err
        return done

    yield ran
    for limit in catalog.limits("default"):
        catalog.remove_limit(limit.id)
    for upstream in catalog.upstreams():
        catalog.remove_upstream(upstream.name)
    for credential in catalog.credentials("default"):
        catalog.remove_credential("default", credential.upstream)
    catalog.close()


def refused(ran: Ran) -> str:
    """What a command said that did nothing."""
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("headwater: ")
    return ran.err


def test_a_secret_is_read_from_standard_input_and_shown_by_its_end(run: Run) -> None:
    ran = run("credentials", "set", "openai", typed=f"{SECRET}\n")
    assert ran == Ran(0, "a secret for openai is stored (…Q7xz); a running server uses it within seconds\n", "")
    assert run("credentials", "list") == Ran(0, "openai\t…Q7xz\tgood\n", "")
    assert run("credentials", "remove", "openai").code == 0
    assert run("credentials", "list") == Ran(0, "", "")


def test_a_secret_typed_at_a_terminal_is_not_shown(run: Run, data: Path) -> None:
    arguments = [*_IN_A_TERMINAL, *COMMAND, "credentials", "set", "openai", "--data", str(data)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment({})) as typing:
        assert typing.stdin
        assert typing.stdout
        shown = b""
        while not shown.endswith(b"secret for openai: "):
            shown += os.read(typing.stdout.fileno(), 1) or pytest.fail(f"no prompt: {shown!r}")
        typing.stdin.write(f"{SECRET}\n".encode())
        typing.stdin.flush()
        shown += typing.stdout.read()
    assert b"is stored" in shown
    assert SECRET.encode() not in shown
    assert run("credentials", "list").out == "openai\t…Q7xz\tgood\n"


def test_a_secret_for_nothing_and_nothing_for_a_secret_are_refused(run: Run) -> None:
    assert "no upstream 'nowhere'" in refused(run("credentials", "set", "nowhere", typed=SECRET))
    assert "the secret is empty" in refused(run("credentials", "set", "openai"))
    assert run("upstreams", "add", "open-house", "https://x.example", "--credential", "none").code == 0
    assert "--credential" in refused(run("credentials", "set", "open-house", typed=SECRET))


def test_an_upstream_that_was_added_is_listed_beside_the_built_in_ones(run: Run) -> None:
    ran = run("upstreams", "add", "my-vllm", "http://10.0.0.7:8000/", "--private", "--provider", "openai")
    assert (ran.code, "/my-vllm/… go to http://10.0.0.7:8000/…" in ran.out) == (0, True)
    listed = run("upstreams", "list", HEADWATER_PROXY_UPSTREAMS='{"set-up": "http://10.0.0.8"}').out.splitlines()
    assert "openai\thttps://api.openai.com\tbuilt in" in listed
    assert "set-up\thttp://10.0.0.8\tHEADWATER_PROXY_UPSTREAMS" in listed
    assert listed[-1] == "my-vllm\thttp://10.0.0.7:8000\tevery project"
    assert run("upstreams", "remove", "my-vllm").code == 0
    assert "my-vllm" not in run("upstreams", "list").out


def test_an_upstream_at_a_private_address_must_be_meant(run: Run) -> None:
    assert "--private" in refused(run("upstreams", "add", "my-vllm", "http://10.0.0.7:8000"))


def test_a_limit_is_said_as_people_say_it(run: Run) -> None:
    key = run("keys", "list").out.split("\t")[0]
    given = {
        "60 requests a minute, each user": "--requests 60 --per minute --each user",
        f"1,000,000 tokens an hour, key {key}": f"--tokens 1000000 --per hour --key {key}",
        "0.50 USD a day, each session": "--cost-usd 0.5 --per day --each session",
        "4 at one moment": "--concurrent 4",
    }
    for said, options in given.items():
        assert f": {said};" in run("limits", "add", *options.split()).out
    listed = [line.split("\t") for line in run("limits", "list").out.splitlines()]
    assert [said for _, said in listed] == list(given)
    assert run("limits", "remove", listed[0][0]).code == 0
    assert len(run("limits", "list").out.splitlines()) == 3


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        ("--requests 60", "--per minute or hour"),
        ("--concurrent 4 --per day", "leave --per out"),
        ("--requests 60 --tokens 5 --per day", "give one of --requests"),
        ("--per day", "give one of --requests"),
        ("--requests 60 --per day --key nothing", "headwater keys list"),
        ("--requests 0 --per day", "more than 0"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused_with_the_remedy(run: Run, options: str, remedy: str) -> None:
    assert remedy in refused(run("limits", "add", *options.split()))


def test_usage_injection_is_switched_by_project(run: Run) -> None:
    assert run("projects", "list").out.endswith("\tdefault\tusage injection on\n")
    assert run("projects", "usage-injection", "off").code == 0
    assert run("projects", "list").out.endswith("\tdefault\tusage injection off\n")
    assert run("projects", "usage-injection", "on", "--project", "default").code == 0
    assert "'nowhere'" in refused(run("projects", "usage-injection", "on", "--project", "nowhere"))


def test_the_doctor_says_which_secrets_cannot_be_decrypted(run: Run) -> None:
    keys = [base64.b64encode(os.urandom(32)).decode() for _ in range(2)]
    run("credentials", "set", "openai", typed=SECRET, HEADWATER_SECRET_KEY=keys[0])
    assert "ok   secrets of providers that can be used: 1" in run("doctor", HEADWATER_SECRET_KEY=keys[0]).out
    ran = run("doctor", HEADWATER_SECRET_KEY=keys[1])
    bad = [line for line in ran.out.splitlines() if line.startswith("BAD ")]
    assert ran.code == 1
    assert [line for line in bad if "'openai' of project 'default'" in line and "headwater credentials set" in line]
    assert "nothing is changed" in refused(run("credentials", "rotate", HEADWATER_SECRET_KEY=keys[1]))
    assert run("credentials", "rotate", HEADWATER_SECRET_KEY=f"{keys[1]},{keys[0]}").code == 0
    assert "can be used: 1" in run("doctor", HEADWATER_SECRET_KEY=keys[1]).out


def test_a_secret_key_that_is_none_is_refused(run: Run) -> None:
    said = refused(run("credentials", "list", HEADWATER_SECRET_KEY="correct horse"))
    assert "key 1 in HEADWATER_SECRET_KEY is not 32 bytes" in said
    assert "correct" not in said


def test_no_secret_is_in_any_file_or_log_of_a_running_server(project: Project) -> None:
    where = ("--project", project.name, "--data", str(project.server.data))
    stored = command("credentials", "set", "openai", *where, typed=SECRET)
    listed = command("credentials", "list", *where)
    doctor = command("doctor", "--data", str(project.server.data))
    assert (stored.code, listed.code, doctor.code) == (0, 0, 0)
    said = "".join(ran.out + ran.err for ran in (stored, listed, doctor)) + project.server.log + project.server.said
    assert "Q7xz" in said
    assert SECRET not in said
    assert _files_with(b"Q7xz", project.server.data) & {"catalog.db", "catalog.db-wal"}
    assert _files_with(SECRET.encode(), project.server.data) == set()


def _files_with(word: bytes, folder: Path) -> set[str]:
    """The names of the files that hold a word. The store's come and go meanwhile."""
    found: set[str] = set()
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            if path.is_file() and word in path.read_bytes():
                found.add(path.name)
    return found
