"""`headwater reindex`."""

from typing import Annotated

import typer
from rich.progress import Progress

from headwater.cli.options import Data, settings_of
from headwater.clock import now_ns, sleep
from headwater.errors import HeadwaterError
from headwater.query import read_time
from headwater.server import DataFolder, data_folder_of, local_loader

_POLL_S = 0.2


def reindex(
    since: Annotated[str | None, typer.Option(help="Received at or after, RFC 3339 [default: all kept]")] = None,
    until: Annotated[str | None, typer.Option(help="Received before, RFC 3339 [default: now]")] = None,
    quarantine: Annotated[bool, typer.Option("--quarantine", help="Try again what was set aside, instead")] = False,
    data: Data = None,
) -> None:
    """Load kept envelopes again, through the mapping of this version. Safe to repeat; nothing is counted twice."""
    settings = settings_of(data)
    folder = DataFolder(data_folder_of(settings))
    if not folder.ledger.exists():
        raise HeadwaterError(f"nothing was ever loaded in {str(folder.root)!r}: name the right folder with --data")
    with local_loader(settings) as ledger:
        what = "quarantine" if quarantine else "journal"
        wish = ledger.ask_reload(what, read_time(since, "--since") or 0, read_time(until, "--until") or now_ns())
        with Progress(transient=True) as progress:
            task = progress.add_task("loading again", total=None)
            while (state := ledger.reload(wish)) is not None and state.state != "done":
                progress.update(task, completed=state.done, description=f"loading again: {state.done} envelopes")
                sleep(_POLL_S)
        state = ledger.reload(wish)
    if state is None:
        raise HeadwaterError("the wish to load again is gone from the ledger: ask again")
    typer.echo(f"{state.done} envelopes loaded again, {state.failed} failed")
    if state.failed:
        raise typer.Exit(1)
