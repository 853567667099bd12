"""Setup: what a worker needs of an instrumentation."""

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

Function = Callable[..., Any]


class Setup(NamedTuple):
    """`flush` sends what waits and returns when it is sent. `decorate` makes a span of each call of a function."""

    flush: Callable[[], Any]
    decorate: Callable[[Function], Function]


def setup(name: str, sink: str) -> Setup:
    """Set an instrumentation up: what openai's clients do from now on is recorded and sent to `sink`."""
    made: Setup = importlib.import_module(f"bench.sdk.inside.setups.{name}").setup(sink)
    return made
