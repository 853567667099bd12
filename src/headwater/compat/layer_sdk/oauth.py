"""Our own token endpoint, for Layer's client credentials and anyone else's (RFC 6749, 4.4): a key for a token."""

import asyncio
import base64
import binascii
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus

from headwater import ids
from headwater.access import Token
from headwater.compat.desk import Asked, Desk, Reply
from headwater.errors import HeadwaterError

_NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}
_DEV_LIFETIME_S = 900


async def token_reply(desk: Desk, asked: Asked) -> Reply:
    """Trade `client_secret`, a key, for a token; `client_id` is the id or name of the key or of its project."""
    form = dict(parse_qsl(asked.body.decode("utf-8", "replace"), keep_blank_values=True))
    client, secret = _credentials(form, asked.headers)
    if form.get("grant_type") != "client_credentials":
        return _error(400, "unsupported_grant_type", "grant_type must be client_credentials")
    if not client or not secret:
        return _error(400, "invalid_request", "client_id and client_secret are needed: a key's id, and the key")
    try:
        token = await asyncio.to_thread(desk.catalog.issue_token, client, secret)
    except HeadwaterError as error:
        return _error(503, "temporarily_unavailable", str(error), {"retry-after": "2"})
    if token is None and desk.gate.recall({}) is not None:
        # Dev mode: who shows no good key is the default project's, and so is who shows this token.
        token = Token(text=ids.secret(), lifetime_s=_DEV_LIFETIME_S)
    if token is None:
        remedy = "client_secret is no key, or client_id neither its id nor its project's: see `headwater keys list`"
        return _error(401, "invalid_client", remedy, {"www-authenticate": 'Basic realm="headwater"'})
    told = {"access_token": token.text, "token_type": "Bearer", "expires_in": token.lifetime_s}
    return Reply(body=told, headers=_NO_STORE)


def _credentials(form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[str, str]:
    """Client and secret, from the form or from the header, where both are encoded as in a form (RFC 6749, 2.3.1)."""
    scheme, _, told = headers.get("authorization", "").partition(" ")
    if "client_secret" in form or scheme.lower() != "basic":
        return form.get("client_id", "").strip(), form.get("client_secret", "").strip()
    try:
        client, _, secret = base64.b64decode(told, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return unquote_plus(client), unquote_plus(secret)


def _error(status: int, code: str, text: str, more: Mapping[str, str] | None = None) -> Reply:
    body = {"error": code, "error_description": text}
    return Reply(status=status, body=body, headers={**_NO_STORE, **(more or {})})
