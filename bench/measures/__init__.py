"""Measures: one file a question, each with `measure(options) -> figures`.

In:  options.   Out: figures beside their targets.
Rule 1: each starts a server of its own on an empty folder.
Rule 2: nothing of the making of payloads is within a measured time.
"""

from bench.measures.table import MEASURES as MEASURES
from bench.measures.table import run as run
