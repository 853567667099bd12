"""Tool definitions, in the shape of any vendor or client."""

from typing import Any

from headwater.event import ToolDefinition
from headwater.provider.narrow import is_list, is_object, object_of, objects_of, text_or_none

_SCHEMA_NAMES = ("parameters", "input_schema", "inputSchema", "parametersJsonSchema", "jsonSchema")


def tool_definitions_from(value: Any) -> tuple[ToolDefinition, ...]:
    """Read what tools a model was offered; entries that are no objects are left out.

    Understood: OpenAI chat and its older `functions`, Responses, Anthropic, the OpenTelemetry conventions, Vercel AI
    (list, or object by name), Gemini and Bedrock. A tool that a vendor runs itself has its type as its name.
    """
    if is_object(value):
        listed = value.get("tools") or value.get("functions")
        if not is_list(listed):
            return tuple([_definition({"name": name, **object_of(item)}, item) for name, item in value.items()])
        value = listed
    found: list[ToolDefinition] = []
    for item in objects_of(value):
        declared = objects_of(item.get("functionDeclarations") or item.get("function_declarations"))
        found.extend([_definition(one, one) for one in declared] if declared else [_definition(item, item)])
    return tuple(found)


def _definition(item: dict[str, Any], raw: Any) -> ToolDefinition:
    kind = text_or_none(item.get("type")) or "function"
    told = next((item[name] for name in (kind, "function", "toolSpec") if is_object(item.get(name))), item)
    name = text_or_none(told.get("name"))
    schema = next((told[key] for key in _SCHEMA_NAMES if told.get(key) is not None), None)
    if is_object(schema) and is_object(schema.get("json")):
        schema = schema["json"]
    is_plain = name is not None and schema is not None
    return ToolDefinition(
        name=name or text_or_none(item.get("server_label")) or kind,
        type=kind,
        description=text_or_none(told.get("description")),
        parameters=schema,
        raw=None if is_plain else raw,
    )
