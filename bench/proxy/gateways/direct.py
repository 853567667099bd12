"""Direct: no gateway at all, the mock itself."""

import contextlib
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit

from bench.proxy.gateways.gateway import Gateway
from bench.proxy.load import Way


@contextlib.contextmanager
def running(upstream: str, folder: Path) -> Generator[Gateway]:
    """The upstream as it is; `folder` stays empty."""
    yield Gateway(name="direct", way=Way(port=urlsplit(upstream).port or 80))
