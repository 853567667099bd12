"""Where the program is: a stay in a session, in a context variable, with the stay around it.

A stay is left by whoever entered it; what was entered within it and not left goes with it. Nothing is shared between
threads and tasks but what one inherited from the other when it began, and nothing depends on the order of their ends.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from uuid import UUID

from headwater.compat.tropir.client.address import environment, settle
from headwater.ids import id_bytes
from headwater.sdk import Step, Surrounding, begun, session

SESSION_NAME = "session.name"
_NAMES_MOST = 1000

_here: ContextVar["Stay | None"] = ContextVar("headwater_tropir_stay", default=None)
rerun_here: ContextVar[str] = ContextVar("headwater_tropir_rerun", default="")
"""The session of the rerun around this line, where the program itself began one."""

# A session's id by its name: `session("name")` finds it from any thread. The oldest are forgotten.
_ids: dict[str, str] = {}


def new_uuid() -> str:
    """A random UUID."""
    return str(UUID(bytes=id_bytes(16), version=4))


def new_session_id() -> str:
    """A UUID; in a rerun the id that the rerun has."""
    return rerun_session_id() or new_uuid()


def rerun_session_id() -> str:
    """The session that all is told to in a rerun, which the program or TROPIR_RERUN_MODE=true began; else ""."""
    read = environment().get
    told = read("TROPIR_RERUN_SESSION_ID") if read("TROPIR_RERUN_MODE") == "true" else ""
    return rerun_here.get() or told or ""


@cache
def default_session_id() -> str:
    """The session of whoever has entered none: one for the life of this process."""
    return new_uuid()


class Stay:
    """One stay in a session, a `Surrounding`. With `is_told` it is a span as well, from its first entry to its end."""

    __slots__ = ("_scoping", "_step", "id", "is_over", "is_told", "name", "outer")

    def __init__(self, session_id: str, name: str | None, is_told: bool = False) -> None:
        self.id = session_id
        self.name = name
        self.is_told = is_told
        self.is_over = False
        self.outer: Stay | None = None
        self._scoping: Surrounding = _scope(session_id, name)
        self._step: Step | None = None

    @property
    def step(self) -> Step | None:
        """Its span, while it is open."""
        return self._step

    def enter(self) -> None:
        """Be where this thread or task is, from here on."""
        settle()
        _instrument()
        self.outer = _here.get()
        self._scoping.enter()
        if self._step is not None:
            self._step.enter()
        elif self.is_told:
            self._step = begun(self.name or "session", "chain")
            self._step.enter()
        _here.set(self)

    def leave(self) -> None:
        """Be here no more, and nothing that was entered within. Elsewhere than where it was entered nothing happens."""
        chain = stays_here()
        if self in chain:
            for stay in chain[: chain.index(self) + 1]:
                stay._out()

    def returned(self, value: object) -> None:
        """What a session's function returned stays with the program."""

    def yielded(self, value: object) -> None:
        """The same."""

    def end(self, error: BaseException | None = None) -> None:
        """End its span; the first end counts."""
        if self._step is not None:
            self._step.end(error)

    def over(self) -> None:
        """End it before all that was begun after it, which goes on."""
        chain = stays_here()
        later = chain[: chain.index(self)] if self in chain else []
        self.is_over = True
        self.leave()
        self.end()
        for stay in reversed(later):
            stay.enter()

    def _out(self) -> None:
        if self._step is not None:
            self._step.leave()
        self._scoping.leave()
        _here.set(self.outer)


def stays_here() -> list[Stay]:
    """The stays around this line, the innermost first."""
    found: list[Stay] = []
    stay = _here.get()
    while stay is not None:
        found.append(stay)
        stay = stay.outer
    return found


def here() -> Stay | None:
    """The innermost stay that is not over."""
    return next((stay for stay in stays_here() if not stay.is_over), None)


def stay_named(name: str) -> Stay | None:
    """The innermost stay in a session of that name."""
    return next((stay for stay in stays_here() if stay.name == name and not stay.is_over), None)


def leave_all() -> None:
    """Be in no session; what is open goes on elsewhere."""
    for outermost in stays_here()[-1:]:
        outermost.leave()


def remember(name: str | None, session_id: str) -> None:
    """Let a session be found by its name, from anywhere in the process."""
    if name:
        _ids[name] = session_id
        if len(_ids) > _NAMES_MOST:
            for old in list(_ids)[: _NAMES_MOST // 2]:
                _ids.pop(old, None)


def forget(name: str, session_id: str | None) -> None:
    """Undo `remember`: the name means that session again, or none."""
    if session_id is None:
        _ids.pop(name, None)
    else:
        _ids[name] = session_id


def remembered(name: str | None) -> str | None:
    """The session that had this name last."""
    return _ids.get(name) if name else None


@contextmanager
def within(session_id: str, name: str | None) -> Generator[None]:
    """Tell what follows to that session, whichever is the current one."""
    settle()
    current = here()
    if current is not None and current.id == session_id:
        yield
        return
    scoping = _scope(session_id, name)
    scoping.enter()
    try:
        yield
    finally:
        scoping.leave()


def _scope(session_id: str, name: str | None) -> Surrounding:
    return session(session_id, metadata={**({SESSION_NAME: name} if name else {}), **_rerun_metadata()}).entry()


def _rerun_metadata() -> Mapping[str, str]:
    rerun = rerun_session_id()
    original = environment().get("TROPIR_ORIGINAL_SESSION_ID") if rerun else None
    told = {"is_rerun": "true" if rerun else None, "rerun_session_id": rerun, "original_session_id": original}
    return {name: value for name, value in told.items() if value}


@cache
def _instrument() -> None:
    """Record the program's own clients of OpenAI and Anthropic, which is what their sessions are for."""
    import_module("headwater.sdk.instrument").instrument()
