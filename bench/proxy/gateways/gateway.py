"""Gateway: what is known of one that runs, and the table of all."""

import importlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from bench.harness import Served
from bench.proxy.load import Way

OURS = "headwater"
DIRECT = "direct"
GATEWAYS: dict[str, str] = {
    DIRECT: "direct",
    "nginx": "nginx",
    OURS: "Headwater",
    "litellm": "LiteLLM",
    "portkey": "Portkey",
}
"""Name, which is the module's too, and title, in the order of the columns."""


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    """One that runs. `pid` is the root of its processes, 0 where there is none; `parts` are the names of those whose
    time counts as the gateway's, all of them when empty; `settle` waits until it has nothing left to do. Without
    `has_streams` it could not answer streamed calls when it was tried.
    """

    name: str
    way: Way
    pid: int = 0
    parts: tuple[str, ...] = ()
    version: str = ""
    server: Served | None = None
    has_streams: bool = True
    settle: Callable[[], None] = lambda: None


def running(name: str, upstream: str, folder: Path) -> AbstractContextManager[Gateway]:
    """A gateway in front of an upstream, for as long as the block runs. `folder` is its own."""
    return importlib.import_module(f"bench.proxy.gateways.{name}").running(upstream, folder)
