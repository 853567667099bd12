"""Server: every setting in force, with its variable and who said so. Nothing of it can be changed while it runs."""

import itertools

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.web.desk import Desk
from headwater.web.pages.settings.frame import SERVER, framed
from headwater.web.rendering import Renderer
from headwater.web.setup import SettingShown
from headwater.web.shown.numbers import size, span_of_seconds

_LEAST_SHORTENED = {"_BYTES": 1024, "_S": 60}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A setting as it is drawn; `short` is its value in a larger unit, "" where that says nothing more."""

    setting: SettingShown
    short: str


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one room."""

    name: str
    lines: tuple[Line, ...]


async def server_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /settings/server?only=set."""
    visitor = await desk.signed_in(request)
    here, settings = renderer.here(request, visitor), desk.ports.setup().settings
    given = [setting for setting in settings if setting.origin != "default"]
    is_narrow = request.query_params.get("only") == "set"
    by_variable = {setting.variable: setting.value for setting in settings}
    values = {
        **framed(here),
        "rooms": _rooms(given if is_narrow else settings),
        "count": len(settings),
        "count_given": len(given),
        "is_narrow": is_narrow,
        "every": here.link(SERVER),
        "given": here.link(SERVER, only="set"),
        "keep": _short("_S", by_variable.get("HEADWATER_JOURNAL_KEEP_S", "")),
        "cap": _short("_BYTES", by_variable.get("HEADWATER_JOURNAL_CAP_BYTES", "")),
    }
    return renderer.page("settings/server.html", here, values)


def _rooms(settings: tuple[SettingShown, ...] | list[SettingShown]) -> list[Room]:
    return [
        Room(name=name, lines=tuple(Line(setting=each, short=_shortened(each)) for each in group))
        for name, group in itertools.groupby(settings, lambda setting: setting.room)
    ]


def _shortened(setting: SettingShown) -> str:
    unit = next((unit for unit in _LEAST_SHORTENED if setting.variable.endswith(unit)), "")
    return _short(unit, setting.value) if unit else ""


def _short(unit: str, value: str) -> str:
    """Return a number of bytes or seconds in a unit that people use, "" for one that is small already."""
    try:
        number = float(value)
    except ValueError:
        return ""
    if number < _LEAST_SHORTENED[unit]:
        return ""
    return size(int(number)) if unit == "_BYTES" else span_of_seconds(number)
