"""Tokens of an outside issuer, such as Keycloak: checked with the public keys that it publishes.

Nothing that a token says leads anywhere: keys come from the one address in the settings, without redirects, and only
algorithms of the settings count, each of which has a public key. All of this blocks; `recall` alone does not.
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from headwater import clock
from headwater.access.secrets import digest_of
from headwater.access.settings import OidcSettings
from headwater.errors import HeadwaterError, NotFound, Unauthorized, Unavailable

if TYPE_CHECKING:
    from jwt import PyJWK

_BODY_BYTES = 256 * 1024
_CONNECT_S, _READ_S = 3.0, 5.0
_OLD_S = 600.0
_AGAIN_S = 5.0
_WAIT_S = 2.0
_REMEMBERED_S = 60.0
_REMEMBERED = 10_000
_LEEWAY_S = 30


class OutsideIssuer:
    """Tells the project of a token. `project_of` finds a project's id by name or id.

    It raises NotFound, Unavailable.
    """

    def __init__(self, settings: OidcSettings, project_of: Callable[[str], str]) -> None:
        self._settings = settings
        self._project_of = project_of
        self._keys = PublishedKeys(settings.jwks_url)
        self._good: dict[str, tuple[str, float]] = {}
        self._known: dict[str, str] = {}

    def recall(self, token: str) -> str | None:
        """The project of a token that was found good within a minute: no I/O."""
        found = self._good.get(digest_of(token))
        return found[0] if found is not None and clock.monotonic_s() < found[1] else None

    def admit(self, token: str) -> str:
        """The project of a token. Raises Unauthorized that says what is wrong with it, Unavailable when nobody can
        tell."""
        known = self.recall(token)
        if known is not None:
            return known
        claims = self._checked(token)
        project = self._project(claims)
        left_s = int(claims["exp"]) + _LEEWAY_S - clock.now_ns() / 10**9
        if len(self._good) >= _REMEMBERED:
            self._good.clear()
        self._good[digest_of(token)] = (project, clock.monotonic_s() + min(left_s, _REMEMBERED_S))
        return project

    def _checked(self, token: str) -> dict[str, Any]:
        import jwt

        settings = self._settings
        options: Any = {"require": ["exp", "iss", "aud"]}
        try:
            head = jwt.get_unverified_header(token)
            if head.get("alg") not in settings.algorithms:
                raise Unauthorized(f"the token is refused: its algorithm is none of {', '.join(settings.algorithms)}")
            return jwt.decode(
                token,
                self._keys.find(head.get("kid")),
                algorithms=settings.algorithms,
                audience=settings.audience,
                issuer=settings.issuer,
                leeway=_LEEWAY_S,
                options=options,
            )
        except (jwt.PyJWTError, RecursionError, ValueError, TypeError) as error:
            reason = " ".join(str(error).split()).rstrip(".")
            raise Unauthorized(f"the token is refused: {reason[:200]}; ask {settings.issuer} for another") from None

    def _project(self, claims: dict[str, Any]) -> str:
        settings = self._settings
        said = claims.get(settings.project_claim)
        if not isinstance(said, str) or not said:
            raise Unauthorized(f"the token is refused: it has no claim {settings.project_claim!r}, a text")
        named = settings.projects.get(said, settings.projects.get("*")) if settings.projects else said
        if named is None:
            raise Unauthorized(f"the token is refused: no project is set for {said[:80]!r} in HEADWATER_OIDC_PROJECTS")
        try:
            self._known[named] = self._project_of(named)
        except NotFound:
            self._known.pop(named, None)
            raise Unauthorized(f"the token is refused: there is no project {named[:80]!r}") from None
        except Unavailable:
            if named not in self._known:
                raise
        return self._known[named]


class PublishedKeys:
    """An issuer's keys by their id. One thread asks for them; those who have a key wait for nobody, others not long.

    They are asked for again when they are old, and when a token names one that is not among them; no more often than
    every few seconds, so that made-up names cost nothing. While the issuer is away, the last keys stand.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        import urllib3  # for those who have an issuer

        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=_CONNECT_S, read=_READ_S))
        self._asking = threading.Lock()
        self._keys: dict[str, PyJWK] = {}
        self._asked_s = self._got_s = -_OLD_S
        self._problem = ""

    def find(self, name: Any) -> "PyJWK":
        """The key of that name; where a token names none, the only one there is. Raises Unauthorized, Unavailable."""
        found = self._named(name)
        if found is None or clock.monotonic_s() - self._got_s > _OLD_S:
            is_asked = self._ask_again(name, 0 if found else _WAIT_S)
            found = self._named(name)
            if found is None and (self._problem or not is_asked):
                why = self._problem or "they are being asked for"
                raise Unavailable(f"the keys of the issuer cannot be had: {why}", int(_AGAIN_S))
        if found is None:
            raise Unauthorized("the token is refused: its issuer publishes no key of the name that it was signed with")
        return found

    def _named(self, name: Any) -> "PyJWK | None":
        if name is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(name) if isinstance(name, str) else None

    def _ask_again(self, name: Any, wait_s: float) -> bool:
        """Ask, unless somebody did just now. False when somebody is asking and did not come back within `wait_s`."""
        if not self._asking.acquire(timeout=wait_s):
            return False
        try:
            now_s = clock.monotonic_s()
            is_known = now_s - self._got_s <= _OLD_S and self._named(name) is not None
            if not is_known and now_s - self._asked_s >= _AGAIN_S:
                self._ask()
            return True
        finally:
            self._asking.release()

    def _ask(self) -> None:
        from urllib3.exceptions import HTTPError

        try:
            self._keys, self._problem = _keys_in(self._fetch()), ""
            self._got_s = clock.monotonic_s()
        except (HeadwaterError, HTTPError) as error:
            self._problem = str(error)[:300]
        self._asked_s = clock.monotonic_s()

    def _fetch(self) -> bytes:
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        response = self._pool.request("GET", self._url, headers=headers, redirect=False, preload_content=False)
        try:
            body = response.read(_BODY_BYTES + 1, decode_content=False)
        finally:
            response.close()
        if response.status != 200 or len(body) > _BODY_BYTES:
            raise HeadwaterError(f"{self._url} answered with status {response.status} and {len(body)} bytes")
        return body


def _keys_in(body: bytes) -> dict[str, "PyJWK"]:
    """The public keys for signatures of a JWKS document by their ids. Raises HeadwaterError for another document."""
    import jwt

    try:
        listed = msgspec.json.decode(body, type=_Published).keys
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise HeadwaterError(f"what the issuer publishes is no JWKS document: {error}") from error
    found: dict[str, PyJWK] = {}
    for number, each in enumerate(listed):
        if each.get("use", "sig") != "sig" or each.get("kty") == "oct":
            continue
        try:
            found[str(each.get("kid", f"without a name, {number}"))] = jwt.PyJWK.from_dict(each)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue  # of a kind that this library does not know; others of the set may still do
    return found


class _Published(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]
