"""Which dialect speaks on a path, and which by a name. A new one is a new line in each table."""

import importlib
from functools import cache
from typing import cast

from headwater.provider.dialect import Dialect

_DIALECTS = {
    "openai.chat": "headwater.provider.openai.chat:dialect",
    "openai.completions": "headwater.provider.openai.chat:legacy_dialect",
    "openai.responses": "headwater.provider.openai.responses:dialect",
    "openai.input_tokens": "headwater.provider.openai.responses:count_dialect",
    "openai.realtime": "headwater.provider.openai.realtime:dialect",
    "openai.embeddings": "headwater.provider.openai.single:embeddings",
    "openai.moderations": "headwater.provider.openai.single:moderations",
    "openai.images": "headwater.provider.openai.single:images",
    "openai.speech": "headwater.provider.openai.single:speech",
    "openai.transcriptions": "headwater.provider.openai.single:transcriptions",
    "anthropic.messages": "headwater.provider.anthropic.messages:dialect",
    "anthropic.count_tokens": "headwater.provider.anthropic.messages:count_dialect",
}

# Ends of paths, the more special before the more general. Whatever stands before them (a version, a deployment, a
# proxy's prefix) is the host's affair.
_PATHS = (
    ("/chat/completions", "openai.chat"),
    ("/completions", "openai.completions"),
    ("/responses/input_tokens", "openai.input_tokens"),
    ("/responses", "openai.responses"),
    ("/realtime", "openai.realtime"),
    ("/embeddings", "openai.embeddings"),
    ("/moderations", "openai.moderations"),
    ("/images/generations", "openai.images"),
    ("/images/edits", "openai.images"),
    ("/images/variations", "openai.images"),
    ("/audio/speech", "openai.speech"),
    ("/audio/transcriptions", "openai.transcriptions"),
    ("/audio/translations", "openai.transcriptions"),
    ("/v1/messages/count_tokens", "anthropic.count_tokens"),
    ("/v1/messages", "anthropic.messages"),
)


def dialect_for(path: str) -> Dialect | None:
    """The dialect of a URL's path (a query may follow); None where we know none."""
    bare = path.partition("?")[0].rstrip("/")
    name = next((name for end, name in _PATHS if bare.endswith(end)), None)
    return None if name is None else dialect_named(name)


@cache
def dialect_named(name: str) -> Dialect | None:
    """The dialect of a name such as "openai.chat"; None where there is none."""
    dotted = _DIALECTS.get(name)
    if dotted is None:
        return None
    module, _, attribute = dotted.partition(":")
    return cast(Dialect, getattr(importlib.import_module(module), attribute))


def dialect_names() -> tuple[str, ...]:
    """Every name that `dialect_named` knows."""
    return tuple(_DIALECTS)
