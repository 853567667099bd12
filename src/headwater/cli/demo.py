"""`headwater demo`."""

import shutil
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
import urllib3

from headwater.access import NewKey
from headwater.cli.demo_feed import feed
from headwater.cli.demo_live import live, missing
from headwater.cli.options import open_catalog, settings_of
from headwater.cli.serve import stop_at_signal
from headwater.clock import monotonic_s, now_ns, sleep
from headwater.errors import HeadwaterError
from headwater.query import Questions, TraceFilters
from headwater.server import Settings, Supervisor, local_store, set_up_logs
from headwater.simulator import Behaviour

_READY_S = 30.0
_QUICK = Behaviour(delay_ms=5)
# About what a small model takes.
_LIFELIKE = Behaviour(delay_ms=180, chunk_ms=8)
_LIVE_CALLS = """
    SELECT count(), countIf(status != 'error' AND input_tokens > 0 AND cost_usd > 0), ifNull(sum(cost_usd), 0)
    FROM calls
    WHERE source = 'headwater' AND start_time >= fromUnixTimestamp64Nano(toInt64({since_ns}))
"""


def demo(
    data: Annotated[Path, typer.Option("--data", help="Folder of the demo's data")] = Path("headwater-demo"),
    port: Annotated[int | None, typer.Option(help="Port of pages and ingest [default: 3000]")] = None,
    otlp_port: Annotated[int | None, typer.Option(help="Port of OTLP/HTTP; 0 for none [default: 4318]")] = None,
    grpc_port: Annotated[int | None, typer.Option(help="Port of OTLP/gRPC; 0 for none [default: 4317]")] = None,
    once: Annotated[bool, typer.Option("--once", help="Check that the traces can be queried, then stop")] = False,
) -> None:
    """Start headwater on recordings of real programs and on one that runs now, and say where to look."""
    stop = stop_at_signal()
    if not once:
        _run(data, port, otlp_port, grpc_port, stop, _LIFELIKE, partial(_stay, data))
        return
    folder = Path(tempfile.mkdtemp(prefix="headwater-demo-"))
    try:
        _run(folder, port, otlp_port, grpc_port, stop, _QUICK, _leave)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(
    data: Path,
    port: int | None,
    otlp_port: int | None,
    grpc_port: int | None,
    stop: threading.Event,
    behaviour: Behaviour,
    then: Callable[[str, str, threading.Event], None],
) -> None:
    settings = settings_of(data, port=port, otlp_port=otlp_port, grpc_port=grpc_port)
    set_up_logs("supervisor", settings.log_level)
    supervisor = Supervisor(settings)
    catalog = open_catalog(settings)
    key = catalog.bootstrap() or catalog.create_key("default", "demo")
    supervisor.start()
    watch = threading.Thread(target=supervisor.run, args=(stop,), name="supervisor")
    watch.start()
    try:
        _await_ready(supervisor.base_url, stop)
        sent = feed(supervisor.base_url, key.key)
        shown = _await_queryable(settings, key, sent)
        typer.echo(f"{sent} spans of {shown} traces sent and queryable")
        _go_live(settings, supervisor.base_url, key, behaviour)
        then(supervisor.base_url, catalog.create_login_token(), stop)
    finally:
        stop.set()
        watch.join()


def _go_live(settings: Settings, base_url: str, key: NewKey, behaviour: Behaviour) -> None:
    if absent := missing():
        needed = " and ".join(absent)
        typer.echo(f"live calls are skipped, as {needed} is not installed: pip install 'headwater[server,demo]'")
        return
    began_ns = now_ns()
    lived = live(base_url, key.key, behaviour)
    calls, cost_usd = _await_calls(settings, key, began_ns, lived.answered)
    typer.echo(f"{calls} live calls through the SDK sent and queryable, with tokens, at a cost of ${cost_usd:.4f}")


def _stay(data: Path, base_url: str, login_token: str, stop: threading.Event) -> None:
    typer.echo(f"\n  open (signs you in, once):  {base_url}/login?token={login_token}")
    typer.echo(f"  a new link any time:        headwater login --data {data}\n")
    typer.echo("  Look at: the question of jonas, answered by two agents of two providers (filter user = jonas),")
    typer.echo("  a trace with errors (filter status = error), and what its calls cost, line by line.")
    typer.echo("  Ctrl-C stops it; the data stays in the folder.\n")
    stop.wait()


def _leave(base_url: str, login_token: str, stop: threading.Event) -> None:
    """Stop at once: what there was to check is checked."""


def _await_ready(base_url: str, stop: threading.Event) -> None:
    deadline_s = monotonic_s() + _READY_S
    while not stop.is_set():
        try:
            if urllib3.request("GET", f"{base_url}/ready", retries=False, timeout=2.0).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass
        if monotonic_s() > deadline_s:
            raise HeadwaterError(f"{base_url} is not ready after {_READY_S:g} s: see the log above")
        sleep(0.05)


def _await_queryable(settings: Settings, key: NewKey, sent: int) -> int:
    """Wait until every span that was sent is in a trace that a list shows; return how many traces there are."""
    deadline_s = monotonic_s() + _READY_S
    with local_store(settings) as store:
        questions = Questions(store, key.project_id)
        while True:
            traces = questions.traces(TraceFilters(), limit=200).items
            spans = sum(trace.span_count for trace in traces)
            if spans >= sent:
                return len(traces)
            if monotonic_s() > deadline_s:
                raise HeadwaterError(f"only {spans} of {sent} spans can be queried after {_READY_S:g} s")
            sleep(0.1)


def _await_calls(settings: Settings, key: NewKey, since_ns: int, answered: int) -> tuple[int, float]:
    """Wait until each answer is a call with tokens and a cost; return how many calls there are, and their cost."""
    deadline_s = monotonic_s() + _READY_S
    with local_store(settings) as store:
        questions = Questions(store, key.project_id)
        while True:
            (row,) = questions.sql(_LIVE_CALLS.format(since_ns=since_ns)).rows
            calls, priced, cost_usd = row
            if priced >= answered:
                return calls, cost_usd
            if monotonic_s() > deadline_s:
                raise HeadwaterError(f"only {priced} of {answered} live calls can be queried after {_READY_S:g} s")
            sleep(0.1)
