"""Sessions by their old names: begin_session, end_session, session, and the id of the current one.

A name is one session: whoever asks for a name that was used before joins it. A decorated function has a session of its
own for each call.
"""

import atexit
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import Any, cast

from headwater.compat.tropir.client.address import environment, logger
from headwater.compat.tropir.client.kept import Kept
from headwater.compat.tropir.client.stays import (
    Stay,
    default_session_id,
    forget,
    here,
    leave_all,
    new_session_id,
    remember,
    remembered,
    rerun_session_id,
    stay_named,
    stays_here,
)
from headwater.compat.tropir.client.steps import tell_step
from headwater.sdk import wrapped

# What direct calls of `begin_session` opened and nobody has ended, to be ended when the program does.
_begun: dict[int, Stay] = {}
# Beyond so many sessions within each other, nobody is going to end them.
_DEEPEST = 100


class SessionManager:
    """A session: a context manager that is within it, and a handle to tell steps to it."""

    def __init__(self, session_name: str | None = None) -> None:
        self.session_name = session_name
        self.session_id = _id_of(session_name)
        self._stays: list[Stay] = []

    def __enter__(self) -> "SessionManager":
        self.session_id = self.session_id or new_session_id()
        remember(self.session_name, self.session_id)
        stay = Stay(self.session_id, self.session_name, is_told=True)
        self._stays.append(stay)
        stay.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        entered = next((stay for stay in stays_here() if stay in self._stays), None)
        if entered is not None:
            self._stays.remove(entered)
            entered.leave()
            entered.end(error)

    def add_step(self, data: Any, step_name: str | None = None) -> Kept:
        """Tell a step: any data, and a name for it. It is sent in the background; the answer may be awaited or not."""
        if self.session_id is None and self.session_name:
            self.session_id = _id_of(self.session_name) or new_session_id()
            remember(self.session_name, self.session_id)
        tell_step(self.session_id or get_session_id(), self.session_name, step_name, data)
        return Kept()


def session(session_name: str | None = None) -> SessionManager:
    """A session by its name, or the current one: `with session("name") as s:`, `session("name").add_step({...})`."""
    return SessionManager(session_name)


def begin_session(session_name_or_func: Any = None) -> Any:
    """Begin a session: `@begin_session`, `@begin_session("name")`, or `begin_session("name")` until `end_session`.

    A direct call opens the session. Where the call turns out to be a decorator's, that is undone, without a trace.
    """
    if session_name_or_func is not None and not isinstance(session_name_or_func, str):
        return _decorated(session_name_or_func, None)
    name: str | None = session_name_or_func
    undo = _open(name) if name is not None else None

    def decorator(function: Any) -> Any:
        if undo is not None:
            undo()
        return _decorated(function, name)

    return decorator


def end_session(session_name: str | None = None) -> None:
    """End the session that a direct call of `begin_session` began, or without a name the innermost one."""
    stay = here() if session_name is None else stay_named(session_name) or _begun_elsewhere(session_name)
    if stay is None:
        logger.debug("end_session: no such session is open here")
        return
    stay.over()
    _begun.pop(id(stay), None)


def get_session_id() -> str:
    """The id of the current session; outside of any, that of the whole process."""
    stay = here()
    return rerun_session_id() or (stay.id if stay is not None else default_session_id())


def get_session_name() -> str | None:
    """The name of the current session, None where it has none."""
    stay = here()
    return None if stay is None else stay.name


def set_session_id(session_id: Any, session_name: str | None = None) -> None:
    """Make this the session of this thread or task, until `clear_session_id` or the end of the session around it."""
    if not session_id:
        clear_session_id()
        return
    current = here()
    if current is not None and not current.is_told:
        current.leave()
    remember(session_name, str(session_id))
    Stay(str(session_id), session_name).enter()


def clear_session_id() -> None:
    """Have this thread or task in no session: the current id is that of the whole process again."""
    leave_all()


def prepare_request_headers(headers: MutableMapping[str, str]) -> None:
    """Put the session's id, and the key where TROPIR_API_KEY is set, among the headers of a request."""
    headers["X-Session-ID"] = get_session_id()
    key = environment().get("TROPIR_API_KEY")
    if key:
        headers["X-TROPIR-API-KEY"] = key


def _id_of(name: str | None) -> str | None:
    """The session that a name means here; without a name the current one is meant when a step is told."""
    rerun = rerun_session_id()
    if rerun or name is None:
        return rerun or None
    stay = stay_named(name)
    return stay.id if stay is not None else remembered(name)


def _open(name: str) -> Callable[[], None]:
    before, session_id = remembered(name), _id_of(name) or new_session_id()
    again = stay_named(name)
    if again is not None and _begun.pop(id(again), None) is not None:
        again.over()
    if len(stays_here()) >= _DEEPEST:
        leave_all()
    stay = Stay(session_id, name, is_told=True)
    _begun[id(stay)] = stay
    remember(name, session_id)
    stay.enter()
    # After the outbox's own, which runs after it: a session that nobody ended ends with the program.
    atexit.unregister(_end_all)
    atexit.register(_end_all)

    def undo() -> None:
        if _begun.pop(id(stay), None) is not None:
            stay.leave()
            forget(name, before)

    return undo


def _begun_elsewhere(name: str) -> Stay | None:
    return next((stay for stay in reversed(list(_begun.values())) if stay.name == name), None)


def _end_all() -> None:
    for stay in list(_begun.values()):
        stay.end()


def _decorated(function: Any, name: str | None) -> Any:
    if isinstance(function, staticmethod | classmethod):
        bound = cast("Any", function)
        return bound.__class__(_decorated(bound.__func__, name))
    called = name if name is not None else _name_of(function)

    def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Stay:
        stay = Stay(new_session_id(), called, is_told=True)
        remember(called, stay.id)
        return stay

    return wrapped(function, begin)


def _name_of(function: Any) -> str:
    named = getattr(function, "__name__", None) or getattr(getattr(function, "func", None), "__name__", None)
    return named if isinstance(named, str) else "unnamed_session"
