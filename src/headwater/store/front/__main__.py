"""Serve one store until told to stop, or until the parent dies."""

import argparse
import os
import signal
import sys
import threading

import msgspec

from headwater.store.front.engine import Engine
from headwater.store.front.handler import FrontServer
from headwater.store.front.settings import FrontSettings

_DRAIN_S = 10.0


def main() -> int:
    """Read the settings, open the engine, serve, and close the engine before leaving."""
    settings = _settings()
    engine = Engine(settings)
    server = FrontServer(settings, engine)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopped.set())
    threading.Thread(target=_watch_parent, args=(stopped,), daemon=True).start()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stopped.wait()
    server.shutdown()
    engine.close(_DRAIN_S)
    return 0


def _settings() -> FrontSettings:
    """The settings from the command line, the secret from the first line of standard input."""
    parser = argparse.ArgumentParser(prog="python -m headwater.store.front", description=__doc__)
    parser.add_argument("--path", required=True, help="directory of the store")
    parser.add_argument("--port", required=True, type=int, help="port on 127.0.0.1")
    parser.add_argument("--bounds", default="{}", help="other fields of FrontSettings as JSON")
    given = parser.parse_args()
    secret = sys.stdin.readline().strip()
    if len(secret) < 16:
        parser.error("the first line of standard input must be a secret of 16 characters or more")
    bounds = msgspec.json.decode(given.bounds, type=dict[str, int | float])
    return msgspec.convert(
        {**bounds, "path": os.path.abspath(given.path), "port": given.port, "secret": secret}, FrontSettings
    )


def _watch_parent(stopped: threading.Event) -> None:
    """Standard input is a pipe that the parent holds open: its end is the parent's end."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stopped.set()


if __name__ == "__main__":
    # The engine's own threads may outlive the closing of its connections; nothing is left to do for them.
    code = main()
    sys.stdout.flush()
    os._exit(code)
