"""`@layer.session` and `@layer.action`: each run of a function becomes a span, which travels as all spans do.

A decorated function's own result, exceptions and sort (plain, async, generator) are left as they are, and nothing is
sent while it runs. Ids of sessions are made here, so that nobody waits for a server to make one.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from headwater import ids, sdk
from headwater.compat.layer_sdk.client.schemas import SessionActionError, SessionActionKind, SessionActionScanner

F = TypeVar("F", bound=Callable[..., Any])
Admit = Callable[[str], None]
"""Asks the firewall, if the program wants it to be asked. Raises what stops a session."""

_Error = SessionActionError | BaseException

_PARAMETER = "session_id"
_KINDS: dict[str, sdk.StepKind] = {
    SessionActionKind.COMPLETION_TOOL_CALL: "tool",
    SessionActionKind.MODERATION: "guardrail",
}
_MODEL = "model."
# An action of these kinds that names its model is a call to it. A prompt alone is none: its answer is another action.
_OPERATIONS: dict[str, str] = {
    SessionActionKind.COMPLETION_OUTPUT: "chat",
    SessionActionKind.EMBEDDINGS: "embeddings",
}
# What goes into a model; all else comes out of one.
_INPUTS = frozenset({SessionActionKind.COMPLETION_PROMPT, SessionActionKind.COMPLETION_PROMPT_ATTACHMENT})


def new_session_id() -> str:
    """A session's id as Layer wants it: a UUID of version 5."""
    return str(uuid5(NAMESPACE_URL, ids.trace_id()))


def in_session(function: F, session_id: str | UUID | None, attributes: Mapping[str, Any] | None) -> F:
    """Have each run of a function be a session: a new one, or the one that is named."""
    place = _place_of(function)

    def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> sdk.Surrounding:
        here = str(session_id or new_session_id())
        # These are the very arguments that the function is about to be called with.
        if place is not None and len(args) <= place:
            kwargs[_PARAMETER] = here
        return _Around(here, _name_of(function), "span", attributes)

    return cast(F, sdk.wrapped(function, begin))


def as_action(
    function: F,
    session_id: str | UUID,
    kind: SessionActionKind | str,
    attributes: Mapping[str, Any] | None,
    admit: Admit,
) -> F:
    """Have each run of a function be an action of a session; `admit` is asked before it runs."""
    here, kind = str(session_id), str(kind)

    def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> sdk.Surrounding:
        if not is_async:
            admit(here)
        return _Action(here, _name_of(function), kind, attributes)

    is_async = inspect.iscoroutinefunction(function)
    told = sdk.wrapped(function, begin)
    return cast(F, _admitted(told, here, admit) if is_async else told)


def _admitted(function: Callable[..., Any], session_id: str, admit: Admit) -> Callable[..., Any]:
    """Ask before a coroutine function runs, while the event loop goes on."""

    @functools.wraps(function)
    async def run(*args: Any, **kwargs: Any) -> Any:
        await _asked(admit, session_id)
        return await function(*args, **kwargs)

    return run


async def _asked(admit: Admit, session_id: str) -> None:
    import asyncio  # a program without a loop does not need it

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # Another library's loop: its threads are not ours to ask for.
        admit(session_id)
    else:
        await asyncio.to_thread(admit, session_id)


class _Around:
    """A session's scope, and a step in it, around one run."""

    def __init__(self, session_id: str, name: str, kind: sdk.StepKind, attributes: Mapping[str, Any] | None) -> None:
        told = _mapping(attributes)
        user = told.get("user.id")
        scoping = sdk.session(session_id, user=None if user is None else str(user), metadata=told)
        self._scope = scoping.entry()
        with scoping:
            self.step = sdk.begun(name, kind)

    def enter(self) -> None:
        self._scope.enter()
        self.step.enter()

    def leave(self) -> None:
        self.step.leave()
        self._scope.leave()

    def returned(self, value: Any) -> None:
        """What the function returned stays with the program."""

    def yielded(self, value: Any) -> None:
        """And so does what it yielded."""

    def end(self, error: BaseException | None = None) -> None:
        self.step.end(error)


class _Action(_Around):
    """An action around one run: what is returned or yielded is its data."""

    def __init__(self, session_id: str, name: str, kind: str, attributes: Mapping[str, Any] | None) -> None:
        super().__init__(session_id, name, _KINDS.get(kind, "span"), None)
        self._kind = kind
        self._attributes = {**_mapping(attributes), "layer.kind": kind}
        self.step.set(self._attributes)

    def returned(self, value: Any) -> None:
        data, error, scanners = _parts(value)
        found = {each.name: each.data for each in scanners}
        told = {f"layer.scanner.{name}": data for name, data in found.items()}
        if isinstance(error, SessionActionError):
            told |= {"layer.error.code": error.code, "layer.error.details": error.details}
        if self._kind in _OPERATIONS and self._attributes.get("model.id"):
            self._become_call(data, error, found.get("usage"), told)
            return
        if data is not None:
            (self.step.input if self._kind in _INPUTS else self.step.output)(data)
        if error is not None:
            self.step.fail(error.message if isinstance(error, SessionActionError) else error)
        self.step.set(told)

    def yielded(self, value: Any) -> None:
        self.step.yielded(value)

    def _become_call(self, data: Any, error: _Error | None, usage: Any, told: Mapping[str, Any]) -> None:
        """Tell the call to a model that the action is by its own account, in the place of the function's step."""
        settings = {
            name.removeprefix(_MODEL): value for name, value in self._attributes.items() if name.startswith(_MODEL)
        }
        held = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
        is_embedding = self._kind == SessionActionKind.EMBEDDINGS
        sdk.log(
            model=str(settings.pop("id")),
            operation=_OPERATIONS[self._kind],
            input=held.get("input", data) if is_embedding else None,
            output=None if is_embedding else held.get("messages", data),
            usage=usage,
            parameters=settings,
            error=error.message if isinstance(error, SessionActionError) else error,
            attributes={**self._attributes, **told},
            span=self.step,
        )


def _parts(value: Any) -> tuple[Any, _Error | None, list[SessionActionScanner]]:
    """Data, error and scanners of what a function returned.

    By the documentation that is a tuple of the three. A tuple of anything else is data: a function may return tuples
    for reasons of its own.
    """
    if not isinstance(value, tuple):
        return value, None, []
    returned = cast("tuple[Any, ...]", value)
    if not 1 <= len(returned) <= 3:
        return list(returned), None, []
    data, error, scanners = (*returned, None, None)[:3]
    known_error, known_scanners = _error_in(error), _scanners_in(scanners)
    if (error is not None and known_error is None) or known_scanners is None:
        return list(returned), None, []
    return data, known_error, known_scanners


def _error_in(value: Any) -> _Error | None:
    """An error as it is, or as the object that is sent; None for anything else."""
    if isinstance(value, _Error):
        return value
    told = _mapping(value)
    if "message" not in told:
        return None
    return SessionActionError(message=str(told["message"]), code=told.get("code"), details=told.get("details"))


def _scanners_in(value: Any) -> list[SessionActionScanner] | None:
    """Scanners as they are, or as the objects that are sent; None where something else is among them."""
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        return None
    listed = cast("list[Any]", value)
    found = [each if isinstance(each, SessionActionScanner) else _scanner_in(each) for each in listed]
    known = [each for each in found if each is not None]
    return known if len(known) == len(found) else None


def _scanner_in(value: Any) -> SessionActionScanner | None:
    told = _mapping(value)
    return SessionActionScanner(name=str(told["name"]), data=told.get("data") or {}) if "name" in told else None


def _mapping(value: Any) -> dict[str, Any]:
    """A mapping of the program's, copied; {} for anything else, for nothing here may fail by what it is given."""
    return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else {}


def _place_of(function: Callable[..., Any]) -> int | None:
    """Where among the arguments the session's id goes; None where the function does not ask for it."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return None
    found = parameters.get(_PARAMETER)
    if found is None or found.kind is found.POSITIONAL_ONLY:
        return None
    return sys.maxsize if found.kind is found.KEYWORD_ONLY else list(parameters).index(_PARAMETER)


def _name_of(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", "function")
