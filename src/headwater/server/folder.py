"""The data folder: where everything lies, and the only place that knows."""

import os
from pathlib import Path

import msgspec


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach the server that runs on a data folder; in a file that only its owner can read."""

    pid: int
    url: str
    store_dsn: str


class DataFolder:
    """One folder holds all that headwater keeps on this machine; a copy of it is a backup."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def journal(self) -> Path:
        """Envelopes, a folder a writer."""
        return self.root / "journal"

    @property
    def store(self) -> Path:
        """The embedded store's own folder."""
        return self.root / "store"

    @property
    def catalog(self) -> Path:
        """Projects, keys, people."""
        return self.root / "catalog.db"

    @property
    def ledger(self) -> Path:
        """What is loaded."""
        return self.root / "loader.db"

    @property
    def limits(self) -> Path:
        """What the proxy's limits have counted, shared by all edges."""
        return self.root / "limits"

    @property
    def prices(self) -> Path:
        """Own prices as earlier versions read them; they are in the catalog now."""
        return self.root / "prices.json"

    @property
    def prices_seen(self) -> Path:
        """The own prices that the loader read last."""
        return self.run / "own-prices.json"

    @property
    def run(self) -> Path:
        """What the processes say of themselves while they run."""
        return self.root / "run"

    def make(self) -> None:
        """Make the folders, for their owner only."""
        for folder in (self.root, self.journal, self.store, self.run):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write_running(self, running: Running) -> None:
        """Say how to reach this server."""
        write_private(self.run / "server.json", msgspec.json.encode(running))

    def running(self) -> Running | None:
        """The server that runs here, or None; a file left by a dead one counts as none."""
        try:
            running = msgspec.json.decode((self.run / "server.json").read_bytes(), type=Running)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None
        return running if _lives(running.pid) else None

    def forget_running(self) -> None:
        """Say that this process no longer serves here."""
        running = self.running()
        if running is not None and running.pid == os.getpid():
            (self.run / "server.json").unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def write_private(path: Path, content: bytes) -> None:
    """Put a file in place at once, readable by its owner only."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)
    part.replace(path)
