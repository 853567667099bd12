"""Colours: JSON text cut into tokens with a class each, so that a template can colour what it escapes."""

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>true|false|null)"
)


def json_tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield (class, text) pieces; joined they are the text again. The class of punctuation and space is ""."""
    at = 0
    for found in _TOKEN.finditer(text):
        if found.start() > at:
            yield "", text[at : found.start()]
        yield found.lastgroup or "", found.group()
        at = found.end()
    if at < len(text):
        yield "", text[at:]
