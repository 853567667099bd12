"""`headwater serve`."""

import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from headwater.access import Catalog, NewKey
from headwater.cli.client_side import process_environment
from headwater.cli.login import login_command
from headwater.cli.options import Data, open_catalog, settings_of
from headwater.credentials_file import credentials_path
from headwater.errors import HeadwaterError
from headwater.server import Settings, Supervisor, data_folder_of, keep_credentials, set_up_logs


def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for all [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port of pages, API and ingest; 0 for none [default: 3000]")] = None,
    otlp_port: Annotated[int | None, typer.Option(help="Port of OTLP/HTTP; 0 for none [default: 4318]")] = None,
    grpc_port: Annotated[int | None, typer.Option(help="Port of OTLP/gRPC; 0 for none [default: 4317]")] = None,
    workers: Annotated[int | None, typer.Option(help="Edge processes [default: 1]")] = None,
    dev: Annotated[bool | None, typer.Option("--dev", help="Take ingest without a key; on loopback only")] = None,
    credentials: Annotated[
        bool | None,
        typer.Option("--credentials/--no-credentials", help="Leave address and key for programs of this user"),
    ] = None,
) -> None:
    """Run headwater: ingest, store and pages, until Ctrl-C."""
    settings = settings_of(
        data,
        host=host,
        port=port,
        otlp_port=otlp_port,
        grpc_port=grpc_port,
        workers=workers,
        is_dev=dev,
        credentials=credentials,
    )
    run_server(settings, stop_at_signal())


def stop_at_signal() -> threading.Event:
    """An event that Ctrl-C or SIGTERM sets."""
    stop = threading.Event()

    def set_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, set_stop)
    return stop


def run_server(settings: Settings, stop: threading.Event) -> None:
    """Start all, say how to get in, watch until `stop`."""
    set_up_logs("supervisor", settings.log_level)
    supervisor = Supervisor(settings)
    catalog = open_catalog(settings)
    new_key = catalog.bootstrap()
    supervisor.start()
    credentials = _keep_credentials(settings, supervisor.base_url, catalog)
    greet(settings, supervisor.base_url, catalog.create_login_token(), new_key, credentials)
    catalog.close()
    supervisor.run(stop)


def _keep_credentials(settings: Settings, base_url: str, catalog: Catalog) -> str:
    """What is to be said of the credentials file, "" where there is to be none."""
    if not (settings.credentials and base_url):
        return ""
    try:
        path = Path(credentials_path(process_environment()))
    except HeadwaterError as error:
        return str(error)
    return keep_credentials(path, data_folder_of(settings), base_url, catalog)


def greet(settings: Settings, base_url: str, login_token: str, new_key: NewKey | None, credentials: str) -> None:
    """Say where to look and what to send."""
    typer.echo(f"\n  headwater serves {Path(settings.data)} at {base_url}")
    if settings.otlp_port:
        grpc = f", OTLP/gRPC on {settings.grpc_port}" if settings.grpc_port else ""
        typer.echo(f"  OTLP/HTTP on port {settings.otlp_port}{grpc}")
    typer.echo(f"\n  sign in (once, within an hour):  {base_url}/login?token={login_token}")
    typer.echo(f"  a new link any time:             {login_command(settings)}")
    if new_key is not None:
        typer.echo(f"\n  the key of project 'default', shown this once:  {new_key.key}")
        typer.echo(f"  send traces:  OTEL_EXPORTER_OTLP_ENDPOINT={base_url}")
        typer.echo(f"                OTEL_EXPORTER_OTLP_HEADERS=x-headwater-key={new_key.key}")
    if credentials:
        typer.echo(f"\n  {credentials}")
    if settings.is_dev:
        typer.echo("\n  dev mode: ingest without a key goes to project 'default'")
    typer.echo("")
