"""Nothing of the program's is held by us once what waits is sent, or cannot be sent."""

import json

import pytest

from tests.guest import rude
from tests.guest.running import Ran, with_guest

pytestmark = pytest.mark.timeout(300)

_NOTHING: dict[str, object] = {"followed": 18, "held": []}


def _said(ran: Ran) -> object:
    assert ran.err == ""
    return json.loads(ran.out)


def test_nothing_is_held_once_it_is_sent(provider: tuple[str, str]):
    with rude.Rude(rude.answering("200 OK", b"{}", "Content-Type: application/json\r\n")) as ours:
        ran = with_guest("holding.py", *provider, url=ours.url, settings={"HEADWATER_EXIT_TIMEOUT_S": "60"})
        assert ours.came, "nothing was sent: the program was not watched"
    assert _said(ran) == _NOTHING


def test_nothing_is_held_while_the_server_is_away(provider: tuple[str, str]):
    with rude.Rude(rude.hang_up) as ours:
        assert _said(with_guest("holding.py", *provider, url=ours.url)) == _NOTHING
