"""Questions in threads, no more of them than may wait."""

import asyncio
import threading

import pytest

from headwater.errors import Unavailable
from headwater.web.asking import Asker


async def test_a_question_is_answered_off_the_loop():
    asker = Asker(threads=1, waiting=1)
    assert await asker.ask(lambda: threading.current_thread().name) == "question_0"
    asker.close()


async def test_more_than_may_wait_are_refused_and_room_is_made_again():
    asker, gate = Asker(threads=1, waiting=1), threading.Event()
    waiting = [asyncio.ensure_future(asker.ask(gate.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="2 questions already wait"):
        await asker.ask(gate.wait)
    gate.set()
    assert await asyncio.gather(*waiting) == [True, True]
    assert await asker.ask(lambda: 7) == 7
    asker.close()


async def test_a_browser_that_went_away_does_not_free_a_busy_thread():
    asker, gate = Asker(threads=1, waiting=0), threading.Event()
    gone = asyncio.ensure_future(asker.ask(gate.wait))
    await asyncio.sleep(0.05)
    gone.cancel()
    with pytest.raises(Unavailable):
        await asker.ask(lambda: 1)
    gate.set()
    asker.close()


async def test_what_a_question_raises_comes_back():
    asker = Asker(threads=1, waiting=0)
    with pytest.raises(ZeroDivisionError):
        await asker.ask(lambda: 1 // 0)
    asker.close()
