"""Tokens of an outside issuer at the gate: a real catalog, real keys behind a real address."""

import asyncio
import base64
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headwater.access import Catalog, OidcSettings
from headwater.errors import HeadwaterError, Unauthorized, Unavailable
from headwater.ingest import admitted
from headwater.server.gate import CatalogGate
from tests.conftest import HeldClock
from tests.rooms.compat.layer_sdk.issuing import AUDIENCE, Issuer, issuing, of_another_curve
from tests.serving import PROTOBUF, Server


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer of our own."""
    with issuing() as running:
        yield running


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """A catalog with project "default" in it."""
    made = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    made.migrate()
    made.bootstrap()
    yield made
    made.close()


def gate_of(catalog: Catalog, issuer: Issuer, **more: Any) -> CatalogGate:
    """A gate that takes the issuer's tokens."""
    settings = OidcSettings(issuer=issuer.issuer, jwks_url=issuer.jwks_url, audience=AUDIENCE, **more)
    settings.check()
    return CatalogGate(catalog, None, settings)


def bearer(token: str) -> dict[str, str]:
    """How a client presents a token."""
    return {"authorization": f"Bearer {token}"}


def test_a_good_token_speaks_for_the_project_that_its_claim_names(catalog: Catalog, issuer: Issuer) -> None:
    gate, token, project = gate_of(catalog, issuer), bearer(issuer.token()), catalog.project("default").id
    assert gate.recall(token) is None, "nothing is known without asking"
    assert gate.admit(token) == project
    assert gate.recall(token) == project, "and then nobody needs to be asked"
    assert gate.admit(bearer(issuer.token(azp=project))) == project
    assert issuer.asked == 1


def test_a_map_tells_the_projects_of_clients_by_any_claim(catalog: Catalog, issuer: Issuer) -> None:
    shop = catalog.create_project("shop").id
    gate = gate_of(catalog, issuer, project_claim="team", projects={"payments": "shop", "nobody": "gone"})
    assert gate.admit(bearer(issuer.token(team="payments"))) == shop
    for team in ("shop", "nobody", "", None, ["payments"]):
        with pytest.raises(Unauthorized):
            gate.admit(bearer(issuer.token(team=team)))
    rest = gate_of(catalog, issuer, project_claim="team", projects={"*": "shop"})
    assert rest.admit(bearer(issuer.token(team="anybody"))) == shop


WRONG: dict[str, dict[str, Any]] = {
    "expired": {"exp": 1_700_000_000},
    "without an end": {"exp": None},
    "not valid yet": {"nbf": 4_000_000_000},
    "issued in the future": {"iat": 4_000_000_000},
    "for another audience": {"aud": "someone-else"},
    "for no audience": {"aud": None},
    "of another issuer": {"iss": "http://127.0.0.1:1/realms/demo"},
    "of no issuer": {"iss": None},
    "that says it is ours": {"iss": "urn:headwater"},
    "of an unknown project": {"azp": "no-such-project"},
    "signed with a name that is not published": {"kid": "stranger"},
    "with a weaker signature than was agreed": {"algorithm": "RS512"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_is_refused_that_is(catalog: Catalog, issuer: Issuer, wrong: str) -> None:
    gate = gate_of(catalog, issuer)
    with pytest.raises(Unauthorized, match="the token is refused"):
        gate.admit(bearer(issuer.token(**WRONG[wrong])))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "HS256"])
def test_a_token_without_a_signature_is_refused(catalog: Catalog, issuer: Issuer, algorithm: str) -> None:
    with pytest.raises(Unauthorized):
        gate_of(catalog, issuer).admit(bearer(issuer.unsigned(algorithm)))
    assert issuer.asked == 0, "it was not even worth a question"


def test_the_public_key_is_no_shared_secret(catalog: Catalog, issuer: Issuer) -> None:
    with pytest.raises(Unauthorized, match="algorithm"):
        gate_of(catalog, issuer).admit(bearer(issuer.confused()))


def test_a_shared_secret_that_is_published_opens_nothing(catalog: Catalog, issuer: Issuer) -> None:
    secret = b"published" * 5
    issuer.extra = [{"kty": "oct", "k": base64.b64encode(secret).decode(), "kid": "oct", "alg": "HS256"}]
    forged = issuer.token(key=secret, algorithm="HS256", kid="oct")
    with pytest.raises(Unauthorized):
        gate_of(catalog, issuer).admit(bearer(forged))


def test_a_key_is_used_for_its_own_kind_of_signature_only(catalog: Catalog, issuer: Issuer) -> None:
    key, published = of_another_curve()
    issuer.extra = [published, {"kty": "of a later time", "kid": "x"}, {"use": "enc", "kid": "y"}, {}]
    gate = gate_of(catalog, issuer)
    assert gate.admit(bearer(issuer.token(key=key, algorithm="ES256", kid="curve")))
    assert gate.admit(bearer(issuer.token()))
    for token in (issuer.token(kid="curve"), issuer.token(key=key, algorithm="ES256", kid="first")):
        with pytest.raises(Unauthorized):
            gate.admit(bearer(token))


def test_every_changed_character_is_noticed(catalog: Catalog, issuer: Issuer) -> None:
    gate, token = gate_of(catalog, issuer), issuer.token()
    for at in range(0, len(token) - 2, 9):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        with pytest.raises(Unauthorized):
            gate.admit(bearer(changed))


def test_a_rotated_key_is_found_and_the_old_one_ends(catalog: Catalog, issuer: Issuer, held_clock: HeldClock) -> None:
    gate, old = gate_of(catalog, issuer), bearer(issuer.token(exp=4_000_000_000))
    assert gate.admit(old)
    issuer.rotate("second")
    held_clock.advance(10)
    assert gate.admit(bearer(issuer.token(exp=4_000_000_000)))
    held_clock.advance(61)
    assert gate.recall(old) is None
    with pytest.raises(Unauthorized):
        gate.admit(old)


def test_made_up_names_of_keys_do_not_make_us_ask_again_and_again(catalog: Catalog, issuer: Issuer) -> None:
    gate = gate_of(catalog, issuer)
    for number in range(50):
        with pytest.raises(Unauthorized):
            gate.admit(bearer(issuer.token(kid=f"made up {number}")))
    assert issuer.asked == 1


def test_many_who_come_at_once_ask_for_the_keys_once(catalog: Catalog, issuer: Issuer) -> None:
    gate, tokens = gate_of(catalog, issuer), [bearer(issuer.token(jti=str(n))) for n in range(16)]
    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(gate.admit, tokens)) == {catalog.project("default").id}
    assert issuer.asked == 1


def test_an_issuer_that_is_away_is_no_reason_to_refuse_what_is_known(
    catalog: Catalog, issuer: Issuer, held_clock: HeldClock
) -> None:
    gate = gate_of(catalog, issuer)
    assert gate.admit(bearer(issuer.token(exp=4_000_000_000)))
    issuer.status = 500
    held_clock.advance(3600)
    assert gate.admit(bearer(issuer.token(exp=4_000_000_000, jti="2"))), "the last keys stand"


BAD_DOCUMENTS = [b"", b"[]", b"{}", b"<html>", b'{"keys": 3}', b'{"keys": [3]}', b"x" * 300_000, b"[" * 100_000]


@pytest.mark.parametrize("body", BAD_DOCUMENTS, ids=range(len(BAD_DOCUMENTS)))
def test_an_issuer_that_publishes_nonsense_gets_503_and_not_401(catalog: Catalog, issuer: Issuer, body: bytes) -> None:
    issuer.publishing = lambda: body
    with pytest.raises(Unavailable):
        gate_of(catalog, issuer).admit(bearer(issuer.token()))


def test_a_redirect_is_not_followed(catalog: Catalog, issuer: Issuer) -> None:
    with issuing() as other:
        other.keys = issuer.keys
        issuer.status, issuer.location = 302, other.jwks_url
        with pytest.raises(Unavailable):
            gate_of(catalog, issuer).admit(bearer(issuer.token()))
        assert other.asked == 0


def test_addresses_within_a_token_lead_nowhere(catalog: Catalog, issuer: Issuer) -> None:
    import jwt

    with issuing() as other:
        other.rotate("theirs")
        headers: dict[str, Any] = {"kid": "first", "jku": other.jwks_url, "x5u": other.jwks_url}
        headers["jwk"] = msgspec.json.decode(other.published())["keys"][0]
        token = jwt.encode(issuer.claims(), other.keys["theirs"], "RS256", headers=headers)
        with pytest.raises(Unauthorized):
            gate_of(catalog, issuer).admit(bearer(token))
        assert other.asked == 0


def test_keys_of_projects_still_open_beside_tokens(catalog: Catalog, issuer: Issuer) -> None:
    gate, key = gate_of(catalog, issuer), catalog.create_key("default", "k").key
    assert gate.admit({"x-headwater-key": key}) == gate.admit(bearer(issuer.token()))
    for presented in ("hw_wrong", "eyJ.eyJ.", "eyJhbGciOiJub25lIn0..", "a.b.c", "eyJ" * 9000 + ".e.e"):
        with pytest.raises(Unauthorized):
            gate.admit(bearer(presented))


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": ""},
        {"jwks_url": ""},
        {"audience": ""},
        {"jwks_url": "file:///etc/passwd"},
        {"jwks_url": "https://"},
        {"algorithms": ()},
        {"algorithms": ("HS256",)},
        {"algorithms": ("RS256", "none")},
        {"project_claim": ""},
    ],
)
def test_settings_that_would_open_a_door_or_none_stop_the_start(wrong: dict[str, Any]) -> None:
    good: dict[str, Any] = {"issuer": "https://i", "jwks_url": "https://i/certs", "audience": "a"}
    OidcSettings(**good).check()
    OidcSettings().check()
    with pytest.raises(HeadwaterError, match="HEADWATER_OIDC_"):
        OidcSettings(**(good | wrong)).check()


def test_a_running_server_takes_an_outside_token_on_every_way_in(tmp_path: Path, issuer: Issuer) -> None:
    with Server(tmp_path, extra=issuer.environment) as server:
        good, bad = bearer(issuer.token()), bearer(issuer.token(aud="x"))
        ways = (
            ("/v1/traces", b"", PROTOBUF, 200),
            ("/v1/sessions", b'{"application_id": "a", "session_id": null}', "application/json", 202),
            ("/v1/applications", b'{"name": "a"}', "application/json", 201),
            ("/api/public/ingestion", b'{"batch": []}', "application/json", 207),
        )
        for path, body, kind, status in ways:
            assert server.request("POST", path, body, {"content-type": kind, **good}).status == status
            assert server.request("POST", path, body, {"content-type": kind, **bad}).status == 401
        assert issuer.asked == 1


async def test_a_slow_issuer_does_not_hold_up_the_event_loop(catalog: Catalog, issuer: Issuer) -> None:
    """Its answer waits for something that this very loop must do meanwhile."""
    held, published = threading.Event(), issuer.published()
    issuer.publishing = lambda: published if held.wait(30) else b""
    waiting = asyncio.ensure_future(admitted(gate_of(catalog, issuer), bearer(issuer.token())))
    while issuer.asked == 0:
        await asyncio.sleep(0.01)
    held.set()
    assert await waiting == catalog.project("default").id
