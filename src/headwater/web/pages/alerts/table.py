"""The table of the pages of alerts."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from headwater.web.desk import Desk
from headwater.web.pages.alerts.channels import (
    CHANNELS,
    add_channel,
    channels_page,
    remove_channel,
    remove_channel_question,
    try_one,
)
from headwater.web.pages.alerts.lists import PLACE, alert_spark, alerts_page, back, firing_badge
from headwater.web.pages.alerts.one import (
    CHART,
    NEW,
    add_alert,
    alert_page,
    new_alert_page,
    remove_alert,
    remove_alert_question,
    save_alert,
    silence_alert,
    try_alert,
    would_piece,
)
from headwater.web.rendering import Renderer

_ONE = f"{PLACE}/{{alert_id}}"
_CHANNEL = f"{CHANNELS}/{{channel_id}}"

ALERT_PAGES: tuple[tuple[str, str, Callable[[Desk, Renderer, Request], Awaitable[Response]]], ...] = (
    ("GET", PLACE, alerts_page),
    ("POST", PLACE, add_alert),
    ("GET", f"{PLACE}/firing", firing_badge),
    ("GET", NEW, new_alert_page),
    ("GET", CHART, would_piece),
    ("GET", CHANNELS, channels_page),
    ("POST", CHANNELS, add_channel),
    ("GET", f"{_CHANNEL}/test", back),
    ("POST", f"{_CHANNEL}/test", try_one),
    ("GET", f"{_CHANNEL}/remove", remove_channel_question),
    ("POST", f"{_CHANNEL}/remove", remove_channel),
    ("GET", _ONE, alert_page),
    ("POST", _ONE, save_alert),
    ("GET", f"{_ONE}/spark", alert_spark),
    ("GET", f"{_ONE}/silence", back),
    ("POST", f"{_ONE}/silence", silence_alert),
    ("GET", f"{_ONE}/test", back),
    ("POST", f"{_ONE}/test", try_alert),
    ("GET", f"{_ONE}/remove", remove_alert_question),
    ("POST", f"{_ONE}/remove", remove_alert),
)
"""Method, path, view."""
