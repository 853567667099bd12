"""The command `huggingplace`, in a process of its own."""

import json
import subprocess
import sys

from tests.receiving import Receiver
from tests.rooms.compat.huggingplace_sdk.reading import OLDER
from tests.serving import Ran, environment, free_ports

_COMMAND = [sys.executable, "-c", "from huggingplace_sdk.cli import main; main()"]


def huggingplace(*arguments: str, url: str = "", typed: str = "", **more: str) -> Ran:
    """Run the command with the environment that its help tells of."""
    told = {"HUGGINGPLACE_API_KEY": "hp-key", "HUGGINGPLACE_ORG_ID": "org-1", "HUGGINGPLACE_BASE_URL": url} | more
    done = subprocess.run(
        [*_COMMAND, *arguments],
        env=environment(told),
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


def test_an_interaction_is_logged_from_the_argument_and_from_standard_input(receiver: Receiver):
    body = json.dumps(OLDER)
    assert huggingplace("log", body, url=receiver.url) == Ran(0, "logged\n", "")
    assert huggingplace("log", "-", url=receiver.url, typed=body) == Ran(0, "logged\n", "")
    assert huggingplace("log", url=receiver.url, typed=body) == Ran(0, "logged\n", "")
    assert len(receiver.spans()) == 3


def test_what_is_not_delivered_is_not_called_logged():
    nobody = f"http://127.0.0.1:{free_ports(1)[0]}"
    ran = huggingplace("log", json.dumps(OLDER), url=nobody, HUGGINGPLACE_TIMEOUT="500")
    assert (ran.code, ran.out) == (1, "")
    assert f"not delivered to {nobody}" in ran.err


def test_the_connection_is_tried(receiver: Receiver):
    assert huggingplace("test", url=receiver.url) == Ran(0, "connected\n", "")
    ran = huggingplace("test", url=f"http://127.0.0.1:{free_ports(1)[0]}")
    assert (ran.code, "no connection" in ran.err) == (1, True)


def test_what_cannot_be_is_said_with_the_remedy():
    assert "this is not JSON" in huggingplace("log", "{").err
    assert "no JSON object" in huggingplace("log", "[]").err
    assert "--help" in huggingplace("fly").err
    assert "API key is required" in huggingplace("test", HUGGINGPLACE_API_KEY="").err
    assert "HUGGINGPLACE_API_KEY" in huggingplace("--help").out
    assert huggingplace().code == 0
