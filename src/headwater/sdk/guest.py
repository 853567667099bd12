"""The one guard: our code runs inside a user's program, and nothing that fails in it may be felt there.

What is caught here is counted and told to the logger "headwater" at level DEBUG, at most once a minute. With
HEADWATER_RAISE=1 in the environment it is raised again, for tests.
"""

import contextlib
import functools
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from headwater import clock
from headwater.sdk.settings import is_raising

if TYPE_CHECKING:
    from logging import Logger

P = ParamSpec("P")
R = TypeVar("R")

_LOG_EVERY_S = 60.0

_caught = 0
_logged_at_s = -_LOG_EVERY_S


def caught() -> int:
    """How many failures of ours were kept from the program since it began."""
    return _caught


def logger() -> "Logger":
    """The logger "headwater". It has a handler that does nothing: without one Python would write to stderr for it."""
    import logging  # it costs a quarter of all that an import of ours may cost

    ours = logging.getLogger("headwater")
    if not ours.handlers:
        ours.addHandler(logging.NullHandler())
    return ours


def report(error: Exception, doing: str = "") -> None:
    """Take note of a failure of ours. Raises it again only under HEADWATER_RAISE=1."""
    global _caught, _logged_at_s
    _caught += 1
    if is_raising():
        raise error
    now_s = clock.monotonic_s()
    if now_s - _logged_at_s < _LOG_EVERY_S:
        return
    _logged_at_s = now_s
    # A user's log handler may raise, and then there is nobody left to tell.
    with contextlib.suppress(Exception):
        logger().debug("headwater failed%s; the program goes on", f" in {doing}" if doing else "", exc_info=error)


def guest(function: Callable[P, R]) -> Callable[P, R | None]:
    """Let a function of ours return None where it would raise."""

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - this is the guard
            report(error, function.__qualname__)
            return None

    return guarded


class Quietly:
    """`with quietly("telling a chunk"): ...`: what fails inside is reported and goes no further."""

    __slots__ = ("_doing",)

    def __init__(self, doing: str) -> None:
        self._doing = doing

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        report(error, self._doing)
        return True


def quietly(doing: str) -> Quietly:
    """Run a block of ours so that no exception leaves it; `doing` is for the log."""
    return Quietly(doing)
