"""`headwater upstreams`."""

from enum import StrEnum
from typing import Annotated

import typer

from headwater.access import Policy, Upstream
from headwater.cli.options import Data, open_catalog, settings_of
from headwater.errors import NotFound
from headwater.proxy import UPSTREAMS
from headwater.server import Settings

upstreams_app = typer.Typer(
    help="Upstreams: where the proxy sends calls on to; `<address>/<name>/…` goes to the base URL of that name.",
    no_args_is_help=True,
)
Project = Annotated[str, typer.Option("--project", help="Of this project alone, by name or id [default: of all]")]
Name = Annotated[str, typer.Argument(help="First segment of its path")]


class Header(StrEnum):
    """The header that a stored secret travels in."""

    BEARER = "bearer"
    X_API_KEY = "x-api-key"
    API_KEY = "api-key"
    NONE = "none"


@upstreams_app.command("list")
def list_upstreams(data: Data = None) -> None:
    """Print each upstream's name, base URL and whose it is: built in, set in the environment, every project's, or one
    project's. Of one name the last that a project can see counts."""
    settings = settings_of(data)
    catalog = open_catalog(settings)
    listed = [(name, upstream.base_url, "built in") for name, upstream in UPSTREAMS.items()]
    listed += [(name, url, "HEADWATER_PROXY_UPSTREAMS") for name, url in settings.proxy.upstreams.items()]
    listed += [(upstream.name, upstream.base_url, "every project") for upstream in catalog.upstreams()]
    for project in catalog.projects():
        own = catalog.upstreams(project.id)
        listed += [(upstream.name, upstream.base_url, f"project {project.name}") for upstream in own]
    for line in listed:
        typer.echo("\t".join(line))


@upstreams_app.command("add")
def add_upstream(
    name: Name,
    base_url: Annotated[str, typer.Argument(help="Where it is, such as https://llm.example.com/openai")],
    project: Project = "",
    provider: Annotated[str, typer.Option(help="Whose models it serves, where its host does not tell: openai")] = "",
    credential: Annotated[Header, typer.Option(help="How a stored secret is sent to it")] = Header.BEARER,
    private: Annotated[bool, typer.Option("--private", help="It may lie at a private address")] = False,
    usage_injection: Annotated[
        bool, typer.Option("--usage-injection/--no-usage-injection", help="Ask it for usage in streams")
    ] = True,
    data: Data = None,
) -> None:
    """Let the proxy send calls on to another address; one of a built-in's name takes its place."""
    upstream = Upstream(
        name=name,
        base_url=base_url,
        provider=provider,
        credential=credential.value,
        is_private_ok=private,
        is_usage_injected=usage_injection,
    )
    kept = open_catalog(settings_of(data)).add_upstream(upstream, project)
    typer.echo(f"calls to /{kept.name}/… go to {kept.base_url}/…; a running server knows it within seconds")


@upstreams_app.command("remove")
def remove_upstream(name: Name, project: Project = "", data: Data = None) -> None:
    """Forget an upstream that was added, and the secrets stored for it."""
    open_catalog(settings_of(data)).remove_upstream(name, project)
    typer.echo(f"upstream {name} is removed, with the secrets stored for it")


def upstream_of(settings: Settings, policy: Policy, name: str) -> Upstream:
    """The upstream that a project reaches by that name. Raises NotFound."""
    set_up = {name: Upstream(name=name, base_url=url) for name, url in settings.proxy.upstreams.items()}
    upstream = policy.upstreams.get(name) or set_up.get(name) or UPSTREAMS.get(name)
    if upstream is None:
        raise NotFound(f"no upstream {name!r}: `headwater upstreams list` shows those there are, `add` makes one")
    return upstream
