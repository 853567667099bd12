"""Whatever becomes of our server, a program does what it does without us: output, errors, exit, and no word from us."""

import functools
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest

from tests.guest import rude
from tests.guest.running import Ran, alone, together, with_guest
from tests.serving import free_ports

# The programs run before the first test that looks at what they did.
pytestmark = pytest.mark.timeout(400)

_JSON = "Content-Type: application/json\r\n"
_TAKING = "taking everything"
_UNTRUSTED = "with a certificate of its own"
_SERVERS = {
    _TAKING: rude.answering("200 OK", b"{}", _JSON),
    "hanging": rude.hang,
    "hanging up": rude.hang_up,
    "answering 503": rude.answering("503 Service Unavailable", b"busy", "Retry-After: 3600\r\n"),
    "answering 401": rude.answering("401 Unauthorized", b"who are you?"),
    "answering nonsense": rude.answering("200 OK", b"\x00<html>", _JSON + "Content-Encoding: gzip\r\n"),
    "speaking no HTTP": rude.be_wild,
    _UNTRUSTED: rude.shake_untrusted_hands,
}
_CALL_SERVERS = (_TAKING, "hanging", _UNTRUSTED)
_SETTINGS = {
    "switched off": {"HEADWATER_ENABLED": "false"},
    "nothing sampled": {"HEADWATER_SAMPLE_RATE": "0"},
    "settings that cannot be": {"HEADWATER_MASKS": "no-such-mask", "HEADWATER_TEXT_LIMIT": "many"},
    "no room to wait": {"HEADWATER_QUEUE_BYTES": "1"},
    "no content": {"HEADWATER_TEXT_LIMIT": "1", "HEADWATER_CONTENT": "off"},
    "a spool nowhere": {"HEADWATER_SPOOL": "/dev/null/nowhere"},
    "no address": {"HEADWATER_URL": "not an address"},
}
_ENDS = (
    "quietly",
    "with a code",
    "with a message",
    "with an exception",
    "with an exception in a thread",
    "at once",
    "terminated",
)
_INTERRUPTED = "interrupted"
_ALONE = "alone"
_LATE = "late"


@contextmanager
def server(name: str) -> Generator[rude.Rude]:
    """One of the servers."""
    with rude.Rude(_SERVERS[name], "https" if name == _UNTRUSTED else "http") as running:
        yield running


def watched(server_name: str, program: str, *arguments: str) -> Ran:
    """Run a program with a server. Where the server takes everything, the end of the program may wait for it."""
    patience = {"HEADWATER_EXIT_TIMEOUT_S": "60"} if server_name == _TAKING else {}
    with server(server_name) as ours:
        ran = with_guest(program, *arguments, url=ours.url, settings=patience)
        assert ours.came or server_name != _TAKING, "nothing was sent: the program was not watched"
    return ran


def nobody() -> str:
    """An address at which nobody listens."""
    (port,) = free_ports(1)
    return f"http://127.0.0.1:{port}"


def assert_same(ran: Ran, without_us: Ran) -> None:
    """Line by line, so that the first difference is shown."""
    lines, lines_without_us = ran.out.splitlines(), without_us.out.splitlines()
    for line, line_without_us in zip(lines, lines_without_us, strict=False):
        assert line == line_without_us
    assert (ran.code, ran.err, len(lines)) == (without_us.code, without_us.err, len(lines_without_us))


@pytest.fixture(scope="module")
def calls(provider: tuple[str, str]) -> dict[str, Ran]:
    """What the program of calls did, alone and with us."""
    runs: dict[str, Callable[[], Ran]] = {
        name: functools.partial(watched, name, "calls.py", *provider) for name in _CALL_SERVERS
    }
    runs[_ALONE] = functools.partial(alone, "calls.py", *provider)
    runs[_LATE] = functools.partial(with_guest, "calls.py", *provider, url=nobody(), is_late=True)
    return together(runs)


@pytest.fixture(scope="module")
def functions() -> dict[str, Ran]:
    """What the program of marked functions did, alone and with us."""
    runs: dict[str, Callable[[], Ran]] = {name: functools.partial(watched, name, "functions.py") for name in _SERVERS}
    runs[_ALONE] = functools.partial(alone, "functions.py")
    for name, settings in _SETTINGS.items():
        runs[name] = functools.partial(with_guest, "functions.py", url=nobody(), settings=settings)
    return together(runs)


@pytest.mark.parametrize("name", [*_CALL_SERVERS, _LATE])
def test_calls_give_the_same_answers_and_errors(name: str, calls: dict[str, Ran]):
    assert calls[_ALONE].code == 0, calls[_ALONE].err
    assert_same(calls[name], calls[_ALONE])


@pytest.mark.parametrize("name", [*_SERVERS, *_SETTINGS])
def test_functions_do_the_same(name: str, functions: dict[str, Ran]):
    assert functions[_ALONE].code == 0, functions[_ALONE].err
    assert_same(functions[name], functions[_ALONE])


@pytest.mark.parametrize("how", _ENDS)
def test_a_program_ends_as_it_would(how: str):
    assert_same(watched("hanging", "exits.py", how), alone("exits.py", how))


def test_an_interrupted_program_ends_as_it_would():
    """The traceback goes through our wrapper; nothing else differs."""
    ran, without_us = watched(_TAKING, "exits.py", _INTERRUPTED), alone("exits.py", _INTERRUPTED)
    assert (ran.code, ran.out) == (without_us.code, without_us.out)
    first, *_, last = ran.err.splitlines()
    assert [first, last] == [without_us.err.splitlines()[0], without_us.err.splitlines()[-1]]
