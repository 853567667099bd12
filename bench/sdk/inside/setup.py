"""Setup: what a worker needs of an instrumentation."""

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

Function = Callable[..., Any]


class Setup(NamedTuple):
    """`flush` sends what waits and returns when it is sent. `decorate` makes a span of each call of a function.

    `aflush` is `flush` for a coroutine; None where there is none, and then a thread of the event loop's pool waits.
    """

    flush: Callable[[], Any]
    decorate: Callable[[Function], Function]
    aflush: Callable[[], Awaitable[Any]] | None = None

    async def flush_in_loop(self) -> None:
        """Flush in the best way that a coroutine has."""
        await (asyncio.to_thread(self.flush) if self.aflush is None else self.aflush())


def setup(name: str, sink: str) -> Setup:
    """Set an instrumentation up: what openai's clients do from now on is recorded and sent to `sink`."""
    made: Setup = importlib.import_module(f"bench.sdk.inside.setups.{name}").setup(sink)
    return made
