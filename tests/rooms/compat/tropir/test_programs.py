"""Programs with Tropir's import name, in processes of their own: what it does to them, and what it tells of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from headwater.simulator import Simulator
from tests.receiving import Receiver
from tests.rooms.compat.tropir.running import passed_on, ran

_PATCHED_BEFORE = """
import asyncio, logging, sys, threading, httpx, requests
def places():
    return (requests.Session.send, httpx.AsyncClient.send, httpx.Client.send, threading.Thread.__init__,
            threading.Thread.run, asyncio.BaseEventLoop.create_task, [*logging.getLogger().handlers], [*sys.path])
before = places()
"""


def test_importing_it_loads_neither_a_server_nor_a_vendor():
    heavy = ran(
        "import sys; t.begin_session; heavy = {'httpx', 'requests', 'openai', 'anthropic', 'starlette', 'sqlalchemy',"
        " 'headwater.compat.desk', 'headwater.compat.tropir.door', 'headwater.loader', 'headwater.otlp'};"
        " print(sorted(heavy & set(sys.modules)))"
    )
    assert heavy == "[]\n"


def test_no_library_is_patched_within_a_session_or_after(receiver: Receiver):
    said = ran(
        _PATCHED_BEFORE
        + "with t.session('s') as s:\n    s.add_step(1)\n    assert places() == before\n"
        + "t.begin_session('b'); assert places() == before; t.end_session('b'); print(places() == before)",
        receiver.url,
    )
    assert said == "True\n"


def test_the_key_goes_to_our_own_server_alone(receiver: Receiver):
    other = Receiver()
    ran(
        "import httpx, requests\n"
        "with t.session('s') as s:\n"
        f"    requests.post('{other.url}/v1/traces')\n"
        f"    httpx.post('{other.url}/v1/traces')\n"
        "    s.add_step(1)\n",
        receiver.url,
        TROPIR_API_KEY="tropir-secret",
    )
    receiver.span("step")
    assert {headers["x-headwater-key"] for headers in receiver.headers} == {"tropir-secret"}
    assert len(other.headers) == 2
    assert not [value for headers in other.headers for value in headers.values() if "tropir-secret" in value]
    other.close()


def test_what_was_told_just_before_the_end_arrives(receiver: Receiver):
    ran("t.begin_session('never ended'); t.session('never ended').add_step({'k': 1}, 'last')", receiver.url)
    assert receiver.span("last").parent_span_id == receiver.span("never ended").span_id


def test_workers_of_an_executor_are_in_the_session_of_who_submits(receiver: Receiver):
    ran(
        """
import asyncio
@t.begin_session("pool")
async def main(number):
    with t.SessionAwareThreadPoolExecutor(2) as pool:
        assert [*pool.map(lambda _: t.get_session_id(), range(4))] == [t.get_session_id()] * 4
        pool.submit(lambda: t.session("pool").add_step(str(number), "worked"))
    return t.get_session_id()
async def both():
    return await asyncio.gather(main(0), main(1))
print(*asyncio.run(both()))
""",
        receiver.url,
    )
    steps = [span for span in receiver.spans() if span.name == "worked"]
    sessions = {span.span_id: span.session_id for span in receiver.spans() if span.name == "pool"}
    assert len(sessions) == 2
    assert [sessions[step.parent_span_id] for step in steps] == [step.session_id for step in steps]


def test_an_executor_that_was_made_in_a_session_keeps_it_for_who_is_in_none(receiver: Receiver):
    said = ran(
        "with t.session('made') as s:\n    pool = t.SessionAwareThreadPoolExecutor(1)\n"
        "print(pool.submit(t.get_session_id).result() == s.session_id, t.get_session_name())\n"
        "print(pool.submit(lambda: t.get_session_name()).result()); pool.shutdown(True, False)",
        receiver.url,
    )
    assert said == "True None\nmade\n"


def test_workers_in_other_processes_are_in_the_session_and_the_trace(receiver: Receiver, tmp_path: Path):
    ran(
        """
def work(number):
    t.session("work").add_step({"n": number}, "in a worker")
    return t.get_session_id()
if __name__ == "__main__":
    with t.session("work") as s, t.SessionAwareProcessPoolExecutor(1) as pool:
        assert [pool.submit(work, n).result() for n in range(2)] == [s.session_id] * 2
""",
        receiver.url,
        tmp_path,
    )
    session = receiver.span("work")
    steps = [span for span in receiver.spans() if span.name == "in a worker"]
    assert [step.session_id for step in steps] == [session.session_id] * 2
    assert [step.parent_span_id for step in steps] == [session.span_id] * 2


def test_a_captured_session_can_be_applied_in_a_thread(receiver: Receiver):
    said = ran(
        """
import threading
assert t.capture_async_session_context() is None
t.apply_session_context(None)
with t.session("main") as s:
    told = t.capture_async_session_context()
def work():
    t.apply_session_context(told)
    print(t.get_session_id() == s.session_id, t.get_session_name(), sorted(told))
thread = threading.Thread(target=work); thread.start(); thread.join()
""",
        receiver.url,
    )
    assert said == "True main ['session_id', 'session_name', 'thread_id']\n"


def test_what_a_client_of_openai_asks_within_a_session_belongs_to_it_and_counts_once(receiver: Receiver):
    with Simulator() as simulator:
        ran(
            f"""
import openai
client = openai.OpenAI(base_url="{simulator.openai_url}", api_key="sk-x", max_retries=5)
with t.session("asking"):
    with t.tropir_llm_call("answer", model="gpt-4o-mini") as call:
        call.set_response(client.chat.completions.create(
            model="gpt-4o-mini", messages=[{{"role": "user", "content": "hi"}}]))
assert client.max_retries == 5
""",
            receiver.url,
        )
    calls = [span for span in receiver.spans() if span.kind == "call"]
    named = receiver.span("answer")
    assert [call.session_id for call in calls] == [receiver.span("asking").session_id] * 2
    (asked,) = [call for call in calls if call is not named]
    assert asked.parent_span_id == named.span_id
    assert asked.call is not None
    assert named.call is not None
    assert asked.call.response_id == named.call.response_id != ""


def test_an_export_holds_nothing_of_the_environment(tmp_path: Path):
    (tmp_path / "utils").mkdir()
    (tmp_path / "utils" / "__init__.py").write_text("raise RuntimeError('the program has a package of that name')")
    said = ran(
        "t.begin_session('s'); t.tropir_variable('v', 1); t.get_current_span().add('k', 1)\n"
        "print(t.export_session_data(), t.get_session_summary(), t.create_rerun_script())",
        "http://127.0.0.1:1",
        tmp_path,
        OPENAI_API_KEY="sk-hidden",
        TROPIR_API_KEY="tropir-hidden",
        HEADWATER_EXIT_TIMEOUT_S="0",
    )
    assert "hidden" not in said
    assert str(tmp_path) not in said


_RERUN = """
import sys
@t.begin_session("pipeline")
def pipeline():
    question = t.tropir_variable("question", "What's the weather?")
    print(t.tropir_prompt("ask", "Answer:", role="user"), question)
    if len(sys.argv) == 1:
        t.create_rerun_script(
            output_file="again.sh", startup_command=f"{sys.executable} program.py again",
            modified_variables={"question": "it's `here`?"}, modified_prompts={"ask": "Say $HOME:"})
pipeline()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the script is one for a shell of Unix")
def test_a_script_runs_the_program_again_with_other_values(receiver: Receiver, tmp_path: Path):
    assert ran(_RERUN, receiver.url, tmp_path) == "Answer: What's the weather?\n"
    script = tmp_path / "again.sh"
    assert script.stat().st_mode & 0o777 == 0o700
    told = passed_on() | {"TROPIR_METADATA_ENDPOINT": f"{receiver.url}/api/v1/metadata"}
    again = subprocess.run([str(script)], env=told, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (again.returncode, again.stdout, again.stderr) == (0, "Say $HOME: it's `here`?\n", "")
    first, second = (span for span in receiver.spans() if span.name == "pipeline")
    assert second.metadata["original_session_id"] == first.session_id
    assert second.metadata["rerun_session_id"] == second.session_id != first.session_id


def test_a_child_that_was_forked_tells_its_own_steps(receiver: Receiver):
    ran(
        """
import os
with t.session("forked") as s:
    s.add_step("parent", "in the parent")
    child = os.fork()
    if child == 0:
        s.add_step("child", "in the child")
        import headwater; headwater.flush(10)
        os._exit(0)
    os.waitpid(child, 0)
""",
        receiver.url,
    )
    told = {span.name: span.session_id for span in receiver.spans()}
    assert told == dict.fromkeys(("forked", "in the parent", "in the child"), receiver.span("forked").session_id)
