"""Limits: how much a project, a key, a user or a session may ask through the proxy."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.access import Catalog, Limit, Measure, Per, Window
from headwater.errors import BadRequest, HeadwaterError
from headwater.web.desk import Desk, Visitor
from headwater.web.forms import Form, read_form, said
from headwater.web.kept import keys_kept, limit_kept, limit_of, limits_kept, remove_limit
from headwater.web.pages.settings.frame import (
    LIMITS,
    NOTHING_TYPED,
    Typed,
    ask_catalog,
    asked_first,
    attempt,
    framed,
    refused,
)
from headwater.web.rendering import Renderer

_FIELDS = ("measure", "amount", "window", "per", "key_id")
MEASURES: Mapping[str, str] = {
    "requests": "Calls",
    "tokens": "Tokens, asked and answered together",
    "cost_usd": "US dollars",
    "concurrent": "Calls at one moment",
}
"""What can be limited, in words."""

WINDOWS: Mapping[str, str] = {"minute": "a minute", "hour": "an hour", "day": "a day", "month": "a month"}
"""What a limit starts anew with, in words."""

PERS: Mapping[str, str] = {"all": "All together", "user": "Each user", "session": "Each session"}
"""Whose calls are counted apart, in words."""


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    measure: Measure
    amount: float
    window: Window = ""
    per: Per = "all"
    key_id: str = ""


async def limits_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /settings/limits."""
    return await _page(desk, renderer, request, await desk.signed_in(request))


async def add_limit(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /settings/limits."""
    visitor, form = await desk.changer(request), await read_form(request)
    added = await attempt(desk, lambda catalog: _added(catalog, visitor.project, form))
    if isinstance(added, HeadwaterError):
        return await _page(desk, renderer, request, visitor, refused("add", form, added, _FIELDS, ""))
    return said(renderer.here(request, visitor).link(LIMITS), f"Held within seconds: {limit_kept(added, {}).words}")


async def remove_limit_question(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /settings/limits/{limit_id}/remove."""
    visitor, limit_id = await desk.signed_in(request), request.path_params["limit_id"]
    limit = await ask_catalog(desk, lambda catalog: limit_of(catalog, visitor.project, limit_id))
    return asked_first(
        renderer,
        request,
        renderer.here(request, visitor),
        title="Remove this limit?",
        says=f"No call is refused any more for it: {limit.words}. What it has counted is forgotten.",
        button="Remove the limit",
        back=LIMITS,
    )


async def drop_limit(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /settings/limits/{limit_id}/remove."""
    visitor, limit_id = await desk.changer(request), request.path_params["limit_id"]
    gone = await ask_catalog(desk, lambda catalog: remove_limit(catalog, visitor.project, limit_id))
    return said(renderer.here(request, visitor).link(LIMITS), f"Removed: {gone.words}")


def _added(catalog: Catalog, project: str, form: Form) -> Limit:
    asked = _read(form)
    return catalog.add_limit(
        project,
        measure=asked.measure,
        amount=asked.amount,
        window=asked.window,
        per=asked.per,
        key_id=asked.key_id,
    )


def _read(form: Form) -> _Asked:
    measure, amount = form.one("measure", "requests"), form.one("amount").replace(",", "").replace(" ", "")
    # Calls at one moment are counted in no window, whatever the other choice says.
    window = "" if measure == "concurrent" else form.one("window", "minute")
    given: dict[str, Any] = {"measure": measure, "window": window, "per": form.one("per", "all")}
    try:
        return msgspec.convert({**given, "amount": float(amount), "key_id": form.one("key_id")}, _Asked)
    except ValueError as error:
        if isinstance(error, msgspec.ValidationError):
            raise BadRequest(f"the form holds a word that nothing here knows: {error}") from error
        raise BadRequest(f"amount {amount[:40]!r} is no number: write it in digits") from error


async def _page(
    desk: Desk, renderer: Renderer, request: Request, visitor: Visitor, typed: Typed = NOTHING_TYPED
) -> Response:
    here = renderer.here(request, visitor)
    limits = await ask_catalog(desk, lambda catalog: limits_kept(catalog, visitor.project))
    keys = await ask_catalog(desk, lambda catalog: keys_kept(catalog, visitor.project))
    values = {
        **framed(here),
        "limits": limits,
        "measures": MEASURES,
        "windows": WINDOWS,
        "pers": PERS,
        "keys": {"": "The whole project", **{key.id: f"Key “{key.name}”" for key in keys if key.revoked is None}},
        "typed": typed,
    }
    return renderer.page("settings/limits.html", here, values, typed.status)
