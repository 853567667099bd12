"""The frame of the settings pages: their places, refusals beside fields, and questions before something goes."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headwater.access import Catalog
from headwater.errors import BadRequest, HeadwaterError, NotFound
from headwater.web.desk import Desk
from headwater.web.forms import Form
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.remedies import at_a_page

KEYS = "/settings/keys"
PROVIDERS = "/settings/providers"
LIMITS = "/settings/limits"
PROJECTS = "/settings/projects"
SERVER = "/settings/server"
_PLACES = (
    ("Send data", "/settings"),
    ("Keys", KEYS),
    ("Providers", PROVIDERS),
    ("Limits", LIMITS),
    ("Projects", PROJECTS),
    ("Server", SERVER),
)

Answered = TypeVar("Answered")


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Why a form could not be done: which form of the page, which field of it ("" for the whole), and the reason."""

    form: str
    field: str
    words: str


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """A place of the settings."""

    name: str
    href: str
    is_current: bool


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What a page's forms are filled with: what was typed and refused, if anything was."""

    form: Form = Form(())
    refused: Refused | None = None

    def value(self, form: str, field: str, default: str = "") -> str:
        """Return what to fill a field with; secrets are not among what is filled in again."""
        is_again = self.refused is not None and self.refused.form == form
        return self.form.as_typed.get(field, default) if is_again else default

    def wrong(self, form: str, field: str) -> str:
        """Return what is wrong with a field, "" for nothing."""
        refused = self.refused
        return refused.words if refused is not None and (refused.form, refused.field) == (form, field) else ""

    @property
    def status(self) -> int:
        """The status of the page."""
        return 400 if self.refused is not None else 200


NOTHING_TYPED = Typed()


def refused(form_name: str, form: Form, error: HeadwaterError, fields: tuple[str, ...], otherwise: str) -> Typed:
    """Return a refusal, beside the field that it begins with, else beside `otherwise`."""
    first = str(error).partition(" ")[0]
    field = first if first in fields else otherwise
    return Typed(form=form, refused=Refused(form=form_name, field=field, words=at_a_page(str(error))))


async def ask_catalog(desk: Desk, question: Callable[[Catalog], Answered]) -> Answered:
    """Ask the catalog, in a thread."""
    return await desk.asker.ask(lambda: question(desk.ports.catalog))


async def attempt(desk: Desk, change: Callable[[Catalog], Answered]) -> Answered | HeadwaterError:
    """Change something; return the refusal where it cannot be done. What is not the form's fault is raised."""
    try:
        return await ask_catalog(desk, change)
    except (BadRequest, NotFound) as error:
        return error


def framed(here: Here) -> dict[str, Any]:
    """Return what every settings page needs."""
    tabs = tuple(Tab(name=name, href=here.link(path), is_current=_is_at(here.path, path)) for name, path in _PLACES)
    return {"tabs": tabs}


async def back_to_list(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET of an address that takes a form only: leads to the page of the form, for whoever comes from signing in."""
    visitor = await desk.signed_in(request)
    place = "/".join(request.url.path.split("/")[:3])
    return RedirectResponse(renderer.here(request, visitor).link(place), status_code=303)


def _is_at(path: str, place: str) -> bool:
    return path == place or (place != "/settings" and path.startswith(f"{place}/"))


def asked_first(
    renderer: Renderer, request: Request, here: Here, *, title: str, says: str, button: str, back: str
) -> Response:
    """Draw the question whether something is to go; its form posts to the same address."""
    values = {**framed(here), "heading": title, "says": says, "button": button, "back": here.link(back)}
    return renderer.page("settings/confirm.html", here, values)
