"""Limits hold before a call is made, and say what was hit in words that a client's user can act on."""

from concurrent.futures import ThreadPoolExecutor

from headwater.access import Measure, Per, Window
from tests.proxy.proxied import CHAT, MESSAGES, Proxied, answered, catalog_of, whole
from tests.proxy.upstream import Do
from tests.serving import Answer, wait_until


def _limit(proxied: Proxied, measure: Measure, amount: float, window: Window = "day", per: Per = "all") -> None:
    with catalog_of(proxied.server) as catalog:
        catalog.add_limit(proxied.project.id, measure=measure, amount=amount, window=window, per=per)


def _words(answer: Answer) -> str:
    assert (answer.status, answer.headers["x-headwater-error"]) == (429, "rate_limit_exceeded")
    assert int(answer.headers["retry-after"]) >= 1
    return answer.json()["error"]["message"]


def test_requests_are_limited_before_the_call(proxied: Proxied) -> None:
    _limit(proxied, "requests", 3)
    proxied.upstream.forget((whole(answered()),))
    answers = [proxied.post(path=path) for path in (CHAT, MESSAGES, CHAT, CHAT)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert len(proxied.upstream.requests) == 3
    words = _words(answers[-1])
    assert "3" in words
    assert "day" in words


def test_each_user_is_limited_by_himself(proxied: Proxied) -> None:
    _limit(proxied, "requests", 1, per="user")
    proxied.upstream.forget((whole(answered()),))
    asked = [proxied.post(headers={"x-headwater-user-id": user}).status for user in ("ann", "bob", "ann", "bob")]
    assert asked == [200, 200, 429, 429]


def test_tokens_that_were_spent_are_counted(proxied: Proxied) -> None:
    """A call takes 27; what it takes is known when it is over."""
    _limit(proxied, "tokens", 40)
    proxied.upstream.forget((whole(answered()),))
    assert [proxied.post().status, proxied.post().status] == [200, 200]
    last = wait_until(lambda: (answer := proxied.post()).status == 429 and answer, 10, "the limit")
    assert "tokens" in _words(last)


def test_calls_at_one_moment_are_limited_and_free_when_over(proxied: Proxied) -> None:
    _limit(proxied, "concurrent", 1, window="")
    proxied.upstream.forget((Do.HOLD, whole(answered())))
    with ThreadPoolExecutor(1) as beside:
        first = beside.submit(proxied.post)
        wait_until(lambda: proxied.upstream.requests, 10, "the first call")
        assert "1" in _words(proxied.post())
        proxied.upstream.release()
        assert first.result().status == 200
    wait_until(lambda: proxied.post().status == 200, 10, "room")
