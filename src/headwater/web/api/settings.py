"""The routes of the settings: what a project's key or a person may read, and what a person may change.

No secret is in any answer but a new key in that to its making.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from headwater.access import Catalog, KeyFormat, Measure, Per, Upstream, Window
from headwater.web.api.answering import encoded
from headwater.web.api.schema import answers
from headwater.web.desk import Desk, presented_key
from headwater.web.kept import (
    KeyKept,
    KeyMade,
    LimitKept,
    ProjectKept,
    ProjectMade,
    SecretKept,
    UpstreamKept,
    key_made,
    keys_kept,
    limit_kept,
    limits_kept,
    project_kept,
    project_made,
    remove_limit,
    remove_upstream,
    revoke_key,
    secrets_kept,
    store_secret,
    upstream_of,
    upstreams_kept,
)
from headwater.web.setup import SettingShown

_Project = Annotated[str, Query(description="project id, with a browser session that sees several")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NewProject(_Body):
    """A project to make."""

    name: str = Field(max_length=400, description="what people will call it")


class ProjectChange(_Body):
    """What is to be otherwise about a project; what is not given stays."""

    name: str | None = Field(default=None, max_length=400, description="another name; the id stays")
    is_usage_injected: bool | None = Field(default=None, description="whether the proxy asks for usage in streams")


class WantedKey(_Body):
    """A key to make, or one of another product's to take over."""

    name: str = Field(max_length=400, description="what it is for, such as the program's name")
    format: KeyFormat = Field(default="headwater", description="how it begins; some clients look before they send")
    take_over: str | None = Field(
        default=None, max_length=2_000, description="a key that another product made, which is to open the project too"
    )


class WantedUpstream(_Body):
    """Where calls are to be sent on to."""

    name: str = Field(max_length=200, description="the first segment of its path")
    base_url: str = Field(max_length=1_000, description="where it is, such as https://llm.example.com/openai")
    provider: str = Field(
        default="", max_length=200, description="whose models it serves, where its host does not tell"
    )
    credential: Literal["bearer", "x-api-key", "api-key", "none"] = Field(
        default="bearer", description="the header that a stored secret travels in"
    )
    is_private_ok: bool = Field(default=False, description="whether it may lie at a private address")
    is_usage_injected: bool = Field(default=True, description="whether it is asked for usage in streams")
    for_every_project: bool = Field(default=False, description="whether every project reaches it")


class WantedSecret(_Body):
    """A provider's secret."""

    secret: str = Field(max_length=8_000, description="the provider's key alone, without a word before it")


class WantedLimit(_Body):
    """A bound on calls."""

    measure: Measure
    amount: float = Field(description="at most so many; dollars for cost_usd")
    window: Window = Field(default="", description="in each of these; none for concurrent")
    per: Per = Field(default="all", description="for all together, or each user or session by itself")
    key_id: str = Field(default="", max_length=40, description="of this key alone; of the whole project when not given")


def add_settings(router: APIRouter, desk: Desk) -> None:
    """Add the routes of projects, keys, upstreams, credentials, limits and the server's settings."""
    kept = _Kept(desk)
    _add_projects(router, kept)
    _add_keys(router, kept)
    _add_upstreams(router, kept)
    _add_credentials(router, kept)
    _add_limits(router, kept)
    _add_server(router, desk)


class _Kept:
    """The catalog as a request may ask and change it; both are given the visitor's project."""

    def __init__(self, desk: Desk) -> None:
        self.setup = desk.ports.setup
        self._desk = desk

    async def read(self, request: Request, question: Callable[[Catalog, str], Any]) -> Response:
        """Answer a project's key or a person."""
        visitor = await self._desk.visitor(request)
        return encoded(await self._desk.asker.ask(lambda: question(self._desk.ports.catalog, visitor.project)))

    async def change(self, request: Request, change: Callable[[Catalog, str], Any]) -> Response:
        """Do what a person wants."""
        visitor = await self._desk.changer(request)
        return encoded(await self._desk.asker.ask(lambda: change(self._desk.ports.catalog, visitor.project)))


def _add_projects(router: APIRouter, kept: _Kept) -> None:
    @router.get("/projects", **answers(tuple[ProjectKept, ...]))
    async def projects(request: Request) -> Response:
        """Every project, the oldest first; to a project's key, its own alone."""

        def own(catalog: Catalog, project: str) -> tuple[ProjectKept, ...]:
            is_person = not presented_key(request)
            return tuple(project_kept(each) for each in catalog.projects() if is_person or each.id == project)

        return await kept.read(request, own)

    @router.post("/projects", **answers(ProjectMade))
    async def create_project(request: Request, wanted: NewProject) -> Response:
        """Make a project. Its first key is in this answer only."""
        return await kept.change(request, lambda catalog, _: project_made(catalog, wanted.name))

    @router.patch("/projects/{project_id}", **answers(ProjectKept))
    async def change_project(request: Request, project_id: str, wanted: ProjectChange) -> Response:
        """Rename a project, or switch asking for usage in streams."""

        def change(catalog: Catalog, _: str) -> ProjectKept:
            if wanted.name is not None:
                catalog.rename_project(project_id, wanted.name)
            if wanted.is_usage_injected is not None:
                catalog.set_usage_injected(project_id, wanted.is_usage_injected)
            return project_kept(catalog.project(project_id))

        return await kept.change(request, change)


def _add_keys(router: APIRouter, kept: _Kept) -> None:
    @router.get("/keys", **answers(tuple[KeyKept, ...]))
    async def keys(request: Request, project: _Project = "") -> Response:
        """The keys of the project, the newest first, revoked ones too; not the keys themselves, which nobody has."""
        return await kept.read(request, keys_kept)

    @router.post("/keys", **answers(KeyMade))
    async def create_key(request: Request, wanted: WantedKey, project: _Project = "") -> Response:
        """Make a key, which is in this answer only; or take one over."""

        def make(catalog: Catalog, of: str) -> KeyMade:
            if wanted.take_over is not None:
                return key_made(catalog.take_over_key(of, wanted.name, wanted.take_over))
            return key_made(catalog.create_key(of, wanted.name, wanted.format))

        return await kept.change(request, make)

    @router.delete("/keys/{key_id}", **answers(KeyKept))
    async def end_key(request: Request, key_id: str, project: _Project = "") -> Response:
        """Revoke a key of the project, for good; it is refused within seconds."""
        return await kept.change(request, lambda catalog, of: revoke_key(catalog, of, key_id))


def _add_upstreams(router: APIRouter, kept: _Kept) -> None:
    @router.get("/upstreams", **answers(tuple[UpstreamKept, ...]))
    async def upstreams(request: Request, project: _Project = "") -> Response:
        """Where the proxy sends the project's calls on to, and which secrets are stored for it."""
        return await kept.read(request, lambda catalog, of: upstreams_kept(catalog, kept.setup(), of))

    @router.post("/upstreams", **answers(UpstreamKept))
    async def add_upstream(request: Request, wanted: WantedUpstream, project: _Project = "") -> Response:
        """Let the proxy send calls on to another address; one of a built-in's name takes its place."""

        def add(catalog: Catalog, of: str) -> UpstreamKept:
            fields = wanted.model_dump(exclude={"for_every_project"})
            catalog.add_upstream(Upstream(**fields), "" if wanted.for_every_project else of)
            return upstream_of(catalog, kept.setup(), of, wanted.name)

        return await kept.change(request, add)

    @router.delete("/upstreams/{name}", **answers(UpstreamKept))
    async def drop_upstream(request: Request, name: str, project: _Project = "") -> Response:
        """Forget an upstream that was added, and the secrets stored for it."""
        return await kept.change(request, lambda catalog, of: remove_upstream(catalog, kept.setup(), of, name))


def _add_credentials(router: APIRouter, kept: _Kept) -> None:
    @router.get("/credentials", **answers(tuple[SecretKept, ...]))
    async def credentials(request: Request, project: _Project = "") -> Response:
        """For which upstreams a secret is stored, and how each ends; never a secret."""
        return await kept.read(request, secrets_kept)

    @router.put("/credentials/{upstream}", **answers(SecretKept))
    async def set_credential(request: Request, upstream: str, wanted: WantedSecret, project: _Project = "") -> Response:
        """Store the secret that calls to an upstream go with, in place of the one there was."""
        return await kept.change(
            request, lambda catalog, of: store_secret(catalog, kept.setup(), of, upstream, wanted.secret)
        )

    @router.delete("/credentials/{upstream}", **answers(tuple[SecretKept, ...]))
    async def drop_credential(request: Request, upstream: str, project: _Project = "") -> Response:
        """Forget the secret for an upstream; answers with those that are left."""

        def drop(catalog: Catalog, of: str) -> tuple[SecretKept, ...]:
            catalog.remove_credential(of, upstream)
            return secrets_kept(catalog, of)

        return await kept.change(request, drop)


def _add_limits(router: APIRouter, kept: _Kept) -> None:
    @router.get("/limits", **answers(tuple[LimitKept, ...]))
    async def limits(request: Request, project: _Project = "") -> Response:
        """The limits of the project and of its keys, the oldest first."""
        return await kept.read(request, limits_kept)

    @router.post("/limits", **answers(LimitKept))
    async def add_limit(request: Request, wanted: WantedLimit, project: _Project = "") -> Response:
        """Limit the calls of the project, or of one key of it."""

        def add(catalog: Catalog, of: str) -> LimitKept:
            return limit_kept(catalog.add_limit(of, **wanted.model_dump()), {})

        return await kept.change(request, add)

    @router.delete("/limits/{limit_id}", **answers(LimitKept))
    async def drop_limit(request: Request, limit_id: str, project: _Project = "") -> Response:
        """Forget a limit of the project."""
        return await kept.change(request, lambda catalog, of: remove_limit(catalog, of, limit_id))


def _add_server(router: APIRouter, desk: Desk) -> None:
    @router.get("/settings", **answers(tuple[SettingShown, ...]))
    async def settings(request: Request) -> Response:
        """Every setting that this server was started with, its secrets masked; to people alone."""
        await desk.signed_in(request)
        return encoded(desk.ports.setup().settings)
