"""Snippets: what to paste so that the first trace comes, with the address of this very server.

Each is whole: pasted as it is, with a key in place of YOUR_KEY, it works. A test runs them.
"""

import re
from collections.abc import Mapping

import msgspec

from headwater.access import KEY_FORMATS, KeyFormat, format_of
from headwater.web.shown.snippet_texts import TEXTS

PLACEHOLDER = "YOUR_KEY"
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]{1,255}(/[\w./~-]*)?", re.ASCII)
_HERE = "http://localhost:3000"


class Snippet(msgspec.Struct, frozen=True, kw_only=True):
    """A text to copy; `say` is a sentence on what it does, `language` what it is written in."""

    id: str
    name: str
    language: str
    text: str
    say: str


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A way to send: a package, the proxy, or another product's client. `key_format` is the look of a key that it asks
    for."""

    id: str
    name: str
    say: str
    key_format: KeyFormat
    snippets: tuple[Snippet, ...]


def ways(base_url: str, project: str, key: str = "") -> tuple[Way, ...]:
    """Return all ways to send to a server at `base_url`, into a project by its id.

    A key is put where its look is taken; elsewhere, and without one, stands a placeholder.
    """
    address = base_url if _ADDRESS.fullmatch(base_url) else _HERE
    return tuple(_way(way_id, {"base_url": address, "project": project}, key) for way_id in TEXTS)


def _way(way_id: str, known: Mapping[str, str], key: str) -> Way:
    told = TEXTS[way_id]
    is_taken = told.key_format == "headwater" or told.key_format == format_of(key)
    filled = {**known, "key": key if key and is_taken else PLACEHOLDER, "looks": KEY_FORMATS[told.key_format]}
    return Way(
        id=way_id,
        name=told.name,
        say=told.say.format_map(filled),
        key_format=told.key_format,
        snippets=tuple(
            Snippet(
                id=f"{way_id}-{number}",
                name=text.name,
                language=text.language,
                text=text.text.format_map(filled),
                say=text.say.format_map(filled),
            )
            for number, text in enumerate(told.texts, 1)
        ),
    )
