"""Our own tokens: a key traded at /oauth/token, checked by every process, ended with its key."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from headwater.access import Catalog, NewKey
from headwater.errors import Unauthorized
from headwater.server.gate import CatalogGate
from tests.conftest import HeldClock
from tests.serving import Answer, Server, command, wait_until

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def address(tmp_path: Path) -> str:
    """A catalog's database, with tables and project "default"."""
    url = f"sqlite:///{tmp_path / 'catalog.db'}"
    catalog = Catalog(url)
    catalog.migrate()
    catalog.bootstrap()
    catalog.close()
    return url


@pytest.fixture
def catalog(address: str) -> Iterator[Catalog]:
    """The catalog as the process has it that makes tokens."""
    made = Catalog(address)
    yield made
    made.close()


@pytest.fixture
def elsewhere(address: str) -> Iterator[Catalog]:
    """The same catalog in a process that only checks them."""
    made = Catalog(address)
    yield made
    made.close()


def traded(catalog: Catalog, key: NewKey, client: str = "") -> str:
    """A token for a key."""
    token = catalog.issue_token(client or key.id, key.key)
    assert token is not None
    return token.text


def bearer(token: str) -> dict[str, str]:
    """How a client presents a token."""
    return {"authorization": f"Bearer {token}"}


def test_a_token_opens_the_project_of_its_key_in_every_process(catalog: Catalog, elsewhere: Catalog) -> None:
    shop = catalog.create_project("shop")
    token = bearer(traded(catalog, catalog.create_key("shop", "k")))
    gate = CatalogGate(elsewhere, None)
    assert gate.recall(token) is None
    assert gate.admit(token) == shop.id
    assert gate.recall(token) == shop.id, "and then without a question"


def test_a_client_is_called_by_its_key_or_its_project(catalog: Catalog) -> None:
    key = catalog.create_key("default", "my client")
    for client in (key.id, "my client", "default", key.project_id):
        assert catalog.issue_token(client, key.key) is not None
    other = catalog.create_key("default", "other")
    for client, secret in ((other.id, key.key), ("", key.key), ("nobody", key.key), (key.id, "hw_wrong"), (key.id, "")):
        assert catalog.issue_token(client, secret) is None


def test_a_token_ends_with_its_key(catalog: Catalog, elsewhere: Catalog, held_clock: HeldClock) -> None:
    key = catalog.create_key("default", "k")
    token, here, there = bearer(traded(catalog, key)), CatalogGate(catalog, None), CatalogGate(elsewhere, None)
    assert here.admit(token) == there.admit(token) == key.project_id
    elsewhere.revoke_key(key.id)
    assert there.recall(token) is None
    held_clock.advance(6)
    for gate in (here, there):
        assert gate.recall(token) is None
        with pytest.raises(Unauthorized):
            gate.admit(token)
    assert catalog.issue_token(key.id, key.key) is None


def test_a_token_ends_after_its_time(catalog: Catalog, held_clock: HeldClock) -> None:
    key = catalog.create_key("default", "k")
    token, gate = bearer(traded(catalog, key)), CatalogGate(catalog, None)
    held_clock.advance(899)
    assert gate.admit(token)
    held_clock.advance(2)
    assert gate.recall(token) is None
    with pytest.raises(Unauthorized, match="expired"):
        gate.admit(token)


def test_who_has_the_catalog_alone_can_make_no_token(catalog: Catalog, tmp_path: Path) -> None:
    """The signature needs the vault's key, which is beside the database and not in it."""
    key = catalog.create_key("default", "k")
    assert traded(catalog, key), "which makes the vault's key"
    kept = (tmp_path / "secret.key").rename(tmp_path / "elsewhere.key")
    forged = traded(catalog, key)
    kept.replace(tmp_path / "secret.key")
    with pytest.raises(Unauthorized):
        CatalogGate(catalog, None).admit(bearer(forged))


def test_no_token_of_another_make_is_one_of_ours(catalog: Catalog) -> None:
    key = catalog.create_key("default", "k")
    good = traded(catalog, key)
    claims: dict[str, Any] = jwt.decode(good, options={"verify_signature": False})
    head = {"kid": key.id}
    gate = CatalogGate(catalog, None)
    for secret in (key.key, "", key.id, "x" * 64):
        with pytest.raises(Unauthorized):
            gate.admit(bearer(jwt.encode(claims, secret.ljust(32, "_"), "HS256", headers=head)))
    with pytest.raises(Unauthorized):
        gate.admit(bearer(jwt.encode(claims, "", "none", headers=head)))
    first, _, last = good.split(".")
    other = jwt.encode(claims | {"exp": claims["exp"] + 10**6}, "x" * 32, "HS256", headers=head).split(".")[1]
    with pytest.raises(Unauthorized):
        gate.admit(bearer(f"{first}.{other}.{last}"))


def test_keys_of_the_vault_can_be_replaced_while_tokens_are_out(address: str) -> None:
    old, new = (base64.b64encode(each * 32).decode() for each in (b"a", b"b"))
    before, after, later = (Catalog(address, secret_key=each) for each in (old, f"{new},{old}", new))
    token = bearer(traded(before, before.create_key("default", "k")))
    assert CatalogGate(after, None).admit(token)
    with pytest.raises(Unauthorized):
        CatalogGate(later, None).admit(token)
    for each in (before, after, later):
        each.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two workers."""
    with Server(tmp_path_factory.mktemp("oidc"), ["--workers", "2"]) as running:
        yield running


def ask(server: Server, path: str = "/oauth/token", headers: dict[str, str] | None = None, **form: str) -> Answer:
    """Ask for a token, as the client does."""
    body = urlencode({"grant_type": "client_credentials"} | form).encode()
    return server.request("POST", path, body, FORM | (headers or {}))


def uses(server: Server, token: str) -> int:
    """The status of a request with a token."""
    body = b'{"application_id": "a", "session_id": null}'
    return server.request("POST", "/v1/sessions", body, bearer(token)).status


@pytest.mark.parametrize("path", ["/oauth/token", "/realms/demo/protocol/openid-connect/token"])
def test_a_key_is_traded_for_a_token_that_every_worker_takes(server: Server, path: str) -> None:
    answer = ask(server, path, client_id="default", client_secret=server.key, scope="layer-sdk")
    told = answer.json()
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert set(told) == {"access_token", "token_type", "expires_in"}
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 900)
    assert {uses(server, told["access_token"]) for _ in range(8)} == {202}


def test_a_client_may_say_who_it_is_in_the_header(server: Server) -> None:
    told = base64.b64encode(f"default:{server.key}".encode()).decode()
    assert ask(server, headers={"authorization": f"Basic {told}"}).status == 200
    assert ask(server, headers={"authorization": "Basic ?"}).json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_id": "default", "client_secret": "hw_wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody", "client_secret": "$KEY"}, 401, "invalid_client"),
        ({"client_id": "default"}, 400, "invalid_request"),
        ({"client_secret": "$KEY"}, 400, "invalid_request"),
        ({"grant_type": "password", "client_id": "default", "client_secret": "$KEY"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_refusal_has_the_shape_of_oauth(server: Server, form: dict[str, str], status: int, error: str) -> None:
    filled: dict[str, Any] = {name: value.replace("$KEY", server.key) for name, value in form.items()}
    answer = ask(server, **filled)
    assert (answer.status, answer.json()["error"]) == (status, error)
    assert server.key not in answer.body.decode()


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{}", b"grant_type", b"&" * 1000, b"a=%zz"])
def test_a_form_that_is_none_is_refused(server: Server, body: bytes) -> None:
    assert server.request("POST", "/oauth/token", body, FORM).status == 400


def test_who_has_said_nothing_of_himself_may_not_send_much(server: Server) -> None:
    assert server.request("POST", "/oauth/token", b"a=" + b"x" * 100_000, FORM).status == 413


def test_a_revoked_key_ends_its_tokens_on_a_running_server(server: Server) -> None:
    key = command("keys", "create", "short-lived", "--data", str(server.data)).out.strip()
    token = ask(server, client_id="short-lived", client_secret=key).json()["access_token"]
    assert uses(server, token) == 202
    listed = command("keys", "list", "--data", str(server.data)).out.splitlines()
    key_id = next(line.split("\t")[0] for line in listed if "short-lived" in line)
    assert command("keys", "revoke", key_id, "--data", str(server.data)).code == 0
    wait_until(lambda: {uses(server, token) for _ in range(4)} == {401}, 20, "the end of the token")
