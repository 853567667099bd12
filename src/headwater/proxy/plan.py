"""Plan: what follows from a request's head and its key: where it goes, with whose credential, how it is told.

A client repeats its head with every request on a connection, so a plan is made once and serves until either changes.
"""

from headwater.access import Policy, Upstream
from headwater.capture import SESSION_HEADERS
from headwater.errors import Unauthorized
from headwater.proxy.taking import shown_path
from headwater.proxy.upstream import Origin
from headwater.proxy.wire.headers import Headers, amended, forward
from headwater.proxy.wire.inject import wants_injection
from headwater.proxy.wire.routes import Route
from headwater.proxy.wire.told import Told

_SESSION_HEADERS = frozenset(name.encode() for name in SESSION_HEADERS)
_CREDENTIALS = {
    "bearer": b"authorization: Bearer %b",
    "x-api-key": b"x-api-key: %b",
    "api-key": b"api-key: %b",
}
_END = b"\r\n"


class Plan:
    """`is_held` says that usage may have to be asked for in the body, which must be whole for that.

    `sent_to`, `who` and `also` are fields of the record, in its order: from `method` to `request_encoding`, from
    `resend` to `client`, and from `model_override` on. Raises Unauthorized where no stored credential can be used.
    """

    __slots__ = (
        "_authority",
        "_credential",
        "_headers",
        "_heads",
        "_is_upgrade",
        "_line",
        "also",
        "is_held",
        "origin",
        "policy",
        "sent_to",
        "target",
        "told",
        "upstream",
        "who",
    )

    def __init__(
        self,
        told: Told,
        policy: Policy,
        route: Route,
        method: bytes,
        headers: Headers,
        *,
        is_upgrade: bool,
        injects: bool,
    ) -> None:
        upstream, base, target, _ = route
        self.told = told
        self.policy = policy
        self.upstream = upstream
        self.origin = Origin(base.is_tls, base.host, base.port, upstream.is_private_ok)
        self.target = target
        self.is_held = (
            method == b"POST"
            and wants_injection(target)
            and (told.wants_usage or (injects and policy.is_usage_injected and upstream.is_usage_injected))
        )
        self._authority = base.authority
        self._credential = _credential(told, policy, upstream)
        self._headers = amended(headers, told.taken, told.forwarded)
        self._is_upgrade = is_upgrade
        self._line = b"%b %b HTTP/1.1\r\n" % (method, target)
        self._heads: dict[bool, bytes] = {}
        names = (upstream.name, upstream.provider)
        types = (told.content_type, told.content_encoding)
        self.sent_to = (method.decode("latin-1"), base.host, base.port, shown_path(target), *names, *types)
        named = (told.session_id, told.session_name, told.user_id, told.tags, told.metadata)
        self.who = (told.resend, *named, policy.key_id, told.client)
        client_headers = {name.decode(): value.decode("latin-1") for name, value in headers if name in _SESSION_HEADERS}
        self.also = (told.model_override, client_headers)

    def head(self, length: int | None, *, is_chunked: bool, is_identity: bool) -> bytes:
        """The request's head for the upstream; `is_identity` asks for an answer that is not compressed.

        Raises BadRequest for a header that cannot be sent.
        """
        known = self._heads.get(is_identity)
        if known is None:
            accepted = b"identity" if is_identity else self.told.accept_encoding
            lines = forward(
                self._headers, self._authority, self._credential, None, False, accepted, is_upgrade=self._is_upgrade
            )
            known = self._heads[is_identity] = self._line + lines[: -len(_END)]
        if length is not None:
            return b"%bcontent-length: %d\r\n\r\n" % (known, length)
        return known + (b"transfer-encoding: chunked\r\n\r\n" if is_chunked else _END)


def _credential(told: Told, policy: Policy, upstream: Upstream) -> bytes | None:
    """The header line with the secret that came for this call alone, or with the stored one, where our key came without
    a credential of the provider's.

    b"": the upstream takes none. None: the client's own goes on.
    """
    name = upstream.name
    line = _CREDENTIALS.get(upstream.credential)
    if told.upstream_key:
        return (line or _CREDENTIALS["bearer"]) % told.upstream_key.encode("latin-1")
    if not told.is_vault and (told.has_credential or name not in policy.credentials):
        return None
    if line is None:
        return b""
    secret = policy.credentials.get(name)
    if secret is None:
        missing = f"no credential is stored for {name!r}: store one with `headwater credentials set {name}`"
        raise Unauthorized(policy.locked.get(name, missing))
    return line % secret.encode()
