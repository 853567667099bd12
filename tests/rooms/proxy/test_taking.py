"""What is kept of a call is bounded, and what is left out is told by size, end or hash."""

import hashlib

import pytest

from headwater.proxy.taking import Allowance, Body, Taking, shown_path


def pieces(size: int, count: int) -> list[bytes]:
    """So many pieces, each of another letter."""
    return [bytes([97 + at % 26]) * size for at in range(count)]


def test_a_body_within_its_bound_is_kept_piece_by_piece() -> None:
    body = Body(Allowance(1_000), 100, is_text=True)
    assert all(body.add(piece) for piece in pieces(10, 10))
    assert (body.kept(), body.size_bytes, body.lost_bytes()) == (b"".join(pieces(10, 10)), 100, 0)
    assert body.is_whole


def test_of_a_long_text_the_beginning_and_the_end_are_kept() -> None:
    body = Body(Allowance(10**7), 100, is_text=True)
    sent = pieces(64 * 1024, 10)
    assert [body.add(piece) for piece in [b"beginning", *sent]] == [True] + [False] * 10
    assert body.kept() == b"beginning"
    assert body.lost_bytes() == 10 * 64 * 1024
    assert b"".join([b"beginning", *sent]).endswith(body.tail())
    assert 256 * 1024 <= len(body.tail()) < 384 * 1024
    assert body.sha256() == ""


def test_of_a_long_binary_the_hash_is_that_of_all_of_it() -> None:
    body = Body(Allowance(10**7), 25, is_text=False)
    sent = pieces(10, 7)
    for piece in sent:
        body.add(piece)
    assert body.kept() == b"".join(sent[:2])
    assert body.sha256() == hashlib.sha256(b"".join(sent)).hexdigest()
    assert (body.tail(), body.size_bytes, body.lost_bytes()) == (b"", 70, 50)


def test_what_all_calls_hold_together_is_bounded_and_given_back() -> None:
    allowance = Allowance(100)
    first, second = (Body(allowance, 1_000, is_text=True) for _ in range(2))
    assert first.add(b"x" * 80)
    assert not second.add(b"x" * 30)
    first.let_go()
    third = Body(allowance, 1_000, is_text=True)
    assert third.add(b"x" * 100)


def test_a_second_answer_takes_the_place_of_the_first() -> None:
    allowance = Allowance(10)
    taking = Taking(allowance, 1_000, 1_000, "application/json")
    taking.answered("application/json")
    taking.heard(b"refused!!!")
    taking.answered("text/event-stream")
    taking.heard(b"data: 1\n\n")
    assert taking.answer is not None
    assert taking.answer.kept() == b"data: 1\n\n"
    assert len(taking.chunk_ns) == 1


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (b"/v1/chat/completions", "/v1/chat/completions"),
        (b"/v1beta/models/x:generateContent?key=secret&alt=sse", "/v1beta/models/x:generateContent?key=…&alt=sse"),
        (
            b"/openai/deployments/d/chat?api-version=2024-10-21&Api-Key=s",
            "/openai/deployments/d/chat?api-version=2024-10-21&Api-Key=…",
        ),
        (b"/v1/x?monkey=1", "/v1/x?monkey=1"),
    ],
)
def test_secrets_in_a_query_are_not_shown(target: bytes, shown: str) -> None:
    assert shown_path(target) == shown
