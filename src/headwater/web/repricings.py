"""Re-pricings: wishes to price a stretch of a project's calls anew, as people see them; the server room does them.

Times are RFC 3339 in UTC.
"""

from typing import Literal, Protocol

from headwater.clock import now_ns
from headwater.query import read_time
from headwater.web.health import Shown


class RepricingShown(Shown, frozen=True, kw_only=True):
    """A wish to price anew the calls that started from `start` until before `end` (None: since ever).

    Of about `total` calls, `seen` were looked at and `changed` written anew. `asked_by` is a person's name, "" for the
    command line; `problem` is what it waits for, or why it failed.
    """

    id: int
    start: str | None
    end: str
    state: Literal["asked", "running", "done", "stopped", "failed"]
    total: int
    seen: int
    changed: int
    asked: str
    ended: str | None
    asked_by: str
    problem: str

    @property
    def is_open(self) -> bool:
        """Whether there is more to do."""
        return self.state in ("asked", "running")


class Repricings(Protocol):
    """What can be asked of the loader about prices. All may block."""

    def ask(self, project: str, since_ns: int, until_ns: int, asked_by: str) -> RepricingShown:
        """Ask for a stretch (Unix nanoseconds). Raises BadRequest while another of the project is under way."""
        ...

    def all(self, project: str) -> tuple[RepricingShown, ...]:
        """The last wishes of a project, newest first."""
        ...

    def one(self, project: str, wish_id: int) -> RepricingShown:
        """A wish as it stands. Raises NotFound."""
        ...

    def stop(self, project: str, wish_id: int) -> RepricingShown:
        """Do no more of a wish; what is priced stays so. Raises NotFound."""
        ...


def stretch_of(start: str, end: str) -> tuple[int, int]:
    """A stretch in Unix nanoseconds, since ever and until now where it is open; raises BadRequest."""
    until_ns = read_time(end, "end")
    return max(0, read_time(start, "start") or 0), now_ns() if until_ns is None else until_ns
