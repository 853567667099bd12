"""Structures spread over many attribute names, put together again.

`llm.input_messages.0.message.role` (OpenInference) and `gen_ai.prompt.0.tool_calls.1.name` (Traceloop) each tell one
leaf of a list of messages. The words between the dots are theirs; what comes out has the shape that vendors use, so
that the provider room can read it.
"""

from collections.abc import Mapping
from typing import Any

from headwater.otlp.values import decoded, is_list, is_object

_DEPTH_MAX = 12


def assembled(leaves: Mapping[str, Any]) -> list[Any]:
    """Return the list that `0.a`, `0.b.1.c`, ... spell; gaps in the numbering close up."""
    root: dict[str, Any] = {}
    for name, value in leaves.items():
        words = name.split(".", _DEPTH_MAX)
        at = root
        for word in words[:-1]:
            inner = at.get(word)
            if not is_object(inner):
                inner = at[word] = dict[str, Any]()
            at = inner
        if at.get(words[-1]).__class__ is not dict:
            at[words[-1]] = value
    listed = _listed(root)
    return listed if is_list(listed) else [listed]


def messages(leaves: Mapping[str, Any]) -> list[Any]:
    """Return messages told by OpenInference's or Traceloop's names in the shape of a chat request."""
    found = [_message(item.get("message", item)) for item in assembled(leaves) if is_object(item)]
    return [message for message in found if message]


def tools(leaves: Mapping[str, Any]) -> list[Any]:
    """Return tool definitions told by OpenInference's or Traceloop's names."""
    found: list[Any] = []
    for item in assembled(leaves):
        if not is_object(item):
            continue
        definition = decoded(_at(item, "tool", "json_schema")) or item
        if is_object(definition):
            found.append({name: decoded(value) for name, value in definition.items()})
    return found


def documents(leaves: Mapping[str, Any]) -> list[Any]:
    """Return the documents of a retrieval."""
    found: list[Any] = []
    for item in assembled(leaves):
        document = item.get("document", item) if is_object(item) else item
        if is_object(document) and "metadata" in document:
            document = {**document, "metadata": decoded(document["metadata"])}
        found.append(document)
    return found


def inner_texts(leaves: Mapping[str, Any]) -> list[str]:
    """Return the texts of prompts, completions or embeddings: whatever each entry's `text` or `content` is."""
    found: list[str] = []
    for item in assembled(leaves):
        entry = next(iter(item.values()), None) if is_object(item) and len(item) == 1 else item
        if is_object(entry):
            entry = entry.get("text") or entry.get("content")
        if isinstance(entry, str):
            found.append(entry)
    return found


def _listed(node: Any) -> Any:
    """Turn objects whose names are all numbers into lists."""
    if node.__class__ is not dict:
        return node
    if node and all(word.isdecimal() for word in node):
        return [_listed(node[word]) for word in sorted(node, key=lambda word: (len(word), word))]
    return {word: _listed(value) for word, value in node.items()}


def _message(told: Any) -> dict[str, Any]:
    if not is_object(told):
        return {}
    message = dict[str, Any]()
    for name, value in told.items():
        if name == "contents" and is_list(value):
            message["content"] = [_part(item) for item in value]
        elif name == "tool_calls" and is_list(value):
            message["tool_calls"] = [_tool_call(item) for item in value]
        elif name == "content" and "contents" not in told:
            message["content"] = _content(value)
        elif name not in ("content", "contents"):
            message[name] = value
    return _spoken(message)


def _spoken(message: dict[str, Any]) -> dict[str, Any]:
    """Give a message its role where the names tell it otherwise, and drop what is told twice."""
    if message.get("role") == "thinking":
        return {"role": "assistant", "content": [{"type": "thinking", "thinking": message.get("content")}]}
    if "role" not in message and "user" in message:
        return {"role": "user", "content": message["user"]}
    content = message.get("content")
    if is_list(content) and any(_is_tool_use(part) for part in content):
        message.pop("tool_calls", None)
    return {"content": None, **message} if message else message


def _is_tool_use(part: Any) -> bool:
    return is_object(part) and part.get("type") == "tool_use"


def _content(value: Any) -> Any:
    """Traceloop writes a list of parts as JSON into one name; any other JSON is what was said."""
    found = decoded(value) if isinstance(value, str) and value[:2] in ("[{", '["') else value
    return found if is_list(found) and all(is_object(item) and "type" in item for item in found) else value


def _part(item: Any) -> Any:
    """One of OpenInference's `contents`."""
    told = item.get("message_content", item) if is_object(item) else item
    if not is_object(told):
        return told
    kind = told.get("type")
    call = told.get("tool_call") or (item.get("tool_call") if is_object(item) else None)
    if is_object(call):
        return {"type": "tool_use", **_tool_use(call)}
    if kind == "image":
        return {"type": "image_url", "image_url": {"url": _at(told, "image", "image", "url")}}
    if kind in ("reasoning", "thinking"):
        return {"type": "thinking", "thinking": told.get("text", "")}
    return told


def _tool_use(call: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": call.get("id"),
        "name": _at(call, "function", "name"),
        "input": decoded(_at(call, "function", "arguments")),
    }


def _tool_call(item: Any) -> Any:
    told = item.get("tool_call", item) if is_object(item) else item
    if not is_object(told):
        return told
    function = told.get("function")
    if not is_object(function):
        function = {"name": told.get("name"), "arguments": told.get("arguments")}
    return {"id": told.get("id"), "type": "function", "function": function}


def _at(node: Any, *words: str) -> Any:
    for word in words:
        node = node.get(word) if is_object(node) else None
    return node
