"""A real browser, driven over the W3C WebDriver protocol: Debian's chromedriver, and nothing between it and us."""

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_KEYS = {
    "enter": "\ue007",
    "escape": "\ue00c",
    "tab": "\ue004",
    "control": "\ue009",
    "down": "\ue015",
    "up": "\ue013",
    "left": "\ue012",
    "right": "\ue014",
}
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)


class Browser:
    """One window."""

    def __init__(self, http: urllib3.HTTPConnectionPool, session: str) -> None:
        self._http = http
        self._session = session

    def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Give a command; raises AssertionError with the driver's words where it fails."""
        given = json.dumps(body if body is not None else {}).encode() if method == "POST" else None
        answer = self._http.request(method, f"/session/{self._session}{path}", body=given, timeout=60)
        value = json.loads(answer.data)["value"]
        assert answer.status == 200, f"{method} {path}: {value}"
        return value

    def chrome(self, command: str, **parameters: Any) -> Any:
        """Give a command of the DevTools protocol."""
        return self.send("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, address: str) -> None:
        """Go to an address and wait until it is loaded."""
        self.send("POST", "/url", {"url": address})

    def run(self, script: str) -> Any:
        """Return what a script returns."""
        return self.send("POST", "/execute/sync", {"script": script, "args": []})

    def promised(self, expression: str) -> Any:
        """Return what a promise comes to."""
        script = f"const done = arguments[0]; ({expression}).then(done, error => done(String(error)))"
        return self.send("POST", "/execute/async", {"script": script, "args": []})

    def wait(self, condition: str, seconds: float = 10) -> Any:
        """Wait until an expression holds, and return it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := self.run(f"return {condition}"):
                return found
            time.sleep(0.03)
        raise AssertionError(f"in {seconds} s it did not come true that {condition}")

    def click(self, selector: str) -> None:
        """Click the first element that a CSS selector finds."""
        found = self.send("POST", "/element", {"using": "css selector", "value": selector})
        self.send("POST", f"/element/{found[_ELEMENT]}/click")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other: characters, or names such as enter."""
        strokes: list[dict[str, str]] = []
        for key in keys:
            character = _KEYS.get(key, key)
            strokes += [{"type": "keyDown", "value": character}, {"type": "keyUp", "value": character}]
        self._stroke(strokes)

    def chord(self, held: str, key: str) -> None:
        """Press a key while another is held."""
        first, second = _KEYS.get(held, held), _KEYS.get(key, key)
        self._stroke(
            [
                {"type": "keyDown", "value": first},
                {"type": "keyDown", "value": second},
                {"type": "keyUp", "value": second},
                {"type": "keyUp", "value": first},
            ]
        )

    def _stroke(self, strokes: list[dict[str, str]]) -> None:
        self.send("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]})

    def look(self, width: int, height: int, theme: str) -> None:
        """Become a screen of this size that prefers a theme, light or dark."""
        is_phone = width < 600
        self.chrome(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=is_phone
        )
        self.chrome("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])

    def picture(self, path: Path, whole: bool = False) -> None:
        """Write what is to be seen as PNG: the window, or the whole page."""
        taken = self.chrome("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(taken["data"]))

    def complaints(self) -> list[str]:
        """What the console complained of since it was last asked; an error answer is no complaint of the page's."""
        log = self.send("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in log if "Failed to load resource" not in entry["message"]]


@contextmanager
def browser(folder: Path) -> Generator[Browser]:
    """Start a browser with a profile of its own below `folder`; end it afterwards."""
    driver, chromium = shutil.which("chromedriver"), shutil.which("chromium")
    assert driver is not None, "no chromedriver: apt-get install chromium-driver"
    assert chromium is not None, "no chromium: apt-get install chromium"
    port = free_port()
    process = subprocess.Popen([driver, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    http = urllib3.HTTPConnectionPool("127.0.0.1", port, retries=urllib3.Retry(30, backoff_factor=0.02))
    try:
        session = _begin(http, chromium, folder / "profile")
        window = Browser(http, session)
        yield window
        window.send("DELETE", "")
    finally:
        process.terminate()
        process.wait(timeout=20)
        http.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _begin(http: urllib3.HTTPConnectionPool, chromium: str, profile: Path) -> str:
    options = {"binary": chromium, "args": [*_QUIET, f"--user-data-dir={profile}"]}
    wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
    body = json.dumps({"capabilities": {"alwaysMatch": wanted}}).encode()
    answer = http.request("POST", "/session", body=body, timeout=60)
    value = json.loads(answer.data)["value"]
    assert answer.status == 200, value
    return str(value["sessionId"])
