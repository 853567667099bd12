"""Queryable: how many spans a second reach the store and stay level, and how soon an acknowledged span is seen."""

import threading
import time

from bench.figures import Figure, quantile
from bench.harness import Api, Connection, Flow, Served, Watch, served
from bench.measures.load import BATCH_SPANS, await_loaded, batch_templates, loaded, queryable
from bench.options import Options
from bench.payload import Filler, templates, text_pool, trace_id_of

_WARM_S = 6.0
_LAG_SPANS = 80 * BATCH_SPANS
_WANTED_SPANS_PER_S = 8_000
_PACED_SPANS_PER_S = 1_000
_PACED_BATCH = 50
_WANTED_LAG_S = 2.0
_PROBE_S = 0.1


def measure(options: Options) -> list[Figure]:
    """The sustained rate first, then freshness at 1,000 spans/s."""
    with served(options) as server:
        figures = _sustained(server, options)
    with served(options) as server:
        figures += _fresh(server, max(30.0, options.seconds))
    return figures


def _sustained(server: Served, options: Options) -> list[Figure]:
    """Send as fast as the loader follows: no more than about three seconds ahead of it."""
    pool, batches = text_pool(), batch_templates()
    api = server.api()
    with Flow(server.port, server.key, batches, pool, senders=options.senders, is_paced=True) as flow:
        _follow(api, flow, _WARM_S)
        with Watch(server.pid) as watch:
            before, began_s = queryable(api), time.monotonic()
            lags = _follow(api, flow, max(30.0, 2 * options.seconds))
            after, took_s = queryable(api), time.monotonic() - began_s
        sent = flow.finish()
    drained_s = await_loaded(server, sent.spans, 120)
    in_the_end = queryable(api)
    return [
        Figure(
            name="sustained until queryable",
            value=(after - before) / took_s,
            unit="spans/s",
            at_least=_WANTED_SPANS_PER_S,
            note=f"{took_s:.0f} s; at most {max(lags)} spans not yet stored; {watch.note}",
        ),
        Figure(
            name="acknowledged and queryable in the end",
            value=100 * in_the_end / sent.spans,
            unit="%",
            at_least=100,
            note=f"{in_the_end} of {sent.spans}, {drained_s:.1f} s after the last was sent",
        ),
    ]


def _follow(api: Api, flow: Flow, seconds: float) -> list[int]:
    """Let batches go as long as few enough wait; return how many spans waited each time."""
    lags: list[int] = []
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        stored = loaded(api)
        flow.allow((stored + _LAG_SPANS) // BATCH_SPANS)
        lags.append(flow.acknowledged - stored)
        time.sleep(0.1)
    return lags


def _fresh(server: Served, seconds: float) -> list[Figure]:
    """Send small batches at an even pace; whenever the last question is answered, ask for the newest trace."""
    pool, batches = text_pool(), templates(8, _PACED_BATCH)
    filler = Filler(pool)
    connection = Connection(server.port, {"content-type": "application/x-protobuf", "x-headwater-key": server.key})
    prober = _Prober(server.api())
    pause_s = _PACED_BATCH / _PACED_SPANS_PER_S
    count = int(seconds / pause_s)
    began_s = time.monotonic()
    with Watch(server.pid) as watch, prober:
        for number in range(count):
            template = batches[number % len(batches)]
            filled = filler.fill(template, time.time_ns() - 3_000_000_000)
            time.sleep(max(0.0, began_s + number * pause_s - time.monotonic()))
            answer = connection.post(filled.body)
            if answer.status != 200:
                raise RuntimeError(f"a batch was answered with {answer.status}: {answer.body[:300]!r}")
            mark, spans = template.traces[-1]
            prober.newest = (trace_id_of(filled, mark), spans, time.monotonic())
        sent_s = time.monotonic() - began_s
    waits_s = prober.waits_s
    rate = f"{count * _PACED_BATCH / sent_s:.0f} spans/s, {len(waits_s)} traces asked for"
    what = "acknowledged to visible at 1,000 spans/s"
    return [
        Figure(name=f"{what}, p50", value=quantile(waits_s, 0.5), unit="s"),
        Figure(name=f"{what}, p95", value=quantile(waits_s, 0.95), unit="s"),
        Figure(
            name=f"{what}, worst", value=max(waits_s), unit="s", at_most=_WANTED_LAG_S, note=f"{rate}; {watch.note}"
        ),
    ]


class _Prober:
    """Asks for one trace at a time, so that asking stays a small part of the load."""

    def __init__(self, api: Api) -> None:
        self.newest: tuple[str, int, float] | None = None
        self.waits_s: list[float] = []
        self._api = api
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="prober", daemon=True)

    def __enter__(self) -> "_Prober":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            chosen, self.newest = self.newest, None
            if chosen is None:
                time.sleep(_PROBE_S / 10)
            else:
                self.waits_s.append(self._wait_s(*chosen))

    def _wait_s(self, trace_id: str, spans: int, acknowledged_s: float) -> float:
        """Ask until the trace is there with all its spans; a minute without it counts as a minute."""
        while time.monotonic() - acknowledged_s < 60:
            status, body = self._api.get(f"/traces/{trace_id}")
            if status == 200 and f'"total_spans":{spans},'.encode() in body:
                break
            time.sleep(_PROBE_S)
        return time.monotonic() - acknowledged_s
