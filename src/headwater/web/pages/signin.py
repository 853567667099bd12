"""Signing in with a one-time link, and out again."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headwater.web.desk import COOKIE, Desk, refuse_cross_origin
from headwater.web.rendering import Renderer


async def login_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /login: redeems ?token=, or says how to come by one. Only a GET redeems: a HEAD is a link checker's."""
    token = request.query_params.get("token", "").strip()
    following = own_address(request.query_params.get("next", ""))
    cookie = None
    if token and request.method == "GET":
        cookie = await desk.asker.ask(lambda: desk.ports.redeem_login(token))
    if cookie is None:
        days = max(1, desk.settings.session_s // 86400)
        values = {"is_refused": bool(token), "next": following, "days": days}
        return renderer.page("login.html", renderer.here(request, None), values, 403 if token else 200)
    response = RedirectResponse(following or "/overview", status_code=303)
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=desk.settings.session_s,
        httponly=True,
        samesite="lax",
        secure=desk.settings.secure_cookies or request.url.scheme == "https",
    )
    return response


async def logout(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /logout."""
    refuse_cross_origin(request)
    cookie = request.cookies.get(COOKIE, "")
    if cookie:
        await desk.asker.ask(lambda: desk.ports.logout(cookie))
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


def own_address(text: str) -> str:
    """Return an address that stays within this server, "" for any other: `//host` and `/\\host` lead elsewhere."""
    is_own = text.startswith("/") and not text.startswith(("//", "/\\")) and all(32 < ord(each) < 127 for each in text)
    return text if is_own and not text.startswith(("/login", "/logout")) else ""
