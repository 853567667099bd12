"""What the server said of the last proxied call, for whoever made that call: held per task and thread, per client."""

from contextvars import ContextVar
from itertools import count
from typing import Any, NamedTuple

_MOST = 16
_numbers = count()


class Answered(NamedTuple):
    """What the headers of an answer say; None where they do not."""

    trace_id: str | None = None
    threat_level: str | None = None
    threat_score: float | None = None


_here: ContextVar[tuple[tuple[int, Answered], ...]] = ContextVar("prysm_answered", default=())


class LastAnswer:
    """The last answer to one client's calls, as this task or thread has seen it."""

    def __init__(self) -> None:
        self._number = next(_numbers)

    def note(self, headers: Any) -> None:
        """Read an answer's headers."""
        found = Answered(
            headers.get("x-prysm-trace-id"),
            headers.get("x-prysm-threat-level"),
            _number(headers.get("x-prysm-threat-score")),
        )
        others = tuple(pair for pair in _here.get() if pair[0] != self._number)
        _here.set((*others[1 - _MOST :], (self._number, found)))

    def get(self) -> Answered:
        """What was noted last here."""
        return dict(_here.get()).get(self._number, Answered())


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
