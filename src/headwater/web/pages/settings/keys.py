"""Keys: those of a project, one more, one that another product made, and the end of one."""

from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from headwater.access import KEY_FORMATS, KeyFormat
from headwater.errors import BadRequest, HeadwaterError
from headwater.web.desk import Desk, Visitor
from headwater.web.forms import read_form, said
from headwater.web.kept import KeyMade, key_made, key_of, keys_kept, revoke_key
from headwater.web.pages.settings.frame import (
    KEYS,
    NOTHING_TYPED,
    Typed,
    ask_catalog,
    asked_first,
    attempt,
    framed,
    refused,
)
from headwater.web.rendering import Renderer


async def keys_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /settings/keys."""
    return await _page(desk, renderer, request, await desk.signed_in(request))


async def create_key(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /settings/keys: makes a key and shows the page once with it."""
    visitor, form = await desk.changer(request), await read_form(request)
    wanted = key_format(form.one("format", "headwater"))
    made = await attempt(desk, lambda catalog: catalog.create_key(visitor.project, form.one("name"), wanted))
    if isinstance(made, HeadwaterError):
        return await _page(desk, renderer, request, visitor, refused("create", form, made, (), "name"))
    return await _page(desk, renderer, request, visitor, made=key_made(made))


async def take_over_key(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /settings/keys/take-over: lets a key that another product made open the project."""
    visitor, form = await desk.changer(request), await read_form(request)
    name, presented = form.one("name"), form.one("key")
    made = await attempt(desk, lambda catalog: catalog.take_over_key(visitor.project, name, presented))
    if isinstance(made, HeadwaterError):
        field = "name" if "is no name" in str(made) else "key"
        return await _page(desk, renderer, request, visitor, refused("take_over", form, made, (), field))
    here = renderer.here(request, visitor)
    return said(here.link(KEYS), f"The key {made.prefix}… opens this project too, within seconds")


async def revoke_question(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /settings/keys/{key_id}/revoke."""
    visitor = await desk.signed_in(request)
    key_id = request.path_params["key_id"]
    key = await ask_catalog(desk, lambda catalog: key_of(catalog, visitor.project, key_id))
    return asked_first(
        renderer,
        request,
        renderer.here(request, visitor),
        title=f"Revoke the key “{key.name}”?",
        says=f"Programs that hold {key.prefix}… are refused within seconds, and keep what they could not send only for"
        " a while. A revoked key cannot be brought back; its traces stay.",
        button="Revoke the key",
        back=KEYS,
    )


async def revoke(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /settings/keys/{key_id}/revoke."""
    visitor = await desk.changer(request)
    key_id = request.path_params["key_id"]
    key = await ask_catalog(desk, lambda catalog: revoke_key(catalog, visitor.project, key_id))
    return said(renderer.here(request, visitor).link(KEYS), f"The key “{key.name}” is revoked")


def key_format(word: str) -> KeyFormat:
    """Read a key's format; raises BadRequest."""
    if word not in KEY_FORMATS:
        raise BadRequest(f"format: {word[:40]!r} is none of {', '.join(KEY_FORMATS)}")
    return cast("KeyFormat", word)


async def _page(
    desk: Desk,
    renderer: Renderer,
    request: Request,
    visitor: Visitor,
    typed: Typed = NOTHING_TYPED,
    made: KeyMade | None = None,
) -> Response:
    here = renderer.here(request, visitor)
    keys = await ask_catalog(desk, lambda catalog: keys_kept(catalog, visitor.project))
    values = {
        **framed(here),
        "good": [key for key in keys if key.revoked is None],
        "revoked": [key for key in keys if key.revoked is not None],
        "key_formats": KEY_FORMATS,
        "typed": typed,
        "made": made,
    }
    return renderer.page("settings/keys.html", here, values, typed.status)
