"""Load: what several measurements do with a running server's loader."""

import time

from bench.harness import Api, Served
from bench.payload import Template, templates

BATCH_SPANS = 512


def batch_templates(count: int = 24) -> list[Template]:
    """Templates of the batches that most measurements send."""
    return templates(count, BATCH_SPANS)


def loaded(api: Api) -> int:
    """Spans that the loader has stored since the server's start, as it said last (twice a second)."""
    return int(api.metrics().get("headwater_loader_spans_total", 0))


def queryable(api: Api) -> int:
    """Spans that a question sees now."""
    return int(api.sql("SELECT count() FROM spans")[0][0])


def await_loaded(server: Served, spans: int, within_s: float) -> float:
    """Wait until so many spans are stored; return the seconds that it took. Raises RuntimeError when they are not."""
    api = server.api()
    began_s = time.monotonic()
    while (there := loaded(api)) < spans:
        if time.monotonic() - began_s > within_s:
            raise RuntimeError(f"{there} of {spans} spans are loaded after {within_s:g} s; log: {server.log_tail()}")
        time.sleep(0.25)
    return time.monotonic() - began_s
