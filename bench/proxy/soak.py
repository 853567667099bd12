"""`python -m bench.proxy.soak`: calls at a steady rate for an hour, what the server holds, and what it lost."""

import argparse
import datetime
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from bench.figures import quantile
from bench.harness import facts, processes_by_name
from bench.options import RESULTS
from bench.proxy.bodies import memory
from bench.proxy.field import Field, tell
from bench.proxy.gateways import OURS, Gateway
from bench.proxy.load import Came, Load, Loading
from bench.proxy.options import Options
from bench.proxy.stored import Checked, check, taken
from bench.proxy.text import Kind

KINDS = (
    Kind(weight=17, gap_us=50_000),
    Kind(weight=2, chunks=20, gap_us=20_000),
    Kind(weight=1, size=20_000, gap_us=50_000),
)
_TELLING_S = 1_500.0
"""A quarter of it is past the time in which the loader's memory of recent spans and messages fills."""
_PARTS = ("edge", "loader", "maker", "store", "supervisor")
_EVERY_S = 10.0
_GROWTH = 1.1
"""What the last quarter may hold against the second: a tenth, which is what the store's merges and caches vary by."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """At one time: seconds since the start, megabytes (PSS) by part, and how many records wait for the loader."""

    at_s: float
    memory_mb: dict[str, float]
    waiting: int


class Soak(msgspec.Struct, frozen=True, kw_only=True):
    """A run. `growth` is the last quarter's memory against the second's, by part."""

    at: str
    machine: dict[str, Any]
    rate: float
    seconds: float
    calls: int
    bad: int
    why: str
    added_p50_ms: float
    added_p99_ms: float
    growth: dict[str, float]
    checked: Checked
    seen: tuple[Seen, ...]

    @property
    def is_whole(self) -> bool:
        """Every call had its answer, and every answered call is in the store as it was."""
        return not self.bad and self.checked.right == self.checked.expected and not self.checked.doubled

    @property
    def is_growing(self) -> bool | None:
        """Whether what calls pass through grows; None after a run that is too short to tell."""
        sizes = [self.growth[part] for part in ("edge", "loader", "maker")]
        return max(sizes) > _GROWTH if self.seconds >= _TELLING_S else None


def main() -> int:
    """Return 0; 1 when something was lost or grew."""
    chosen = _chosen()
    RESULTS.mkdir(parents=True, exist_ok=True)
    with Field(Options(is_kept=chosen.is_kept, scratch=chosen.scratch), tell) as field:
        field.start(OURS)
        if OURS not in field.gateways:
            print(field.failures[OURS], file=sys.stderr)
            return 1
        soak = _soak(field.gateways[OURS], chosen.rate, chosen.minutes * 60)
    chosen.json.write_bytes(msgspec.json.format(msgspec.json.encode(soak)))
    _print(soak)
    return int(not soak.is_whole or bool(soak.is_growing))


def _soak(gateway: Gateway, rate: float, seconds: float) -> Soak:
    assert gateway.server is not None
    at, machine = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), facts(gateway.server.folder)
    loading = Loading(gateway.way, Load(kinds=KINDS, connections=256, rate=rate, seconds=seconds), 1)
    try:
        seen = _watch(gateway, loading)
        came = loading.finish()
    finally:
        loading.stop()
    tell("waiting for the loader, and asking the store for every call")
    gateway.settle()
    checked = check(gateway.server.api().sql, taken(came, 1, KINDS))
    return _told(at, machine, rate, came, seen, checked)


def _told(at: str, machine: dict[str, Any], rate: float, came: Came, seen: list[Seen], checked: Checked) -> Soak:
    whole = [one for one in came.outcomes if one.is_good and not KINDS[one.kind].chunks]
    added_ms = [(one.end_ns - one.start_ns) / 1e6 - KINDS[one.kind].gap_us / 1e3 for one in whole]
    return Soak(
        at=at,
        machine=machine,
        rate=rate,
        seconds=came.seconds,
        calls=came.summary.calls,
        bad=came.summary.bad,
        why=came.why,
        added_p50_ms=quantile(added_ms, 0.5),
        added_p99_ms=quantile(added_ms, 0.99),
        growth={part: _growth(seen, part) for part in _PARTS},
        checked=checked,
        seen=tuple(seen),
    )


def _watch(gateway: Gateway, loading: Loading) -> list[Seen]:
    assert gateway.server is not None
    api, began_s, seen = gateway.server.api(), time.monotonic(), list[Seen]()
    while loading.is_going_on:
        found = processes_by_name(gateway.pid)
        held = {part: memory(found.get(part, [])).pss / 1e6 for part in _PARTS}
        _, health = api.get("/health")
        waiting = sum(each["depth"] for each in msgspec.json.decode(health)["journals"])
        seen.append(Seen(at_s=round(time.monotonic() - began_s, 1), memory_mb=held, waiting=waiting))
        if len(seen) % 6 == 1:
            parts = ", ".join(f"{part} {size:.0f} MB" for part, size in held.items())
            tell(f"{seen[-1].at_s / 60:.0f} min: {parts}; {waiting} waiting")
        time.sleep(_EVERY_S)
    return seen


def _growth(seen: Sequence[Seen], part: str) -> float:
    quarter = max(1, len(seen) // 4)
    sizes = [each.memory_mb[part] for each in seen]
    before, after = statistics.median(sizes[quarter : 2 * quarter] or sizes), statistics.median(sizes[-quarter:])
    return after / before if before else 1.0


def _print(soak: Soak) -> None:
    checked = soak.checked
    print(f"{soak.calls} calls in {soak.seconds:.0f} s at {soak.rate:g} a second; {soak.bad} without their answer")
    if soak.why:
        print(soak.why)
    print(f"added and waited for: p50 {soak.added_p50_ms:.2f} ms, p99 {soak.added_p99_ms:.2f} ms")
    print(
        f"in the store: {checked.found} of {checked.expected} answered, {checked.doubled} twice; not as they were: "
        f"{checked.wrong_tokens} tokens, {checked.wrong_requests} requests, {checked.wrong_answers} answers"
    )
    told = ", ".join(f"{part} {times:.2f}" for part, times in soak.growth.items())
    print(f"memory in the last quarter, times that of the second: {told}")
    print("no loss" if soak.is_whole else "LOSS")
    print({True: "GROWTH", False: "no growth", None: "too short to tell of growth"}[soak.is_growing])


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.proxy.soak", description="Calls at a steady rate, for long.")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long")
    parser.add_argument("--rate", type=float, default=300.0, help="calls a second")
    parser.add_argument("--scratch", type=Path, default=RESULTS / "data", help="where the data folder is made")
    parser.add_argument("--keep", dest="is_kept", action="store_true", help="keep the data folder")
    parser.add_argument("--json", type=Path, default=RESULTS / "soak.json", help="where the figures are written")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
