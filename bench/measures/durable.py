"""Durable: how many spans a second are acknowledged, each after fsync, while the loader works as it does in life."""

import time

from bench.figures import Figure, quantile
from bench.harness import Flow, Watch, served
from bench.measures.load import batch_templates, loaded
from bench.options import Options
from bench.payload import text_pool

_WARM_S = 2.0
_WANTED_SPANS_PER_S = 20_000


def measure(options: Options) -> list[Figure]:
    """Senders in closed loops, batches of 512 spans of 2 KB, OTLP protobuf over HTTP."""
    pool, batches = text_pool(), batch_templates()
    with served(options) as server, Flow(server.port, server.key, batches, pool, senders=options.senders) as flow:
        time.sleep(_WARM_S)
        api = server.api()
        before, loaded_before, began_s = flow.acknowledged, loaded(api), time.monotonic()
        with Watch(server.pid) as watch:
            time.sleep(options.seconds)
        acknowledged = flow.acknowledged - before
        took_s = time.monotonic() - began_s
        sent = flow.finish()
        loaded_meanwhile = loaded(api) - loaded_before
    waits_ms = [wait * 1000 for wait in sent.waits_s]
    bytes_a_span = sum(len(each.body) / each.spans for each in batches) / len(batches)
    return [
        Figure(
            name=f"durable ingest, {options.senders} senders",
            value=acknowledged / took_s,
            unit="spans/s",
            at_least=_WANTED_SPANS_PER_S,
            note=f"{took_s:.0f} s, {bytes_a_span:.0f} bytes a span, {sent.refused} refused; {watch.note}",
        ),
        Figure(name="time to acknowledge a batch of 512, p50", value=quantile(waits_ms, 0.5), unit="ms"),
        Figure(name="time to acknowledge a batch of 512, p99", value=quantile(waits_ms, 0.99), unit="ms"),
        Figure(name="stored meanwhile", value=100 * loaded_meanwhile / max(1, acknowledged), unit="%"),
    ]
