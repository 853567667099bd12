"""The channels that alerts tell: those there are, one more, a test of one, and the end of one."""

from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response

from headwater.access import Address
from headwater.errors import BadRequest, HeadwaterError
from headwater.web.alerting import channel_shown
from headwater.web.api.alerts import try_channel
from headwater.web.desk import Desk, Visitor
from headwater.web.forms import Form, read_form, said
from headwater.web.pages.alerts.lists import PLACE
from headwater.web.rendering import Renderer

CHANNELS = f"{PLACE}/channels"
_KINDS = {"slack": "Slack, or what takes its messages", "webhook": "Webhook", "email": "E-mail"}


async def channels_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /alerts/channels."""
    return await _page(desk, renderer, request, await desk.signed_in(request))


async def add_channel(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /alerts/channels."""
    visitor, form = await desk.changer(request), await read_form(request)
    address = Address(
        url=form.one("url"), secret=form.one("secret"), to=tuple(form.one("to").replace(",", " ").split())
    )
    kind: Any = form.one("kind")
    channels = desk.ports.catalog.alerts.channels
    try:
        made = await desk.asker.ask(lambda: channels.add(visitor.project, form.one("name"), kind, address))
    except BadRequest as error:
        return await _page(desk, renderer, request, visitor, form, error)
    return said(renderer.here(request, visitor).link(CHANNELS), f"The channel “{made.name}” is there: send it a test")


async def try_one(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /alerts/channels/{channel_id}/test: sends a test now and says what the channel answered."""
    visitor = await desk.changer(request)
    here, channel_id = renderer.here(request, visitor), request.path_params["channel_id"]
    try:
        tried = await try_channel(desk, visitor, channel_id)
        words = f"{'It took the test' if tried.is_good else 'It did not take the test'}: {tried.answer}"
    except HeadwaterError as error:
        words = str(error)
    return said(here.link(CHANNELS), words)


async def remove_channel_question(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /alerts/channels/{channel_id}/remove."""
    visitor = await desk.signed_in(request)
    here, channel_id = renderer.here(request, visitor), request.path_params["channel_id"]
    catalog = desk.ports.catalog
    channel, _ = await desk.asker.ask(lambda: catalog.alerts.channels.opened(channel_id, visitor.project))
    rules = await desk.asker.ask(lambda: catalog.alerts.rules.all(visitor.project))
    telling = [rule.name for rule in rules if channel_id in rule.channels]
    values = {
        "heading": f"Delete the channel “{channel.name}”?",
        "says": f"Told by {', '.join(telling)}; they tell it no more." if telling else "No alert tells it.",
        "button": "Delete the channel",
        "back": here.link(CHANNELS),
    }
    return renderer.page("alerts/confirm.html", here, values)


async def remove_channel(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /alerts/channels/{channel_id}/remove."""
    visitor = await desk.changer(request)
    channel_id = cast("str", request.path_params["channel_id"])
    channels = desk.ports.catalog.alerts.channels
    gone = await desk.asker.ask(lambda: channels.remove(visitor.project, channel_id))
    return said(renderer.here(request, visitor).link(CHANNELS), f"The channel “{gone.name}” is deleted")


async def _page(
    desk: Desk,
    renderer: Renderer,
    request: Request,
    visitor: Visitor,
    form: Form | None = None,
    error: BadRequest | None = None,
) -> Response:
    catalog = desk.ports.catalog
    channels = await desk.asker.ask(lambda: catalog.alerts.channels.all(visitor.project))
    rules = await desk.asker.ask(lambda: catalog.alerts.rules.all(visitor.project))
    field, _, words = str(error).partition(": ") if error is not None else ("", "", "")
    typed = dict(form.as_typed) if form is not None else {}
    values: dict[str, Any] = {
        "channels": [channel_shown(channel) for channel in channels],
        "telling": {channel.id: sum(channel.id in rule.channels for rule in rules) for channel in channels},
        "kinds": _KINDS,
        # A secret is not filled in again.
        "typed": {name: value for name, value in typed.items() if name not in ("url", "secret")},
        "wrong": {field: words} if error is not None else {},
    }
    return renderer.page("alerts/channels.html", renderer.here(request, visitor), values, 200 if error is None else 400)
