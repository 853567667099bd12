"""kill -9 of any process at any moment: what was acknowledged is there once and whole."""

import random
import socket
import time

import psutil

from tests.crash.found import assert_all_there, assert_whole_by_api
from tests.crash.senders import Senders
from tests.serving import Server, wait_until

_ROUNDS = 20


def test_twenty_kills_of_edge_loader_and_store_lose_nothing_and_double_nothing(
    server: Server, chance: random.Random
) -> None:
    with Senders(server, chance) as senders:
        killed = [_kill_one(server, chance) for _ in range(_ROUNDS)]
        wait_until(lambda: len(server.children()) == 3, 30, "all processes to be up again")
    server.await_ready()
    server.await_loaded()
    assert {"edge-0", "loader", "store"} == set(killed)
    assert len(senders.acknowledged) > 1000
    assert_all_there(server, senders.acknowledged, senders.refused)
    for sent in chance.sample(senders.acknowledged, 20):
        assert_whole_by_api(server, sent)


def _kill_one(server: Server, chance: random.Random) -> str:
    """Kill one child that runs, after a random while; return its name."""
    time.sleep(chance.uniform(0.05, 1.2))
    while True:
        name = chance.choice(("edge-0", "loader", "store"))
        if server.signal(name) is not None:
            return name
        time.sleep(0.05)


def test_after_a_kill_of_the_supervisor_no_process_is_left_and_a_new_one_takes_over(
    server: Server, chance: random.Random
) -> None:
    with Senders(server, chance, threads=2) as senders:
        time.sleep(1.5)
        children = server.kill_supervisor()
        _, alive = psutil.wait_procs(children, timeout=20)
    assert (len(children), alive) == (3, [])
    server.start()
    server.await_loaded()
    assert senders.acknowledged
    assert_all_there(server, senders.acknowledged, senders.refused)


def test_a_new_server_may_be_started_at_once_after_a_kill_of_the_supervisor(server: Server) -> None:
    """Its children still finish what is under way, and hold ports, journal and store as long as that takes."""
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n")
        slow.sendall(f"x-headwater-key: {server.key}\r\ncontent-length: 100\r\n\r\n{{".encode())
        time.sleep(0.3)
        server.kill_supervisor()
        server.start()
    assert len(server.children()) == 3
