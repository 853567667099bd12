"""Tokens of an OpenID Connect server: asked for when needed, by one thread, and never given to anybody else."""

import os
import threading
from collections.abc import Generator
from typing import Any
from urllib.parse import parse_qs

import pytest

import headwater
from headwater import clock
from headwater.compat.layer_sdk import (
    Client,
    LayerAuthError,
    LayerHTTPError,
    LayerMissingRequiredConfigurationError,
    LayerRequestError,
    OIDCClientCredentials,
)
from tests.conftest import HeldClock
from tests.rooms.compat.layer_sdk.client.answering import TOKEN, Answering, Says


@pytest.fixture
def keycloak() -> Generator[Answering]:
    """Where tokens come from."""
    with Answering() as answering:
        yield answering


def credentials(keycloak: Answering, **more: Any) -> OIDCClientCredentials:
    return OIDCClientCredentials(
        token_url=keycloak.url + "/realms/demo/token", client_id="cid", client_secret="s&cret", **more
    )


def asked(keycloak: Answering) -> int:
    return len(keycloak.got("POST token"))


def test_a_token_is_asked_for_in_a_form_and_kept(fresh: Client, server: Answering, keycloak: Answering):
    fresh.init(base_url=server.url, application_id="a", auth_provider=credentials(keycloak, scope="layer-sdk"))
    fresh.create_session()
    fresh.create_session()
    (got,) = keycloak.got()
    assert got.headers["content-type"] == "application/x-www-form-urlencoded"
    assert {name: value for name, (value,) in parse_qs(got.body.decode()).items()} == {
        "grant_type": "client_credentials",
        "client_id": "cid",
        "client_secret": "s&cret",
        "scope": "layer-sdk",
    }
    assert [got.headers["authorization"] for got in server.got("POST sessions")] == ["Bearer t-1"] * 2


def test_the_spans_of_the_program_carry_the_token_too(fresh: Client, server: Answering, keycloak: Answering):
    fresh.init(base_url=server.url, application_id="a", auth_provider=credentials(keycloak))
    with headwater.span("step"):
        pass
    assert [span.name for span in server.spans()] == ["step"]
    assert asked(keycloak) == 1


@pytest.mark.parametrize(
    ("life", "holds_s", "is_over_s"), [(300, 239, 241), ("300", 239, 241), (60, 47, 49), (30.0, 23, 25)]
)
def test_a_token_is_renewed_before_it_expires(
    keycloak: Answering, held_clock: HeldClock, life: Any, holds_s: float, is_over_s: float
):
    """The old package asked anew for every call where a token lives for a minute, and failed on a life in quotes."""
    keycloak.teach("POST token", *[Says(200, {**TOKEN, "expires_in": life})] * 2)
    provider = credentials(keycloak)
    provider.get_headers()
    held_clock.advance(holds_s)
    provider.get_headers()
    assert asked(keycloak) == 1
    held_clock.advance(is_over_s - holds_s)
    provider.get_headers()
    assert asked(keycloak) == 2


@pytest.mark.parametrize("missing", ["token_type", "expires_in"])
def test_what_a_token_server_leaves_out_is_not_missed(keycloak: Answering, missing: str):
    answer = {name: value for name, value in TOKEN.items() if name != missing}
    keycloak.teach("POST token", Says(200, answer))
    provider = credentials(keycloak)
    assert provider.get_headers() == provider.get_headers() == {"Authorization": "Bearer t-1"}
    assert asked(keycloak) == 1


def test_a_token_that_the_server_refuses_is_asked_for_anew_once(fresh: Client, server: Answering, keycloak: Answering):
    fresh.init(base_url=server.url, application_id="a", auth_provider=credentials(keycloak))
    server.teach("POST sessions", Says(401))
    keycloak.teach("POST token", Says(200, TOKEN), Says(200, {**TOKEN, "access_token": "t-2"}))
    fresh.create_session()
    assert [got.headers["authorization"] for got in server.got()] == ["Bearer t-1", "Bearer t-2"]
    server.teach("POST sessions", Says(401), Says(401))
    with pytest.raises(LayerHTTPError):
        fresh.create_session()


@pytest.mark.parametrize(
    ("says", "error"),
    [
        (Says(401, b"no"), LayerAuthError),
        (Says(403), LayerAuthError),
        (Says(400, b"bad"), LayerHTTPError),
        (Says(200, b"<html>"), LayerAuthError),
        (Says(200, {"token_type": "Bearer"}), LayerAuthError),
        (Says(200, [1]), LayerAuthError),
        (Says(200, {"access_token": None}), LayerAuthError),
    ],
)
def test_no_token_is_an_error_that_says_why(keycloak: Answering, says: Says, error: type[Exception]):
    keycloak.teach("POST token", says)
    with pytest.raises(error):
        credentials(keycloak).get_headers()


def test_no_token_server_is_an_error_of_the_request(held_clock: HeldClock):
    provider = OIDCClientCredentials(token_url="http://127.0.0.1:9/t", client_id="c", client_secret="s")
    with pytest.raises(LayerRequestError, match="refresh token"):
        provider.get_headers()


def test_many_threads_ask_for_one_token(keycloak: Answering):
    """Defect 9: the old package's threads all asked at once."""
    provider = credentials(keycloak)
    threads = [threading.Thread(target=provider.get_headers) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked(keycloak) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_that_was_forked_while_a_token_was_asked_for_is_not_stuck(keycloak: Answering):
    """Defect 9: what another thread held is free in the child."""
    from headwater.compat.layer_sdk.client import auth

    holding: Any = auth
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with holding._lock:
            held.set()
            over.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if credentials(keycloak).get_headers() else 1
        finally:
            os._exit(code)
    deadline = clock.monotonic_s() + 60
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended or clock.monotonic_s() > deadline:
            break
        clock.sleep(0.02)
    over.set()
    thread.join()
    assert (ended, status) == (child, 0)


def test_credentials_come_from_the_environment(keycloak: Answering, monkeypatch: pytest.MonkeyPatch):
    told = {"TOKEN_URL": keycloak.url + "/token", "CLIENT_ID": "c", "CLIENT_SECRET": "s", "SCOPE": "x", "TIMEOUT": "3"}
    for name, value in told.items():
        monkeypatch.setenv(f"LAYER_OIDC_{name}", value)
    OIDCClientCredentials().get_headers()
    assert b"client_id=c&client_secret=s&scope=x" in keycloak.got()[0].body


def test_credentials_that_are_missing_are_named():
    with pytest.raises(LayerMissingRequiredConfigurationError, match="client_id"):
        OIDCClientCredentials(token_url="http://127.0.0.1:9/t")
