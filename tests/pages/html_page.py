"""What a page holds, and what no page of ours may hold. Whether it is HTML at all, tests/pages/html_rules.py tells."""

from html.parser import HTMLParser

_ADDRESSES = frozenset({"href", "src", "action", "hx-get", "hx-post", "hx-push-url", "formaction", "poster", "data"})
_NO_STYLE = ("style", "hx-on", "hx-vals", "srcdoc")
_KEPT = frozenset({"title", "h1", "svg"})


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
        self._within: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check an element and its attributes. Words of different elements do not run together."""
        self.words += " "
        given = dict(attrs)
        is_own = str(given.get("src", "")).startswith("/static/")
        if tag in ("script", "style", "iframe", "object", "embed") and not is_own:
            self.faults.append(f"<{tag}> in the page itself")
        is_changing = tag == "form" and str(given.get("method", "")).lower() == "post"
        for name, value in given.items():
            self._check(tag, name, value or "", is_changing)
        if tag in _KEPT:
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self.words += " "
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        """Keep the words."""
        self.words += data
        if self._within == ["title"]:
            self.title += data
        if "h1" in self._within:
            self.headings.append(data)

    def _check(self, tag: str, name: str, value: str, is_changing: bool) -> None:
        if name.startswith("on") or name in _NO_STYLE:
            self.faults.append(f"<{tag} {name}>")
        if name == "id":
            if value in self.ids:
                self.faults.append(f"two elements are {value!r}")
            self.ids.add(value)
        if name in _ADDRESSES and value not in ("true", "false"):
            if not is_changing and name not in ("hx-post", "formaction"):
                self.addresses.append(value)
            if not value.startswith(("/", "#", "https://", "http://", "data:image/", "data:audio/")):
                self.faults.append(f"<{tag} {name}={value[:60]!r}>")
