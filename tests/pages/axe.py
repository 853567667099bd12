"""Axe: Deque's reader of pages, which finds what keeps people with a screen reader, a keyboard or weak eyes out."""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.pages.browser import Browser

_SOURCE = Path(__file__).parents[1] / "vendor" / "axe" / "axe-4.14.1.min.js"
_WEIGHTY = ("serious", "critical")
# What another size or another theme of a page that was read whole can change.
OF_LOOKS = ("color-contrast", "target-size", "scrollable-region-focusable", "aria-hidden-focus", "nested-interactive")
# Charts have a link for each stretch of time, all made alike: the first speaks for the others.
_CONTEXT: dict[str, Any] = {"include": [["html"]], "exclude": [[".slot ~ .slot"]]}
_OPTIONS: dict[str, Any] = {"resultTypes": ["violations"], "preload": False, "iframes": False}


@contextmanager
def axe_in(window: Browser) -> Generator[None]:
    """Have axe in each page that the window opens, past the pages' own policy, as a browser's extension is."""
    kept = window.chrome("Page.addScriptToEvaluateOnNewDocument", source=_SOURCE.read_text())
    try:
        yield
    finally:
        window.chrome("Page.removeScriptToEvaluateOnNewDocument", identifier=kept["identifier"])


def findings(window: Browser, rules: Sequence[str] = ()) -> list[str]:
    """Return what axe finds serious or critical in the page as it is now, by all rules or by these."""
    options = _OPTIONS | ({"runOnly": {"type": "rule", "values": list(rules)}} if rules else {})
    found: Any = window.promised(f"axe.run({json.dumps(_CONTEXT)}, {json.dumps(options)})")
    assert "violations" in found, found
    return [
        f"{each['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[1].strip()[:200]})"
        for each in found["violations"]
        if each["impact"] in _WEIGHTY
        for node in each["nodes"]
    ]
