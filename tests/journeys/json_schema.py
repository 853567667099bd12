"""As much of JSON Schema as the schemas of the conventions use."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def complaints(
    value: Any, schema: Mapping[str, Any], root: Mapping[str, Any] | None = None, at: str = "$"
) -> list[str]:
    """What is wrong with a value by a schema; empty when nothing is.

    Among alternatives, those that name the value's own `type` speak for it: the conventions end their lists with one
    that takes everything, and a known part that is told wrongly would pass as unknown.
    """
    root = root or schema
    if "$ref" in schema:
        return complaints(value, _named(root, schema["$ref"]), root, at)
    return [
        *_of_alternatives(value, schema, root, at),
        *_of_value(value, schema, at),
        *_of_items(value, schema, root, at),
    ]


def _of_alternatives(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], at: str) -> Iterator[str]:
    choices = [_resolved(root, choice) for choice in (schema.get("anyOf") or schema.get("oneOf") or ())]
    kind = cast(Mapping[str, Any], value).get("type") if isinstance(value, dict) else None
    meant = [choice for choice in choices if kind and _constant(choice) == kind]
    found = [complaints(value, choice, root, at) for choice in meant or choices]
    if found and all(found):
        yield from min(found, key=len)


def _of_value(value: Any, schema: Mapping[str, Any], at: str) -> Iterator[str]:
    kinds = schema.get("type", ())
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    if kinds and not any(_is_a(value, kind) for kind in kinds):
        yield f"{at} is no {' or '.join(kinds)}"
    if "const" in schema and value != schema["const"]:
        yield f"{at} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at} is none of {schema['enum']}"


def _of_items(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], at: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{at} has no {name!r}" for name in schema.get("required", ()) if name not in value)
        for name, within in schema.get("properties", {}).items():
            if name in value:
                yield from complaints(value[name], within, root, f"{at}.{name}")
    if isinstance(value, list) and "items" in schema:
        for item in cast(list[Any], value):
            yield from complaints(item, schema["items"], root, f"{at}[]")


def _is_a(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and not (isinstance(value, bool) and kind in ("integer", "number"))


def _constant(schema: Mapping[str, Any]) -> Any:
    return schema.get("properties", {}).get("type", {}).get("const")


def _resolved(root: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return _named(root, schema["$ref"]) if "$ref" in schema else schema


def _named(root: Mapping[str, Any], reference: str) -> Mapping[str, Any]:
    """A definition of the schema itself; what is defined elsewhere (JSON Schema's own schema) takes everything."""
    return root["$defs"][reference.removeprefix("#/$defs/")] if reference.startswith("#/$defs/") else {}
