"""Where callers put our key: each exporter and SDK has its own header for it."""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote

from headwater.access.secrets import KEY_MARKS


def key_from_headers(headers: Mapping[str, str]) -> str | None:
    """The key that a request presents, None when it has none. Names of `headers` are lower case, or found in any case.

    The first that looks like ours (`hw_…`, `pulse_sk_…`) wins, because a caller may carry a provider's key beside it;
    without such a one, the first there is: a project may hold keys of any look, and a key of another kind is answered
    as unknown and not as missing.
    """
    candidates = [candidate for candidate in _candidates(headers) if candidate]
    ours = (candidate for candidate in candidates if candidate.startswith(KEY_MARKS))
    return next(ours, candidates[0] if candidates else None)


def _candidates(headers: Mapping[str, str]) -> Iterator[str]:
    for name, readers in _HEADERS.items():
        value = headers.get(name)
        if value:
            # Some exporters pass OTEL_EXPORTER_OTLP_HEADERS on without decoding it: `Bearer%20hw_…`.
            yield from readers(unquote(value).strip())


def _plain(value: str) -> list[str]:
    return [value]


def _authorization(value: str) -> list[str]:
    scheme, _, rest = value.partition(" ")
    reader = _SCHEMES.get(scheme.lower())
    if reader is not None:
        return reader(rest.strip())
    return [] if rest else [value]


def _basic(value: str) -> list[str]:
    """User and password, the password first: Langfuse sends `public key:secret key`."""
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return []
    return [password, user]


_SCHEMES: dict[str, Callable[[str], list[str]]] = {"bearer": _plain, "basic": _basic}

# In order of precedence. Authorization also takes a bare key, which some exporters' users write.
_HEADERS: dict[str, Callable[[str], list[str]]] = {
    "x-headwater-key": _plain,
    "helicone-auth": _authorization,
    "x-portkey-api-key": _plain,
    "x-litellm-api-key": _authorization,
    "x-tropir-api-key": _plain,
    "authorization": _authorization,
    "x-api-key": _plain,
}
