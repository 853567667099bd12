"""`headwater query`."""

import csv
import io
import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer
import urllib3
from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from headwater.cli.options import Data, open_catalog, settings_of
from headwater.errors import HeadwaterError
from headwater.query import Questions, Table
from headwater.server import local_store

QUERY_PATH = "/api/headwater/v1/query"


class Format(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def query(
    sql: Annotated[str, typer.Argument(help="A SELECT over the views calls, spans, traces, sessions and messages")],
    url: Annotated[str | None, typer.Option(help="Address of a running headwater, instead of a data folder")] = None,
    key: Annotated[str | None, typer.Option(envvar="HEADWATER_KEY", help="The project's key, with --url")] = None,
    project: Annotated[str, typer.Option(help="The project's name or id, with --data")] = "default",
    output: Annotated[Format, typer.Option("--format", help="How to print the result")] = Format.TABLE,
    data: Data = None,
) -> None:
    """Ask a project's rows a question in SQL, read-only."""
    if url is not None and data is not None:
        raise HeadwaterError("--url and --data are two ways to the same rows: give one of them")
    table = _asked_by_url(url, key, sql) if url is not None else _asked_of_folder(data, project, sql)
    _PRINTERS[output](table)
    if table.is_truncated:
        typer.echo(f"only the first {len(table.rows)} rows are shown: narrow the question or add LIMIT", err=True)


def _asked_of_folder(data: Data, project: str, sql: str) -> Table:
    settings = settings_of(data)
    project_id = open_catalog(settings).project(project).id
    with local_store(settings) as store:
        store.ensure_project(project_id)
        return Questions(store, project_id).sql(sql)


def _asked_by_url(url: str, key: str | None, sql: str) -> Table:
    headers = {"content-type": "application/json"} | ({"x-headwater-key": key} if key else {})
    address = url.rstrip("/") + QUERY_PATH
    try:
        body = msgspec.json.encode({"sql": sql})
        answer = urllib3.request("POST", address, body=body, headers=headers, retries=False)
    except urllib3.exceptions.HTTPError as error:
        raise HeadwaterError(f"{url!r} does not answer ({error}): is `headwater serve` running there?") from error
    if answer.status != 200:
        raise HeadwaterError(_refusal(answer.status, answer.data))
    return msgspec.json.decode(answer.data, type=Table)


def _refusal(status: int, body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body)["error"]["message"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        return f"the server answered {status}"


def _print_table(table: Table) -> None:
    shown = RichTable(box=box.SIMPLE_HEAD)
    for name in table.columns:
        shown.add_column(name, overflow="fold")
    for row in table.rows:
        shown.add_row(*("" if value is None else _cell(value) for value in row))
    Console().print(shown)


def _print_json(table: Table) -> None:
    rows: list[Mapping[str, Any]] = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    typer.echo(msgspec.json.format(msgspec.json.encode(rows)).decode())


def _print_csv(table: Table) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([["" if value is None else _cell(value) for value in row] for row in table.rows])
    sys.stdout.write(text.getvalue())


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


_PRINTERS = {Format.TABLE: _print_table, Format.JSON: _print_json, Format.CSV: _print_csv}
