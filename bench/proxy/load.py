"""Load: calls made by native/load.c, and what came of each."""

import array
import contextlib
import struct
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench.proxy.built import program
from bench.proxy.text import Kind

_RECORD = struct.Struct("=QQQQBBHI")
_END_S = 30.0


class Outcome(NamedTuple):
    """One call. Times are nanoseconds of the monotonic clock; `first_ns` is 0 where no event came."""

    serial: int
    start_ns: int
    first_ns: int
    end_ns: int
    kind: int
    what: int
    status: int
    nothing: int

    @property
    def is_good(self) -> bool:
        """Whether the whole answer came and was the right one, byte for byte."""
        return self.what == 0


class Summary(msgspec.Struct, frozen=True):
    """What the load counted. `refused` are attempts to connect that were refused; those calls were tried again."""

    began_ns: int
    ended_ns: int
    calls: int
    good: int
    unconnected: int
    broken: int
    status: int
    wrong: int
    late: int
    refused: int
    said: str

    @property
    def bad(self) -> int:
        """Calls that did not get the right answer."""
        return self.calls - self.good


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. Without `rate` (calls a second) each connection asks again as soon as it is answered; with it
    calls have appointed times, from which their latency counts. Connections begin spread over `ramp_s`.
    """

    kinds: tuple[Kind, ...] = (Kind(),)
    connections: int = 1
    calls: int = 0
    seconds: float = 0.0
    rate: float = 0.0
    ramp_s: float = 0.0
    timeout_s: float = 60.0


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How a gateway is reached, and whether its answers must be the mock's byte for byte."""

    port: int
    path: str = "/v1/chat/completions"
    headers: tuple[str, ...] = ()
    is_exact: bool = True


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a load. `delays_us` are those of all chunks, from the mock's sending to our reading."""

    summary: Summary
    records: bytes
    delays_us: Sequence[int]
    began_unix_s: float
    ended_unix_s: float

    @property
    def outcomes(self) -> Iterator[Outcome]:
        """The calls, in the order in which they ended."""
        return (Outcome(*each) for each in _RECORD.iter_unpack(self.records))

    @property
    def seconds(self) -> float:
        """From the first call to the last answer."""
        return (self.summary.ended_ns - self.summary.began_ns) / 1e9

    @property
    def why(self) -> str:
        """What went wrong, "" when nothing did."""
        words = ("right", "unconnected", "broken", "answered with another status", "wrong", "late")
        counts = Counter(f"{words[one.what]} {one.status or ''}".strip() for one in self.outcomes if not one.is_good)
        told = ", ".join(f"{count} {what}" for what, count in counts.most_common(4))
        return f"{told}, of {self.summary.calls} calls; {self.summary.said[:200]}" if told else ""

    @property
    def waits_ms(self) -> list[float]:
        """Latencies of the good calls."""
        return [(one.end_ns - one.start_ns) / 1e6 for one in self.outcomes if one.is_good]

    @property
    def firsts_ms(self) -> list[float]:
        """Times to the first event of the good calls."""
        return [(one.first_ns - one.start_ns) / 1e6 for one in self.outcomes if one.is_good and one.first_ns]


class Loading:
    """A load under way."""

    def __init__(self, way: Way, load: Load, first: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bench-load-")
        self._began_unix_s = time.time()
        self._limit_s = load.seconds + load.timeout_s * (1 + bool(load.calls)) + _END_S
        self._process = subprocess.Popen(_command(way, load, first, self._folder.name), stdout=subprocess.PIPE)

    @property
    def is_going_on(self) -> bool:
        """Whether calls are still made."""
        return self._process.poll() is None

    def finish(self, limit_s: float = 0.0) -> Came:
        """Wait for the end. Raises RuntimeError when the load fails or takes too long."""
        with self._folder:
            try:
                said, _ = self._process.communicate(timeout=limit_s or self._limit_s)
            except subprocess.TimeoutExpired:
                self.stop()
                raise RuntimeError("the load did not come to an end") from None
            if self._process.returncode:
                raise RuntimeError(f"the load ended with {self._process.returncode}")
            folder = Path(self._folder.name)
            delays = array.array("I", (folder / "delays").read_bytes())
            return Came(
                summary=msgspec.json.decode(said, type=Summary),
                records=(folder / "records").read_bytes(),
                delays_us=delays,
                began_unix_s=self._began_unix_s,
                ended_unix_s=time.time(),
            )

    def stop(self) -> None:
        """End it, whatever it is doing."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()


def run(way: Way, load: Load, first: int) -> Came:
    """Make a load's calls, numbered from `first`, and wait for all answers."""
    loading = Loading(way, load, first)
    try:
        return loading.finish()
    finally:
        loading.stop()


def _command(way: Way, load: Load, first: int, folder: str) -> list[str]:
    given = {
        **{"port": way.port, "path": way.path, "connections": load.connections, "first": first},
        **{"rate": load.rate, "ramp": load.ramp_s, "timeout": load.timeout_s, "seconds": load.seconds},
        **({"calls": load.calls} if load.calls else {}),
        **{"records": f"{folder}/records", "delays": f"{folder}/delays"},
    }
    told = [part for name, value in given.items() for part in (f"--{name}", str(value))]
    told += [part for kind in load.kinds for part in ("--kind", kind.argument)]
    told += [part for header in way.headers for part in ("--header", header)]
    return [str(program("load")), *told, *(["--exact"] if way.is_exact else [])]
