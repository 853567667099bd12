"""An issuer of tokens on loopback: real keys, a real address for them, and what can be wrong with a token."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

AUDIENCE = "layer"


class Issuer:
    """Publishes keys at `jwks_url` and signs with any of them. `asked` counts how often somebody came for the keys."""

    def __init__(self, address: str) -> None:
        self.issuer = f"{address}/realms/demo"
        self.jwks_url = f"{self.issuer}/protocol/openid-connect/certs"
        self.asked = 0
        self.status = 200
        self.location = ""
        self.publishing: Callable[[], bytes] = self.published
        self.keys: dict[str, RSAPrivateKey] = {}
        self.extra: list[dict[str, Any]] = []
        self.rotate("first")

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a server that takes its tokens."""
        return {
            "HEADWATER_OIDC_ISSUER": self.issuer,
            "HEADWATER_OIDC_JWKS_URL": self.jwks_url,
            "HEADWATER_OIDC_AUDIENCE": AUDIENCE,
        }

    def rotate(self, name: str, is_old_kept: bool = False) -> None:
        """Sign with a new key from here on, and publish it."""
        kept = self.keys if is_old_kept else {}
        self.keys = {**kept, name: _key(name)}

    def published(self) -> bytes:
        """The document at `jwks_url`."""
        listed = [
            json.loads(RSAAlgorithm.to_jwk(key.public_key())) | {"kid": name, "use": "sig", "alg": "RS256"}
            for name, key in self.keys.items()
        ]
        return json.dumps({"keys": [*self.extra, *listed]}).encode()

    def claims(self, **other: Any) -> dict[str, Any]:
        """What a good token says; None leaves a claim out."""
        now = int(time.time())
        good = {"iss": self.issuer, "aud": [AUDIENCE, "account"], "azp": "default", "iat": now, "exp": now + 300}
        return {name: value for name, value in (good | other).items() if value is not None}

    def token(self, key: Any = None, algorithm: str = "RS256", kid: str | None = None, **claims: Any) -> str:
        """A token signed with the newest key, or with that one."""
        name = kid or list(self.keys)[-1]
        headers = {"kid": name} if kid != "" else {}
        return jwt.encode(self.claims(**claims), key or self.keys[list(self.keys)[-1]], algorithm, headers=headers)

    def confused(self) -> str:
        """A token signed with the public key as if it were a shared secret."""
        name, key = list(self.keys.items())[-1]
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return _by_hand({"alg": "HS256", "typ": "JWT", "kid": name}, self.claims(), pem)

    def unsigned(self, algorithm: str = "none") -> str:
        """A token that says it needs no signature."""
        return _by_hand({"alg": algorithm, "typ": "JWT", "kid": list(self.keys)[-1]}, self.claims(), None)


@cache
def _key(name: str) -> RSAPrivateKey:
    """Making one takes a good part of a second, so one name has one key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def of_another_curve() -> tuple[Any, dict[str, Any]]:
    """An elliptic key and how it is published."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key, json.loads(ECAlgorithm.to_jwk(key.public_key())) | {"kid": "curve", "alg": "ES256"}


def _by_hand(head: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    """A token as no library makes it."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    signed = f"{part(json.dumps(head).encode())}.{part(json.dumps(claims).encode())}"
    signature = b"" if secret is None else hmac.digest(secret, signed.encode(), hashlib.sha256)
    return f"{signed}.{part(signature)}"


@contextmanager
def issuing() -> Generator[Issuer]:
    """An issuer that can be reached."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked += 1
            body = issuer.publishing()
            self.send_response(issuer.status)
            if issuer.location:
                self.send_header("location", issuer.location)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
