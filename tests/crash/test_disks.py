"""A journal that cannot be written: 503 with Retry-After, nothing acknowledged, and no restart needed afterwards."""

import errno
import random
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.crash.disks import Disk, SmallDisk, refusing_disk, small_disk
from tests.crash.found import assert_all_there
from tests.sending import Sent, body_of, draw
from tests.serving import Server, wait_until

_EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


_MIB = 1024 * 1024


@pytest.fixture(params=["small journal", "small data folder", "full journal", "read-only journal"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """Each way in which a disk can fail."""
    data = tmp_path / "data"
    ways = {
        "small journal": lambda: small_disk(data / "journal", 6 * _MIB),
        "small data folder": lambda: small_disk(data, 80 * _MIB),
        "full journal": lambda: refusing_disk(data / "journal", errno.ENOSPC),
        "read-only journal": lambda: refusing_disk(data / "journal", errno.EROFS),
    }
    with ways[request.param]() as made:
        yield made


@pytest.fixture
def server(disk: Disk, tmp_path: Path) -> Iterator[Server]:
    """A server whose journal lies on that disk."""
    with Server(tmp_path, extra=disk.extra) as running:
        yield running


def test_a_disk_that_fails_is_told_with_503_and_taken_into_use_again(
    disk: Disk, server: Server, chance: random.Random
) -> None:
    edge = server.children()["edge-0"]
    before = _send_some(server, chance, 0)
    disk.break_down()
    offered = draw(chance, 1000, 60)
    kept = _offer(server, offered)
    assert kept == [] or isinstance(disk, SmallDisk), "acknowledged without a disk"
    assert len(kept) < len(offered), "nothing was refused"
    _assert_grpc_refused(server, offered)
    disk.recover()
    wait_until(server.is_ready, 10, "/ready after the disk came back")
    after = _send_some(server, chance, 2000)
    assert server.children()["edge-0"] == edge, "no edge was started anew"
    server.await_loaded()
    assert_all_there(server, before + kept + after, offered)


def _send_some(server: Server, chance: random.Random, first: int) -> list[Sent]:
    """Batches that must all be acknowledged."""
    sent = draw(chance, first, 120)
    for start in range(0, len(sent), 6):
        assert server.send(body_of(sent[start : start + 6])).status == 200
    return sent


def _offer(server: Server, spans: list[Sent]) -> list[Sent]:
    """Send batches to a disk that fails; return those acknowledged.

    A full disk that others write to, too, has room again for a moment when they delete a file: what is acknowledged
    then must be kept like everything acknowledged.
    """
    kept: list[Sent] = []
    for start in range(0, len(spans), 6):
        batch = spans[start : start + 6]
        answer = server.send(body_of(batch))
        if answer.status == 200:
            kept += batch
            continue
        assert answer.status == 503, answer.body
        assert int(answer.headers["retry-after"]) >= 1
    return kept


def _assert_grpc_refused(server: Server, spans: list[Sent]) -> None:
    """gRPC has its own word for 503, and /ready says no."""

    def answer() -> grpc.StatusCode:
        with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
            try:
                channel.unary_unary(_EXPORT)(
                    body_of(spans[:1]), metadata=(("x-headwater-key", server.key),), timeout=20
                )
            except grpc.RpcError as error:
                return error.code()
        return grpc.StatusCode.OK

    wait_until(lambda: answer() is grpc.StatusCode.UNAVAILABLE, 20, "UNAVAILABLE over gRPC")
    wait_until(lambda: not server.is_ready(), 5, "/ready to say no")
