"""A picture of a request that never became bytes: the user's own mapping, kept without keeping hold of it."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

_MAX_ITEMS = 5_000
_MAX_DEPTH = 24
_MAX_KEY = 256


class Snapshot:
    """A copy made of nothing but JSON's types. Texts are shared, not copied, since they cannot change.

    What is neither JSON nor a sequence or mapping is named by its class, bytes by their number; `size_bytes` is about
    what the copy holds. Nothing of the user's is called but the mappings' and sequences' own methods.
    """

    def __init__(self, value: Mapping[str, Any], limit_bytes: int) -> None:
        self.size_bytes = 0
        self._items = 0
        self._limit = limit_bytes
        self.value: Any = self._copied(value, 0)

    def _copied(self, value: Any, depth: int) -> Any:
        self._items += 1
        self.size_bytes += 64
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return {"size_bytes": len(cast(bytes, value))}
        if depth < _MAX_DEPTH and isinstance(value, Mapping):
            return self._mapping(cast(Mapping[Any, Any], value), depth)
        if depth < _MAX_DEPTH and isinstance(value, Sequence):
            return self._sequence(cast(Sequence[Any], value), depth)
        return f"<{type(value).__name__}>"

    def _text(self, value: str) -> str:
        if self.size_bytes + len(value) > self._limit:
            return f"<{len(value)} characters>"
        self.size_bytes += len(value)
        return str(value)

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, inner in value.items():
            if self._items >= _MAX_ITEMS:
                break
            if isinstance(key, str):
                found[key[:_MAX_KEY]] = self._copied(inner, depth + 1)
        return found

    def _sequence(self, value: Sequence[Any], depth: int) -> list[Any]:
        found: list[Any] = []
        for inner in value:
            if self._items >= _MAX_ITEMS:
                break
            found.append(self._copied(inner, depth + 1))
        return found
