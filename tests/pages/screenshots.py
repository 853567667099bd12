"""Pictures of the demo's pages for docs/screenshots, light and dark, wide and narrow: `make screenshots`.

Ports are free ones and the data goes to a temporary folder, so a demo that runs already is not in the way.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from tests.pages.browser import Browser, browser, free_port
from tests.pages.small_png import small_picture

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
LOOKS = ((1280, 860, "light"), (1280, 860, "dark"), (390, 844, "light"), (390, 844, "dark"))
_START_S = 180
_SQL = """SELECT toStartOfMinute(start_time) AS minute, model, count() AS calls, sum(cost_usd) AS usd
FROM calls GROUP BY minute, model ORDER BY minute"""
PAGES = {
    "overview": "/overview?range=1h",
    "traces": "/traces?range=1h",
    "calls": "/calls?range=1h",
    "sessions": "/sessions?range=1h",
    "users": "/users?range=1h",
    "models": "/models?range=1h",
    "tools": "/tools?range=1h",
    "scores": "/scores?range=1h",
    "errors": "/errors?range=1h",
    "query": f"/query?sql={quote(_SQL)}",
    "prices": "/prices",
    "alerts": "/alerts",
    "health": "/server/health",
    "settings": "/settings",
}


@contextmanager
def demo(folder: Path) -> Generator[str]:
    """Run the demo, without its tour's offer in the way; give its login link."""
    ports = ["--port", str(free_port()), "--otlp-port", str(free_port()), "--grpc-port", "0"]
    command = [str(Path(sys.executable).with_name("headwater")), "demo", "--data", str(folder / "data"), *ports]
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"http://\S+/login\?token=\S+", line):
                yield found.group()
                break
        else:
            raise AssertionError("the demo ended before it had a login link")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def found_in(window: Browser) -> Mapping[str, str]:
    """Addresses of a trace of two agents, of its call, and of a session, as the demo's data has them today."""
    api = "/api/headwater/v1"
    asked = f"fetch('{api}/traces?user=jonas&range=all').then(answer => answer.json())"
    trace = str(window.promised(asked)["items"][0]["trace_id"])
    asked = f"fetch('{api}/calls?trace={trace}&range=all').then(answer => answer.json())"
    call = str(window.promised(asked)["items"][0]["span_id"])
    asked = f"fetch('{api}/sessions?range=all&sort=-traces').then(answer => answer.json())"
    session = str(window.promised(asked)["items"][0]["session_id"])
    return {
        "trace": f"/traces/{trace}",
        "call": f"/traces/{trace}?span={call}",
        "session": f"/sessions/{quote(session)}",
    }


def take(window: Browser, login: str, folder: Path) -> Iterator[Path]:
    """Take the pictures, one after the other."""
    address = login.partition("/login")[0]
    window.look(1280, 860, "light")
    window.open(login)
    window.run("localStorage.setItem('headwater.tour.over', 'yes')")
    for name, path in {**PAGES, **found_in(window)}.items():
        for width, height, theme in LOOKS:
            window.look(width, height, theme)
            window.open(address + path)
            window.wait("!document.querySelector('.htmx-request') && document.fonts.status === 'loaded'")
            picture = folder / f"{name}-{'wide' if width > 600 else 'phone'}-{theme}.png"
            small_picture(window, picture)
            yield picture


def main(folder: Path = FOLDER) -> None:
    """Start the demo and take all pictures of it."""
    with tempfile.TemporaryDirectory() as place, demo(Path(place)) as login, browser(Path(place)) as window:
        taken = list(take(window, login, folder))
    size = sum(path.stat().st_size for path in taken)
    sys.stdout.write(f"{len(taken)} pictures in {folder}, {size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
