"""Lives of a server: dev mode, an orderly stop that loses nothing, and the demo."""

import random
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.crash.found import assert_all_there
from tests.crash.senders import Senders
from tests.sending import body_of, draw
from tests.serving import PROTOBUF, Server, command, free_ports, wait_until


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server that one test may stop."""
    with Server(tmp_path) as running:
        yield running


def test_dev_mode_takes_what_comes_without_a_key(tmp_path: Path) -> None:
    with Server(tmp_path, ["--dev"]) as server:
        sent = draw(random.Random(), 1, 3)
        answer = server.request("POST", "/v1/traces", body_of(sent), {"content-type": PROTOBUF})
        assert answer.status == 200
        server.await_loaded()
        assert_all_there(server, sent)


def test_dev_mode_is_refused_where_others_could_reach_it(tmp_path: Path) -> None:
    ran = command("serve", "--dev", "--host", "0.0.0.0", "--data", str(tmp_path / "data"))  # noqa: S104 - it must be refused
    assert ran.code == 1
    assert "loopback" in ran.err


def test_a_second_server_on_the_same_folder_is_refused(own: Server) -> None:
    ports = [str(port) for port in free_ports(3)]
    options = ("--port", ports[0], "--otlp-port", ports[1], "--grpc-port", ports[2])
    ran = command("serve", "--data", str(own.data), *options)
    assert ran.code == 1
    assert f"headwater: headwater already serves {str(own.data)!r}" in ran.err
    assert own.is_ready()


def test_an_orderly_stop_in_the_middle_of_sending_loses_nothing(own: Server) -> None:
    with Senders(own, random.Random(), threads=2) as senders:
        wait_until(lambda: len(senders.acknowledged) > 200, 20, "some acknowledged spans")
        assert own.stop() == 0
    log = own.log
    assert [word for word in ("Fatal", "Traceback", "did not stop in time") if word in log] == []
    own.start()
    own.await_loaded()
    assert_all_there(own, senders.acknowledged, senders.refused)


def test_ctrl_c_in_a_terminal_stops_all_in_order(own: Server) -> None:
    children = own.children()
    own.interrupt()
    assert own.stop() == 0
    assert not [pid for pid in children.values() if psutil.pid_exists(pid)]
    assert "did not stop in time" not in own.log


def test_the_demo_checks_itself_and_leaves_nothing_behind(tmp_path: Path) -> None:
    ports = [str(port) for port in free_ports(3)]
    options = ("--port", ports[0], "--otlp-port", ports[1], "--grpc-port", ports[2])
    ran = command("demo", "--once", *options, extra={"TMPDIR": str(tmp_path)}, timeout_s=110)
    assert ran.code == 0, ran.err[-3000:]
    assert "spans of" in ran.out
    assert "live calls through the SDK sent and queryable" in ran.out
    assert "6 of them passed the proxy too, and count once" in ran.out
    assert "live calls through the proxy alone sent and queryable" in ran.out
    assert list(tmp_path.glob("headwater-demo-*")) == []


def test_doctor_and_query_work_without_a_server(own: Server) -> None:
    sent = draw(random.Random(), 1, 3)
    assert own.send(body_of(sent)).status == 200
    own.await_loaded()
    assert own.stop() == 0
    ran = command("query", "--data", str(own.data), "--format", "csv", "SELECT count() AS n FROM calls")
    assert (ran.code, ran.out) == (0, "n\n3\n")
    ran = command("doctor", "--data", str(own.data))
    assert ran.code == 0, ran.out
    assert "no server runs on this folder" in ran.out
    assert "3 spans" in ran.out
    ran = command("reindex", "--data", str(own.data))
    assert ran.code == 0, ran.err
    assert "1 envelopes loaded again, 0 failed" in ran.out
