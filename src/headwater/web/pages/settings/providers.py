"""Providers: where the proxy sends calls on to, what to paste for each, and the secrets that are stored for them."""

from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from headwater.access import CredentialHeader, Upstream
from headwater.errors import HeadwaterError
from headwater.web.desk import Desk, Visitor
from headwater.web.forms import Form, read_form, said
from headwater.web.kept import UpstreamKept, remove_upstream, store_secret, upstream_of, upstreams_kept
from headwater.web.pages.settings.frame import (
    NOTHING_TYPED,
    PROVIDERS,
    Typed,
    ask_catalog,
    asked_first,
    attempt,
    framed,
    refused,
)
from headwater.web.pages.start import address_of
from headwater.web.rendering import Renderer

_FIELDS = ("name", "base_url", "provider", "credential")
CREDENTIALS = {
    "bearer": "authorization: Bearer …",
    "x-api-key": "x-api-key: …",
    "api-key": "api-key: …",
    "none": "no secret is sent",
}
"""In which header a stored secret travels, by the word that the catalog has for it."""


async def providers_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /settings/providers."""
    return await _page(desk, renderer, request, await desk.signed_in(request))


async def add_provider(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /settings/providers."""
    visitor, form = await desk.changer(request), await read_form(request)
    owner = "" if form.one("whose") == "all" else visitor.project
    added = await attempt(desk, lambda catalog: catalog.add_upstream(_upstream(form), owner))
    if isinstance(added, HeadwaterError):
        return await _page(desk, renderer, request, visitor, refused("add", form, added, _FIELDS, "name"))
    address = renderer.here(request, visitor).link(f"{PROVIDERS}/{added.name}")
    return said(address, f"Calls to /{added.name}/… go to {added.base_url}/… within seconds")


async def provider_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /settings/providers/{name}."""
    return await _one(desk, renderer, request, await desk.signed_in(request))


async def set_secret(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /settings/providers/{name}: stores the secret that calls go on with."""
    visitor, form, setup = await desk.changer(request), await read_form(request), desk.ports.setup()
    name = request.path_params["name"]
    # One that is not there is a page that is not there.
    await ask_catalog(desk, lambda catalog: upstream_of(catalog, setup, visitor.project, name))
    secret = form.one("secret")
    stored = await attempt(desk, lambda catalog: store_secret(catalog, setup, visitor.project, name, secret))
    if isinstance(stored, HeadwaterError):
        return await _one(desk, renderer, request, visitor, refused("secret", form, stored, (), "secret"))
    ends = f" (…{stored.hint})" if stored.hint else ""
    address = renderer.here(request, visitor).link(f"{PROVIDERS}/{name}")
    return said(address, f"The secret for {name} is stored{ends} and used within seconds")


async def remove_secret_question(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /settings/providers/{name}/forget."""
    visitor = await desk.signed_in(request)
    found = await _found(desk, request, visitor)
    return asked_first(
        renderer,
        request,
        renderer.here(request, visitor),
        title=f"Remove the secret for {found.name}?",
        says="Calls that show only a key of this project, and no secret of the provider's, are refused from then on."
        " The secret cannot be brought back from here.",
        button="Remove the secret",
        back=f"{PROVIDERS}/{found.name}",
    )


async def remove_secret(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /settings/providers/{name}/forget."""
    visitor, name = await desk.changer(request), request.path_params["name"]
    await ask_catalog(desk, lambda catalog: catalog.remove_credential(visitor.project, name))
    return said(renderer.here(request, visitor).link(f"{PROVIDERS}/{name}"), f"The secret for {name} is removed")


async def remove_question(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /settings/providers/{name}/remove."""
    visitor = await desk.signed_in(request)
    found = await _found(desk, request, visitor)
    whom = "every project" if found.whose == "every project" else "this project"
    return asked_first(
        renderer,
        request,
        renderer.here(request, visitor),
        title=f"Remove {found.name} for {whom}?",
        says=f"Calls to /{found.name}/… no longer go to {found.base_url}, and the secrets stored for it are forgotten."
        " Calls that were recorded stay.",
        button="Remove it",
        back=f"{PROVIDERS}/{found.name}",
    )


async def remove_provider(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /settings/providers/{name}/remove."""
    visitor, name, setup = await desk.changer(request), request.path_params["name"], desk.ports.setup()
    await ask_catalog(desk, lambda catalog: remove_upstream(catalog, setup, visitor.project, name))
    return said(renderer.here(request, visitor).link(PROVIDERS), f"{name} is removed, with the secrets stored for it")


def _upstream(form: Form) -> Upstream:
    # The catalog looks whether it knows the word.
    credential = cast("CredentialHeader", form.one("credential", "bearer"))
    return Upstream(
        name=form.one("name"),
        base_url=form.one("base_url"),
        provider=form.one("provider"),
        credential=credential,
        is_private_ok=form.one("is_private_ok") == "on",
        is_usage_injected=form.one("is_usage_injected") == "on",
    )


async def _found(desk: Desk, request: Request, visitor: Visitor) -> UpstreamKept:
    name, setup = request.path_params["name"], desk.ports.setup()
    return await ask_catalog(desk, lambda catalog: upstream_of(catalog, setup, visitor.project, name))


async def _page(
    desk: Desk, renderer: Renderer, request: Request, visitor: Visitor, typed: Typed = NOTHING_TYPED
) -> Response:
    here, setup = renderer.here(request, visitor), desk.ports.setup()
    found = await ask_catalog(desk, lambda catalog: upstreams_kept(catalog, setup, visitor.project))
    values = {
        **framed(here),
        "upstreams": found,
        "base_url": address_of(desk, request),
        "credentials": CREDENTIALS,
        "typed": typed,
    }
    return renderer.page("settings/providers.html", here, values, typed.status)


async def _one(
    desk: Desk, renderer: Renderer, request: Request, visitor: Visitor, typed: Typed = NOTHING_TYPED
) -> Response:
    found = await _found(desk, request, visitor)
    here = renderer.here(request, visitor)
    values = {
        **framed(here),
        "upstream": found,
        "base_url": address_of(desk, request),
        "credentials": CREDENTIALS,
        "typed": typed,
    }
    return renderer.page("settings/provider.html", here, values, typed.status)
