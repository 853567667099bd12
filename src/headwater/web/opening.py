"""The app, opened late: its framework takes 20 MB in every process that imports it, and only an edge needs it."""

from typing import TYPE_CHECKING

from headwater.web.ports import WebPorts
from headwater.web.settings import WebSettings

if TYPE_CHECKING:
    from fastapi import FastAPI


def web_app(settings: WebSettings, ports: WebPorts) -> "FastAPI":
    """Return pages and API as one app. Nothing is asked and no thread started before the first request."""
    from headwater.web.app import web_app as opened

    return opened(settings, ports)


def api_app(settings: WebSettings, ports: WebPorts) -> "FastAPI":
    """Return the JSON API alone."""
    from headwater.web.app import api_app as opened

    return opened(settings, ports)
