"""`headwater demo`."""

import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from headwater.access import NewKey
from headwater.cli.demo_feed import feed
from headwater.cli.demo_found import await_calls, await_ready, await_spans
from headwater.cli.demo_live import missing, run_observed, run_relayed
from headwater.cli.login import login_command
from headwater.cli.options import open_catalog, settings_of
from headwater.cli.serve import stop_at_signal
from headwater.clock import now_ns
from headwater.server import Settings, Supervisor, set_up_logs
from headwater.simulator import Behaviour, Simulator

_QUICK = Behaviour(delay_ms=5)
# About what a small model takes.
_LIFELIKE = Behaviour(delay_ms=180, chunk_ms=8)


class _Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A demo that has everything in it."""

    settings: Settings
    base_url: str
    key: str
    login_token: str


_Then = Callable[[_Shown, threading.Event], None]


def demo(
    data: Annotated[Path, typer.Option("--data", help="Folder of the demo's data")] = Path("headwater-demo"),
    port: Annotated[int | None, typer.Option(help="Port of pages, ingest and proxy [default: 3000]")] = None,
    otlp_port: Annotated[int | None, typer.Option(help="Port of OTLP/HTTP; 0 for none [default: 4318]")] = None,
    grpc_port: Annotated[int | None, typer.Option(help="Port of OTLP/gRPC; 0 for none [default: 4317]")] = None,
    once: Annotated[bool, typer.Option("--once", help="Check that the traces can be queried, then stop")] = False,
) -> None:
    """Start headwater on recordings of real programs and on some that run now, and say where to look."""
    stop = stop_at_signal()
    if not once:
        with Simulator(_LIFELIKE) as provider:
            _run(settings_of(data, port=port, otlp_port=otlp_port, grpc_port=grpc_port), provider, stop, _stay)
        return
    folder = Path(tempfile.mkdtemp(prefix="headwater-demo-"))
    try:
        with Simulator(_QUICK) as provider:
            _run(settings_of(folder, port=port, otlp_port=otlp_port, grpc_port=grpc_port), provider, stop, _leave)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(settings: Settings, provider: Simulator, stop: threading.Event, then: _Then) -> None:
    settings = _with_tour(_led_to(provider, settings))
    set_up_logs("supervisor", settings.log_level)
    supervisor = Supervisor(settings)
    catalog = open_catalog(settings)
    key = catalog.bootstrap() or catalog.create_key("default", "demo")
    supervisor.start()
    base_url = supervisor.base_url
    watch = threading.Thread(target=supervisor.run, args=(stop,), name="supervisor")
    watch.start()
    try:
        await_ready(base_url, stop)
        sent = feed(base_url, key.key)
        traces = await_spans(settings, key, sent)
        typer.echo(f"{sent} spans of {traces} traces sent and queryable")
        _go_live(settings, provider, base_url, key)
        token = catalog.create_login_token()
        then(_Shown(settings=settings, base_url=base_url, key=key.key, login_token=token), stop)
    finally:
        stop.set()
        watch.join()


def _led_to(provider: Simulator, settings: Settings) -> Settings:
    """Settings whose proxy sends the calls for OpenAI and Anthropic to the simulated provider."""
    upstreams = {**settings.proxy.upstreams, "openai": provider.url, "anthropic": provider.url}
    return msgspec.structs.replace(settings, proxy=msgspec.structs.replace(settings.proxy, upstreams=upstreams))


def _with_tour(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, web=msgspec.structs.replace(settings.web, tour=True))


def _go_live(settings: Settings, provider: Simulator, base_url: str, key: NewKey) -> None:
    if absent := missing():
        needed = " and ".join(absent)
        typer.echo(f"live calls are skipped, as {needed} is not installed: pip install 'headwater[server,demo]'")
        return
    began_ns = now_ns()
    answered = run_observed(provider, base_url, key.key)
    found = await_calls(settings, key, began_ns, "headwater", answered)
    typer.echo(
        f"{found.calls} live calls through the SDK sent and queryable, with tokens, "
        f"at a cost of ${found.cost_usd:.4f}; {found.folded} of them passed the proxy too, and count once"
    )
    began_ns = now_ns()
    answered = run_relayed(provider, base_url, key.key)
    found = await_calls(settings, key, began_ns, "headwater.proxy", answered)
    typer.echo(
        f"{found.calls} live calls through the proxy alone sent and queryable, with tokens, "
        f"at a cost of ${found.cost_usd:.4f}"
    )


def _stay(shown: _Shown, stop: threading.Event) -> None:
    by_path = f"{shown.base_url}/p/{shown.key}"
    typer.echo(
        f"""
  open (signs you in, once):  {shown.base_url}/login?token={shown.login_token}
  a new link any time:        {login_command(shown.settings)}

  Look at: the question of jonas, answered by two agents of two providers (filter user = jonas). What was asked of
  Anthropic was seen twice, by the SDK in the program and by the proxy on the way: it is one call, and counts once.
  A trace with errors (filter status = error), and what its calls cost, line by line.
  Through the proxy alone, from programs that know nothing of Headwater: what ingrid asked (filter user = ingrid), and
  under Sessions run-…, the calls of a coding agent that found together though nothing says that they belong together.

  Send your own through the proxy, to the simulated provider (any key of a provider's does):
    OPENAI_BASE_URL={by_path}/openai/v1
    ANTHROPIC_BASE_URL={by_path}/anthropic

  Ctrl-C stops it; the data stays in the folder.
"""
    )
    stop.wait()


def _leave(shown: _Shown, stop: threading.Event) -> None:
    """Stop at once: what there was to check is checked."""
