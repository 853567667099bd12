"""Desk: what every handler works with, made once for each app."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
from starlette.requests import Request

from headwater.errors import BadRequest, NotFound, Unauthorized
from headwater.query import Questions
from headwater.web.asking import Asker, Seats
from headwater.web.ports import Person, ProjectListed, WebPorts
from headwater.web.settings import WebSettings

COOKIE = "headwater_session"
KEY_HEADER = "x-headwater-key"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Answered = TypeVar("Answered")


class CrossOrigin(Exception):
    """Another site's page sent this request with a cookie of ours; answered 403."""


class NoProject(NotFound):
    """Somebody is signed in who may look at nothing yet; the page says what to do."""


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and about which project. `person` is None when a project key asks."""

    project: str
    person: Person | None = None
    projects: tuple[ProjectListed, ...] = ()


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """Settings, ports, the threads that questions are asked in, and the seats of those who follow a list."""

    settings: WebSettings
    ports: WebPorts
    asker: Asker
    seats: Seats

    async def ask(self, visitor: Visitor, question: Callable[[Questions], Answered]) -> Answered:
        """Put a question about the visitor's project, in a thread."""
        return await self.asker.ask(lambda: question(self.ports.questions(visitor.project)))

    async def signed_in(self, request: Request) -> Visitor:
        """Return the visitor of a browser session; raises Unauthorized, NotFound for a project that is not theirs."""
        cookie = request.cookies.get(COOKIE, "")
        person = await self.asker.ask(lambda: self.ports.person(cookie)) if cookie else None
        if person is None:
            raise Unauthorized("no browser session; open a login link, which 'headwater login' prints")
        refuse_cross_origin(request)
        projects = await self.asker.ask(lambda: self.ports.projects(person))
        return Visitor(project=_chosen(request, projects), person=person, projects=projects)

    async def visitor(self, request: Request) -> Visitor:
        """Return who presented a project key, or else a browser session; raises Unauthorized."""
        key = presented_key(request)
        if not key:
            return await self.signed_in(request)
        project = await self.asker.ask(lambda: self.ports.key_project(key))
        if project is None:
            raise Unauthorized("unknown or revoked project key; 'headwater keys' lists and makes them")
        wanted = request.query_params.get("project", "")
        if wanted not in ("", project):
            raise NotFound(f"this key does not open the project {wanted!r}; leave project out")
        return Visitor(project=project)

    async def changer(self, request: Request) -> Visitor:
        """Return the person who changes something; a project key, which programs carry about, may not."""
        if presented_key(request):
            raise Unauthorized("a project key sends and reads but changes nothing; use a browser session")
        return await self.signed_in(request)


def presented_key(request: Request) -> str:
    """Return the key in `x-headwater-key` or `Authorization: Bearer`, "" when there is none."""
    own = request.headers.get(KEY_HEADER, "").strip()
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return own or (token.strip() if scheme.lower() == "bearer" else "")


def refuse_cross_origin(request: Request) -> None:
    """Raise CrossOrigin when a browser says that another site's page makes it change something.

    Every browser of the last years sends Sec-Fetch-Site, older ones Origin; what sends neither is no browser, and
    nobody can make it send a cookie. Together with SameSite=Lax this takes the place of tokens in forms.
    """
    if request.method in _SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    is_own = site in ("same-origin", "none") if site else origin is None or _host(origin) == request.headers.get("host")
    if not is_own:
        raise CrossOrigin(f"refused a request that the page of another site made: {origin or site!r}")


def _host(origin: str) -> str:
    return origin.partition("://")[2]


def _chosen(request: Request, projects: tuple[ProjectListed, ...]) -> str:
    if not projects:
        raise NoProject("you may look at no project yet; 'headwater projects' makes one")
    wanted = request.query_params.get("project", "")
    if wanted and wanted not in {project.id for project in projects}:
        raise NotFound(f"no project {wanted!r} that you may look at")
    return wanted or projects[0].id


def read_int(text: str | None, field: str, default: int) -> int:
    """Read a whole number of a query string; raises BadRequest."""
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise BadRequest(f"{field}: {text[:40]!r} is not a whole number")
    return int(text)
