"""Rendering: the templates, the words that they know, and the answer that carries a page."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from headwater.clock import now_ns
from headwater.web.desk import Visitor
from headwater.web.forms import SAID_COOKIE, heard
from headwater.web.places import HEALTH as HEALTH
from headwater.web.places import Group, groups_at, is_place
from headwater.web.ports import Person, ProjectListed
from headwater.web.shown import breaks, colours, conversation, numbers, times
from headwater.web.themes import theme_of

STATIC = Path(__file__).parent / "static"
_LONGEST_JSON = 60_000


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page is and for whom: what every template may use."""

    here: str
    path: str
    version: str
    now_ns: int
    said: str = ""
    theme: str = ""
    has_tour: bool = False
    project: str = ""
    person: Person | None = None
    projects: tuple[ProjectListed, ...] = ()

    @property
    def groups(self) -> tuple[Group, ...]:
        """The navigation."""
        return groups_at(self.path)

    @property
    def project_name(self) -> str:
        """What the project is called."""
        return next((project.name for project in self.projects if project.id == self.project), self.project)

    @property
    def carries_project(self) -> bool:
        """Whether addresses must name the project: those of the first one need not."""
        return bool(self.projects) and self.project != self.projects[0].id

    def switch(self, project: str) -> str:
        """Return where another project is looked at: this page, or its overview where the page is of one thing."""
        return f"{self.path if is_place(self.path) else '/overview'}?{urlencode({'project': project})}"

    def link(self, path: str, **query: Any) -> str:
        """Return an address of ours within this project; empty values are left out."""
        return self.link_pairs(path, ((name, str(value)) for name, value in query.items() if value not in ("", None)))

    def link_pairs(self, path: str, pairs: Iterable[tuple[str, str]]) -> str:
        """Return an address of ours; names may be given more than once."""
        given = [(name, value) for name, value in pairs if name != "project"]
        if self.carries_project:
            given.insert(0, ("project", self.project))
        return f"{path}?{urlencode(given)}" if given else path


class Renderer:
    """Draws pages. Templates are strict: a name they do not know is an error, not an empty place."""

    def __init__(self, has_tour: bool = False) -> None:
        self._version = own_version()
        self._has_tour = has_tour
        self._environment = Environment(
            loader=PackageLoader("headwater.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(_FILTERS)
        self._environment.filters["static"] = _static_address(STATIC)

    def here(self, request: Request, visitor: Visitor | None) -> Here:
        """Say where a request is."""
        query, path = request.url.query, request.url.path
        whole = f"{path}?{query}" if query else path
        here = Here(
            here=whole,
            path=path,
            version=self._version,
            now_ns=now_ns(),
            said=heard(request),
            theme=theme_of(request),
            has_tour=self._has_tour,
        )
        if visitor is None:
            return here
        known = {"project": visitor.project, "person": visitor.person, "projects": visitor.projects}
        return msgspec.structs.replace(here, **known)

    def page(self, template: str, here: Here, values: Mapping[str, Any], status: int = 200) -> HTMLResponse:
        """Draw a template as an answer."""
        response = HTMLResponse(self.text(template, here, values), status_code=status)
        if here.said:
            response.delete_cookie(SAID_COOKIE, httponly=True, samesite="lax")
        return response

    def text(self, template: str, here: Here, values: Mapping[str, Any]) -> str:
        """Draw a template."""
        return self._environment.get_template(template).render(values, here=here)


def own_version() -> str:
    """Return the version of the installed package, "" where it is not installed."""
    try:
        return version("headwater")
    except PackageNotFoundError:
        return ""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_JSON else text[:_LONGEST_JSON] + "…"


def _line(text: str) -> str:
    return " ".join(text[:300].split())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _price(usd_per_million: float) -> str:
    return f"${usd_per_million:,.4f}".rstrip("0").rstrip(".") if usd_per_million % 1 else f"${usd_per_million:,.0f}"


_FILTERS: dict[str, Callable[..., Any]] = {
    "count": numbers.count,
    "exact": numbers.exact,
    "rate": numbers.rate,
    "cost": numbers.cost,
    "exact_cost": numbers.exact_cost,
    "price": _price,
    "duration": numbers.duration,
    "per": numbers.per,
    "seconds": numbers.span_of_seconds,
    "size": numbers.size,
    "ago": times.ago,
    "absolute": times.absolute,
    "moment": times.moment,
    "json_tokens": colours.json_tokens,
    "plain": conversation.plain,
    "flat": conversation.flat,
    "share_of": numbers.share,
    "figure": numbers.figure,
    "why": breaks.why,
    "lost": breaks.lost,
    "capital": _capital,
    "line": _line,
    "short": _short,
}


def _static_address(folder: Path) -> Callable[[str], str]:
    """Addresses that change with the file, so that a browser may keep it for good."""
    marks = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in folder.rglob("*")
        if path.is_file()
    }
    return lambda name: f"/static/{name}?v={marks[name]}"
