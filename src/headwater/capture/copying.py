"""A bounded copy of a value of the program's, which may change its objects the moment after.

Runs on the caller's thread, so nothing of the user's is called: no `__repr__`, no property, no iterator of their own.
Texts are kept by reference, because they cannot change. Containers are copied, objects told by their fields where
these are plain (dataclasses, pydantic, msgspec, attrs, named tuples), everything else by the name of its type.
"""

from collections.abc import Callable, Iterable
from typing import Any

_DEPTH = 6
_PER_CONTAINER = 200
_IN_ALL = 1000

_INT_LIMIT = 2**63

# Sizes, about, in bytes: they only keep the queue within its bound.
_ITEM_BYTES = 24

# The plain types, whose unbound methods read a subclass as if it were none.
_TYPE: Callable[[Any], type[Any]] = type
_DICT: Any = dict
_LIST: Any = list
_TUPLE: Any = tuple

# Immutable values of the standard library, whose own `__str__` is safe to call. By name: their modules cost an import.
_TOLD_AS_TEXT = {
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "time"),
    ("datetime", "timedelta"),
    ("decimal", "Decimal"),
    ("fractions", "Fraction"),
    ("pathlib", "PosixPath"),
    ("pathlib", "PurePosixPath"),
    ("pathlib", "WindowsPath"),
    ("pathlib._local", "PosixPath"),
    ("pathlib._local", "WindowsPath"),
    ("uuid", "UUID"),
}


def snapshot(value: Any, in_all: int = _IN_ALL, depth: int = _DEPTH, limit_bytes: int = _INT_LIMIT) -> tuple[Any, int]:
    """Copy a value to plain JSON values; returns the copy and about how many bytes it holds.

    At most `in_all` items altogether, 200 of one container or a fifth of all, `depth` containers deep, and no text
    with which it would be larger than `limit_bytes`; what is left out is marked.
    """
    if type(value) is str and len(value) <= limit_bytes:
        return value, len(value)
    copying = _Copying(in_all, limit_bytes)
    return copying.copy(value, depth), copying.size_bytes


class _Copying:
    __slots__ = ("left", "limit_bytes", "per_container", "size_bytes")

    def __init__(self, in_all: int, limit_bytes: int) -> None:
        self.left = in_all
        self.limit_bytes = limit_bytes
        self.per_container = max(_PER_CONTAINER, in_all // 5)
        self.size_bytes = 0

    def copy(self, value: Any, depth: int) -> Any:
        kind = _TYPE(value)
        self.size_bytes += _ITEM_BYTES
        if kind is str:
            if self.size_bytes + len(value) > self.limit_bytes:
                return f"<str of {len(value)}>"
            self.size_bytes += len(value)
            return value
        if value is None or kind is bool or kind is float:
            return value
        read = _READERS.get(kind)
        if read is None:
            return self._object(value, kind, depth)
        return read(self, value, depth)

    def whole(self, value: int, _depth: int) -> Any:
        return value if -_INT_LIMIT <= value < _INT_LIMIT else f"<int of {value.bit_length()} bits>"

    def binary(self, value: bytes | bytearray, _depth: int) -> str:
        return f"<{type(value).__name__} of {len(value)}>"

    def mapping(self, value: dict[Any, Any], depth: int) -> Any:
        return self._pairs(_DICT.items(value), _DICT.__len__(value), depth)

    def sequence(self, value: Any, depth: int) -> Any:
        if depth == 0:
            return f"<{type(value).__name__} of {len(value)}>"
        copied: list[Any] = []
        for item in value:
            if self.left <= 0 or len(copied) >= self.per_container:
                copied.append(f"… {len(value) - len(copied)} more")
                break
            self.left -= 1
            copied.append(self.copy(item, depth - 1))
        return copied

    def _pairs(self, pairs: Iterable[tuple[Any, Any]], count: int, depth: int) -> Any:
        if depth == 0:
            return f"<{count} fields>"
        copied: dict[str, Any] = {}
        for key, item in pairs:
            if self.left <= 0 or len(copied) >= self.per_container:
                copied["…"] = f"{count - len(copied)} more"
                break
            self.left -= 1
            copied[_key(key)] = self.copy(item, depth - 1)
        return copied

    def _object(self, value: Any, kind: type, depth: int) -> Any:
        if (kind.__module__, kind.__qualname__) in _TOLD_AS_TEXT:
            return str(value)
        for base, read in _SUBCLASSES:
            if isinstance(value, base):
                names: Any = getattr(kind, "_fields", None) if base is tuple else None
                if isinstance(names, tuple):
                    return self._pairs(zip(names, value, strict=False), len(value), depth)  # pyright: ignore[reportUnknownArgumentType]
                return read(self, value, depth)
        fields = _fields_of(value, kind)
        return _named(value, kind) if fields is None else self._pairs(fields.items(), len(fields), depth)


_READERS: dict[type, Callable[[_Copying, Any, int], Any]] = {
    int: _Copying.whole,
    dict: _Copying.mapping,
    list: _Copying.sequence,
    tuple: _Copying.sequence,
    set: _Copying.sequence,
    frozenset: _Copying.sequence,
    bytes: _Copying.binary,
    bytearray: _Copying.binary,
}

# Of a subclass the plain value beneath is told, by the methods of the plain type. (An enum of texts is such a one.)
_SUBCLASSES: tuple[tuple[type, Callable[[_Copying, Any, int], Any]], ...] = (
    (str, lambda copying, value, depth: copying.copy(str.__str__(value), depth)),
    (int, lambda copying, value, depth: copying.whole(int.__int__(value), depth)),
    (float, lambda copying, value, depth: float.__float__(value)),
    (bytes, lambda copying, value, depth: f"<bytes of {bytes.__len__(value)}>"),
    (dict, _Copying.mapping),
    (list, lambda copying, value, depth: copying.sequence(_LIST.__getitem__(value, slice(None)), depth)),
    (tuple, lambda copying, value, depth: copying.sequence(_TUPLE.__getitem__(value, slice(None)), depth)),
)


def _key(key: Any) -> str:
    if type(key) is str:
        return key
    if isinstance(key, str):
        return str.__str__(key)
    return str(key) if type(key) in (int, float, bool) or key is None else f"<{type(key).__qualname__}>"


def _fields_of(value: Any, kind: type) -> dict[str, Any] | None:
    """The declared fields of an object that is mere data, read without running code of its class."""
    names = _field_names(kind)
    if names is None:
        return None
    try:
        held = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {name: _slot(value, name) for name in names}
    return {name: held[name] if name in held else _slot(value, name) for name in names}


def _field_names(kind: type) -> tuple[str, ...] | None:
    for marker in ("__struct_fields__", "__dataclass_fields__", "__pydantic_fields__"):
        names = getattr(kind, marker, None)
        if names is not None:
            return tuple(names)
    declared = getattr(kind, "__attrs_attrs__", None)
    return None if declared is None else tuple(field.name for field in declared)


def _slot(value: Any, name: str) -> Any:
    # Only what the class stores in a slot: a property would run the user's code.
    for base in type(value).__mro__:
        found = base.__dict__.get(name)
        if type(found).__name__ == "member_descriptor":
            return found.__get__(value)  # pyright: ignore[reportOptionalMemberAccess]
    return None


def _named(value: Any, kind: type) -> str:
    name = getattr(value, "__qualname__", None) if kind.__name__ in ("function", "type", "method") else None
    return f"<{kind.__name__} {name}>" if isinstance(name, str) else f"<{kind.__module__}.{kind.__qualname__}>"
