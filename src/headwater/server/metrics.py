"""Metrics: the health of the whole server in Prometheus' text format, whichever edge is asked."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from headwater.server.status import EdgeStatus
from headwater.web import HealthShown


def metrics_text(health: HealthShown, edges: Sequence[EdgeStatus]) -> bytes:
    """All series as text."""
    registry = CollectorRegistry()
    registry.register(_Server(lambda: (*_state(health), *_counts(edges), *_proxied(edges))))
    return generate_latest(registry)


class _Server(Collector):
    def __init__(self, families: Callable[[], Iterable[Metric]]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families()


def _state(health: HealthShown) -> Iterator[Metric]:
    depth = GaugeMetricFamily("headwater_journal_depth", "Envelopes that wait to be loaded.", labels=["writer"])
    size = GaugeMetricFamily("headwater_journal_bytes", "Bytes of the journal on disk.", labels=["writer"])
    for journal in health.journals:
        depth.add_metric([journal.writer], journal.depth)
        size.add_metric([journal.writer], journal.size_bytes)
    yield depth
    yield size
    yield GaugeMetricFamily("headwater_loader_lag_seconds", "Age of the oldest waiting envelope.", health.loader.lag_s)
    yield CounterMetricFamily("headwater_loader_spans", "Spans stored since start.", health.loader.spans_loaded)
    yield GaugeMetricFamily("headwater_quarantined", "Envelopes set aside.", health.quarantined)
    yield GaugeMetricFamily("headwater_store_up", "1 when the store answers.", int(health.store.is_up))
    if health.disk is not None:
        yield GaugeMetricFamily("headwater_disk_bytes", "Size of the data folder's disk.", health.disk.total_bytes)
        yield GaugeMetricFamily("headwater_disk_free_bytes", "Free bytes of it.", health.disk.free_bytes)
    up = GaugeMetricFamily("headwater_process_up", "1 when the process runs.", labels=["process"])
    memory = GaugeMetricFamily("headwater_process_memory_bytes", "Share of memory (PSS).", labels=["process"])
    restarts = CounterMetricFamily("headwater_process_restarts", "Restarts after a death.", labels=["process"])
    for process in health.processes:
        up.add_metric([process.name], int(process.state == "running"))
        restarts.add_metric([process.name], process.restarts)
        if process.memory_bytes is not None:
            memory.add_metric([process.name], process.memory_bytes)
    yield from (up, memory, restarts)
    dropped = CounterMetricFamily("headwater_dropped_items", "Items not stored, by reason.", labels=["reason"])
    for reason, items in health.dropped.items():
        dropped.add_metric([reason], items)
    yield dropped


def _counts(edges: Iterable[EdgeStatus]) -> Iterator[Metric]:
    requests = CounterMetricFamily("headwater_requests", "Answers of ingest.", labels=["edge", "door", "status"])
    accepted = CounterMetricFamily("headwater_accepted_items", "Items made durable.", labels=["edge", "door"])
    size = CounterMetricFamily("headwater_accepted_bytes", "Bytes made durable.", labels=["edge"])
    for edge in edges:
        for key, count in edge.counted.requests.items():
            door, _, status = key.rpartition(" ")
            requests.add_metric([edge.name, door, status], count)
        for door, count in edge.counted.items_accepted.items():
            accepted.add_metric([edge.name, door], count)
        size.add_metric([edge.name], edge.counted.bytes_accepted)
    yield from (requests, accepted, size)


def _proxied(edges: Iterable[EdgeStatus]) -> Iterator[Metric]:
    """What the proxy tells beside the records, which are items of the doors exchange, turn and event."""
    calls = GaugeMetricFamily("headwater_proxy_calls", "Proxied calls under way.", labels=["edge"])
    opened = CounterMetricFamily("headwater_proxy_connections", "Connections opened to upstreams.", labels=["edge"])
    refused = CounterMetricFamily("headwater_proxy_refused_calls", "Calls refused.", labels=["edge", "reason"])
    hits = CounterMetricFamily("headwater_proxy_limit_hits", "Calls that a limit refused.", labels=["edge", "measure"])
    unknown = CounterMetricFamily(
        "headwater_proxy_unknown_usage", "Calls that are missing from a limit's sum.", labels=["edge", "measure"]
    )
    uncounted = CounterMetricFamily("headwater_proxy_uncounted_calls", "Calls that no limit counted.", labels=["edge"])
    for edge in edges:
        at_work = edge.proxy
        calls.add_metric([edge.name], at_work.calls)
        opened.add_metric([edge.name], at_work.opened)
        uncounted.add_metric([edge.name], at_work.metered.uncounted)
        for family, counts in (
            (refused, edge.counted.calls_refused),
            (hits, at_work.metered.refused),
            (unknown, at_work.metered.unknown),
        ):
            for reason, count in counts.items():
                family.add_metric([edge.name, reason], count)
    yield from (calls, opened, refused, hits, unknown, uncounted)
