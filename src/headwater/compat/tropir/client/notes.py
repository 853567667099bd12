"""Notes: what is remembered of a session for the program that asks for it again. The oldest is forgotten.

It is the program's own values that are held here, by reference, so both the sessions and what is kept of each are few.
"""

from typing import Any, TypeVar

from headwater.compat.tropir.client.sessions import get_session_id, get_session_name
from headwater.compat.tropir.client.steps import tell_step

_SESSIONS_MOST = 500
_OF_EACH_MOST = 500
# Where the old package kept the prompts.
_RESERVED = "tropir_prompts"

_V = TypeVar("_V")


class Notes:
    """What a session used: variables and prompts, the calls that used them, and the metadata of its span."""

    __slots__ = ("calls", "prompts", "span", "variables")

    def __init__(self, span: "Span") -> None:
        self.span = span
        self.variables: dict[str, Any] = {}
        self.prompts: dict[str, dict[str, Any]] = {}
        self.calls: dict[str, dict[str, Any]] = {}


class Span:
    """What a session is annotated with: each `add` is told as a step, under a key of its own."""

    def __init__(self, session_id: str, session_name: str | None = None) -> None:
        self.session_id = session_id
        self.session_name = session_name
        self.metadata: dict[str, Any] = {}
        self._used: dict[str, int] = {}

    def add(self, key: str, value: Any) -> None:
        """Tell a value under a key. A key that was used before is told as `key_2`, `key_3`, ..."""
        tell_step(self.session_id, self.session_name, self.note(str(key), value), value)

    def note(self, key: str, value: Any) -> str:
        """Remember a value without telling it; returns the key that it has."""
        if key == _RESERVED:
            key = f"{_RESERVED}_1"
        times = self._used.get(key, 0) + 1
        put(self._used, key, times)
        free = key if times == 1 else f"{key}_{times}"
        put(self.metadata, free, value)
        return free

    def get_metadata(self) -> dict[str, Any]:
        """What was told, by key."""
        return dict(self.metadata)


_notes: dict[str, Notes] = {}


def notes_of(session_id: str, session_name: str | None = None) -> Notes:
    """The notes of a session, made when they are first asked for."""
    found = _notes.get(session_id)
    if found is None:
        found = Notes(Span(session_id, session_name))
        put(_notes, session_id, found, _SESSIONS_MOST)
    return found


def known_notes(session_id: str) -> Notes | None:
    """The notes of a session that is known."""
    return _notes.get(session_id)


def get_current_span() -> Span:
    """The span of the current session; outside of any, of the session of the whole process."""
    return notes_of(get_session_id(), get_session_name()).span


def get_stored_span_metadata(session_id: str, cleanup: bool = True) -> dict[str, Any]:
    """What the span of a session was told; with `cleanup` it is forgotten here."""
    found = _notes.get(session_id)
    if found is None:
        return {}
    metadata = found.span.get_metadata()
    if cleanup:
        found.span.metadata.clear()
    return metadata


def ensure_pipeline_trace_exists(session_id: str | None = None, user_id: str | None = None) -> bool:
    """Whether a session can be told to. It always can: nothing has to be there before its first step."""
    return True


def put(values: dict[str, _V], key: str, value: _V, most: int = _OF_EACH_MOST) -> None:
    """Put a value into a dictionary that forgets its oldest half when it is full."""
    values[key] = value
    if len(values) > most:
        for old in list(values)[: most // 2]:
            values.pop(old, None)
