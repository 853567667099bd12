"""`headwater limits`."""

from enum import StrEnum
from typing import Annotated

import typer

from headwater.access import Measure, limit_in_words
from headwater.cli.options import Data, ProjectName, open_catalog, settings_of
from headwater.errors import BadRequest

limits_app = typer.Typer(
    help="Limits: how much a project, a key, a user or a session may ask through the proxy.", no_args_is_help=True
)


class Window(StrEnum):
    """What a limit starts anew with."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class Each(StrEnum):
    """Whose calls are counted apart."""

    USER = "user"
    SESSION = "session"


@limits_app.command("list")
def list_limits(project: ProjectName = "default", data: Data = None) -> None:
    """Print each limit's id, what it allows, and whom it is for."""
    for limit in open_catalog(settings_of(data)).limits(project):
        typer.echo(f"{limit.id}\t{limit_in_words(limit)}")


@limits_app.command("add")
def add_limit(
    requests: Annotated[int | None, typer.Option(help="At most so many calls")] = None,
    tokens: Annotated[int | None, typer.Option(help="At most so many tokens, asked and answered together")] = None,
    cost_usd: Annotated[float | None, typer.Option(help="At most so many US dollars")] = None,
    concurrent: Annotated[int | None, typer.Option(help="At most so many calls at one moment")] = None,
    per: Annotated[Window | None, typer.Option(help="In each of these; not for --concurrent")] = None,
    each: Annotated[Each | None, typer.Option(help="For each of these by itself [default: all together]")] = None,
    key: Annotated[str, typer.Option(help="Id of the key it is for [default: the whole project]")] = "",
    project: ProjectName = "default",
    data: Data = None,
) -> None:
    """Limit calls: `headwater limits add --requests 60 --per minute --each user`."""
    measure, amount = _one_of({"requests": requests, "tokens": tokens, "cost_usd": cost_usd, "concurrent": concurrent})
    limit = open_catalog(settings_of(data)).add_limit(
        project,
        measure=measure,
        amount=amount,
        window=per.value if per is not None else "",
        per=each.value if each is not None else "all",
        key_id=key,
    )
    typer.echo(f"limit {limit.id}: {limit_in_words(limit)}; a running server holds it within seconds")


@limits_app.command("remove")
def remove_limit(
    limit_id: Annotated[str, typer.Argument(help="Its id, as `list` shows it")], data: Data = None
) -> None:
    """Forget a limit; a running server does within seconds."""
    open_catalog(settings_of(data)).remove_limit(limit_id)
    typer.echo(f"limit {limit_id} is removed")


def _one_of(given: dict[Measure, float | None]) -> tuple[Measure, float]:
    told: list[tuple[Measure, float]] = [(measure, amount) for measure, amount in given.items() if amount is not None]
    if len(told) != 1:
        options = ", ".join(f"--{measure.replace('_', '-')}" for measure in given)
        raise BadRequest(f"{len(told)} amounts were given: give one of {options}, and add a limit for each")
    return told[0]
