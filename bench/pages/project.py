"""Project: the spans that pages are asked of, loaded through ingest, and what a later run needs to use them again."""

import random
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.harness import Api, Connection, Flow, Served
from bench.measures.load import BATCH_SPANS, await_loaded, batch_templates, queryable
from bench.pages import stories
from bench.payload import text_pool
from headwater.store import Store

_DAY_S = 86_400
_DAYS = 30
_SECOND_NS = 1_000_000_000
_LAST_DAY_SHARE = 0.2
GIANT_SPANS = 30_000
_LONG_CALLS = 1_000
_LONG = 5
_MIDDLING = 60
_FAILURES = 9_000
_SCORES = 30_000
_NOTE = "project.json"
_LEAST_TOP_UP_S = 300
_SETTLE_S = 1_200.0


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """What was loaded. `until_ns` is the start of its newest spans; `long_sessions` have a thousand calls each, the
    first of them with all that was said before."""

    key: str
    spans: int
    until_ns: int
    giant_trace: str
    long_sessions: tuple[str, ...]


def prepared(server: Served, folder: Path, rows: int, senders: int) -> Project:
    """Load the project, or bring one that was kept up to now; wait until all of it is rolled up."""
    note = folder / _NOTE
    project = msgspec.json.decode(note.read_bytes(), type=Project) if note.exists() else _load(server, rows, senders)
    project = _topped_up(server, project)
    note.write_bytes(msgspec.json.encode(project))
    settle(server)
    return project


def settle(server: Served) -> int:
    """Wait until no minute but the newest ones waits to be rolled up and merges rest; return how many still wait."""
    store = Store(server.store_dsn())
    deadline_s, pending = time.monotonic() + _SETTLE_S, 0
    while time.monotonic() < deadline_s:
        pending = store.select(
            "SELECT count() FROM headwater.rollup_pending FINAL WHERE minute < now() - INTERVAL 5 MINUTE"
        )[0][0]
        parts = store.select(
            "SELECT count() FROM (SELECT partition_id FROM system.parts WHERE active AND database = 'headwater' AND"
            " table IN ('spans', 'traces', 'messages', 'log_events') GROUP BY table, partition_id HAVING count() > 1)"
        )[0][0]
        if not pending and parts <= 2:
            return 0
        time.sleep(2.0)
    return int(pending)


def _load(server: Served, rows: int, senders: int) -> Project:
    """Oldest first, as a project grows: most of it from templates, the stories in their places of time."""
    now_ns, rng, pool = time.time_ns(), random.Random(17), text_pool()
    giant = rng.randbytes(16)
    names = tuple(f"marathon-{number}" for number in range(_LONG))
    loaded = _send_stories(server, rng, pool, giant, names, now_ns, rows)
    total = max(1, (rows - loaded) // BATCH_SPANS)

    def when(number: int) -> int:
        """A fifth of all in the last day, the rest evenly in the 29 days before, oldest first."""
        share, old = number / total, 1 - _LAST_DAY_SHARE
        if share < old:
            before_s = _DAYS * _DAY_S - share / old * (_DAYS - 1) * _DAY_S
        else:
            before_s = _DAY_S * (1 - (share - old) / _LAST_DAY_SHARE) + 60
        return now_ns - int(before_s * 1e9)

    templates = batch_templates(48)
    with Flow(server.port, server.key, templates, pool, senders=senders, total=total, when=when) as flow:
        sent = flow.finish(is_now=False)
        await_loaded(server, sent.spans + loaded, 120 + rows / 500)
    _send(server, "/v1/logs", stories.scores(rng, _judged(server.api(), rng)))
    return Project(
        key=server.key,
        spans=queryable(server.api()),
        until_ns=now_ns,
        giant_trace=giant.hex(),
        long_sessions=names,
    )


def _send_stories(
    server: Served, rng: random.Random, pool: bytes, giant: bytes, names: tuple[str, ...], now_ns: int, rows: int
) -> int:
    """Small projects, which only try the bench out, have small stories. Return how many spans were sent."""
    share = min(1.0, rows / 1_000_000)
    calls = max(20, int(_LONG_CALLS * share))

    def days_ago(days: float) -> int:
        return now_ns - int(days * _DAY_S * 1e9)

    sent = 0
    for number, name in enumerate(names):
        window = 0 if number == 0 else 40
        sent += _send(server, "/v1/traces", stories.session(pool, rng, name, calls, window, days_ago(2 + 4 * number)))
    for number in range(int(_MIDDLING * share)):
        talk = stories.session(
            pool, rng, f"talk-{number:03d}", rng.randint(20, 120), 20, days_ago(rng.uniform(0.2, 29))
        )
        sent += _send(server, "/v1/traces", talk)
    spans = max(1_000, int(GIANT_SPANS * share))
    sent += _send(server, "/v1/traces", stories.giant(pool, rng, giant, spans, days_ago(0.4)))
    times = [days_ago(rng.uniform(0.001, 29)) for _ in range(int(_FAILURES * share))]
    return sent + _send(server, "/v1/traces", stories.failures(pool, rng, sorted(times)))


def _topped_up(server: Served, project: Project) -> Project:
    """Load what the days since would have brought, no more than one, so that the newest ranges are not empty."""
    now_ns = time.time_ns()
    missing_s = min((now_ns - project.until_ns) / 1e9, _DAY_S)
    if missing_s < _LEAST_TOP_UP_S:
        return project
    total = max(4, int(project.spans * _LAST_DAY_SHARE * missing_s / _DAY_S / BATCH_SPANS))

    def when(number: int) -> int:
        return now_ns - int(missing_s * (1 - number / total) * 1e9) - 10 * _SECOND_NS

    before = queryable(server.api())
    with Flow(server.port, server.key, batch_templates(), text_pool(), senders=1, total=total, when=when) as flow:
        sent = flow.finish(is_now=False)
    while queryable(server.api()) < before + sent.spans:
        time.sleep(0.25)
    return msgspec.structs.replace(project, until_ns=now_ns, spans=before + sent.spans)


def _judged(api: Api, rng: random.Random) -> list[tuple[str, str, int]]:
    """Some spans of all days, most of them of agents, for somebody to judge."""
    rows = api.sql(
        "SELECT trace_id, span_id, toUnixTimestamp64Nano(start_time) FROM spans WHERE kind IN ('agent', 'call')"
        " ORDER BY sipHash64(span_id) LIMIT 10000"
    )
    judged = [(str(row[0]), str(row[1]), int(row[2])) for row in rows]
    return [rng.choice(judged) for _ in range(min(_SCORES, 5 * len(judged)))]


def _send(server: Served, path: str, bodies: Iterable[bytes]) -> int:
    """Send bodies until each is acknowledged; return how many spans that were."""
    connection = Connection(
        server.port, {"content-type": "application/x-protobuf", "x-headwater-key": server.key}, path
    )
    sent = 0
    for body in bodies:
        while (answer := connection.post(body)).status == 503:
            time.sleep(answer.retry_after_s or 0.2)
        if answer.status != 200:
            raise RuntimeError(f"a body for {path} was answered with {answer.status}: {answer.body[:300]!r}")
        sent += _spans_of(body) if path == "/v1/traces" else 0
    connection.close()
    return sent


def _spans_of(body: bytes) -> int:
    """How many spans a body holds."""
    request = ExportTraceServiceRequest.FromString(body)
    return sum(len(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans)
