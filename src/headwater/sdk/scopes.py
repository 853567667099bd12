"""What spans inherit: sessions, users, tags and metadata, and the trace of another process or thread."""

from collections.abc import Callable, Iterable, Mapping
from contextvars import copy_context
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

import msgspec

from headwater.capture import Scope
from headwater.sdk import context, otel
from headwater.sdk.guest import guest, quietly
from headwater.sdk.traceparent import traceparent_from, traceparent_text
from headwater.sdk.wrapping import Surrounding, wrapped

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

_TAGS = 50
_METADATA = 100


class Scoping:
    """A change of scope: a context manager, plain and async, and a decorator. One may be entered many times."""

    __slots__ = ("_change", "_entries")

    def __init__(self, change: Callable[[Scope], Scope]) -> None:
        self._change = change
        self._entries: list[_Entry] = []

    def __enter__(self) -> None:
        entry = _Entry(self._change)
        self._entries.append(entry)
        entry.enter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._entries.pop().leave()

    async def __aenter__(self) -> None:
        self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: F) -> F:
        """Change the scope for every run of a function of any sort."""
        return cast(F, wrapped(function, lambda args, kwargs: self.entry()))

    def entry(self) -> Surrounding:
        """One stay, for who enters and leaves at different lines; it may be entered and left again and again."""
        return _Entry(self._change)


class _Entry:
    """One stay in a changed scope."""

    __slots__ = ("_before", "_change", "_otel_before", "_scope")

    def __init__(self, change: Callable[[Scope], Scope]) -> None:
        self._change = change
        self._before: Scope | None = None
        self._scope: Scope | None = None
        self._otel_before: Any = None

    @guest
    def enter(self) -> None:
        self._before = context.scope_here.get()
        around = self._before or context.root_scope()
        self._scope = self._change(around)
        context.scope_here.set(self._scope)
        if self._scope.span_id != around.span_id and otel.is_loaded():
            self._otel_before = otel.attach(self._scope, is_remote=True)

    @guest
    def leave(self) -> None:
        if self._otel_before is not None and self._scope is not None:
            otel.release(self._scope, self._otel_before)
            self._otel_before = None
        if self._scope is not None and context.scope_here.get() is self._scope:
            context.scope_here.set(self._before)

    def returned(self, value: Any) -> None:
        """A scope has no output."""

    def yielded(self, value: Any) -> None:
        """A scope has no output."""

    def end(self, error: BaseException | None = None) -> None:
        """A scope records nothing."""


def session(
    id: str | None = None,
    user: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    tags: Iterable[str] | None = None,
) -> Scoping:
    """Say whose work follows: `with headwater.session("chat-17", user="u-3"):`, or as a decorator.

    Everything recorded within, on this thread or task and those that inherit its context, belongs to it. An inner one
    adds its tags and metadata to the outer one's and takes the rest over where it says nothing. Never raises.
    """
    return Scoping(_change(id, user, metadata, tags))


@guest
def defaults(
    *,
    session: str | None = None,
    user: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    tags: Iterable[str] | None = None,
) -> None:
    """Say what holds for the whole process, wherever no `session` says otherwise. Each call replaces the one before.

    What is within a scope already when this is called keeps what it has.
    """
    context.set_root_scope(_change(session, user, metadata, tags)(Scope()))


def _change(
    session: str | None, user: str | None, metadata: Mapping[str, Any] | None, tags: Iterable[str] | None
) -> Callable[[Scope], Scope]:
    with quietly("reading a session"):
        texts = {str(name): value if isinstance(value, str) else str(value) for name, value in (metadata or {}).items()}
        words = (tags,) if isinstance(tags, str) else tuple(str(tag) for tag in tags or ())

        def changed(scope: Scope) -> Scope:
            return msgspec.structs.replace(
                scope,
                session_id=scope.session_id if session is None else str(session),
                user_id=scope.user_id if user is None else str(user),
                tags=tuple(dict.fromkeys(scope.tags + words))[:_TAGS] if words else scope.tags,
                metadata=dict(list({**scope.metadata, **texts}.items())[:_METADATA]) if texts else scope.metadata,
            )

        return changed
    return lambda scope: scope


def headers() -> dict[str, str]:
    """The headers that let another process continue this trace: `{"traceparent": ...}`; empty outside of any span."""
    with quietly("making headers"):
        scope = context.current_scope()
        if scope.trace_id:
            return {"traceparent": traceparent_text(scope.trace_id, scope.span_id, scope.is_sampled)}
    return {}


def continue_from(headers: Mapping[Any, Any] | Iterable[tuple[Any, Any]] | str | None) -> Scoping:
    """Continue the trace of whoever sent a request: `with headwater.continue_from(request.headers):`.

    Takes a mapping, pairs of names and values (texts or bytes), or the header `traceparent` itself. Where that is
    missing or not valid nothing changes, and what begins here begins a trace. Never raises.
    """
    with quietly("reading headers"):
        found = traceparent_from(_traceparent_in(headers))
        if found is not None:
            trace_id, span_id, is_sampled = found
            return Scoping(
                lambda scope: msgspec.structs.replace(scope, trace_id=trace_id, span_id=span_id, is_sampled=is_sampled)
            )
    return Scoping(lambda scope: scope)


def _traceparent_in(headers: Mapping[Any, Any] | Iterable[tuple[Any, Any]] | str | None) -> str:
    if headers is None or isinstance(headers, str):
        return headers or ""
    pairs = cast(Iterable[tuple[Any, Any]], headers.items() if isinstance(headers, Mapping) else headers)
    found = [_text(value) for name, value in pairs if _text(name).lower() == "traceparent"]
    # Two of them contradict each other; the recommendation says to take neither.
    return found[0] if len(found) == 1 else ""


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def carry(function: Callable[P, R]) -> Callable[P, R]:
    """Bind a function to the context of this line, for a thread or an executor: `pool.submit(headwater.carry(f), x)`.

    Each run has a copy of that context, so one carried function may run in many threads at once.
    """
    here = copy_context()

    def carried(*args: P.args, **kwargs: P.kwargs) -> R:
        return here.copy().run(function, *args, **kwargs)

    return carried
