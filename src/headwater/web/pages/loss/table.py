"""The table of the pages beside the health page."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from headwater.web.desk import Desk
from headwater.web.pages.loss.attributes import attributes_page
from headwater.web.pages.loss.deliveries import deliveries_page, instance_page
from headwater.web.pages.loss.frame import ATTRIBUTES, DELIVERIES, LOADING, QUARANTINE
from headwater.web.pages.loss.loading import load_again, loading_page
from headwater.web.pages.loss.quarantine import (
    after_signing_in,
    discard,
    discard_question,
    held_body,
    held_page,
    quarantine_page,
    retry_all,
    retry_one,
)
from headwater.web.rendering import Renderer

LOSS_PAGES: tuple[tuple[str, str, Callable[[Desk, Renderer, Request], Awaitable[Response]]], ...] = (
    ("GET", DELIVERIES, deliveries_page),
    ("GET", f"{DELIVERIES}/{{instance}}", instance_page),
    ("GET", QUARANTINE, quarantine_page),
    ("POST", f"{QUARANTINE}/retry", retry_all),
    ("GET", f"{QUARANTINE}/retry", after_signing_in),
    ("GET", f"{QUARANTINE}/{{held_id}}", held_page),
    ("GET", f"{QUARANTINE}/{{held_id}}/body", held_body),
    ("GET", f"{QUARANTINE}/{{held_id}}/retry", after_signing_in),
    ("POST", f"{QUARANTINE}/{{held_id}}/retry", retry_one),
    ("GET", f"{QUARANTINE}/{{held_id}}/discard", discard_question),
    ("POST", f"{QUARANTINE}/{{held_id}}/discard", discard),
    ("GET", LOADING, loading_page),
    ("POST", LOADING, load_again),
    ("GET", ATTRIBUTES, attributes_page),
)
