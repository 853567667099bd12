"""Lives of a server that relays: it stops when its streams are over, and does without a journal as it was told."""

import errno
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.crash.disks import Disk, refusing_disk
from tests.proxy.proxied import DONE, STREAM, STREAM_END, Proxied, answered, asked, chunk, piece, proxied_through, whole
from tests.proxy.upstream import Do
from tests.serving import Server, wait_until


def test_a_stream_under_way_is_finished_before_the_server_stops(tmp_path: Path) -> None:
    with Server(tmp_path) as server, proxied_through(server, "draining") as proxied, ThreadPoolExecutor(1) as beside:
        proxied.upstream.forget((STREAM, piece(chunk("Pa")), Do.HOLD, piece(chunk("ris")), piece(DONE), STREAM_END))
        with proxied.opened(asked(stream=True)) as answer:
            assert answer.readline() + answer.readline() == chunk("Pa")
            stopped = beside.submit(server.stop)
            wait_until(lambda: not _takes_connections(server), 20, "no more calls to be taken")
            proxied.upstream.release()
            assert answer.read() == chunk("ris") + DONE
        assert stopped.result() == 0
        server.start()
        assert proxied.row(answer, "output_preview", "status") == ("Paris", "unset")


def test_a_stream_that_does_not_end_is_broken_off_and_recorded_with_what_came(tmp_path: Path) -> None:
    extra = {"HEADWATER_PROXY_DRAIN_S": "1"}
    with Server(tmp_path, extra=extra) as server, proxied_through(server, "endless") as proxied:
        proxied.upstream.forget((STREAM, piece(chunk("Pa")), Do.AWAIT_CLOSE))
        with proxied.opened(asked(stream=True)) as answer:
            assert answer.readline()
            assert server.stop() == 0
            with pytest.raises(Exception, match=r"IncompleteRead|Connection reset"):
                answer.read()
        server.start()
        assert proxied.row(answer, "output_preview") == ("Pa",)


def _takes_connections(server: Server) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", server.port)) == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """The journal's disk, which can be full."""
    with refusing_disk(tmp_path / "data" / "journal", errno.ENOSPC) as made:
        yield made


@pytest.fixture(params=["forward", "refuse"])
def choice(request: pytest.FixtureRequest) -> str:
    """What is to be done without a journal."""
    return request.param


@pytest.fixture
def on_disk(disk: Disk, choice: str, tmp_path: Path) -> Iterator[Proxied]:
    """A project on a server whose journal lies on that disk."""
    extra = {**disk.extra, "HEADWATER_PROXY_WHEN_JOURNAL_FAILS": choice}
    with Server(tmp_path, extra=extra) as server, proxied_through(server, "journal") as made:
        made.upstream.forget((whole(answered()),))
        yield made


def test_without_a_journal_calls_are_forwarded_and_counted_or_refused(
    disk: Disk, choice: str, on_disk: Proxied
) -> None:
    assert on_disk.post().status == 200
    disk.break_down()
    if choice == "forward":
        assert [on_disk.post().status for _ in range(5)] == [200] * 5
        wait_until(lambda: _lost(on_disk.server) >= 1, 20, "the loss to be counted")
    else:
        refused = wait_until(lambda: (answer := on_disk.post()).status == 503 and answer, 20, "a refusal")
        assert refused.headers["x-headwater-error"] == "journal_unavailable"
        assert int(refused.headers["retry-after"]) >= 1
    disk.recover()
    answer = wait_until(
        lambda: (found := on_disk.post()).status == 200 and found, 20, "a call after the disk came back"
    )
    assert on_disk.row(answer, "request_model") == ("gpt-4o-mini",)


def _lost(server: Server) -> float:
    """Records that were lost, as the metrics have them."""
    text = server.request("GET", "/metrics", headers={}).body.decode()
    return sum(float(line.split()[-1]) for line in text.splitlines() if "journal could not be written" in line)
