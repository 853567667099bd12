"""Told: what a request's headers say to us.

One pass over the names, each judged once and remembered; values are read only where somebody wrote us some. The
headers of Helicone, Portkey, LiteLLM, Prysm, Layer and Tropir are taken as ours are, so that a program needs only
another base URL.
"""

import re
from functools import lru_cache
from typing import Any

import msgspec

from headwater.proxy.wire.names import (
    CREDENTIALS,
    FAMILIES,
    LAYER_SESSIONS,
    OUR_KEYS,
    PRYSM,
    SUBPROTOCOL,
    SUBPROTOCOL_KEY,
    Headers,
    Names,
    holds_our_key,
    our_key_in,
)
from headwater.proxy.wire.prysm import forwarded, upstream_named
from headwater.proxy.wire.prysm import plain as plain_value


class Told(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a request's headers say. Texts are "" and ids b"" where nothing was said.

    `key` is ours; `is_vault` says that it came in the place of the provider's credential, so that the stored one is
    to be used; `has_credential` that one of the provider's came. `trace_id` and `parent_id` are those of `traceparent`.
    `accept_encoding` is what the upstream may compress the answer with. `resend` is the client's count of tries before
    this one, `client` its User-Agent. `wants_usage` asks for usage in a stream whatever the project's switch says.
    `taken` are headers that were meant for us although their names could be a provider's. `is_prysm`: it is a client of
    Prysm's. `upstream_key` is the provider's credential for this call alone, `provider` the upstream to go to instead
    of OpenAI, `forwarded` headers to send there.
    """

    key: str = ""
    is_vault: bool = False
    has_credential: bool = False
    session_id: str = ""
    session_name: str = ""
    user_id: str = ""
    tags: tuple[str, ...] = ()
    metadata: dict[str, str] = {}
    omit_request: bool = False
    omit_response: bool = False
    model_override: str = ""
    target_url: str = ""
    trace_id: bytes = b""
    parent_id: bytes = b""
    resend: int = 0
    client: str = ""
    wants_usage: bool = False
    content_type: str = ""
    content_encoding: str = ""
    accept_encoding: bytes = b"identity"
    taken: tuple[bytes, ...] = ()
    is_prysm: bool = False
    upstream_key: str = ""
    provider: str = ""
    forwarded: tuple[tuple[bytes, bytes], ...] = ()


_KEYS = (b"helicone-auth", b"x-portkey-api-key", b"x-litellm-api-key")
_TROPIR_KEY = b"x-tropir-api-key"
# Any program may send these to its provider. Beside a key of Tropir's they are its clients', who add all three to
# whatever they send.
_TROPIR_SESSION = {b"x-session-id": "session_id", b"x-session-name": "session_name"}
_PRYSM_KEY = "sk-prysm-"
_PLAIN = frozenset(
    {
        *CREDENTIALS,
        *_KEYS,
        *_TROPIR_SESSION,
        b"x-headwater-key",
        _TROPIR_KEY,
        SUBPROTOCOL,
        b"accept-encoding",
        b"content-encoding",
        b"content-type",
        b"traceparent",
        b"user-agent",
        b"x-stainless-retry-count",
    }
)
_ENCODED = frozenset({PRYSM + name for name in (b"user-id", b"session-id", b"governance-session-id", b"metadata")})
_read_as = Names(lambda name: name if name in _PLAIN or name.startswith(FAMILIES) else b"")

_ID_CHARS = 256
_NAME_CHARS = 128
_VALUE_CHARS = 1024
_URL_CHARS = 2048
_METADATA = 64
_TAGS = 32
_JSON_BYTES = 16 * 1024
_COUNT_DIGITS = 4


def told_by(headers: Headers) -> Told:
    """Read what the headers of a request say to us. Raises nothing: nonsense is passed over.

    A repeated header is read as one list (RFC 9110, 5.2). Of several products' headers for one thing, ours goes first.
    """
    plain: dict[bytes, bytes] = {}
    family: dict[bytes, bytes] = {}
    for name, value in headers:
        known = _read_as[name]
        if known:
            found = plain if known in _PLAIN else family
            if known in _ENCODED:
                value = plain_value(value)
            found[known] = value if known not in found else b"%b, %b" % (found[known], value)
    get = plain.get
    key, is_vault, has_credential = _key_in(plain)
    trace_id, parent_id = _traceparent(get(b"traceparent"))
    count = get(b"x-stainless-retry-count", b"")
    more = _told_by_family(family) if family else {}
    if _TROPIR_KEY in plain:
        more = _told_by_tropir(plain, more)
    if key.startswith(_PRYSM_KEY):
        more["is_prysm"] = True
    return Told(
        key=key,
        is_vault=is_vault,
        has_credential=has_credential,
        trace_id=trace_id,
        parent_id=parent_id,
        resend=int(count) if count.isdigit() and len(count) <= _COUNT_DIGITS else 0,
        client=_text(get(b"user-agent", b""), _ID_CHARS),
        content_type=_text(get(b"content-type", b""), _ID_CHARS),
        content_encoding=_text(get(b"content-encoding", b""), _ID_CHARS),
        accept_encoding=_readable(get(b"accept-encoding", b"")[:_VALUE_CHARS]),
        **more,
    )


def _key_in(plain: dict[bytes, bytes]) -> tuple[str, bool, bool]:
    """Our key, whether it stands for the provider's credential, and whether one of the provider's is there."""
    get = plain.get
    key = get(b"x-headwater-key", b"")
    instead = b""
    has_credential = False
    for name in CREDENTIALS:
        value = get(name)
        if value:
            ours = our_key_in(value)
            instead = instead or ours
            has_credential = has_credential or not ours
    protocols = get(SUBPROTOCOL)
    if protocols and SUBPROTOCOL_KEY in protocols:
        ours = protocols.partition(SUBPROTOCOL_KEY)[2].partition(b",")[0].strip()
        is_ours = ours.startswith(OUR_KEYS)
        instead = instead or (ours if is_ours else b"")
        has_credential = has_credential or not is_ours
    found = key or next((ours for name in _KEYS if (ours := our_key_in(get(name, b"")))), b"") or instead
    found = found or get(_TROPIR_KEY, b"")
    return found.decode("latin-1"), bool(instead), has_credential


_TRACEPARENT = re.compile(rb"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")


def _traceparent(value: bytes | None) -> tuple[bytes, bytes]:
    """Trace and parent (https://www.w3.org/TR/trace-context/#traceparent-header), both b"" where it is not valid."""
    found = None if value is None else _TRACEPARENT.fullmatch(value)
    if found is None or (found[1] == b"00" and found[4]):
        return b"", b""
    trace_id, parent_id = bytes.fromhex(found[2].decode()), bytes.fromhex(found[3].decode())
    return (trace_id, parent_id) if any(trace_id) and any(parent_id) else (b"", b"")


def _text(value: bytes, most: int) -> str:
    try:
        return value.decode()[:most]
    except UnicodeDecodeError:
        return value.decode("latin-1")[:most]


_PRYSM_GOVERNANCE = b"x-prysm-governance-session-id"
# In order of precedence.
_TEXTS: dict[str, tuple[bytes, ...]] = {
    "session_id": (
        b"x-headwater-session-id",
        b"helicone-session-id",
        b"x-prysm-session-id",
        *LAYER_SESSIONS,
        b"x-portkey-trace-id",
        b"x-litellm-trace-id",
        b"x-litellm-session-id",
        _PRYSM_GOVERNANCE,
    ),
    "session_name": (b"x-headwater-session-name", b"helicone-session-name"),
    "user_id": (
        b"x-headwater-user-id",
        b"helicone-user-id",
        b"x-prysm-user-id",
        b"x-litellm-end-user-id",
        b"x-litellm-customer-id",
    ),
    "model_override": (b"x-headwater-model-override", b"helicone-model-override"),
}
_TARGETS = (b"x-headwater-target-url", b"helicone-target-url", b"helicone-openai-api-base", b"x-portkey-custom-host")
_NOTES: dict[str, tuple[bytes, ...]] = {
    "session_path": (b"x-headwater-session-path", b"helicone-session-path"),
    "request_id": (b"x-headwater-request-id", b"helicone-request-id"),
    "governance_session_id": (_PRYSM_GOVERNANCE,),
    "prompt_id": (b"helicone-prompt-id",),
    "prompt_name": (b"x-headwater-prompt-name", b"helicone-prompt-name"),
    "prompt_version": (b"x-headwater-prompt-version", b"helicone-prompt-version"),
}
_PROPERTIES = (b"x-headwater-property-", b"helicone-property-")
_JSON = (b"x-portkey-metadata", b"x-litellm-spend-logs-metadata", b"x-prysm-metadata")
# Portkey's users name the user in their metadata.
_JSON_USER = "_user"
_LISTS = (b"x-headwater-tags", b"x-litellm-tags")


def _told_by_family(family: dict[bytes, bytes]) -> dict[str, Any]:
    told: dict[str, Any] = {field: _first(family, names, _ID_CHARS) for field, names in _TEXTS.items()}
    metadata = _metadata(family)
    user_id = metadata.pop(_JSON_USER, "")
    told["user_id"] = told["user_id"] or user_id[:_ID_CHARS]
    told["metadata"] = metadata
    told["tags"] = _tags(family)
    told["target_url"] = _first(family, _TARGETS, _URL_CHARS)
    told["omit_request"], told["omit_response"] = _omitted(family)
    told["wants_usage"] = family.get(b"helicone-stream-usage", b"").lower() == b"true"
    return told | _told_by_prysm(family)


def _told_by_prysm(family: dict[bytes, bytes]) -> dict[str, Any]:
    if not any(name.startswith(PRYSM) for name in family):
        return {}
    key = family.get(b"x-prysm-upstream-key", b"")
    return {
        "is_prysm": True,
        "upstream_key": "" if holds_our_key(key) else key.decode("latin-1"),
        "provider": upstream_named(family.get(b"x-prysm-provider", b"")),
        "forwarded": forwarded(family.get(b"x-prysm-forward-headers", b"")),
    }


def _told_by_tropir(plain: dict[bytes, bytes], more: dict[str, Any]) -> dict[str, Any]:
    told = {field: _text(plain.get(name, b""), _ID_CHARS) for name, field in _TROPIR_SESSION.items()}
    told |= {field: text for field, text in more.items() if text or field not in told}
    return told | {"taken": tuple(_TROPIR_SESSION)}


def _first(family: dict[bytes, bytes], names: tuple[bytes, ...], most: int) -> str:
    for name in names:
        value = family.get(name)
        if value:
            return _text(value, most)
    return ""


def _metadata(family: dict[bytes, bytes]) -> dict[str, str]:
    """Properties, what has no field of its own, and the JSON of others; of one name the first stays."""
    found: dict[str, str] = {}
    for start in _PROPERTIES:
        for name, value in family.items():
            if name.startswith(start):
                _note(found, name[len(start) :].decode("latin-1"), _text(value, _VALUE_CHARS))
    for field, names in _NOTES.items():
        text = _first(family, names, _VALUE_CHARS)
        if text:
            _note(found, field, text)
    for name in _JSON:
        for key, value in _json_in(family.get(name, b"")).items():
            if value is not None:
                _note(found, key, value if isinstance(value, str) else msgspec.json.encode(value).decode())
    return found


def _note(found: dict[str, str], name: str, value: str) -> None:
    name = name[:_NAME_CHARS]
    if name and name not in found and len(found) < _METADATA:
        found[name] = value[:_VALUE_CHARS]


def _json_in(value: bytes) -> dict[str, Any]:
    if not value or len(value) > _JSON_BYTES:
        return {}
    try:
        return msgspec.json.decode(value, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}


def _tags(family: dict[bytes, bytes]) -> tuple[str, ...]:
    tags = [part.strip() for name in _LISTS for part in family.get(name, b"").split(b",")]
    return tuple(dict.fromkeys(_text(tag, _NAME_CHARS) for tag in tags if tag))[:_TAGS]


_NO = frozenset({b"", b"false", b"0", b"no", b"none"})
_SIDES = frozenset({b"request", b"response"})


def _omitted(family: dict[bytes, bytes]) -> tuple[bool, bool]:
    """Whether the request's and the response's content are to be left out. A word that we do not know omits both:
    a doubt must not put on the disk what was asked to stay off it.
    """
    asked = {part.strip().lower() for part in family.get(b"x-headwater-omit", b"").split(b",")} - _NO
    both = bool(asked - _SIDES) or _is_asked(family, b"x-litellm-enable-message-redaction")
    return (
        both or b"request" in asked or _is_asked(family, b"helicone-omit-request"),
        both or b"response" in asked or _is_asked(family, b"helicone-omit-response"),
    )


def _is_asked(family: dict[bytes, bytes], name: bytes) -> bool:
    return family.get(name, b"").strip().lower() not in _NO


# Encodings that the copy of an answer can be read in.
_READABLE = frozenset({b"gzip", b"x-gzip", b"deflate", b"identity"})


@lru_cache(maxsize=256)
def _readable(accepted: bytes) -> bytes:
    """What of an Accept-Encoding goes on, with its weights."""
    parts = [part.strip() for part in accepted.split(b",")]
    return b", ".join(part for part in parts if part.partition(b";")[0].strip().lower() in _READABLE) or b"identity"
