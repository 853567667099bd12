"""Wishes: what people ask of the loader, and what they need to see to ask it: the quarantine, what the journal keeps,
and loading again. The server room fills these structs and does what is asked.

Times are RFC 3339, sizes bytes, counts envelopes unless said otherwise.
"""

from typing import Literal, Protocol

from headwater.web.health import Shown

Projects = tuple[str, ...] | None
"""Of which projects something is asked; None for all, those included that no catalog knows."""


class Held(Shown, frozen=True, kw_only=True):
    """An envelope in quarantine. `received` is None where its head cannot be read; `items` then 0 and `key` "".

    `time` is when it was set aside, `last_tried` when it was tried again without success; `tries` counts the first.
    """

    id: int
    position: str
    door: str
    project: str
    reason: str
    time: str
    size_bytes: int
    received: str | None = None
    key: str = ""
    items: int = 0
    tries: int = 1
    last_tried: str | None = None


class HeldPage(Shown, frozen=True, kw_only=True):
    """Envelopes in quarantine, newest first; `total` counts all, `next` is the id to go on before, None at the end."""

    items: tuple[Held, ...]
    total: int
    next: int | None = None


class Preview(Shown, frozen=True, kw_only=True):
    """An envelope in quarantine, looked at: its head as text, and the beginning of its body, inflated where it is
    compressed and can be. `shown_bytes` of the body are in `text` (what is no text replaced) and in `hex`, as lines of
    16 bytes; `is_cut` says that there is more, `encoding` what it was inflated from, "" for nothing.
    """

    held: Held
    head: str
    text: str
    hex: str
    shown_bytes: int
    is_cut: bool
    is_text: bool
    encoding: str = ""


class Reload(Shown, frozen=True, kw_only=True):
    """A wish to load again: of `what` is kept in the journal and was received from `start` until before `end`, or of
    the quarantine (`held` names the one that was asked for, None for all).

    `total` envelopes were there when it began, `done` were loaded, `failed` not, for the reason in `problem`.
    `asked_by` is a person, "" for the command line.
    """

    id: int
    what: Literal["journal", "quarantine"]
    state: Literal["asked", "running", "done"]
    total: int
    done: int
    failed: int
    asked: str
    asked_by: str = ""
    start: str | None = None
    end: str | None = None
    ended: str | None = None
    held: int | None = None
    problem: str = ""


class Reloads(Shown, frozen=True, kw_only=True):
    """Wishes, the newest first; `next` is the id to go on before, None at the end."""

    items: tuple[Reload, ...]
    next: int | None = None


class Kept(Shown, frozen=True, kw_only=True):
    """What the journals keep of a stretch, and from when to when they keep anything (None: nothing is kept).

    `is_partial` says that the time was up before all was counted.
    """

    envelopes: int
    size_bytes: int
    oldest: str | None = None
    newest: str | None = None
    keep_s: int = 0
    is_partial: bool = False


class Wishes(Protocol):
    """What the server does for these pages. Every method may block; all raise HeadwaterError where it cannot be."""

    def quarantine(self, projects: Projects, limit: int, before: int = 0) -> HeldPage:
        """What is set aside, newest first, past one."""
        ...

    def preview(self, projects: Projects, held_id: int) -> Preview:
        """Look at one. Raises NotFound."""
        ...

    def body(self, projects: Projects, held_id: int) -> bytes:
        """The bytes of one's body as they came. Raises NotFound."""
        ...

    def discard(self, projects: Projects, held_id: int) -> int:
        """Give one up: its items, which are returned, count as dropped. Raises NotFound."""
        ...

    def try_again(self, projects: Projects, held_id: int, asked_by: str) -> Reload:
        """Ask that one (0: all) is loaded again. Raises NotFound."""
        ...

    def load_again(self, start_ns: int, end_ns: int, asked_by: str) -> Reload:
        """Ask that what was received in a stretch (Unix nanoseconds) is loaded again."""
        ...

    def reload(self, reload_id: int) -> Reload:
        """One wish as it stands. Raises NotFound."""
        ...

    def reloads(self, limit: int, before: int = 0) -> Reloads:
        """Wishes, the newest first, past one."""
        ...

    def kept(self, start_ns: int, end_ns: int) -> Kept:
        """How much the journals keep of a stretch (Unix nanoseconds)."""
        ...
