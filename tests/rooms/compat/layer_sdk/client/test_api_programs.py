"""Whole programs with Layer in them: their ends, their children, and the session of requests that they bring."""

import os
import subprocess
import sys
from typing import Any

import requests
from requests.adapters import HTTPAdapter, Retry  # pyright: ignore[reportPrivateImportUsage] - as the README has it

from headwater.compat.layer_sdk import Client, OIDCClientCredentials
from tests.rooms.compat.layer_sdk.client.answering import Answering, Says

_PROGRAM = """
import os
from datetime import datetime, timezone
from headwater.compat.layer_sdk import SessionActionKind, layer

layer.init()

@layer.session(attributes={"user.id": "u"})
def parent(session_id):
    return layer.create_session(attributes={"where": "parent"})

parent()
if hasattr(os, "fork"):
    child = os.fork()
    if child == 0:
        @layer.session()
        def child_of_it():
            layer.create_session(attributes={"where": "child"})
        child_of_it()
        raise SystemExit(0)
    assert os.waitpid(child, 0)[1] == 0
"""


def test_what_a_program_told_arrives_when_it_ends_and_when_its_forked_child_ends(server: Answering):
    told = {"LAYER_BASE_URL": server.url, "LAYER_APPLICATION_ID": "a", "HEADWATER_EXIT_TIMEOUT_S": "20"}
    quiet = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", _PROGRAM]
    ran = subprocess.run(quiet, env={**os.environ, **told}, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    wheres = {"parent", "child"} if hasattr(os, "fork") else {"parent"}
    assert {got.json()["attributes"]["where"] for got in server.got("POST sessions")} == wheres
    assert len(server.spans()) == len(wheres)


_SHORT = """
from headwater.compat.layer_sdk import OIDCClientCredentials, layer

layer.init(auth_provider=OIDCClientCredentials())

@layer.session()
def work():
    return None

work()
"""


def test_a_program_that_ends_at_once_still_gets_its_token_and_tells_what_it_did(server: Answering):
    told = {"LAYER_BASE_URL": server.url, "LAYER_APPLICATION_ID": "a", "HEADWATER_EXIT_TIMEOUT_S": "20"}
    told |= {
        "LAYER_OIDC_TOKEN_URL": server.url + "/token",
        "LAYER_OIDC_CLIENT_ID": "c",
        "LAYER_OIDC_CLIENT_SECRET": "s",
    }
    short = [sys.executable, "-c", _SHORT]
    ran = subprocess.run(short, env={**os.environ, **told}, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert [span.name for span in server.spans()] == ["work"]


def patient_session() -> requests.Session:
    """As the README makes it."""
    retry_strategy = Retry(
        total=3,
        status_forcelist=[502, 503, 504, 408, 425],
        backoff_factor=0,
        allowed_methods=None,
        raise_on_redirect=False,
        raise_on_status=False,
        respect_retry_after_header=True,
    )
    adapter = HTTPAdapter(max_retries=retry_strategy, pool_connections=3, pool_maxsize=10, pool_block=False)
    session = requests.Session()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def test_a_session_of_requests_is_used_with_its_own_retries(fresh: Client, server: Answering):
    with patient_session() as session:
        given: Any = session
        provider = OIDCClientCredentials(
            token_url=server.url + "/token", client_id="c", client_secret="s", http_session=given
        )
        fresh.init(base_url=server.url, application_id="a", http_session=given, auth_provider=provider)
        server.teach("POST sessions", *[Says(503)] * 2)
        fresh.create_session()
    sent = server.got("POST sessions")
    assert len(sent) == 3
    assert {got.headers["authorization"] for got in sent} == {"Bearer t-1"}
    (token,) = server.got("POST token")
    assert token.headers["user-agent"].startswith("python-requests/")
