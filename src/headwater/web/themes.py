"""Themes: light, dark, or as the system has it; kept in a cookie, so that a page comes in its colours at once."""

from starlette.requests import Request
from starlette.responses import Response

THEMES = ("light", "dark")
THEME_COOKIE = "headwater_theme"
_YEAR_S = 365 * 24 * 3600


def theme_of(request: Request) -> str:
    """Return the theme that this browser was told to keep, "" for the system's."""
    wanted = request.cookies.get(THEME_COOKIE, "")
    return wanted if wanted in THEMES else ""


def keep_theme(response: Response, theme: str) -> None:
    """Have the browser keep a theme; any other word is the system's. The pages' script reads and sets it too."""
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=_YEAR_S, samesite="lax")
    else:
        response.delete_cookie(THEME_COOKIE, samesite="lax")
