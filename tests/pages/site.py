"""A site to visit: the web room behind a real socket, over questions that are held in memory."""

import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import msgspec
import urllib3
import uvicorn

from headwater.web import WebPorts, WebSettings, web_app
from tests.pages.sample_project import COOKIE

SETTINGS = WebSettings(tree_window=50)


class Visited(msgspec.Struct, frozen=True):
    """What came of a request. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return msgspec.json.decode(self.text)


class Site:
    """A running site; requests carry a session's cookie unless they are told not to."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = urllib3.PoolManager()

    def get(self, path: str, *, cookie: str = COOKIE, method: str = "GET", **headers: str) -> Visited:
        """Ask for a path; header names are written with _ for -."""
        return self._ask(method, path, None, cookie, headers)

    def post(self, path: str, body: object = None, *, cookie: str = COOKIE, **headers: str) -> Visited:
        """Post a body as JSON."""
        given = b"" if body is None else msgspec.json.encode(body)
        return self._ask("POST", path, given, cookie, {"content_type": "application/json", **headers})

    def submit(
        self,
        path: str,
        fields: Mapping[str, str] | None = None,
        *,
        cookie: str = COOKIE,
        sent: Mapping[str, str] | None = None,
    ) -> Visited:
        """Post a form as a page of the site's own does; `sent` are headers, written with _ for -."""
        headers = {"content_type": "application/x-www-form-urlencoded", "origin": self.address, **(sent or {})}
        return self._ask("POST", path, urlencode(fields or {}).encode(), cookie, headers)

    def send_form(self, path: str, body: str, sent: Mapping[str, str], *, cookie: str = COOKIE) -> Visited:
        """Post a form whose fields may come more than once, encoded already."""
        return self._ask("POST", path, body.encode(), cookie, sent)

    def send(self, method: str, path: str, body: object = None, *, cookie: str = COOKIE, **headers: str) -> Visited:
        """Send a body as JSON by any method."""
        given = b"" if body is None else msgspec.json.encode(body)
        return self._ask(method, path, given, cookie, {"content_type": "application/json", **headers})

    def _ask(self, method: str, path: str, body: bytes | None, cookie: str, headers: Mapping[str, str]) -> Visited:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookie:
            sent["cookie"] = f"headwater_session={cookie}"
        answer = self._http.request(method, self.address + path, body=body, headers=sent, redirect=False, retries=False)
        found = {name.lower(): value for name, value in answer.headers.items()}
        return Visited(answer.status, found, answer.data.decode())


@contextmanager
def serve(ports: WebPorts, settings: WebSettings = SETTINGS) -> Generator[Site]:
    """Serve the web room on a port of its own, in a thread, until the block ends."""
    config = uvicorn.Config(web_app(settings, ports), host="127.0.0.1", port=0, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Site(f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(10)
