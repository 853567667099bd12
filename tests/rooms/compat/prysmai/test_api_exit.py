"""What is not sent yet when a program ends, forks or is left by an error: it arrives all the same."""

import subprocess
import sys

import pytest

from tests.rooms.compat.prysmai.standin import KEY, StandIn
from tests.serving import environment, free_ports

_BEGIN = f"""
import os, sys
from types import SimpleNamespace as Thing
from uuid import uuid4
from headwater.compat.prysmai import FinancialAnomalyDetector, PrysmClient

prysm = PrysmClient({KEY!r}, sys.argv[1])
monitor = prysm.langgraph_monitor(flush_interval=600)

def tell(name):
    monitor.on_agent_action(Thing(tool=name, tool_input=dict(), log=""), run_id=uuid4())

"""


def run(server_url: str, program: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        [sys.executable, "-c", _BEGIN + program, server_url],
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == code, ran.stderr
    return ran


def told(server: StandIn) -> list[str]:
    return sorted(event["tool"] for event in server.events(1))


def test_what_waits_at_the_end_of_the_program_is_sent(server: StandIn) -> None:
    run(server.base_url, "tell('a')")
    assert told(server) == ["a"]


@pytest.mark.parametrize(("ending", "code"), [("sys.exit(3)", 3), ("raise RuntimeError('mine')", 1)])
def test_what_waits_is_sent_however_the_program_ends(server: StandIn, ending: str, code: int) -> None:
    run(server.base_url, f"tell('a'); {ending}", code)
    assert told(server) == ["a"]


def test_a_monitor_that_nobody_holds_any_more_loses_nothing(server: StandIn) -> None:
    run(server.base_url, "import gc; tell('a'); del monitor; gc.collect()")
    assert told(server) == ["a"]


def test_what_a_detector_found_last_is_sent(server: StandIn) -> None:
    program = """
with prysm.session(governance_task="T") as session:
    session.governance.attach_detector(FinancialAnomalyDetector(budget_limit=0))
    session.report_event("llm_call", {"cost": 0.001})
"""
    run(server.base_url, program)
    assert [asked.body["category"] for asked in server.at("/threat-events")] == ["budget_exceeded"]


def test_a_forked_child_sends_its_own_and_not_its_parents(server: StandIn) -> None:
    program = """
tell('parent')
child = os.fork()
if child == 0:
    tell('child')
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    run(server.base_url, program)
    assert told(server) == ["child", "parent"]


def test_a_child_of_multiprocessing_sends_what_it_has(server: StandIn) -> None:
    program = """
import multiprocessing
tell('parent')
monitor.flush()
process = multiprocessing.get_context("fork").Process(target=tell, args=("child",))
process.start()
process.join()
"""
    run(server.base_url, program)
    assert told(server) == ["child", "parent"]


def test_a_session_in_a_forked_child_has_a_connection_of_its_own(server: StandIn) -> None:
    program = """
with prysm.session(governance_task="T") as session:
    session.record_decision(description="parent")
    child = os.fork()
    if child == 0:
        session.record_decision(description="child")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    session.record_decision(description="parent again")
"""
    run(server.base_url, program)
    recorded = [asked for asked in server.asked if asked.tool == "prysm_record_decision"]
    connections = [asked.connection for asked in recorded]
    assert connections[0] == connections[2] != connections[1]


def test_an_end_without_a_server_is_quiet_and_comes() -> None:
    ran = run(f"http://127.0.0.1:{free_ports(1)[0]}/api/v1", "tell('a'); monitor.on_chain_end(None, run_id=1)")
    assert (ran.stdout, ran.stderr) == ("", "")
