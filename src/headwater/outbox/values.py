"""Any Python value as JSON text and as an OTLP AnyValue; nothing that a program records may fail here.

The fast way is msgspec's. What it refuses (lone surrogates, keys that are no text, cycles) goes the slow way, which
copies the value, bounded in depth and number, into one that can be written.
"""

import base64
from collections.abc import Callable, Mapping, Set
from typing import Any, cast

import msgspec

_DEPTH_MAX = 32
_NESTED_MAX = 16
_NODES_MAX = 200_000
_STRANGE_MAX = 10_000
_INT64 = 2**63
_CUT = "(nested too deeply, left out)"


def json_bytes(value: Any) -> bytes:
    """Encode any value as JSON."""
    try:
        return _ENCODER.encode(value)
    except Exception:  # noqa: BLE001 - whatever a program's own object does when it is read, there is a slower way
        return _ENCODER.encode(_Plainer().plain(value, 0))


def json_text(value: Any) -> str:
    """Encode any value as JSON, as text."""
    return json_bytes(value).decode()


def text_of(value: Any) -> str:
    """Return a text as it is and any other value as JSON."""
    return value if isinstance(value, str) else json_text(value)


def any_value(value: Any, depth: int = 0) -> dict[str, Any]:
    """Make an OTLP AnyValue in JSON: 64-bit integers are text, bytes base64, null the empty object."""
    convert = _CONVERT.get(value.__class__)
    return convert(value) if convert is not None else _composed(value, depth)


def _composed(value: Any, depth: int) -> dict[str, Any]:
    if depth >= _NESTED_MAX:
        return {"stringValue": json_text(value)}
    if isinstance(value, Mapping):
        pairs = cast("Mapping[Any, Any]", value)
        return {
            "kvlistValue": {
                "values": [{"key": str(key), "value": any_value(each, depth + 1)} for key, each in pairs.items()]
            }
        }
    if isinstance(value, list | tuple | Set):
        items = cast("list[Any]", value)
        return {"arrayValue": {"values": [any_value(each, depth + 1) for each in items]}}
    for kind, convert in _CONVERT.items():
        if isinstance(value, kind):
            return convert(value)
    return {"stringValue": text_of(msgspec.json.decode(json_bytes(value)))}


def _integer(value: int) -> dict[str, Any]:
    return {"intValue": str(int(value))} if -_INT64 <= value < _INT64 else {"stringValue": str(value)}


def _float(value: float) -> dict[str, Any]:
    if value - value == 0:
        return {"doubleValue": float(value)}
    return {"doubleValue": "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"}


_CONVERT: dict[type, Callable[[Any], dict[str, Any]]] = {
    str: lambda value: {"stringValue": value},
    bool: lambda value: {"boolValue": value},
    int: _integer,
    float: _float,
    type(None): lambda _: {},
    bytes: lambda value: {"bytesValue": base64.b64encode(value).decode()},
}


def _strange(value: Any) -> Any:
    """What a value that JSON has no form for says of itself."""
    try:
        return str(value)[:_STRANGE_MAX]
    except Exception:  # noqa: BLE001 - a program's own `__str__` may do anything
        return f"({type(value).__name__}, which cannot be shown)"


_ENCODER = msgspec.json.Encoder(enc_hook=_strange)


class _Plainer:
    """The slow way: a copy that is certain to be written."""

    def __init__(self) -> None:
        self._nodes = 0

    def plain(self, value: Any, depth: int) -> Any:
        """Copy a value into texts, numbers, lists and objects with text keys."""
        self._nodes += 1
        if depth > _DEPTH_MAX or self._nodes > _NODES_MAX:
            return _CUT
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int):
            return value if -_INT64 <= value < 2 * _INT64 else str(value)
        if isinstance(value, str):
            return _writable(value)
        if isinstance(value, msgspec.Struct):
            return self.plain(_fields(value), depth)
        if isinstance(value, Mapping):
            pairs = cast("Mapping[Any, Any]", value)
            return {_writable(_strange(key)): self.plain(each, depth + 1) for key, each in list(pairs.items())}
        if isinstance(value, list | tuple | Set):
            return [self.plain(each, depth + 1) for each in list(cast("list[Any]", value))]
        return _writable(str(_strange(value)))


def _writable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _fields(value: msgspec.Struct) -> dict[str, Any]:
    """A struct as its encoding would be: the tag first, fields of nothing left out."""
    config = value.__struct_config__
    tag = {config.tag_field: config.tag} if config.tag_field is not None else {}
    fields = {name: getattr(value, name) for name in value.__struct_fields__}
    return {**tag, **{name: each for name, each in fields.items() if each is not None}}
