"""Who a call is for: a user, a session, metadata. Held in a context variable, so each task and thread has its own.

What is held is never changed and never handed out; a caller gets copies. A `with` leaves what it entered, wherever it
is left from. One that was entered inside a generator holds while the generator runs and not while it is suspended,
unless the generator is somebody's context manager, whose body runs in just that time.
"""

import asyncio
import json
import sys
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from inspect import CO_ASYNC_GENERATOR, CO_GENERATOR
from types import FrameType
from typing import Any, cast
from urllib.parse import quote, unquote
from weakref import ref

from headwater.compat.prysmai.client.config import logger

_USER, _SESSION = "X-Prysm-User-Id", "X-Prysm-Session-Id"
_GOVERNANCE, _METADATA = "X-Prysm-Governance-Session-Id", "X-Prysm-Metadata"
_ID_CHARS = 256
_METADATA_CHARS = 8 * 1024
# What a header carries as it is. A per cent is encoded too, so that a reader may always decode; and what begins with a
# brace is JSON to some.
_AS_IS = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in "%{")
# Whose generators are context managers.
_MANAGERS = frozenset({"contextlib", "_pytest.fixtures", "pytest_asyncio.plugin"})


@dataclass
class PrysmContext:
    """What is attached to proxied calls. Changing one changes nothing that is held."""

    user_id: str | None = None
    session_id: str | None = None
    governance_session_id: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        # Before there was governance, metadata was the third in order.
        if isinstance(self.governance_session_id, Mapping):
            self.metadata = dict(cast("Mapping[str, Any]", self.governance_session_id))
            self.governance_session_id = None

    def to_headers(self) -> dict[str, str]:
        """The headers that say this. Texts that no header could carry are percent-encoded; never raises."""
        named = {_USER: self.user_id, _SESSION: self.session_id, _GOVERNANCE: self.governance_session_id}
        headers = {name: _encoded(value) for name, value in named.items() if value}
        metadata = _json_of(self.metadata) if self.metadata else ""
        return {**headers, _METADATA: metadata} if metadata else headers


def context_from(headers: Any) -> PrysmContext:
    """Read what `to_headers` wrote, from any mapping of header names in any case. Nonsense is passed over."""
    found: dict[str, str] = {}
    try:
        found = {str(name).lower(): str(value) for name, value in dict(headers).items()}
    except Exception:  # noqa: BLE001 - whatever a framework calls its headers, the request goes on
        logger.debug("the headers of a request could not be read", exc_info=True)
    ids = (unquote(found.get(name.lower(), "")) or None for name in (_USER, _SESSION, _GOVERNANCE))
    try:
        metadata = json.loads(found.get(_METADATA.lower(), "") or "{}")
    except ValueError:
        metadata = None
    return PrysmContext(*ids, metadata=cast("dict[str, Any]", metadata) if isinstance(metadata, dict) else {})


def _encoded(value: Any) -> str:
    text = str(value)[:_ID_CHARS].encode("utf-8", "replace")
    shown = quote(text, safe=_AS_IS)
    # Blanks at the ends would be cut off on the way.
    blanks = len(shown) - len(shown.lstrip()), len(shown) - len(shown.rstrip())
    return "%20" * blanks[0] + shown.strip() + "%20" * blanks[1] if any(blanks) else shown


def _json_of(metadata: Any) -> str:
    try:
        text = json.dumps(dict(metadata), default=str)
    except (TypeError, ValueError, RecursionError) as error:
        logger.debug("metadata cannot be sent: %s", error)
        return ""
    if len(text) > _METADATA_CHARS:
        logger.debug("metadata of %d characters is too long to be sent with a call", len(text))
        return ""
    return text


class _Layer:
    """What was set at one place: `before` is what was there, `stay` the `with` that it belongs to."""

    __slots__ = ("before", "context", "stay")

    def __init__(self, context: PrysmContext, stay: "_Stay | None", before: "_Layer | None") -> None:
        self.context = context
        self.stay = stay
        self.before = before


class _Stay:
    """One stay in a `with`. Whether it holds is decided where it was entered; who inherited it keeps it."""

    __slots__ = ("_frame", "_place", "is_over", "outer")

    def __init__(self, frame: FrameType | None, outer: "_Stay | None") -> None:
        self.is_over = False
        self.outer = outer
        self._frame = frame if frame is not None and _is_stepwise(frame) else None
        self._place = tuple(None if thing is None else ref(thing) for thing in _place())

    def end(self) -> None:
        self.is_over = True
        self._frame = None

    def holds(self) -> bool:
        if any(
            thing is not (None if held is None else held()) for thing, held in zip(_place(), self._place, strict=True)
        ):
            return True
        # A suspended generator has nobody who called it.
        if self.is_over or (self._frame is not None and self._frame.f_back is None):
            return False
        return self.outer is None or self.outer.is_over or self.outer.holds()


def _is_stepwise(frame: FrameType) -> bool:
    if not frame.f_code.co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR):
        return False
    return frame.f_back is not None and frame.f_back.f_globals.get("__name__") not in _MANAGERS


def _place() -> tuple[threading.Thread, "asyncio.Task[Any] | None"]:
    try:
        return threading.current_thread(), asyncio.current_task()
    except RuntimeError:
        return threading.current_thread(), None


_layer_here: ContextVar[_Layer | None] = ContextVar("prysm_context", default=None)
_NOTHING = PrysmContext()


def _layer_in_force() -> _Layer | None:
    layer = _layer_here.get()
    while layer is not None and layer.stay is not None and not layer.stay.holds():
        layer = layer.before
    return layer


def current_context() -> PrysmContext:
    """What holds here; for reading only."""
    layer = _layer_in_force()
    return _NOTHING if layer is None else layer.context


def _set(context: PrysmContext) -> None:
    held, layer = _layer_here.get(), _layer_in_force()
    # What is replaced goes; what others set, and does not hold just now, stays below.
    before = held.before if held is not None and held is layer else held
    _layer_here.set(_Layer(context, None if layer is None else layer.stay, before))


def _merged(
    user_id: str | None, session_id: str | None, governance_session_id: Any, metadata: Mapping[str, Any] | None
) -> PrysmContext:
    """What was, with what is said; metadata is added to."""
    if isinstance(governance_session_id, Mapping):
        metadata, governance_session_id = cast("Mapping[str, Any]", governance_session_id), None
    was = current_context()
    return PrysmContext(
        user_id or was.user_id,
        session_id or was.session_id,
        governance_session_id or was.governance_session_id,
        {**was.metadata, **(metadata or {})},
    )


class ContextScope:
    """`with prysm_context(...)`: what it says holds until it is left. One may be entered many times."""

    def __init__(self, said: tuple[Any, Any, Any, Any]) -> None:
        self._said = said
        self._stays: list[tuple[_Stay, _Layer | None]] = []

    def __enter__(self) -> PrysmContext:
        return self.enter(sys._getframe(1))  # pyright: ignore[reportPrivateUsage] - the standard library's way

    def enter(self, frame: FrameType | None) -> PrysmContext:
        """Enter on behalf of a frame."""
        context = _merged(*self._said)
        here, force = _layer_here.get(), _layer_in_force()
        stay = _Stay(frame, force.stay if force is not None else None)
        self._stays.append((stay, here))
        _layer_here.set(_Layer(context, stay, here))
        return copied(context)

    def __exit__(self, *_: object) -> None:
        stay, before = self._stays.pop()
        stay.end()
        here = _layer_here.get()
        # Elsewhere, or below what somebody entered meanwhile, what is there is not ours to replace.
        if here is not None and here.stay is stay:
            _layer_here.set(before)


def copied(context: PrysmContext) -> PrysmContext:
    """One that may be changed."""
    return PrysmContext(context.user_id, context.session_id, context.governance_session_id, dict(context.metadata))


class ContextManager:
    """`prysm_context`: set, read, cleared; or called, for a `with`."""

    def set(
        self,
        user_id: str | None = None,
        session_id: str | None = None,
        governance_session_id: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Say who what follows is for, in this task or thread; what is not said stays. Metadata replaces metadata."""
        if isinstance(governance_session_id, Mapping):
            metadata, governance_session_id = cast("dict[str, Any]", governance_session_id), None
        was = current_context()
        _set(
            PrysmContext(
                was.user_id if user_id is None else user_id,
                was.session_id if session_id is None else session_id,
                was.governance_session_id if governance_session_id is None else governance_session_id,
                dict(was.metadata if metadata is None else metadata),
            )
        )

    def get(self) -> PrysmContext:
        """What holds here, as a copy."""
        return copied(current_context())

    def clear(self) -> None:
        """Say nothing of what follows."""
        _set(PrysmContext())

    def from_headers(self, headers: Mapping[str, str]) -> None:
        """Take over what the sender of a request said. Never raises."""
        _set(context_from(headers))

    def __call__(
        self,
        user_id: str | None = None,
        session_id: str | None = None,
        governance_session_id: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> ContextScope:
        """For `with`: what is said is added to what holds, until the end of the block."""
        return ContextScope((user_id, session_id, governance_session_id, metadata))


prysm_context = ContextManager()
