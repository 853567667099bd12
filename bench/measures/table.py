"""The table of measurements, in the order in which they run: short ones first."""

import importlib
import time
import traceback

from bench.figures import Measured
from bench.options import Options

MEASURES: dict[str, str] = {
    "start": "bench.measures.start",
    "memory": "bench.measures.memory",
    "durable": "bench.measures.durable",
    "single": "bench.measures.single",
    "queryable": "bench.measures.queryable",
    "storage": "bench.measures.storage",
    "queries": "bench.measures.queries",
}
"""Name, and the module that measures it."""


def run(name: str, options: Options) -> Measured:
    """Measure; what breaks is told as the measurement's failure."""
    began_s = time.monotonic()
    try:
        figures = tuple(importlib.import_module(MEASURES[name]).measure(options))
        failure = ""
    except Exception as error:  # noqa: BLE001 - the other measurements go on
        figures, failure = (), f"{type(error).__name__}: {error}"
        traceback.print_exc()
    return Measured(name=name, figures=figures, took_s=round(time.monotonic() - began_s, 1), failure=failure)
