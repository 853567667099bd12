"""The store away: ingest goes on as fast as before, and what came meanwhile is loaded afterwards."""

import random
import signal
import statistics
import time

import pytest

from tests.crash.found import assert_all_there
from tests.crash.senders import Senders
from tests.serving import Server, wait_until


@pytest.mark.parametrize("away_s", [10, pytest.param(60, marks=pytest.mark.slow)])
def test_a_store_that_hangs_slows_no_sender_and_is_caught_up_with(
    server: Server, chance: random.Random, away_s: float
) -> None:
    with Senders(server, chance, threads=2) as senders:
        time.sleep(2)
        before = len(senders.waits_s)
        server.signal("store", signal.SIGSTOP)
        time.sleep(away_s)
        meanwhile = senders.waits_s[before:]
        server.signal("store", signal.SIGCONT)
    server.await_loaded()
    assert set(senders.statuses) == {200}
    assert len(meanwhile) > away_s * 10
    assert statistics.quantiles(meanwhile, n=100)[98] < 0.5
    assert_all_there(server, senders.acknowledged)


def test_a_store_killed_again_and_again_costs_no_acknowledged_span(server: Server, chance: random.Random) -> None:
    with Senders(server, chance, threads=2) as senders:
        for _ in range(4):
            wait_until(lambda: server.signal("store"), 15, "a store to kill")
            time.sleep(chance.uniform(0.1, 0.5))
    assert set(senders.statuses) == {200}
    wait_until(server.is_ready, 30, "the store to be back")
    server.await_loaded()
    assert_all_there(server, senders.acknowledged)
