"""Nouns of the snippets' texts."""

from typing import Literal

import msgspec

from headwater.access import KeyFormat

Language = Literal["sh", "python"]


class Text(msgspec.Struct, frozen=True):
    """A snippet before it is filled in."""

    name: str
    language: Language
    text: str
    say: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A way to send before it is filled in."""

    name: str
    say: str
    texts: tuple[Text, ...]
    key_format: KeyFormat = "headwater"
