"""What holds for every test: no network but loopback, a clean environment, a clock that can be held."""

import os
import sys
from typing import Any

import pytest
from hypothesis import settings

from headwater import clock

settings.register_profile("suite", deadline=None)
settings.register_profile("fuzz", deadline=None, max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

_LOOPBACK = ("127.", "::1", "::ffff:127.", "localhost", "0.0.0.0", "::")  # noqa: S104 - a name to compare with, not to bind
_FOREIGN_SETTINGS = ("HEADWATER_", "OTEL_", "OPENAI_", "ANTHROPIC_", "LANGFUSE_", "TRACELOOP_")
_PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}


def _refuse_the_network(name: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: it sees every socket of this process that Python opens, whichever library asks."""
    if name == "socket.getaddrinfo":
        _refuse_far_host(arguments[0])
    elif name == "socket.connect":
        _, address = arguments
        # An internet address is a tuple that begins with its host; a Unix socket's is a path.
        _refuse_far_host(None if isinstance(address, (str, bytes)) else address[0])


def _refuse_far_host(host: object) -> None:
    host = host.decode() if isinstance(host, bytes) else host
    if isinstance(host, str) and host and not host.startswith(_LOOPBACK):
        raise AssertionError(f"a test asked for {host!r}; tests reach loopback only")


sys.addaudithook(_refuse_the_network)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing that the caller's shell has set for headwater, a vendor's SDK or a proxy reaches a test, nor his home."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "no-config"))
    for name in tuple(os.environ):
        if name.startswith(_FOREIGN_SETTINGS) or name.lower() in _PROXIES:
            monkeypatch.delenv(name)


class HeldClock:
    """A clock that moves when it is told to. It starts in November 2026."""

    def __init__(self) -> None:
        self.now_ns = 1_795_000_000_000_000_000

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now_ns += int(seconds * 1e9)


@pytest.fixture
def held_clock(monkeypatch: pytest.MonkeyPatch) -> HeldClock:
    """`headwater.clock` stands still until `advance` is called; `sleep` advances it."""
    held = HeldClock()
    monkeypatch.setattr(clock, "now_ns", lambda: held.now_ns)
    monkeypatch.setattr(clock, "monotonic_s", lambda: held.now_ns / 1e9)
    monkeypatch.setattr(clock, "ticks_ns", lambda: held.now_ns)
    monkeypatch.setattr(clock, "sleep", held.advance)
    return held
