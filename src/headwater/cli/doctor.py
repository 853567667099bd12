"""`headwater doctor`."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import typer
import urllib3

from headwater.cli.client_side import Finding, client_findings, process_environment
from headwater.cli.options import Data, open_catalog, policy_of, settings_of
from headwater.errors import HeadwaterError
from headwater.journal import Reader, size_bytes, writer_names
from headwater.loader import Ledger
from headwater.otlp import assert_fast_protobuf
from headwater.server import DataFolder, Settings, data_folder_of, local_store

_LITTLE_SPACE_BYTES = 1024**3


def doctor(data: Data = None) -> None:
    """Look at an installation, its data folder, and the way that SDKs on this machine take; say what is wrong and what
    to do. Exit code 1 when anything is."""
    settings = settings_of(data)
    folder = DataFolder(data_folder_of(settings))
    is_well = True
    for check in (_folder, _space, _protobuf, _server, _store, _journal, _secrets, _client):
        for found, text in _findings(check, settings, folder):
            is_well = is_well and found
            typer.echo(f"{'ok  ' if found else 'BAD '} {text}")
    if not is_well:
        raise typer.Exit(1)


def _findings(
    check: Callable[[Settings, DataFolder], Iterator[Finding]], settings: Settings, folder: DataFolder
) -> Iterator[Finding]:
    try:
        yield from check(settings, folder)
    except (HeadwaterError, OSError, sqlite3.Error) as error:
        yield False, str(error)


def _folder(settings: Settings, folder: DataFolder) -> Iterator[Finding]:
    if not folder.root.exists():
        yield False, f"no data folder {str(folder.root)!r}: name it with --data, or start `headwater serve` once"
        return
    with tempfile.TemporaryFile(dir=folder.root):
        yield True, f"data folder {folder.root} can be written"


def _space(settings: Settings, folder: DataFolder) -> Iterator[Finding]:
    root = folder.root if folder.root.exists() else Path()
    free = shutil.disk_usage(root).free
    yield free > _LITTLE_SPACE_BYTES, f"{free / 1024**3:.1f} GiB of disk are free"


def _protobuf(settings: Settings, folder: DataFolder) -> Iterator[Finding]:
    assert_fast_protobuf()
    yield True, "protobuf runs on upb"


def _server(settings: Settings, folder: DataFolder) -> Iterator[Finding]:
    running = folder.running()
    if running is None:
        yield True, "no server runs on this folder"
        return
    answer = urllib3.request("GET", f"{running.url}/ready", retries=False, timeout=5.0)
    text = answer.data.decode()
    yield answer.status == 200, f"server {running.url} (process {running.pid}) says {text}"


def _store(settings: Settings, folder: DataFolder) -> Iterator[Finding]:
    if not folder.store.exists() and not settings.store_dsn:
        yield True, "no store yet"
        return
    with local_store(settings) as store:
        stats = store.stats()
        yield True, f"the store answers: {stats.rows:,} spans, {stats.disk_bytes:,} bytes on disk"


def _journal(settings: Settings, folder: DataFolder) -> Iterator[Finding]:
    loaded = Ledger(folder.ledger).positions() if folder.ledger.exists() else {}
    for writer in writer_names(folder.journal):
        reader = Reader(folder.journal, writer)
        depth = reader.depth(loaded.get(writer, 0)).records
        reader.close()
        yield True, f"journal {writer}: {size_bytes(folder.journal, writer):,} bytes, {depth} envelopes wait"
    if folder.ledger.exists():
        count = Ledger(folder.ledger).quarantine_size()
        text = f"{count} envelopes in quarantine" + (": try `headwater reindex --quarantine`" if count else "")
        yield count == 0, text


def _secrets(settings: Settings, folder: DataFolder) -> Iterator[Finding]:
    """Whether each provider's secret can be decrypted."""
    if not folder.catalog.exists() and not settings.catalog_url:
        return
    catalog = open_catalog(settings)
    found = [(project.name, policy_of(catalog, project.id)) for project in catalog.projects()]
    locked = [(upstream, name, why) for name, policy in found for upstream, why in policy.locked.items()]
    if locked:
        whose = ", ".join(f"{upstream!r} of project {name!r}" for upstream, name, _ in locked)
        yield False, f"secrets of providers that cannot be used: {whose}: {locked[0][2]}"
    else:
        count = sum(len(policy.credentials) for _, policy in found)
        yield True, f"secrets of providers that can be used: {count}"


def _client(settings: Settings, folder: DataFolder) -> Iterator[Finding]:
    yield from client_findings(process_environment(), is_server_here=folder.root.exists())
