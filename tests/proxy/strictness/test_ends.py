"""Ends: an upstream that dies at every byte of its answer, and bytes that nobody asked for."""

import pytest

from tests.proxy.strictness.trying import REFUSED, Case, Client, Gateway, Verdict, settle, try_case
from tests.proxy.upstream import Do
from tests.proxy.wire import take_answer
from tests.serving import wait_until

_ASKED = b"POST /openai/v1/b HTTP/1.1\r\nhost: gateway\r\ncontent-length: 0\r\n\r\n"
_OK = b"HTTP/1.1 200 OK\r\nx-mock: 1\r\n"
_EVIL = b"HTTP/1.1 200 OK\r\nx-mock: 1\r\ncontent-length: 4\r\n\r\nEVIL"
_ANSWERS = {
    "a length": _OK + b"content-length: 6\r\n\r\nabcdef",
    "chunks": _OK + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n",
    "the end of the line": _OK + b"\r\nabcdef",
}


@pytest.mark.parametrize("name", _ANSWERS)
def test_an_upstream_that_dies_at_any_byte_is_told_of_as_it_is(gateway: Gateway, name: str) -> None:
    answer = _ANSWERS[name]
    for length in range(len(answer)):
        script = (answer[:length], Do.CLOSE)
        case = Case(f"{name}, {length} bytes", _ASKED, _verdict_on(answer[:length]), script)
        assert (length, try_case(gateway, case)) == (length, case.verdict)


def _verdict_on(came: bytes) -> Verdict:
    """What is right for a client when only these bytes came."""
    taken = take_answer(came, is_ended=True)
    if taken is None:
        return Verdict(("POST /v1/b",), ("failed",), "kept")
    answer = taken[0]
    return Verdict(("POST /v1/b",), (answer.told(),), "kept" if answer.is_whole else "closed")


def test_a_kept_connection_that_ends_is_not_asked_again_for_what_may_not_be_repeated(of_headwater: Gateway) -> None:
    """It may have been done already. A GET is asked again over another; a POST is the client's to repeat."""
    settle(of_headwater)
    posted = Case("a POST", _ASKED, script=(Do.CLOSE,))
    assert try_case(of_headwater, posted) == Verdict(("POST /v1/b",), ("failed",), "kept")
    fetched = Case("a GET", _ASKED.replace(b"POST", b"GET"), script=(Do.CLOSE,))
    assert try_case(of_headwater, fetched) == Verdict(("GET /v1/b", "GET /v1/b"), ("failed",), "kept")


def test_what_an_idle_connection_brings_reaches_nobody(gateway: Gateway) -> None:
    """An answer to a request that nobody made: the connection is given up, and the next call takes another."""
    upstream = gateway.upstream
    upstream.forget((_ANSWERS["a length"], Do.PAUSE, _EVIL, Do.AWAIT_CLOSE))
    closed = upstream.closed
    with Client(gateway.port) as client:
        client.send(_ASKED)
        client.read_answers(1)
        assert client.told() == ("200 abcdef",)
        wait_until(lambda: upstream.closed > closed, 10, "the connection to be given up")
        assert client.probe() == "kept"
        assert client.told() == ("200 abcdef",)
    for _ in range(4):
        settle(gateway)


def test_interim_answers_without_end_are_borne_in_bounds(of_headwater: Gateway) -> None:
    flood = b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" * 20_000
    case = Case("a flood", _ASKED, script=(flood, _ANSWERS["a length"]))
    assert try_case(of_headwater, case).client in (("200 abcdef",), ("failed",))


def test_a_broken_body_to_a_page_of_ours_ends_the_line(of_headwater: Gateway) -> None:
    lines = (b"POST /v1/traces HTTP/1.1", b"host: gateway", b"content-type: application/json")
    head = b"\r\n".join((*lines, b"transfer-encoding: chunked", b"", b""))
    for is_slow in (False, True):
        assert try_case(of_headwater, Case("a broken body", head + b"3\r\nabc\r\nxyz\r\n"), is_slow) == REFUSED
