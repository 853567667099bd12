"""The switch of the theme, for browsers that run no script."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headwater.web.desk import Desk, refuse_cross_origin
from headwater.web.forms import read_form
from headwater.web.pages.signin import own_address
from headwater.web.rendering import Renderer
from headwater.web.themes import keep_theme


async def theme_switch(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /theme: keeps a theme in the browser and goes back to where it was chosen."""
    refuse_cross_origin(request)
    form = await read_form(request)
    response = RedirectResponse(own_address(form.one("next")) or "/overview", status_code=303)
    keep_theme(response, form.one("theme"))
    return response
