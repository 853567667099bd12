"""The start: what to paste, filled in for this server, and the wait for what it sends."""

from typing import Any

from starlette.requests import Request

from headwater.web.desk import Desk
from headwater.web.kept import KeyMade
from headwater.web.rendering import Here
from headwater.web.shown.snippets import ways
from headwater.web.shown.times import rfc3339

PLACE = "/settings"
WAITING = "/settings/waiting"


def start(desk: Desk, request: Request, here: Here, made: KeyMade | None = None) -> dict[str, Any]:
    """Return what `parts/start.html` needs: the ways to send, with a key that was made just now, and the wait."""
    base_url = address_of(desk, request)
    shown = ways(base_url, here.project, made.key if made else "")
    chosen = request.query_params.get("with", "")
    return {
        "base_url": base_url,
        "ways": shown,
        "way": chosen if chosen in {way.id for way in shown} else shown[0].id,
        "made": made,
        "waiting": here.link(WAITING, since=rfc3339(here.now_ns)),
    }


def address_of(desk: Desk, request: Request) -> str:
    """Return the address of this server as its users reach it."""
    return (desk.settings.base_url or str(request.base_url)).rstrip("/")
