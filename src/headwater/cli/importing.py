"""`headwater import`."""

import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec
import typer
import urllib3
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from headwater.cli.client_side import Way, process_environment, way_of
from headwater.clock import sleep
from headwater.compat.exports import FORMATS, Format, Records, Request, requests_of
from headwater.credentials_file import credentials_path
from headwater.errors import HeadwaterError

_TIMEOUT_S = 60.0
_TRIES = 8
_WAIT_MAX_S = 30.0
_LATER = (408, 425, 429, 502, 503, 504)
_PROBLEMS_SHOWN = 10


class From(StrEnum):
    """Who wrote a file."""

    LANGFUSE = "langfuse"
    PHOENIX = "phoenix"
    OPENINFERENCE = "openinference-jsonl"
    LITELLM = "litellm"
    HELICONE = "helicone"
    OTLP = "otlp-json"


def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON lines, or JSON; may be gzip")],
    form: Annotated[From, typer.Option("--from", help="Who wrote it")],
    url: Annotated[str | None, typer.Option(help="Address of the server [default: as SDKs here find it]")] = None,
    key: Annotated[str | None, typer.Option(envvar="HEADWATER_KEY", help="A key of the project to fill")] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Begin at the file's start again")] = False,
) -> None:
    """Send what another product recorded to a running headwater.

    Safe to break off and to repeat: it goes on where it was, and what is sent twice counts once.
    """
    environment = process_environment()
    sender = _Sender(_way(environment, url, key))
    records = Records(file)
    mark = _Mark(environment, file, f"{form}\n{sender.url}\n{sender.key}")
    skip = 0 if restart else mark.read()
    if skip:
        typer.echo(f"going on behind the first {skip} records (--restart begins anew)")
    sent = _send_all(records, FORMATS[form], sender, mark, skip)
    typer.echo(f"{sent.items} items of {sent.records - skip} records sent, {len(sent.problems)} records left out")
    for problem in sent.problems[:_PROBLEMS_SHOWN]:
        typer.echo(f"  {problem}", err=True)
    if len(sent.problems) > _PROBLEMS_SHOWN:
        typer.echo(f"  … and {len(sent.problems) - _PROBLEMS_SHOWN} more", err=True)
    if sent.problems:
        raise typer.Exit(1)


class _Sent(msgspec.Struct):
    items: int = 0
    records: int = 0
    problems: list[str] = []


def _send_all(records: Records, form: Format, sender: "_Sender", mark: "_Mark", skip: int) -> _Sent:
    sent = _Sent(records=skip)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("reading", total=records.size_bytes or 1)
        for request in requests_of(records, form, skip):
            sent.problems += request.problems
            if request.body:
                rejected = sender.send(request, lambda words: progress.update(task, description=words))
                sent.items += request.items - len(rejected)
                sent.problems += rejected
            if request.records:
                sent.records = request.records
                mark.write(request.records)
            progress.update(task, completed=records.at_bytes, description=f"{sent.items} items sent")
    return sent


def _way(environment: Mapping[str, str], url: str | None, key: str | None) -> Way:
    found = way_of({**environment, **({"HEADWATER_URL": url} if url else {})}, Path(credentials_path(environment)))
    if found is None:
        raise HeadwaterError("no address to send to: give --url, or start `headwater serve` on this machine")
    return msgspec.structs.replace(found, key=key or found.key)


class _Sender:
    """Sends requests, again where that may help."""

    def __init__(self, way: Way) -> None:
        self.url = way.url
        self.key = way.key
        self._pool = urllib3.PoolManager(retries=False, timeout=_TIMEOUT_S)

    def send(self, request: Request, tell: Callable[[str], None]) -> list[str]:
        """Return what the server left out. Raises HeadwaterError where it takes nothing."""
        headers = {"content-type": "application/json"} | ({"x-headwater-key": self.key} if self.key else {})
        address = f"{self.url}/v1/{request.signal}"
        why = ""
        for attempt in range(_TRIES):
            wait_s = min(2.0**attempt / 4, _WAIT_MAX_S)
            try:
                answer = self._pool.request("POST", address, body=request.body, headers=headers)
            except urllib3.exceptions.HTTPError as error:
                why = str(error)
            else:
                if answer.status == 200:
                    return _left_out(answer.data)
                why = f"status {answer.status}: {_words(answer.data)}"
                if answer.status not in _LATER:
                    raise HeadwaterError(f"{self.url} does not take it, {why}")
                after = answer.headers.get("retry-after", "")
                wait_s = min(float(after), _WAIT_MAX_S) if after.isdecimal() else wait_s
            tell(f"waiting for {self.url}")
            sleep(wait_s)
        raise HeadwaterError(f"{self.url} took nothing more ({why}): start again when it does, nothing is lost")


class _Mark:
    """How far a file was sent to a server, kept beside the user's other caches; a changed file is another one."""

    def __init__(self, environment: Mapping[str, str], file: Path, about: str) -> None:
        state = file.stat()
        told = f"{file.resolve()}\n{state.st_size}\n{state.st_mtime_ns}\n{about}"
        folder = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        self._path = folder / "headwater" / "imports" / sha256(told.encode("utf-8", "surrogateescape")).hexdigest()

    def read(self) -> int:
        """Records that were sent."""
        try:
            return int(self._path.read_text())
        except (OSError, ValueError):
            return 0

    def write(self, records: int) -> None:
        """Remember. Without a place to write, only going on is lost."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside = self._path.with_suffix(".new")
            beside.write_text(str(records))
            os.replace(beside, self._path)
        except OSError:
            return


class _Partial(msgspec.Struct, frozen=True, rename="camel"):
    rejected_spans: int | str = 0
    rejected_log_records: int | str = 0
    error_message: str = ""


class _Success(msgspec.Struct, frozen=True, rename="camel"):
    partial_success: _Partial = _Partial()


def _left_out(body: bytes) -> list[str]:
    try:
        told = msgspec.json.decode(body, type=_Success).partial_success
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return []
    rejected = int(told.rejected_spans) + int(told.rejected_log_records)
    return [f"the server left an item out: {told.error_message}"] * rejected


def _words(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body)["message"])
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace")
