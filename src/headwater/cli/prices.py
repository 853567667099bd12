"""`headwater prices`."""

from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from headwater.access import Catalog
from headwater.cli.options import Data, ProjectName, open_catalog, settings_of
from headwater.clock import now_ns, sleep
from headwater.errors import HeadwaterError
from headwater.loader import Ledger, Repricing
from headwater.query import Change, PriceChange, Questions, read_time, show_time
from headwater.server import DataFolder, PriceWatch, Settings, data_folder_of, local_loader, local_store
from headwater.web import OwnPriceShown, list_own_prices, remove_price, set_price

_POLL_S = 0.2
_MOST_MODELS = 30

prices_app = typer.Typer(
    help="Prices: your own, which go before the public list, and pricing stored calls again.", no_args_is_help=True
)
Usd = Annotated[str, typer.Option(help="US dollars per million tokens")]
_Since = Annotated[str | None, typer.Option(help="Calls that started at or after, RFC 3339 [default: all]")]
_Until = Annotated[str | None, typer.Option(help="Calls that started before, RFC 3339 [default: now]")]


@prices_app.command("list")
def list_prices(project: ProjectName = "default", data: Data = None) -> None:
    """Print each own price's id, model, provider, whose calls it is for, from when it holds, and its dollars."""
    catalog = open_catalog(settings_of(data))
    for price in list_own_prices(catalog, catalog.project(project).id):
        whose = "every project" if price.for_every_project else "this project"
        since = price.valid_from or "all time"
        typer.echo("\t".join((price.id, price.model, price.provider or "any provider", whose, since, _usd(price))))


@prices_app.command("set")
def set_own_price(
    model: Annotated[str, typer.Argument(help="A model's name, or a pattern with * and ?")],
    input: Usd = "",
    output: Usd = "",
    cache_read: Usd = "",
    cache_write: Usd = "",
    cache_write_1h: Usd = "",
    reasoning: Usd = "",
    input_audio: Usd = "",
    output_audio: Usd = "",
    request: Annotated[str, typer.Option(help="US dollars per million calls")] = "",
    provider: Annotated[str, typer.Option(help="Of this provider alone [default: any]")] = "",
    since: Annotated[str, typer.Option("--from", help="Holds from then on, RFC 3339 [default: all time]")] = "",
    every_project: Annotated[bool, typer.Option("--every-project", help="For the calls of every project")] = False,
    price_id: Annotated[str, typer.Option("--id", help="In place of the price of this id")] = "",
    project: ProjectName = "default",
    data: Data = None,
) -> None:
    """Set a price: `headwater prices set 'llama-*' --input 0.20 --output 0.60`.

    What is left out costs what it is a kind of: the cache as input, reasoning as output.
    """
    catalog = open_catalog(settings_of(data))
    kept = set_price(
        catalog,
        catalog.project(project).id,
        model=model,
        provider=provider,
        valid_from=since,
        for_every_project=every_project,
        price_id=price_id,
        usd_per_million={
            "input": input,
            "output": output,
            "cache_read": cache_read,
            "cache_write_5m": cache_write,
            "cache_write_1h": cache_write_1h,
            "reasoning": reasoning,
            "input_audio": input_audio,
            "output_audio": output_audio,
            "request": request,
        },
    )
    typer.echo(
        f"price {kept.id}: {kept.model}, {_usd(kept)}; a running server heeds it within seconds, and "
        "`headwater prices reprice` prices stored calls by it"
    )


@prices_app.command("remove")
def remove_own_price(
    price_id: Annotated[str, typer.Argument(help="Its id, as `list` shows it")],
    project: ProjectName = "default",
    data: Data = None,
) -> None:
    """Forget an own price; stored calls keep theirs until they are priced again."""
    catalog = open_catalog(settings_of(data))
    gone = remove_price(catalog, catalog.project(project).id, price_id)
    typer.echo(f"price {gone.id} of {gone.model} is removed")


@prices_app.command("reprice")
def reprice(
    since: _Since = None,
    until: _Until = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would change")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first")] = False,
    project: ProjectName = "default",
    data: Data = None,
) -> None:
    """Price stored calls again, by the prices that are set now. Shows what would change, and asks. Safe to repeat."""
    settings = settings_of(data)
    catalog = open_catalog(settings)
    project_id = catalog.project(project).id
    since_ns, until_ns = read_time(since, "--since") or 0, read_time(until, "--until") or now_ns()
    change = _change(settings, catalog, project_id, (since_ns, until_ns))
    _print_change(change)
    if preview or not change.whole.changed_calls:
        return
    if not (yes or typer.confirm(f"Price {change.whole.changed_calls:,} calls again?")):
        raise typer.Exit(1)
    with local_loader(settings) as ledger:
        done = _await(ledger, ledger.repricings.ask(project_id, since_ns, until_ns))
    typer.echo(f"{done.seen:,} calls looked at, {done.changed:,} priced anew")
    if done.state != "done":
        raise HeadwaterError(f"the re-pricing {done.state}: {done.problem or 'somebody stopped it'}")


def _change(settings: Settings, catalog: Catalog, project: str, stretch_ns: tuple[int, int]) -> PriceChange:
    folder = DataFolder(data_folder_of(settings))
    if not folder.ledger.exists():
        raise HeadwaterError(f"nothing was ever loaded in {str(folder.root)!r}: name the right folder with --data")
    prices = PriceWatch(catalog)
    with local_store(settings) as store:
        return Questions(store, project, prices=lambda: prices.book(project)).price_change(*map(show_time, stretch_ns))


def _await(ledger: Ledger, wish_id: int) -> Repricing:
    with Progress(transient=True) as progress:
        task = progress.add_task("pricing again", total=None)
        while (wish := ledger.repricings.one(wish_id)) is not None and wish.is_open:
            said = f"pricing again: {wish.seen:,} calls {wish.problem}"
            progress.update(task, completed=wish.seen, total=wish.total or None, description=said)
            sleep(_POLL_S)
    if wish is None:
        raise HeadwaterError("the wish is gone from the ledger: ask again")
    return wish


def _print_change(change: PriceChange) -> None:
    shown = Table(box=box.SIMPLE_HEAD)
    shown.add_column("model", overflow="fold", min_width=24)
    for name in ("calls", "changed", "cost now", "then", "unpriced"):
        shown.add_column(name, justify="right")
    changed = [model for model in change.models if model.changed_calls]
    for model in changed[:_MOST_MODELS]:
        shown.add_row(" ".join(filter(None, (model.provider, model.model))), *_cells(model))
    if len(changed) > _MOST_MODELS:
        shown.add_row(f"… and {len(changed) - _MOST_MODELS} more models")
    shown.add_section()
    shown.add_row("all", *_cells(change.whole))
    Console().print(shown)


def _cells(change: Change) -> list[str]:
    return [
        f"{change.calls:,}",
        f"{change.changed_calls:,}",
        f"${change.before_usd:,.4f}",
        f"${change.after_usd:,.4f}",
        f"{change.before_unpriced:,} → {change.after_unpriced:,}",
    ]


def _usd(price: OwnPriceShown) -> str:
    return ", ".join(f"{bucket} ${usd}" for bucket, usd in price.usd_per_million.items())
