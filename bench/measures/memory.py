"""Memory: all processes together, shared pages counted once (PSS): idle, under full ingest, with giant bodies."""

import threading
import time
from collections import Counter

from bench.figures import Figure
from bench.harness import Connection, Flow, Served, Watch, pss_bytes, served
from bench.measures.load import batch_templates, loaded
from bench.options import Options
from bench.payload import Filler, Template, text_pool

_IDLE_S = 10.0
_INGEST_S = 30.0
_LOADING_S = 20.0
_GIANTS_S = 150.0
_GIANTS = (12, 36)
_GIANT_BYTES = 60 * 1024 * 1024
_WANTED_IDLE_MB = 500
_WANTED_INGEST_MB = 1_500
_WANTED_GROWTH = 1.25


def measure(options: Options) -> list[Figure]:
    """Idle and under ingest on one server; giant bodies on one each, to see that more of them take no more memory."""
    pool, batches = text_pool(), batch_templates()
    with served(options) as server:
        time.sleep(_IDLE_S)
        idle_mb = pss_bytes(server.pid) / 1e6
        ingest_mb, ingest_note = _ingest_mb(server, options, batches, pool)
    some, many = [_giants(options, count, batches, pool) for count in _GIANTS]
    return [
        Figure(name="memory, idle", value=idle_mb, unit="MB", at_most=_WANTED_IDLE_MB),
        Figure(
            name="memory, peak under ingest",
            value=ingest_mb,
            unit="MB",
            at_most=_WANTED_INGEST_MB,
            note=ingest_note,
        ),
        some,
        many,
        Figure(
            name="memory, three times as many such bodies against the fewer",
            value=many.value / some.value,
            unit="times",
            at_most=_WANTED_GROWTH,
        ),
    ]


def _giants(options: Options, count: int, batches: list[Template], pool: bytes) -> Figure:
    with served(options) as server:
        value, note = _giants_mb(server, count, batches, pool)
    return Figure(name=f"memory, peak with {count} bodies of 60 MiB at once", value=value, unit="MB", note=note)


def _ingest_mb(server: Served, options: Options, batches: list[Template], pool: bytes) -> tuple[float, str]:
    with (
        Watch(server.pid, every_s=0.25) as watch,
        Flow(server.port, server.key, batches, pool, senders=options.senders) as flow,
    ):
        time.sleep(max(_INGEST_S, options.seconds))
        sent = flow.finish()
        time.sleep(_LOADING_S)
        told = f"{sent.spans} spans acknowledged, {loaded(server.api())} of them stored meanwhile"
    return watch.peak_bytes / 1e6, f"{watch.peak_note}; {told}"


def _giants_mb(server: Served, count: int, batches: list[Template], pool: bytes) -> tuple[float, str]:
    """Every sender tries until its body is taken, as exporters do, and the loader has to store all of it."""
    answers: Counter[int] = Counter()
    taken: list[int] = []
    told = [(server, batches, Filler(pool), answers, taken) for _ in range(count)]
    senders = [threading.Thread(target=_send_giant, args=each) for each in told]
    with Watch(server.pid, every_s=0.25) as watch:
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        _await_some(server, sum(taken))
        stored = loaded(server.api())
    said = ", ".join(f"{count} answers {status}" for status, count in sorted(answers.items()))
    told = f"{said}; {stored} of {sum(taken)} acknowledged spans stored meanwhile"
    return watch.peak_bytes / 1e6, f"{watch.peak_note}; {told}"


def _await_some(server: Served, spans: int) -> None:
    """Let the loader work on them for a while: its share of the peak is that of one giant, not of all."""
    api = server.api()
    deadline_s = time.monotonic() + _GIANTS_S
    while loaded(api) < spans and time.monotonic() < deadline_s:
        time.sleep(0.5)


def _send_giant(
    server: Served, batches: list[Template], filler: Filler, answers: Counter[int], taken: list[int]
) -> None:
    """One body of many batches; it is made while it is sent, so that the bench itself stays small."""
    chosen: list[Template] = []
    while sum(len(each.body) for each in chosen) + len(batches[len(chosen) % len(batches)].body) < _GIANT_BYTES:
        chosen.append(batches[len(chosen) % len(batches)])
    size_bytes = sum(len(each.body) for each in chosen)
    connection = Connection(server.port, {"content-type": "application/x-protobuf", "x-headwater-key": server.key})
    deadline_s = time.monotonic() + 300
    status = 0
    while status != 200 and time.monotonic() < deadline_s:
        try:
            connection.begin(size_bytes)
            for each in chosen:
                connection.send(filler.fill(each, time.time_ns() - 3_000_000_000).body)
            status = connection.answer().status
        except OSError:
            # Refused while it was still being sent; the answer may have been lost with the connection.
            connection.close()
            status = 503
        answers[status] += 1
        if status != 200:
            time.sleep(0.5)
    if status == 200:
        taken.append(sum(each.spans for each in chosen))
