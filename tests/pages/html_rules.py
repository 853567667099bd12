"""HTML by its rules: html5lib reads as the standard says, and names every place where a browser would have to guess."""

from typing import Any

import html5lib  # pyright: ignore[reportMissingTypeStubs]  # it has none
from html5lib.constants import E  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]  # as above

_WORDS: dict[str, str] = E  # pyright: ignore[reportUnknownVariableType]  # as above


def broken_rules(text: str, container: str = "") -> list[str]:
    """Return what is against the rules in a page, or in a piece that stands within a `container`."""
    parser: Any = html5lib.HTMLParser()
    if container:
        parser.parseFragment(text, container=container)
    else:
        parser.parse(text)
    lines = text.splitlines()
    found: list[tuple[tuple[int, int], str, dict[str, str]]] = parser.errors
    return [f"line {line}: {_WORDS[code] % given}: {lines[line - 1][:120]}" for (line, _), code, given in found]
