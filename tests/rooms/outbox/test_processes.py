"""Real programs: they exit, fork, are killed, and start again, and nothing is printed by us."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.rooms.outbox.receiver import Receiver, Reply, receiving

TREE = Path(__file__).parents[3]

BEGINNING = """
import logging, os, signal, sys, time
from headwater.outbox import Outbox, OutboxSettings
from tests.rooms.outbox.receiver import Thing, span
url, spool = sys.argv[1], sys.argv[2]
outbox = Outbox(OutboxSettings(url=url, spool=spool, interval_s=float(sys.argv[3]), exit_timeout_s=5))
"""


def _begin(program: str, url: str, spool: str = "", interval_s: float = 3600) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "always", "-c", BEGINNING + program, url, spool, str(interval_s)],
        cwd=TREE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _run(program: str, url: str, spool: str = "", interval_s: float = 3600) -> str:
    """Run a program to its end, which must be a good one, and return what it printed."""
    with _begin(program, url, spool, interval_s) as process:
        printed, complained = process.communicate(timeout=100)
    assert (process.returncode, complained) == (0, "")
    return printed


def _last_ledgers(receiver: Receiver) -> list[tuple[int, int, int]]:
    """Of each instance the last word: created, accepted, kept."""
    last = {got.ledger["instance"]: got.ledger for got in receiver.taken}
    return sorted((ledger["created"], ledger["accepted"], ledger["kept"]) for ledger in last.values())


def test_a_program_of_one_item_that_never_flushes_delivers_it():
    with receiving() as receiver:
        _run("outbox.put(Thing(span(0)))", receiver.url)
        assert receiver.names == ["step 0"]
        assert _last_ledgers(receiver) == [(1, 1, 0)]


def test_a_program_that_ends_by_an_exception_or_an_exit_code_delivers():
    with receiving() as receiver:
        with _begin("outbox.put(Thing(span(0))); sys.exit(3)", receiver.url) as process:
            assert process.wait(60) == 3
        with _begin("outbox.put(Thing(span(1))); raise KeyError(1)", receiver.url) as process:
            assert process.wait(60) == 1
        assert receiver.names == ["step 0", "step 1"]


@pytest.mark.parametrize(
    "reply", [Reply(is_silent=True), Reply(status=503), Reply(raw=b"HTTP/1.1 200 OK\r\nx\r\n\r\n")]
)
def test_an_exit_is_bounded_and_silent_whatever_the_server_does(reply: Reply):
    with receiving() as receiver:
        receiver.answer = lambda _: reply
        began = time.monotonic()
        _run("outbox.put(Thing(span(0)))", receiver.url)
        assert time.monotonic() - began < 40


def test_a_program_whose_server_is_not_there_is_silent():
    assert _run("outbox.put(Thing(span(0))); outbox.flush(0.5); os._exit(0)", "http://127.0.0.1:1") == ""


FORK = """
outbox.put(Thing(span(0)))
outbox.flush(20)
outbox.put(Thing(span(1)))
child = os.fork()
if child == 0:
    assert outbox.counts().created == 0
    outbox.put(Thing(span(2)))
    sys.exit(0)
os.waitpid(child, 0)
assert outbox.counts().created == 2
"""


def test_a_forked_child_begins_anew_and_both_deliver_once():
    with receiving() as receiver:
        _run(FORK, receiver.url)
        assert sorted(receiver.names) == ["step 0", "step 1", "step 2"]
        assert _last_ledgers(receiver) == [(1, 1, 0), (2, 2, 0)]


FORKS_UNDER_LOAD = """
import threading
is_over = False
def load():
    number = 1000
    while not is_over:
        outbox.put(Thing(span(number)))
        number += 1
        time.sleep(0.0001)
threads = [threading.Thread(target=load) for _ in range(3)]
[thread.start() for thread in threads]
children = []
for number in range(20):
    child = os.fork()
    if child == 0:
        outbox.put(Thing(span(number)))
        outbox.flush(20)
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
is_over = True
[thread.join() for thread in threads]
"""


def test_a_fork_in_the_midst_of_puts_locks_nothing_up():
    with receiving() as receiver:
        with _begin(FORKS_UNDER_LOAD, receiver.url, interval_s=0.01) as process:
            process.communicate(timeout=100)
        assert process.returncode == 0
        assert {f"step {number}" for number in range(20)} <= set(receiver.names)


MULTIPROCESSING = """
import multiprocessing
def work(number):
    outbox.put(Thing(span(number)))
context = multiprocessing.get_context("fork")
children = [context.Process(target=work, args=(number,)) for number in range(3)]
[child.start() for child in children]
[child.join() for child in children]
assert [child.exitcode for child in children] == [0, 0, 0]
"""


def test_the_children_of_multiprocessing_deliver():
    with receiving() as receiver:
        _run(MULTIPROCESSING, receiver.url)
        assert sorted(receiver.names) == ["step 0", "step 1", "step 2"]


SIGNALS = """
def on_alarm(*_):
    outbox.put(Thing(span(1), 10))
signal.signal(signal.SIGALRM, on_alarm)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
class Last:
    def __del__(self):
        outbox.put(Thing(span(2), 10))
for number in range(5_000):
    outbox.put(Thing(span(0), 10))
    Last()
signal.setitimer(signal.ITIMER_REAL, 0)
flushed = outbox.flush(60)
counts = outbox.counts()
assert counts.created == counts.accepted >= 10_000, counts
"""


def test_a_put_in_a_signal_handler_or_a_finalizer_locks_nothing_up():
    with receiving() as receiver:
        _run(SIGNALS, receiver.url, interval_s=0.01)


KILLED = """
print("begun", flush=True)
for number in range(50):
    outbox.put(Thing(span(number)))
while not sum(int(name.split("-")[2].split(".")[0]) for name in os.listdir(spool) if name.endswith(".json")) == 50:
    time.sleep(0.01)
print("stored", flush=True)
time.sleep(100)
"""


@pytest.mark.parametrize("reply", [Reply(is_silent=True), Reply(status=503)])
def test_what_a_killed_program_left_in_the_spool_arrives_with_the_next(tmp_path: Path, reply: Reply):
    with receiving() as receiver:
        refused = threading.Event()
        receiver.answer = lambda _: refused.set() or reply
        with _begin(KILLED, receiver.url, str(tmp_path)) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            assert process.stdout.readline() == "stored\n"
            # Its first attempt must not be answered by what is said to the next program.
            assert refused.wait(60)
            process.send_signal(signal.SIGKILL)
        receiver.answer = lambda _: Reply()
        program = "outbox.put(Thing(span(50)))\nwhile len(os.listdir(spool)) > 1: time.sleep(0.01)"
        _run(program, receiver.url, str(tmp_path), interval_s=0.05)
        assert sorted(set(receiver.names)) == sorted(f"step {number}" for number in range(51))
        assert len(receiver.names) == 51
        assert _last_ledgers(receiver) == [(1, 1, 0), (50, 50, 0)]


def test_what_a_living_program_spools_is_its_own(tmp_path: Path):
    with receiving() as receiver:
        receiver.answer = lambda got: Reply(status=503) if "step 0" in got.names else Reply()
        with _begin(KILLED, receiver.url, str(tmp_path)) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            assert process.stdout.readline() == "stored\n"
            _run("outbox.put(Thing(span(50)))", receiver.url, str(tmp_path))
            assert receiver.names == ["step 50"]
            assert len([path for path in os.listdir(tmp_path) if path.endswith(".json")]) > 0
            process.kill()


FORKED_WITH_SPOOL = """
outbox.put(Thing(span(0)))
outbox.flush(20)
child = os.fork()
if child == 0:
    outbox.put(Thing(span(1)))
    sys.exit(0)
os.waitpid(child, 0)
outbox.put(Thing(span(2)))
"""


def test_a_forked_child_has_a_part_of_the_spool_of_its_own(tmp_path: Path):
    with receiving() as receiver:
        _run(FORKED_WITH_SPOOL, receiver.url, str(tmp_path))
        assert sorted(receiver.names) == ["step 0", "step 1", "step 2"]
        assert _last_ledgers(receiver) == [(1, 1, 0), (2, 2, 0)]


def test_the_outbox_loads_nothing_heavy_and_no_vendor():
    program = "import json; print(json.dumps(sorted(sys.modules)))"
    beginning = "import sys; import headwater.outbox\n"
    printed = subprocess.run([sys.executable, "-c", beginning + program], cwd=TREE, capture_output=True, check=True)
    loaded = set(json.loads(printed.stdout))
    heavy = {"urllib3", "http.client", "ssl", "asyncio", "multiprocessing", "httpx", "openai", "pydantic"}
    assert loaded & heavy == set()
