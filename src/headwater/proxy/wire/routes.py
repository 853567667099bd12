"""Routes: which path of ours is whose, and what is asked of the upstream for it.

    /<name>/<path>          →  <base URL of that upstream>/<path>
    /p/<key>/<name>/<path>  →  the same, with our key in the path
    /api/v1/<path>          →  OpenAI's /v1/<path>, but for the few paths that are a product's own

A name stands for a provider's host, so that a client is pointed here by putting `<our address>/<name>` where its base
URL has that host, and keeps the rest: `https://api.groq.com/openai/v1` becomes `…/groq/openai/v1`.

Rule 1: a path goes on as it came, byte for byte, or is refused: nothing here rewrites one.
Rule 2: whatever a path holds, it stays on the upstream's host and below its base path.
"""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

import msgspec

from headwater.access import RESERVED_NAMES, Upstream
from headwater.errors import BadRequest
from headwater.products import is_product_path
from headwater.proxy.wire.names import OUR_KEYS

_CACHED = 2048
# A longer URL is not remembered, so that remembered ones hold little memory.
_CACHED_BYTES = 256


class Split(NamedTuple):
    """A path of ours, taken apart: the upstream's name, what is asked of it (path and query), and the key or ""."""

    name: str
    rest: bytes
    key: str


class Base(NamedTuple):
    """A base URL, taken apart. `authority` is the value of the header Host; `path` has no slash at its end."""

    is_tls: bool
    host: str
    port: int
    authority: bytes
    path: bytes


class Route(NamedTuple):
    """Where a request goes: `target` is the path and query to send there, `key` our key from the path, or ""."""

    upstream: Upstream
    base: Base
    target: bytes
    key: str


# Hosts of the providers, without the paths that their clients' base URLs have. Usage is not asked for where it is sent
# unasked (Mistral, OpenRouter) or where the wish is refused (Cohere).
_BUILT_IN = (
    Upstream(name="openai", base_url="https://api.openai.com"),
    Upstream(name="anthropic", base_url="https://api.anthropic.com", credential="x-api-key"),
    Upstream(name="cerebras", base_url="https://api.cerebras.ai", provider="cerebras"),
    Upstream(name="cohere", base_url="https://api.cohere.ai", is_usage_injected=False),
    Upstream(name="deepseek", base_url="https://api.deepseek.com"),
    Upstream(name="fireworks", base_url="https://api.fireworks.ai"),
    Upstream(name="gemini", base_url="https://generativelanguage.googleapis.com"),
    Upstream(name="groq", base_url="https://api.groq.com"),
    Upstream(name="mistral", base_url="https://api.mistral.ai", is_usage_injected=False),
    Upstream(name="openrouter", base_url="https://openrouter.ai", is_usage_injected=False),
    Upstream(name="perplexity", base_url="https://api.perplexity.ai"),
    Upstream(name="together", base_url="https://api.together.ai"),
    Upstream(name="xai", base_url="https://api.x.ai"),
)

UPSTREAMS: dict[str, Upstream] = {upstream.name: upstream for upstream in _BUILT_IN}
"""Upstreams that are there without being set up, by the name in our path."""


def split(url: bytes) -> Split | None:
    """Take a request's URL apart; None where it is a page's, or no upstream could have that name.

    Raises BadRequest for a path that could be read as another one further on: dot segments, also hidden behind
    percent-encoding or backslashes, broken percent-encoding, and control characters; and for a query that carries a
    key of ours to the provider.
    """
    return _remembered(url) if len(url) <= _CACHED_BYTES else _split(url)


# What stands where OpenAI has /v1, at the providers that speak its dialect somewhere else.
_BASES = {
    "cohere": b"/compatibility/v1",
    "deepseek": b"",
    "fireworks": b"/inference/v1",
    "gemini": b"/v1beta/openai",
    "groq": b"/openai/v1",
    "openrouter": b"/api/v1",
    "perplexity": b"",
}
_OPENAI_BASE = b"/v1/"


def chosen(found: Split, name: str) -> Split:
    """What a client of OpenAI's asks, asked of the upstream that its headers name ("" for none), in OpenAI's dialect
    there; any other path goes where it says."""
    if name in ("", found.name) or found.name != "openai" or not found.rest.startswith(_OPENAI_BASE):
        return found
    return Split(name, _BASES.get(name, b"/v1") + found.rest[len(_OPENAI_BASE) - 1 :], found.key)


def client_base(name: str) -> str:
    """What follows `<our address>/<name>` in the base URL of a client of that upstream: where OpenAI's dialect is
    spoken there, and Anthropic's own at `anthropic`."""
    return "" if name == "anthropic" else _BASES.get(name, b"/v1").decode()


def as_chosen(upstream: Upstream) -> Upstream:
    """An upstream that is spoken to in OpenAI's dialect. Anthropic takes OpenAI's credential with it:
    https://platform.claude.com/docs/en/api/openai-sdk"""
    is_anthropic = upstream.credential == "x-api-key"
    return msgspec.structs.replace(upstream, credential="bearer") if is_anthropic else upstream


def routed(found: Split, upstream: Upstream) -> Route:
    """The route of a path to its upstream."""
    base = base_of(upstream.base_url)
    return Route(upstream, base, base.path + found.rest, found.key)


@lru_cache(maxsize=_CACHED)
def base_of(base_url: str) -> Base:
    """Take a base URL apart. Raises BadRequest for one that is no http or https URL, or holds more than a path."""
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    more = parts.query or parts.fragment or "@" in parts.netloc
    # urlsplit drops some control characters without a word.
    if not host or parts.scheme not in _PORTS or more or _UNFIT.search(base_url) is not None:
        raise BadRequest(f"{base_url[:200]!r} is no base URL: give it as https://host[:port][/path]")
    usual = _PORTS[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    authority = shown if port in (None, usual) else f"{shown}:{port}"
    path = parts.path.rstrip("/").encode()
    return Base(parts.scheme == "https", host, port or usual, authority.encode(), path)


_PORTS = {"https": 443, "http": 80}
_UNFIT = re.compile(r"[^!-\[\]-~]")
_NAME = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]*")
_NEVER = re.compile(rb"[\x00-\x20\x7f#]")
_ODD = re.compile(rb"[%\\]|/\.")
_BROKEN = re.compile(rb"%(?![0-9A-Fa-f]{2})|%00")


def _split(url: bytes) -> Split | None:
    if not url.startswith(b"/"):
        url = _origin_form(url)
    _, _, after = url.partition(b"/")
    key = b""
    if after.startswith(b"p/"):
        key, _, after = after[2:].partition(b"/")
        if not key:
            return None
    name, slash, rest = after.partition(b"/")
    if not slash or _NAME.fullmatch(name) is None:
        return None
    text = name.decode("ascii")
    if text == "api" and rest.startswith(b"v1/") and not _is_product(rest):
        # The base that Prysm's clients have.
        text = "openai"
    if text in RESERVED_NAMES:
        return None
    path, mark, query = rest.partition(b"?")
    # More slashes here would make a target such as //host/path, which some read as another host.
    path = b"/" + path.lstrip(b"/")
    _check(url, path, query)
    return Split(text, path + mark + query, key.decode("ascii", "replace"))


def _is_product(rest: bytes) -> bool:
    return is_product_path("/api/" + rest.partition(b"?")[0].decode("latin-1"))


_remembered = lru_cache(maxsize=_CACHED)(_split)


def _origin_form(url: bytes) -> bytes:
    """The path and query of an absolute URL, which a server must take (RFC 9112, 3.2.2); its host is not looked at."""
    scheme, _, rest = url.partition(b"://")
    if scheme.lower() not in (b"http", b"https"):
        return b""
    return b"/" + rest.partition(b"/")[2]


def _check(url: bytes, path: bytes, query: bytes) -> None:
    if _NEVER.search(url) is not None:
        raise BadRequest("the path holds a space, a control character or a '#': send it percent-encoded")
    if any(b"=" + mark in query for mark in OUR_KEYS):
        raise BadRequest("the query holds a headwater key: send it as the header x-headwater-key")
    if _ODD.search(path) is None:
        return
    if _BROKEN.search(path) is not None:
        raise BadRequest(f"the percent-encoding of the path {path[:80]!r} is broken: encode it as RFC 3986 says")
    segments = unquote_to_bytes(path).replace(b"\\", b"/").split(b"/")
    if b"." in segments or b".." in segments:
        raise BadRequest(f"the path {path[:80]!r} has dot segments: send it without them")
