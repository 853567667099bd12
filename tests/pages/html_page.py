"""A page as a strict reader sees it: what is wrong with it, and what it holds."""

from html.parser import HTMLParser

_VOID = frozenset({"meta", "link", "input", "br", "img", "hr", "path", "circle", "rect", "use"})
_ADDRESSES = frozenset({"href", "src", "action", "hx-get", "hx-post", "hx-push-url", "formaction", "poster", "data"})
_NO_STYLE = ("style", "hx-on", "hx-vals", "srcdoc")


class HtmlPage(HTMLParser):
    """Reads a page; `faults` lists what no page of ours may have."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.title = ""
        self.headings: list[str] = []
        self.ids: set[str] = set()
        self.addresses: list[str] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        if self._open:
            self.faults.append(f"never closed: {self._open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check an element and its attributes. Words of different elements do not run together."""
        self.words += " "
        given = dict(attrs)
        if len(given) != len(attrs):
            self.faults.append(f"<{tag}> says an attribute twice")
        if tag in ("script", "style", "iframe", "object", "embed") and not str(given.get("src", "")).startswith(
            "/static/"
        ):
            self.faults.append(f"<{tag}> in the page itself")
        if tag == "img" and given.get("alt") is None:
            self.faults.append("<img> without alt")
        for name, value in given.items():
            self._check(tag, name, value or "")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that closes itself, as those of SVG do."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Check that what ends is what began last."""
        if tag in _VOID:
            return
        self.words += " "
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> within {self._open[-3:]}")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """Keep the words."""
        self.words += data
        if "title" in self._open and "svg" not in self._open:
            self.title += data
        if "h1" in self._open:
            self.headings.append(data)

    def _check(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on") or name in _NO_STYLE:
            self.faults.append(f"<{tag} {name}>")
        if name == "id":
            if value in self.ids:
                self.faults.append(f"two elements are {value!r}")
            self.ids.add(value)
        if name in _ADDRESSES and value not in ("true", "false"):
            self.addresses.append(value)
            if not value.startswith(("/", "#", "https://", "http://", "data:image/", "data:audio/")):
                self.faults.append(f"<{tag} {name}={value[:60]!r}>")
