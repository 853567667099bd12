"""A crowd of clients before one upstream that closes, resets and says too much: each gets its answers, no other's."""

import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.proxy.strictness.trying import Client, Gateway

_CLIENTS = 16
_TURNS = 30
_THEN = ("", "", "", "?then=close", "?then=reset", "?then=surplus")


def test_in_a_crowd_no_answer_goes_to_another(gateway: Gateway) -> None:
    gateway.upstream.forget(())
    with ThreadPoolExecutor(_CLIENTS) as crowd:
        answered = sum(crowd.map(partial(_talk, gateway.port), range(_CLIENTS)))
    asked = [request.start for request in gateway.upstream.requests]
    assert gateway.upstream.nonsense == []
    assert len(asked) == len(set(asked)), "what may not be repeated was"
    assert answered > _CLIENTS * _TURNS / 2


def _talk(port: int, number: int) -> int:
    """Ask again and again, some requests at a time; return how many were answered."""
    chance = random.Random(number)
    answered = 0
    client = Client(port)
    for turn in range(_TURNS):
        asked = [f"/v1/{number}-{turn}-{each}{chance.choice(_THEN)}" for each in range(chance.randint(1, 3))]
        if client.is_over:
            client.socket.close()
            client = Client(port)
        client.answers.clear()
        client.send(b"".join(map(_request, asked)))
        client.read_answers(len(asked))
        for path, told in zip(asked, client.told(), strict=False):
            assert told in (f"200 POST {path} {path}", "failed") or told.endswith("(cut)")
            answered += told.startswith("200 POST")
    client.socket.close()
    return answered


def _request(path: str) -> bytes:
    head = f"POST /openai{path} HTTP/1.1\r\nhost: gateway\r\ncontent-length: {len(path)}\r\n\r\n"
    return head.encode() + path.encode()
