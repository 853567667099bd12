"""WebSockets through a tunnel, on real sockets and both event loops: what passes, and what is told of it."""

import asyncio
import hashlib
import json
import random
import socket
import struct
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
import openai
import pytest
import uvloop
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

from headwater.capture import Recorded
from headwater.event import Message, Text
from headwater.proxy.socket.tunnel import Bounds
from tests.rooms.proxy.tunnels import OPENED, Host, RawUpstream, frame, hosting, raw_pair, receive
from tests.serving import wait_until

MakeLoop = Callable[[], asyncio.AbstractEventLoop]

_MESSAGE = {"id": "m", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Paris."}]}
_USAGE = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
_RESPONSE = {"id": "resp_1", "object": "response", "status": "completed", "output": [_MESSAGE], "usage": _USAGE}
_CREATE = json.dumps({"type": "response.create", "model": "gpt-x", "input": "Where?"})
_DELTA = {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "delta": "Paris."}
_REALTIME = msgspec.structs.replace(OPENED, path="/v1/realtime?model=gpt-realtime")
_MANY_BYTES = 48 * 1024 * 1024


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def make_loop(request: pytest.FixtureRequest) -> MakeLoop:
    return request.param


def _answer(connection: ServerConnection) -> None:
    """Answer each `response.create`; close at "quit", hang up at "drop", and repeat all that is no JSON."""
    for data in connection:
        if isinstance(data, bytes) or not data.startswith("{"):
            connection.send(data)
            continue
        event = json.loads(data)
        if event["type"] == "quit":
            connection.close(4001, "session over")
        elif event["type"] == "drop":
            connection.socket.shutdown(socket.SHUT_RDWR)
        elif event["type"] == "response.create":
            _respond(connection, event)


def _respond(connection: ServerConnection, event: dict[str, Any]) -> None:
    realtime = "/realtime" in (connection.request.path if connection.request else "")
    response = {**_RESPONSE, "model": event.get("model", "gpt-realtime")}
    connection.send(json.dumps({"type": "response.created", "response": {**response, "output": [], "usage": None}}))
    connection.send(json.dumps(_DELTA))
    if event.get("input") != "leave open":
        connection.send(
            json.dumps({"type": "response.done" if realtime else "response.completed", "response": response})
        )


@pytest.fixture(scope="module")
def upstream_port() -> Generator[int]:
    with serve(_answer, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.socket.getsockname()[1]
        server.shutdown()
        thread.join()


@contextmanager
def _talking(make_loop: MakeLoop, port: int, opened: Recorded = OPENED) -> Generator[tuple[Host, Any]]:
    with hosting(make_loop, port, opened) as host, connect(host.url) as connection:
        yield host, connection


def _heard(connection: Any, last: str) -> list[str]:
    seen: list[str] = []
    while last not in seen:
        seen.append(json.loads(connection.recv(timeout=60))["type"])
    return seen


def test_a_response_is_told_with_who_asked(make_loop: MakeLoop, upstream_port: int):
    with _talking(make_loop, upstream_port) as (host, connection):
        connection.send(_CREATE)
        assert _heard(connection, "response.completed")[0] == "response.created"
        span = host.only_span()
    call = span.call
    assert call is not None
    assert (call.operation, call.provider, call.request_model, call.response_id) == (
        "chat",
        "openai",
        "gpt-x",
        "resp_1",
    )
    assert call.input == (Message(role="user", parts=(Text(content="Where?"),)),)
    assert call.output[0].parts == (Text(content="Paris."),)
    assert (call.usage and (call.usage.input_tokens, call.usage.output_tokens), call.is_stream) == ((5, 2), True)
    assert (span.trace_id, span.parent_span_id) == ("0a" * 16, "0b" * 8)
    assert (span.session_id, span.user_id, span.tags, span.metadata) == ("talks", "ada", ("voice",), {"plan": "pro"})
    assert (span.attributes["headwater.key_id"], span.attributes["headwater.stream.end"]) == ("key1", "complete")
    assert (host.missed, host.room.taken) == ([], 0)


def test_each_response_is_a_call_of_its_own(make_loop: MakeLoop, upstream_port: int):
    with _talking(make_loop, upstream_port, _REALTIME) as (host, connection):
        for _ in range(5):
            connection.send('{"type":"response.create"}')
            _heard(connection, "response.done")
        wait_until(lambda: len(host.turns) == 5)
        spans = host.spans()
        assert host.only_tunnel().turns == 5
    assert {span.call and span.call.request_model for span in spans} == {"gpt-realtime"}
    assert len({span.span_id for span in spans}) == 5
    assert len({span.trace_id for span in spans}) == 1


def test_the_real_client_sees_no_difference(make_loop: MakeLoop, upstream_port: int):
    with hosting(make_loop, upstream_port) as host:
        base_url = f"http://127.0.0.1:{host.port}/v1"
        with openai.OpenAI(base_url=base_url, api_key="sk-mock") as client, client.responses.connect() as connection:
            connection.response.create(model="gpt-x", input="Where?")
            kinds = [connection.recv().type for _ in range(3)]
        span = host.only_span()
    assert kinds == ["response.created", "response.output_text.delta", "response.completed"]
    assert span.call is not None
    assert span.call.request_model == "gpt-x"


def test_pings_texts_bytes_and_the_closing_pass(make_loop: MakeLoop, upstream_port: int):
    with _talking(make_loop, upstream_port) as (host, connection):
        assert connection.ping().wait(60)
        for data in ("häh", "", b"\x00\xff" * 100_000, b""):
            connection.send(data)
            assert connection.recv(timeout=60) == data
        connection.send(["in ", "three ", "parts"])
        assert connection.recv(timeout=60) == "in three parts"
        connection.send('{"type":"quit"}')
        with pytest.raises(ConnectionClosed, match=r"4001.*session over"):
            connection.recv(timeout=60)
        wait_until(lambda: host.only_tunnel().is_over)
    assert (host.turns, host.missed, host.room.taken) == ([], [], 0)


def test_compression_is_not_agreed_on(make_loop: MakeLoop, upstream_port: int):
    """The client offers it; the upstream never hears of that, and its frames stay readable."""
    with _talking(make_loop, upstream_port) as (host, connection):
        assert connection.response.headers.get("sec-websocket-extensions") is None
        connection.send(_CREATE)
        host.only_span()


def test_an_upstream_that_closes_cuts_the_response(make_loop: MakeLoop, upstream_port: int):
    with _talking(make_loop, upstream_port) as (host, connection):
        connection.send(json.dumps({"type": "response.create", "model": "gpt-x", "input": "leave open"}))
        _heard(connection, "response.output_text.delta")
        connection.send('{"type":"quit"}')
        span = host.only_span()
    assert (span.status, span.attributes["headwater.stream.end"]) == ("error", "cut")
    assert span.failure is not None
    assert (span.failure.type, span.failure.message[-17:]) == ("upstream_closed", "4001 session over")
    assert span.call is not None
    assert span.call.output[0].parts == (Text(content="Paris."),)


def test_an_upstream_that_vanishes_takes_the_client_along(make_loop: MakeLoop, upstream_port: int):
    with _talking(make_loop, upstream_port) as (host, connection):
        connection.send(json.dumps({"type": "response.create", "model": "gpt-x", "input": "leave open"}))
        _heard(connection, "response.output_text.delta")
        connection.send('{"type":"drop"}')
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=60)
        span = host.only_span()
        wait_until(lambda: host.only_tunnel().is_over)
    assert (span.status, span.attributes["headwater.stream.end"]) == ("error", "cut")


def test_a_client_that_vanishes_takes_the_upstream_along(make_loop: MakeLoop):
    upstream = RawUpstream()
    with hosting(make_loop, upstream.port) as host:
        client, far = raw_pair(host, upstream)
        client.sendall(frame(_CREATE, masked=True))
        far.sendall(frame(json.dumps(_DELTA)))
        receive(client, 10)
        # No goodbye of any kind: the system sends a reset.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        span = host.only_span()
        receive(far, len(frame(_CREATE, masked=True)))
        assert far.recv(1) == b""
        far.close()
        wait_until(lambda: host.only_tunnel().is_over)
    upstream.close()
    assert (span.status, span.attributes["headwater.stream.end"]) == ("unset", "closed")


def test_whoever_says_goodbye_first_has_ended_it(make_loop: MakeLoop, upstream_port: int):
    """The client closes in the middle; the upstream, being polite, hangs up first."""
    with _talking(make_loop, upstream_port) as (host, connection):
        connection.send(json.dumps({"type": "response.create", "model": "gpt-x", "input": "leave open"}))
        _heard(connection, "response.output_text.delta")
        connection.close()
        span = host.only_span()
    assert (span.failure, span.attributes["headwater.stream.end"]) == (None, "closed")


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_frames_may_come_in_any_pieces(make_loop: MakeLoop, size: int):
    upstream = RawUpstream()
    events = [{"type": "response.created", "response": {"id": "resp_1"}}, _DELTA]
    last = {"type": "response.completed", "response": _RESPONSE}
    answer = b"".join(frame(json.dumps(event)) for event in [*events, last])
    asked = frame(_CREATE, masked=True)
    with hosting(make_loop, upstream.port) as host:
        client, far = raw_pair(host, upstream)
        far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for source, data, target in ((client, asked, far), (far, answer, client)):
            for at in range(0, len(data), size):
                source.sendall(data[at : at + size])
                assert receive(target, len(data[at : at + size])) == data[at : at + size]
        span = host.only_span()
        client.close()
        far.close()
    upstream.close()
    assert span.call is not None
    assert (span.call.response_id, host.missed) == ("resp_1", [])


def test_what_is_no_websocket_passes_all_the_same(make_loop: MakeLoop):
    upstream = RawUpstream()
    noise = random.Random(7).randbytes(300_000)
    with hosting(make_loop, upstream.port) as host:
        client, far = raw_pair(host, upstream)
        for source, target in ((client, far), (far, client), (client, far)):
            source.sendall(noise)
            assert receive(target, len(noise)) == noise
        client.close()
        far.close()
        wait_until(lambda: host.only_tunnel().is_over)
    upstream.close()
    assert (host.turns, host.missed, host.room.taken) == ([], ["websocket no longer read: unreadable"], 0)


def test_a_fault_in_the_taking_down_does_not_reach_the_talk(make_loop: MakeLoop, upstream_port: int):
    with _talking(make_loop, upstream_port) as (host, connection):
        host.is_broken = True
        for _ in range(2):
            connection.send(_CREATE)
            _heard(connection, "response.completed")
        wait_until(lambda: host.missed)
    assert (host.turns, host.missed, host.room.taken) == ([], ["websocket no longer read: error"], 0)


class _Pouring:
    """Much sent in frames, as fast as it is taken: `sent_bytes` of `size_bytes` so far."""

    def __init__(self, source: socket.socket, *, masked: bool) -> None:
        self._source = source
        self._frame = frame(b"x" * 65_000, masked=masked, opcode=Opcode.BINARY)
        self._count = _MANY_BYTES // len(self._frame)
        self.size_bytes = self._count * len(self._frame)
        self.sent_bytes = 0
        self.digest = hashlib.sha256(self._frame * self._count).digest()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        with suppress(OSError):
            for _ in range(self._count):
                self._source.sendall(self._frame)
                self.sent_bytes += len(self._frame)


@pytest.mark.parametrize("is_upwards", [True, False], ids=["upstream", "client"])
def test_whoever_does_not_read_holds_up_the_other(make_loop: MakeLoop, is_upwards: bool):
    """All of it arrives in the end, and hardly any of it is ever held here."""
    upstream = RawUpstream()
    with hosting(make_loop, upstream.port) as host:
        client, far = raw_pair(host, upstream, receive_bytes=32_768)
        source, target = (client, far) if is_upwards else (far, client)
        pouring = _Pouring(source, masked=is_upwards)
        wait_until(lambda: host.pauses, what="a pause")
        assert host.pauses[0] == ("client paused" if is_upwards else "upstream paused")
        assert pouring.sent_bytes < pouring.size_bytes
        arrived = hashlib.sha256(receive(target, pouring.size_bytes)).digest()
        pouring.thread.join()
        client.close()
        far.close()
    upstream.close()
    assert (arrived, host.missed) == (pouring.digest, [])
    assert max(host.most_buffered, host.room.most) < 1024 * 1024


def test_a_tunnel_in_which_nothing_passes_is_closed(make_loop: MakeLoop):
    upstream = RawUpstream()
    with hosting(make_loop, upstream.port, bounds=Bounds(idle_s=0.05)) as host:
        client, far = raw_pair(host, upstream)
        assert (client.recv(1), far.recv(1)) == (b"", b"")
        client.close()
        far.close()
        wait_until(lambda: host.only_tunnel().is_over)
    upstream.close()


def test_a_client_that_never_takes_the_rest_is_broken_off(make_loop: MakeLoop):
    upstream = RawUpstream()
    with hosting(make_loop, upstream.port, bounds=Bounds(linger_s=0.05)) as host:
        client, far = raw_pair(host, upstream, receive_bytes=32_768)
        pouring = _Pouring(far, masked=False)
        wait_until(lambda: host.pauses, what="a pause")
        host.do(host.only_tunnel().close)
        wait_until(lambda: host.only_tunnel().is_over, what="the end of the tunnel")
        far.close()
        pouring.thread.join()
        client.close()
    upstream.close()


def test_a_server_that_stops_tells_what_came(make_loop: MakeLoop, upstream_port: int):
    with _talking(make_loop, upstream_port) as (host, connection):
        connection.send(json.dumps({"type": "response.create", "model": "gpt-x", "input": "leave open"}))
        _heard(connection, "response.output_text.delta")
        host.do(host.only_tunnel().close)
        span = host.only_span()
    assert span.attributes["headwater.stream.end"] == "abandoned"
    assert span.failure is not None
    assert span.failure.type == "relay_stopped"


def test_where_no_responses_are_made_bytes_are_counted_only(make_loop: MakeLoop, upstream_port: int):
    opened = msgspec.structs.replace(OPENED, host="speech.example", path="/v1/listen")
    with _talking(make_loop, upstream_port, opened) as (host, connection):
        connection.send(_CREATE)
        _heard(connection, "response.completed")
        tunnel = host.only_tunnel()
        assert min(tunnel.sent_bytes, tunnel.received_bytes) > len(_CREATE)
    assert (host.turns, host.missed, tunnel.turns) == ([], [], 0)
