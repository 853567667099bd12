"""Counters shared by real processes, which are killed, and a file that may hold anything."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headwater.access import Limit, Policy
from headwater.errors import HeadwaterError
from headwater.proxy.limits.counters import Counters, Shape
from headwater.proxy.limits.meter import Meter, Ticket
from tests.conftest import HeldClock

TREE = Path(__file__).parents[3]
SMALL = Shape(limits=64, names=64, flying=64, workers=4)

# Begins a worker of its own under the clock of the test; it says so, and waits to be told to go on.
BEGINNING = """
import os, signal, sys
from pathlib import Path
import msgspec
from headwater import clock
from headwater.access import Limit, Policy
from headwater.proxy.limits.counters import Counters, Shape
from headwater.proxy.limits.meter import Meter, Ticket
path, limits, now_ns = Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=tuple[Limit, ...]), int(sys.argv[3])
clock.now_ns = lambda: now_ns
policy = Policy(project_id="p", key_id="k", limits=limits)
shape = Shape(limits=64, names=64, flying=64, workers=4)
def begin():
    global counters, meter
    counters = Counters(path, shape)
    meter = Meter(counters)
def admit(user=""):
    return meter.admit(policy, user, "", now_ns)
def say(text):
    os.write(1, text.encode())
"""
WORKER = BEGINNING + "begin(); say('+'); sys.stdin.readline()\n"


def _limit(**fields: Any) -> Limit:
    usual: dict[str, Any] = {"id": "1", "project_id": "p", "measure": "requests", "window": "month", "amount": 1}
    return Limit(**usual | fields)


def _policy(*limits: Limit) -> Policy:
    return Policy(project_id="p", key_id="k", limits=limits)


@contextmanager
def _opened(path: Path) -> Generator[Meter]:
    """A meter of this process, a worker like the others."""
    counters = Counters(path, SMALL)
    try:
        yield Meter(counters)
    finally:
        counters.close()


def _started(program: str, path: Path, clock: HeldClock, *limits: Limit) -> "subprocess.Popen[bytes]":
    arguments = [str(path), msgspec.json.encode(limits).decode(), str(clock.now_ns)]
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=TREE,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


@contextmanager
def _workers(
    count: int, program: str, path: Path, clock: HeldClock, *limits: Limit
) -> "Generator[list[subprocess.Popen[bytes]]]":
    """Workers that all have begun, and are told to go on at once; killed at the end, should any still run."""
    with ExitStack() as stack:
        workers = [stack.enter_context(_started(WORKER + program, path, clock, *limits)) for _ in range(count)]
        for worker in workers:
            stack.callback(worker.kill)
        for worker in workers:
            assert _heard(worker, 1) == b"+"
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write(b"\n")
        yield workers


def _heard(worker: "subprocess.Popen[bytes]", count: int) -> bytes:
    """The next bytes that it says, less of them only if it ends."""
    assert worker.stdout is not None
    heard = b""
    while len(heard) < count and (more := worker.stdout.read(count - len(heard))):
        heard += more
    return heard


def _all_heard(worker: "subprocess.Popen[bytes]") -> bytes:
    assert worker.stdout is not None
    return worker.stdout.read()


def _used(path: Path, clock: HeldClock, policy: Policy, user: str = "") -> list[float]:
    with _opened(path) as meter:
        return [reading.used for reading in meter.reading(policy, clock.now_ns, user)]


def test_workers_share_a_limit_exactly(tmp_path: Path, held_clock: HeldClock):
    """Four ask 400 times each for what is there 1000 times, and some users for less."""
    limits = (_limit(amount=1000), _limit(id="2", per="user", window="day", amount=130))
    program = "for number in range(400): say('y' if isinstance(admit(f'user {number % 8}'), Ticket) else 'n')"
    with _workers(4, program, tmp_path / "limits", held_clock, *limits) as workers:
        said = b"".join(_all_heard(worker) for worker in workers)
    assert (said.count(b"y"), said.count(b"n")) == (1000, 600)
    users = [_used(tmp_path / "limits", held_clock, _policy(*limits), f"user {number}") for number in range(8)]
    assert {used[0] for used in users} == {1000}
    assert sum(used[1] for used in users) == 1000
    assert max(used[1] for used in users) <= 130


def test_workers_add_up_what_was_spent_exactly(tmp_path: Path, held_clock: HeldClock):
    limits = (_limit(measure="tokens", amount=10**9), _limit(id="2", measure="cost_usd", amount=10**9))
    program = "for number in range(500): admit().done(number, 0.25)"
    with _workers(4, program, tmp_path / "limits", held_clock, *limits) as workers:
        assert [worker.wait(60) for worker in workers] == [0] * 4
    assert _used(tmp_path / "limits", held_clock, _policy(*limits)) == [4 * 500 * 499 / 2, 500]


def test_workers_never_have_more_calls_under_way_than_allowed(tmp_path: Path, held_clock: HeldClock):
    """Each says how many it saw when it was let through, itself included."""
    limit = _limit(measure="concurrent", window="", amount=2)
    program = """
for _ in range(300):
    ticket = admit()
    if isinstance(ticket, Ticket):
        say(str(int(meter.reading(policy, now_ns)[0].used)))
        ticket.done(0, 0)
"""
    with _workers(4, program, tmp_path / "limits", held_clock, limit) as workers:
        said = b"".join(_all_heard(worker) for worker in workers)
    assert said
    assert set(said) <= set(b"12")
    assert _used(tmp_path / "limits", held_clock, _policy(limit)) == [0]


def test_a_worker_that_is_killed_takes_its_calls_under_way_with_it(tmp_path: Path, held_clock: HeldClock):
    limit = _limit(measure="concurrent", window="", amount=5)
    program = "held = [admit() for _ in range(3)]; say('!'); sys.stdin.readline()"
    with (
        _opened(tmp_path / "limits") as meter,
        _workers(1, program, tmp_path / "limits", held_clock, limit) as [worker],
    ):
        assert _heard(worker, 1) == b"!"
        let = [isinstance(meter.admit(_policy(limit), "", "", held_clock.now_ns), Ticket) for _ in range(3)]
        assert let == [True, True, False]
        worker.kill()
        worker.wait(60)
        let = [isinstance(meter.admit(_policy(limit), "", "", held_clock.now_ns), Ticket) for _ in range(4)]
        assert let == [True, True, True, False]


def test_a_worker_that_is_killed_leaves_room_for_other_subjects_too(tmp_path: Path, held_clock: HeldClock):
    limit = _limit(measure="concurrent", window="", per="user")
    program = "held = [admit(f'user {number}') for number in range(64)]; say('!'); sys.stdin.readline()"
    with (
        _opened(tmp_path / "limits") as meter,
        _workers(1, program, tmp_path / "limits", held_clock, limit) as [worker],
    ):
        assert _heard(worker, 1) == b"!"
        worker.kill()
        worker.wait(60)
        let = [isinstance(meter.admit(_policy(limit), "ann", "", held_clock.now_ns), Ticket) for _ in range(2)]
        assert let == [True, False]


def test_a_worker_without_a_free_descriptor_still_counts(tmp_path: Path, held_clock: HeldClock):
    """To find the dead it must open a file; what it cannot find out, it leaves."""
    limit = _limit(measure="concurrent", window="")
    program = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
ticket = admit()
say('n' if isinstance(admit(), Ticket) else 'y')
ticket.done(0, 0)
say('y' if isinstance(admit(), Ticket) else 'n')
"""
    with (
        _opened(tmp_path / "limits"),
        _workers(1, program, tmp_path / "limits", held_clock, limit) as [worker],
    ):
        assert _all_heard(worker) == b"yy"


def test_a_worker_that_dies_while_it_holds_the_file_holds_nobody_up(tmp_path: Path, held_clock: HeldClock):
    program = "counters.__enter__(); os.kill(os.getpid(), signal.SIGKILL)"
    with _workers(1, program, tmp_path / "limits", held_clock, _limit()) as [worker]:
        assert worker.wait(60) == -signal.SIGKILL
    with _opened(tmp_path / "limits") as meter:
        assert isinstance(meter.admit(_policy(_limit()), "", "", held_clock.now_ns), Ticket)


def test_kills_amid_the_rush_lose_nothing_that_was_booked(tmp_path: Path, held_clock: HeldClock):
    """Each says a byte when a call is done; the one that it is killed in may be booked already, or not."""
    limits = (_limit(amount=10**9), _limit(id="2", measure="tokens", amount=10**9))
    limits = (*limits, _limit(id="3", measure="concurrent", window="", amount=10))
    program, said = "while True: admit().done(7, 0); say('.')", 0
    for number in range(3):
        with _workers(3, program, tmp_path / "limits", held_clock, *limits) as workers:
            for worker in workers:
                said += len(_heard(worker, 50 + 7 * number))
            for worker in workers:
                worker.kill()
                said += len(_all_heard(worker))
    requests, tokens, under_way = _used(tmp_path / "limits", held_clock, _policy(*limits))
    assert said <= tokens / 7 <= requests <= said + 9
    assert under_way == 0


# A worker that is killed before the n-th line of ours that it runs, for every n until it gets through: it makes the
# file, or finds it with a bucket full of users whose minute is over, one of whom must make room for `ann`.
DYING = """
steps = 0
def trace(frame, event, _):
    global steps
    if not frame.f_code.co_filename.endswith("counters.py"):
        return None
    if event == "line":
        steps += 1
        if steps == last_step:
            os.kill(os.getpid(), signal.SIGKILL)
    return trace
def used(user):
    return [int(reading.used) for reading in meter.reading(policy, now_ns, user)]
is_there, last_step, status = len(sys.argv) > 4, 0, 1
while status != 0:
    last_step += 1
    path.unlink(missing_ok=True)
    if is_there:
        begin()
        now_ns -= 60 * 10**9
        for number in range(63):
            meter.admit(policy, f"user {number}", "", now_ns)
        now_ns += 60 * 10**9
        admit("bob").done(5, 0)
        counters.close()
    child = os.fork()
    if not child:
        sys.settrace(trace)
        begin()
        admit("ann").done(5, 0)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    begin()
    before = [used(user) for user in ("ann", "bob", *(f"user {number}" for number in range(63)))]
    admit("ann").done(5, 0)
    say(msgspec.json.encode([before, used("ann")]).decode() + "\\n")
    counters.close()
"""


@pytest.mark.parametrize("is_there", [False, True])
def test_a_death_at_any_step_leaves_every_count_what_it_was_or_what_it_was_to_be(
    tmp_path: Path, held_clock: HeldClock, is_there: bool
):
    limits = (_limit(per="user", window="minute", amount=9), _limit(id="2", per="user", measure="tokens", amount=99))
    limits = (*limits, _limit(id="3", per="user", measure="concurrent", window="", amount=1))
    arguments = [str(tmp_path / "limits"), msgspec.json.encode(limits).decode(), str(held_clock.now_ns)]
    program = [sys.executable, "-c", BEGINNING + DYING, *arguments, *["is there"] * is_there]
    done = subprocess.run(program, cwd=TREE, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    rounds: list[list[Any]] = [msgspec.json.decode(line) for line in done.stdout.splitlines()]
    assert len(rounds) > 100
    for (ann, bob, *others), then in rounds:
        assert ann in ([0, 0, 0], [1, 0, 0], [1, 5, 0])
        assert then == [ann[0] + 1, ann[1] + 5, 0]
        assert bob == ([1, 5, 0] if is_there else [0, 0, 0])
        assert not any(map(any, others))


def test_counts_outlive_all_workers(tmp_path: Path, held_clock: HeldClock):
    limits = (_limit(amount=5, window="day"), _limit(id="2", measure="cost_usd", amount=50))
    for day in range(2):
        for spent in range(3):
            assert _used(tmp_path / "limits", held_clock, _policy(*limits)) == [spent, 3 * day + spent]
            with _opened(tmp_path / "limits") as meter:
                ticket = meter.admit(_policy(*limits), "", "", held_clock.now_ns)
                assert isinstance(ticket, Ticket)
                ticket.done(0, 1)
        held_clock.advance(86_400)


def _with(at: int, word: bytes) -> Callable[[bytes], bytes]:
    return lambda whole: whole[:at] + word + whole[at + len(word) :]


_DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda whole: b"",
    "zeros": lambda whole: bytes(len(whole)),
    "noise": lambda whole: os.urandom(len(whole)),
    "another's": lambda whole: b"{}" + bytes(len(whole) - 2),
    "cut": lambda whole: whole[: len(whole) // 2],
    "too long": lambda whole: whole + b"\0",
    "magic": _with(0, b"H"),
    "version": _with(16, b"\2"),
    "slots": _with(24, b"\x80"),
    "workers": _with(48, b"\5"),
    "too many rows": _with(64, b"\5"),
    "rows below nothing": _with(71, b"\xff"),
}


@pytest.mark.parametrize("damage", _DAMAGES)
def test_a_file_that_is_not_ours_is_made_anew(
    tmp_path: Path, held_clock: HeldClock, caplog: pytest.LogCaptureFixture, damage: str
):
    path, policy = tmp_path / "limits", _policy(_limit())
    with _opened(path) as meter:
        meter.admit(policy, "", "", held_clock.now_ns)
    assert _used(path, held_clock, policy) == [1]
    assert caplog.messages == []
    path.write_bytes(_DAMAGES[damage](path.read_bytes()))
    assert _used(path, held_clock, policy) == [0]
    assert caplog.messages == ["the counts of limits cannot be read and begin at nothing"]
    with _opened(path) as meter:
        assert isinstance(meter.admit(policy, "", "", held_clock.now_ns), Ticket)
    assert _used(path, held_clock, policy) == [1]


def test_nonsense_between_a_good_head_and_a_good_length_raises_nothing(tmp_path: Path, held_clock: HeldClock):
    path = tmp_path / "limits"
    measures = (("requests", "day"), ("tokens", "day"), ("concurrent", ""))
    limits = [_limit(id=measure, measure=measure, window=window, amount=10) for measure, window in measures]
    for seed in (b"\x00", b"\x7f", b"\xff", b"\xf8", b"\x01"):
        with _opened(path) as meter:
            meter.admit(_policy(*limits), "", "", held_clock.now_ns)
        whole = path.read_bytes()
        path.write_bytes(whole[:4096] + seed * (len(whole) - 4096))
        with _opened(path) as meter:
            outcomes = [meter.admit(_policy(*limits), "", "", held_clock.now_ns) for _ in range(20)]
            for ticket in outcomes:
                if isinstance(ticket, Ticket):
                    ticket.done(1, 1)


def test_the_files_are_their_owners_alone_and_nothing_is_left_lying_about(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "limits.part").write_bytes(bytes(10**6))
    with _opened(tmp_path / "limits"), _opened(tmp_path / "limits"):
        pass
    assert caplog.messages == []
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("limits", "limits.lock", "limits.worker-0", "limits.worker-1"), 0o600)


def test_a_worker_whose_files_are_taken_away_still_ends_its_calls(tmp_path: Path, held_clock: HeldClock):
    with _opened(tmp_path / "limits") as meter:
        policy = _policy(_limit(measure="concurrent", window=""))
        ticket = meter.admit(policy, "", "", held_clock.now_ns)
        (tmp_path / "limits.worker-0").unlink()
        with _opened(tmp_path / "limits"):
            assert isinstance(ticket, Ticket)
            ticket.done(0, 0)
        assert isinstance(meter.admit(policy, "", "", held_clock.now_ns), Ticket)


def test_more_workers_than_there_are_rows_for_are_told_so(tmp_path: Path):
    with ExitStack() as stack:
        for _ in range(SMALL.workers):
            stack.enter_context(_opened(tmp_path / "limits"))
        with pytest.raises(HeadwaterError, match="4 workers count limits already, and no more can: start fewer"):
            Counters(tmp_path / "limits", SMALL)
    with _opened(tmp_path / "limits"):
        pass


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    with pytest.raises(HeadwaterError, match=r"limits cannot be counted in 'limits' \(.*No such file or directory"):
        Counters(tmp_path / "no such folder" / "limits")


def test_a_disk_without_room_is_told_at_the_start_and_not_at_a_later_touch(tmp_path: Path, held_clock: HeldClock):
    program = """
import resource
from headwater.errors import HeadwaterError
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
try:
    begin()
except HeadwaterError as error:
    say(str(error))
"""
    with _started(BEGINNING + program, tmp_path / "limits", held_clock) as worker:
        said = _all_heard(worker).decode()
    assert said.startswith("limits cannot be counted in 'limits' ([Errno 27]")
    assert said.endswith("free space or make its folder writable")
    with _opened(tmp_path / "limits") as meter:
        assert isinstance(meter.admit(_policy(_limit()), "", "", held_clock.now_ns), Ticket)
