"""The life of the client: first need, init again, off, shutdown, the process's end, a fork."""

import os
import subprocess
import sys
import textwrap

import pytest

import headwater
from headwater.sdk import context
from headwater.sdk.guest import caught, guest, quietly
from tests.receiving import Receiver
from tests.serving import wait_until


def _run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, **environment},
    )


_ONE_SPAN = """
    import headwater
    with headwater.span("in a process") as span:
        span.output(headwater.headers())
"""


def test_a_program_without_init_is_configured_by_its_environment_and_sends_at_its_end(receiver: Receiver):
    ran = _run(_ONE_SPAN, HEADWATER_URL=receiver.url, HEADWATER_SERVICE_NAME="script", HEADWATER_ENVIRONMENT="test")
    assert (ran.stdout, ran.stderr) == ("", "")
    told = receiver.span("in a process")
    assert (told.service_name, told.environment) == ("script", "test")


def test_nothing_is_said_where_no_server_is():
    program = f"import logging; logging.basicConfig(); {textwrap.dedent(_ONE_SPAN)}"
    ran = _run(program.replace("; \n", "\n"), HEADWATER_URL="http://127.0.0.1:9", HEADWATER_EXIT_TIMEOUT_S="0.2")
    assert (ran.stdout, ran.stderr) == ("", "")


def test_nothing_is_said_or_raised_where_the_environment_is_wrong():
    ran = _run(_ONE_SPAN, HEADWATER_URL="://", HEADWATER_ENABLED="0", HEADWATER_MASKS="feelings", HEADWATER_RAISE="")
    assert (ran.stdout, ran.stderr) == ("", "")


def test_switched_off_it_records_nothing_and_starts_nothing(receiver: Receiver):
    ran = _run(
        """
        import sys, threading
        import headwater

        @headwater.span
        def add(a, b):
            return a + b

        with headwater.session("s"), headwater.span("x") as span:
            print(add(1, 2), headwater.headers(), repr(span.traceparent), headwater.current())
            span.set(a=1)
            headwater.score("good", 1)
            headwater.log(model="m")
        print(headwater.flush(), threading.active_count(), "urllib3" in sys.modules)
        """,
        HEADWATER_URL=receiver.url,
        HEADWATER_ENABLED="0",
    )
    assert ran.stdout == "3 {} '' None\nFlushed(sent=0, kept=0, dropped={}) 1 False\n"
    assert receiver.headers == []


def test_new_settings_replace_the_ones_before_after_what_waits_is_sent(receiver: Receiver):
    second = Receiver()
    with headwater.span("first"):
        pass
    headwater.init(url=second.url)
    with headwater.span("second"):
        pass
    assert [span.name for span in second.spans()] == ["second"]
    assert [span.name for span in receiver.spans()] == ["first"]
    headwater.init(url=receiver.url)
    second.close()


def test_the_same_settings_again_change_nothing(receiver: Receiver):
    for name in ("one", "two"):
        with headwater.span(name):
            pass
        headwater.init(url=receiver.url, service_name="tests")
    assert len(receiver.spans()) == 2
    assert headwater.flush().sent == 2


def test_after_shutdown_nothing_is_recorded_until_init(receiver: Receiver):
    with headwater.span("before"):
        pass
    headwater.shutdown()
    headwater.shutdown()
    with headwater.span("between") as span:
        assert span.trace_id == ""
    headwater.init(url=receiver.url, service_name="tests")
    with headwater.span("after"):
        pass
    assert [span.name for span in receiver.spans()] == ["before", "after"]


def test_flush_says_what_became_of_it_all(receiver: Receiver):
    for _ in range(3):
        with headwater.span("counted"):
            pass
    flushed = headwater.flush(timeout=20)
    assert (flushed.sent, flushed.kept, dict(flushed.dropped)) == (3, 0, {})


def test_a_forked_child_has_ids_of_its_own_and_sends(receiver: Receiver):
    _run(
        """
        import os, headwater
        headwater.init()
        with headwater.span("parent"):
            pass
        child = os.fork()
        with headwater.span("after the fork", child=child == 0):
            pass
        if child:
            os.waitpid(child, 0)
        """,
        HEADWATER_URL=receiver.url,
    )
    wait_until(lambda: len(receiver.spans()) >= 3, 20, "three spans")
    after = [span for span in receiver.spans() if span.name == "after the fork"]
    assert {span.attributes["child"] for span in after} == {True, False}
    assert len({span.trace_id for span in after}) == 2


def test_ids_are_drawn_anew_for_each_span():
    scope = context.current_scope()
    drawn = {context.new_ids(scope) for _ in range(1000)}
    assert len({trace for trace, _ in drawn}) == len({span for _, span in drawn}) == 1000


def test_a_failure_of_ours_is_counted_and_goes_no_further(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HEADWATER_RAISE")

    @guest
    def broken() -> int:
        raise RuntimeError("ours")

    before = caught()
    assert broken() is None
    with quietly("a block"):
        raise RuntimeError("ours too")
    assert caught() == before + 2


def test_a_failure_of_ours_is_raised_where_tests_ask_for_it():
    with pytest.raises(RuntimeError), quietly("a block"):
        raise RuntimeError("ours")


def test_what_ends_a_program_passes_the_guard(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HEADWATER_RAISE")
    with pytest.raises(KeyboardInterrupt), quietly("a block"):
        raise KeyboardInterrupt
