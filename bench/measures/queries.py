"""Queries: what people and programs ask, at a million spans over 30 days, through the JSON API."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from bench.figures import Figure, quantile
from bench.harness import Api, Flow, Served, Watch, served
from bench.measures.load import BATCH_SPANS, await_loaded, batch_templates, queryable
from bench.options import Options
from bench.payload import ENVIRONMENTS, MODELS, SERVICES, TOOLS, text_pool

_DAY_S = 86_400
_DAYS = 30
_LAST_DAY_SHARE = 0.2
_ASKED = 60
_WARM = 6
_SETTLE_S = 120.0

Question = tuple[str, dict[str, Any]]


def measure(options: Options) -> list[Figure]:
    """Load through the real ingest, in the order of time, let it settle, then ask."""
    with served(options) as server:
        figures = _load(server, options)
        time.sleep(_SETTLE_S if options.rows > 100_000 else 5.0)
        api = server.api()
        figures.append(_bytes_a_span(api))
        pool = text_pool()
        with Watch(server.pid) as watch:
            figures += [_ask(api, *question) for question in _questions(api, pool)]
        used = watch.cores.get("store", 0.0)
        figures.append(Figure(name="cores of the store while asking", value=used, unit="cores", note=watch.note))
    return figures


def _load(server: Served, options: Options) -> list[Figure]:
    total = -(-options.rows // BATCH_SPANS)
    now_ns = time.time_ns()

    def when(number: int) -> int:
        """A fifth of all in the last day, the rest evenly in the 29 days before, oldest first."""
        share = number / total
        old = 1 - _LAST_DAY_SHARE
        if share < old:
            before_s = _DAYS * _DAY_S - share / old * (_DAYS - 1) * _DAY_S
        else:
            before_s = _DAY_S * (1 - (share - old) / _LAST_DAY_SHARE) + 60
        return now_ns - int(before_s * 1e9)

    began_s = time.monotonic()
    with (
        Watch(server.pid) as watch,
        Flow(
            server.port, server.key, batch_templates(48), text_pool(), senders=options.senders, total=total, when=when
        ) as flow,
    ):
        sent = flow.finish(is_now=False)
        await_loaded(server, sent.spans, 60 + options.rows / 1000)
    took_s = time.monotonic() - began_s
    seen = queryable(server.api())
    return [
        Figure(
            name="loading for the queries, 30 days in order",
            value=sent.spans / took_s,
            unit="spans/s",
            note=f"acknowledged at {sent.spans_per_s:.0f}/s, peak {watch.peak_bytes / 1e6:.0f} MB; {watch.note}",
        ),
        Figure(name="spans to ask of", value=seen, unit="spans", at_least=sent.spans),
    ]


def _bytes_a_span(api: Api) -> Figure:
    _, health = api.timed_ms("/health")
    sizes: dict[str, int] = health["store"]["disk_bytes"]
    spans = queryable(api)
    tables = ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size in sorted(sizes.items(), key=lambda each: -each[1]))
    return Figure(name="store on disk", value=sum(sizes.values()) / max(1, spans), unit="bytes/span", note=tables)


def _questions(api: Api, pool: bytes) -> Sequence[tuple[str, float, Callable[[], Question]]]:
    rng = random.Random(11)
    traces = _trace_ids(api)
    words = _rare_words(pool, rng)
    models = [answered for _, _, answered in MODELS]
    kept = random.Random(12)
    facets = ("model", "user", "session", "environment", "tool", "name", "service", "provider", "tag", "error_type")
    return (
        ("newest 50 traces, two filters", 100, lambda: ("/traces", _two_filters(rng, models))),
        ("newest 50 calls, two filters", 100, lambda: ("/calls", _two_filters(rng, models))),
        ("one trace by its id", 50, lambda: (f"/traces/{traces[kept.randrange(len(traces))]}", {})),
        ("24 h series", 150, lambda: ("/series", _series(rng, models))),
        ("values of a facet", 50, lambda: (f"/facets/{rng.choice(facets)}", _facet(rng))),
        ("substring over messages, newest 50 traces", 400, lambda: ("/traces", {"text": words.pop(), "range": "30d"})),
        ("substring over messages, newest 50 calls", 400, lambda: ("/calls", {"text": words.pop(), "range": "30d"})),
    )


def _two_filters(rng: random.Random, models: list[str]) -> dict[str, Any]:
    """Any two of these, over a stretch of time; only values that occur, and no two that exclude each other."""
    model = rng.choice(models)
    offered = {
        "model": model,
        "environment": rng.choice(ENVIRONMENTS),
        "service": rng.choice(SERVICES),
        "status": rng.choice(("error", "unset")),
        "provider": next(provider for provider, _, answered in MODELS if answered == model),
        "user": f"user-{7 * rng.randint(1, 60):05d}",
        "min_tokens": rng.randint(100, 1500),
        "min_duration_ms": rng.randint(500, 20_000),
    }
    chosen = rng.sample(sorted(offered), 2)
    return {name: offered[name] for name in chosen} | {"range": rng.choice(("24h", "7d", "30d", "all")), "limit": 50}


def _series(rng: random.Random, models: list[str]) -> dict[str, Any]:
    """The dashboard's chart: whole, split or narrowed."""
    end_ns = time.time_ns() - rng.randrange(3600) * 1_000_000_000
    asked: dict[str, Any] = {"start": str(end_ns - _DAY_S * 1_000_000_000), "end": str(end_ns)}
    if rng.random() < 0.6:
        asked["by"] = rng.choice(("model", "provider", "environment", "service", "status"))
    if rng.random() < 0.3:
        asked["model"] = rng.choice(models)
    if rng.random() < 0.3:
        asked["step_s"] = rng.choice((300, 900, 3600))
    return asked


def _facet(rng: random.Random) -> dict[str, Any]:
    days = rng.choice((1, 7, 30))
    asked: dict[str, Any] = {"start": str(time.time_ns() - days * _DAY_S * 1_000_000_000)}
    if rng.random() < 0.3:
        asked["contains"] = rng.choice(("a", "e", "00", "prod", "gpt", "claude", "search", TOOLS[0][:5]))
    return asked


def _trace_ids(api: Api) -> list[str]:
    rows = api.sql("SELECT DISTINCT trace_id FROM traces ORDER BY sipHash64(trace_id) LIMIT 400")
    return [str(row[0]) for row in rows]


def _rare_words(pool: bytes, rng: random.Random) -> list[str]:
    """Parts of words: some common, some rare, some numbers, some that occur nowhere; each asked once."""
    words = {word for word in pool[: 1 << 22].decode().split() if len(word) >= 6}
    chosen = rng.sample(sorted(words), 3 * (_ASKED + _WARM))
    return [word[rng.randrange(2) :][:9] if rng.random() < 0.95 else word[::-1] + "zq" for word in chosen]


def _ask(api: Api, name: str, at_most_ms: float, question: Callable[[], Question]) -> Figure:
    for _ in range(_WARM):
        path, asked = question()
        api.timed_ms(path, **asked)
    waits_ms: list[float] = []
    slowest = ""
    items: list[int] = []
    for _ in range(_ASKED):
        path, asked = question()
        took_ms, answer = api.timed_ms(path, **asked)
        if took_ms > max(waits_ms, default=0.0):
            slowest = " ".join([path, *(f"{key}={value}" for key, value in asked.items())])
        waits_ms.append(took_ms)
        items.append(_items_of(answer))
    shares = f"p50 {quantile(waits_ms, 0.5):.0f}, worst {max(waits_ms):.0f} ({slowest})"
    note = f"{shares}; {sum(items) / len(items):.0f} items an answer"
    return Figure(name=f"{name}, p95", value=quantile(waits_ms, 0.95), unit="ms", at_most=at_most_ms, note=note)


def _items_of(answer: Any) -> int:
    """How much an answer holds, so that a fast answer of nothing can be seen."""
    if isinstance(answer, list):
        return len(answer)
    for name in ("items", "spans", "series"):
        if name in answer:
            return len(answer[name])
    return 0
