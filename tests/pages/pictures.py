"""Pictures of every page, to be looked at: `python -m tests.pages.pictures FOLDER`."""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from headwater.clock import now_ns
from tests.pages.browser import Browser, browser
from tests.pages.sample_project import AGENT_TRACE, GIANT_TRACE, TOKEN, sample_ports, sample_spans
from tests.pages.site import serve

PAGES = {
    "overview": "/overview?range=24h",
    "overview-split": "/overview?range=24h&by=model",
    "models": "/models",
    "traces": "/traces?range=7d",
    "narrowed": "/traces?range=7d&model=gpt-5&user=mira.holt&min_duration_ms=1000",
    "columns": "/traces?range=7d&column=time&column=cost&column=errors&column=tags&column=service&column=output",
    "calls": "/calls?range=7d",
    "trace": f"/traces/{AGENT_TRACE}",
    "call": f"/traces/{AGENT_TRACE}?span=a00000000000000c",
    "error": f"/traces/{AGENT_TRACE}?span=a000000000000009",
    "giant": f"/traces/{GIANT_TRACE}",
    "sessions": "/sessions",
    "session": "/sessions/chat-88213",
    "errors": "/errors?range=7d",
    "tools": "/tools?range=7d",
    "scores": "/scores?range=30d",
    "prices": "/prices?range=7d",
    "alerts": "/alerts",
    "users": "/users",
    "query": "/query",
    "queried": "/query?sql=SELECT+trace_id,+count()+AS+spans+FROM+spans+GROUP+BY+trace_id",
    "refused": "/query?sql=DROP+TABLE+spans",
    "health": "/server/health",
    "settings": "/settings",
    "settings-keys": "/settings/keys",
    "settings-providers": "/settings/providers",
    "settings-provider": "/settings/providers/openai",
    "settings-limits": "/settings/limits",
    "settings-projects": "/settings/projects",
    "settings-server": "/settings/server",
    "start": "/traces?project=lab",
    "missing": "/traces/ffff",
    "login": "/login",
}
SCREENS = ((1280, 800), (390, 844))


def take_pictures(window: Browser, address: str, folder: Path, pages: Mapping[str, str] = PAGES) -> list[Path]:
    """Take a picture of each page, wide and narrow, light and dark; return where they are."""
    window.look(1280, 800, "light")
    window.open(f"{address}/login?token={TOKEN}")
    taken: list[Path] = []
    for name, path in pages.items():
        window.open(address + path)
        for width, height in SCREENS:
            for theme in ("light", "dark"):
                window.look(width, height, theme)
                taken.append(folder / f"{name}-{width}-{theme}.png")
                window.picture(taken[-1])
    return taken


def main(folder: Path) -> None:
    """Serve the sample project and take its pictures."""
    now = now_ns()
    ports = sample_ports(now, list(sample_spans(now, with_giant=True)))
    with tempfile.TemporaryDirectory() as profile, browser(Path(profile)) as window, serve(ports) as site:
        take_pictures(window, site.address, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
