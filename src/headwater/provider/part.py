"""One piece of a message, whoever wrote it down.

The piece's `type` word chooses its reader from a table; Gemini, Bedrock and a few clients name the piece by its one
key instead, and have a second table. A reader gives None where the piece lacks what its word promises; such a piece,
and one of an unknown word, is kept whole as `Unknown`.
"""

from collections.abc import Callable
from typing import Any

from headwater.event import Blob, File, Part, Reasoning, Text, ToolCall, ToolCallResponse, Unknown, Uri
from headwater.provider.narrow import decoded, is_object, list_of, object_of, objects_of, text_or_none, word_of

_Reader = Callable[[dict[str, Any]], Part | None]


def part_from(value: Any) -> Part:
    """Read one content part; a plain text is one too. What cannot be read is kept as `Unknown`."""
    if value.__class__ is str:
        return Text(content=value)
    if not is_object(value):
        return Unknown(generic_type=type(value).__name__, raw=value)
    kind = value.get("type")
    if not isinstance(kind, str):
        return _untyped(value)
    if kind == "text":
        text = value.get("content") or value.get("text")
        if isinstance(text, str):
            return Text(content=text)
    reader = _READERS.get(kind)
    part = reader(value) if reader is not None else None
    if part is None and reader is None and kind.endswith("_tool_result"):
        part = _tool_result(value)
    return Unknown(generic_type=kind, raw=value) if part is None else part


def parts_from(value: Any) -> tuple[Part, ...]:
    """Read the content of one message: nothing, a text, one part or a list of them, in their order."""
    if value.__class__ is str:
        return (Text(content=value),) if value else ()
    if value.__class__ is list:
        return tuple([part_from(item) for item in value if item is not None])
    return () if value is None else (part_from(value),)


def tool_call_from(value: Any) -> ToolCall | None:
    """Read an entry of a list of tool calls: OpenAI's, LangChain's or Vercel's; None where it names nothing."""
    if not is_object(value):
        return None
    function = value.get("function")
    if is_object(function):
        return _tool_call(function, value.get("id"), function.get("arguments"))
    custom = value.get("custom")
    if is_object(custom):
        return _tool_call(custom, value.get("id"), custom.get("input"))
    return _named_call(value)


def reasoning_from(value: Any) -> Reasoning | None:
    """Read a Responses reasoning item, or a text, as far as it shows anything."""
    if value.__class__ is str:
        return Reasoning(content=value) if value else None
    item = object_of(value)
    shown = [_said(entry) for entry in [*list_of(item.get("summary")), *list_of(item.get("content"))]]
    shown = [text for text in shown if text]
    return Reasoning(content="\n".join(shown)) if shown else None


def media_from(modality: str, address: Any, mime_type: Any = None) -> Part | None:
    """Read media given as a data URL, any other address, or bare base64."""
    if not isinstance(address, str) or not address:
        return None
    mime = text_or_none(mime_type)
    if address.startswith("data:"):
        head, _, content = address[5:].partition(",")
        return Blob(modality=modality, content=content, mime_type=mime or text_or_none(head.partition(";")[0]))
    if "://" in address[:16]:
        return Uri(modality=modality, uri=address, mime_type=mime)
    return Blob(modality=modality, content=address, mime_type=mime)


def _said(entry: Any) -> str:
    for name in ("text", "content"):
        text = object_of(entry).get(name)
        if isinstance(text, str):
            return text
    return entry if isinstance(entry, str) else ""


def _tool_call(named: dict[str, Any], call_id: Any, arguments: Any) -> ToolCall | None:
    name = named.get("name")
    if not isinstance(name, str):
        return None
    return ToolCall(name=name, id=text_or_none(call_id), arguments=decoded(arguments))


def _first(item: dict[str, Any], *names: str) -> Any:
    for name in names:
        if item.get(name) is not None:
            return item[name]
    return None


def _named_call(item: dict[str, Any]) -> ToolCall | None:
    name = _first(item, "name", "toolName", "tool_name")
    if not isinstance(name, str):
        return None
    call_id = _first(item, "call_id", "id", "toolCallId", "tool_call_id", "toolUseId")
    arguments = _first(item, "arguments", "input", "args", "server_tool_call")
    return ToolCall(name=name, id=text_or_none(call_id), arguments=decoded(arguments))


def _tool_result(item: dict[str, Any]) -> Part | None:
    names = ("response", "result", "output", "content", "server_tool_call_response")
    found = next((name for name in names if name in item), None)
    if found is None:
        return None
    response = item[found]
    if is_object(response) and response.get("type") in ("text", "json") and "value" in response:
        response = response["value"]
    call_id = _first(item, "tool_use_id", "tool_call_id", "call_id", "toolCallId", "toolUseId", "id")
    if item.get("is_error") is True or item.get("isError") is True:
        response = {"content": response, "is_error": True}
    return ToolCallResponse(response=response, id=text_or_none(call_id))


def _text(item: dict[str, Any]) -> Part | None:
    text = _first(item, "text", "content", "value")
    return Text(content=text) if isinstance(text, str) else None


def _reasoning(item: dict[str, Any]) -> Part | None:
    text = _first(item, "thinking", "content", "text", "reasoning")
    if isinstance(text, str):
        return Reasoning(content=text)
    # Mistral's thinking is a list of texts.
    return reasoning_from({**item, "content": text})


def _image_url(item: dict[str, Any]) -> Part | None:
    image = item.get("image_url")
    if image is None:
        return _file_id("image", item.get("file_id"))
    return media_from("image", image.get("url") if is_object(image) else image)


def _media(modality: str) -> _Reader:
    def read(item: dict[str, Any]) -> Part | None:
        source = item.get("source")
        if is_object(source):
            return _sourced(modality, source, item)
        mime = _first(item, "mediaType", "mimeType", "mime_type", "media_type")
        address = _first(item, modality, "url", "data", "base64", "uri")
        return media_from(modality, address, mime) or _file_id(modality, item.get("file_id"), mime)

    return read


def _sourced(modality: str, source: dict[str, Any], item: dict[str, Any]) -> Part | None:
    """Anthropic's `source`, and Bedrock's, whose media type stands beside it as a bare format."""
    kind, mime = source.get("type"), source.get("media_type")
    if kind == "text" and isinstance(source.get("data"), str):
        return Text(content=source["data"])
    if kind == "file":
        return _file_id(modality, source.get("file_id"))
    if mime is None and isinstance(item.get("format"), str):
        mime = f"{'image' if modality == 'image' else 'application'}/{item['format']}"
    return media_from(modality, _first(source, "data", "url", "bytes"), mime)


def _file_id(modality: str, file_id: Any, mime_type: Any = None) -> Part | None:
    if not isinstance(file_id, str) or not file_id:
        return None
    return File(modality=modality, file_id=file_id, mime_type=text_or_none(mime_type))


def _audio(item: dict[str, Any]) -> Part | None:
    audio = object_of(item.get("input_audio") or item.get("audio"))
    mime = f"audio/{audio['format']}" if isinstance(audio.get("format"), str) else None
    return media_from("audio", audio.get("data"), mime) or _file_id("audio", audio.get("id"))


def _file(item: dict[str, Any]) -> Part | None:
    told = object_of(item.get("file")) or item
    mime = _first(told, "mime_type", "mediaType", "mimeType")
    modality = _modality(told.get("modality"), mime)
    by_id = _file_id(modality, told.get("file_id"), mime)
    return by_id or media_from(modality, _first(told, "file_data", "file_url", "data", "url"), mime)


def _modality(word: Any, mime_type: Any) -> str:
    if isinstance(word, str) and word:
        return word
    family = mime_type.partition("/")[0] if isinstance(mime_type, str) else ""
    return family if family in ("image", "audio", "video") else "file"


def _blob(item: dict[str, Any]) -> Part | None:
    content = _first(item, "content", "data")
    if not isinstance(content, str):
        return None
    mime = text_or_none(item.get("mime_type"))
    return Blob(modality=_modality(item.get("modality"), mime), content=content, mime_type=mime)


def _uri(item: dict[str, Any]) -> Part | None:
    uri = item.get("uri")
    if not isinstance(uri, str):
        return None
    mime = text_or_none(item.get("mime_type"))
    return Uri(modality=_modality(item.get("modality"), mime), uri=uri, mime_type=mime)


def _generic(item: dict[str, Any]) -> Part | None:
    """Our own encoding of `Unknown` comes back as it was."""
    if isinstance(item.get("generic_type"), str):
        return Unknown(generic_type=item["generic_type"], raw=item.get("raw", item))
    return None


def _generated_image(item: dict[str, Any]) -> Part | None:
    mime = f"image/{item['output_format']}" if isinstance(item.get("output_format"), str) else None
    return media_from("image", item.get("result"), mime)


def _readers(words: str, reader: _Reader) -> dict[str, _Reader]:
    return dict.fromkeys(words.split(), reader)


_READERS: dict[str, _Reader] = {
    **_readers("text input_text output_text", _text),
    **_readers("reasoning thinking reasoning_text summary_text", _reasoning),
    **_readers("tool_use server_tool_use mcp_tool_use tool_call tool-call function_call custom_tool_call", _named_call),
    **_readers("server_tool_call mcp_call", _named_call),
    "function": tool_call_from,
    **_readers("tool_result tool-result tool_call_response server_tool_call_response", _tool_result),
    **_readers("function_call_output custom_tool_call_output", _tool_result),
    **_readers("image_url input_image", _image_url),
    "image": _media("image"),
    "document": _media("document"),
    "video": _media("video"),
    **_readers("input_audio audio output_audio", _audio),
    **_readers("file input_file", _file),
    "blob": _blob,
    "uri": _uri,
    "image_generation_call": _generated_image,
    "generic": _generic,
}


def _inline_data(data: dict[str, Any]) -> Part | None:
    mime = _first(data, "mimeType", "mime_type")
    content = data.get("data")
    if not isinstance(content, str):
        return None
    return Blob(modality=_modality(None, mime), content=content, mime_type=text_or_none(mime))


def _file_data(data: dict[str, Any]) -> Part | None:
    mime, uri = _first(data, "mimeType", "mime_type"), _first(data, "fileUri", "file_uri")
    return Uri(modality=_modality(None, mime), uri=uri, mime_type=text_or_none(mime)) if isinstance(uri, str) else None


def _reasoning_content(data: dict[str, Any]) -> Part | None:
    text = object_of(data.get("reasoningText")).get("text")
    return Reasoning(content=text) if isinstance(text, str) else None


_BY_KEY: dict[str, _Reader] = {
    "functionCall": _named_call,
    "function_call": _named_call,
    "functionResponse": _tool_result,
    "function_response": _tool_result,
    "inlineData": _inline_data,
    "inline_data": _inline_data,
    "fileData": _file_data,
    "file_data": _file_data,
    "toolUse": _named_call,
    "toolResult": _tool_result,
    "reasoningContent": _reasoning_content,
    "image": _media("image"),
    "document": _media("document"),
}


def _untyped(item: dict[str, Any]) -> Part:
    text = item.get("text")
    if isinstance(text, str):
        return Reasoning(content=text) if item.get("thought") is True else Text(content=text)
    for key, reader in _BY_KEY.items():
        inner = item.get(key)
        part = reader(inner) if is_object(inner) else None
        if part is not None:
            return part
    call = None
    if "toolName" in item or "function" in item:
        call = _tool_result(item) if objects_of([item.get("result"), item.get("output")]) else tool_call_from(item)
    return call or Unknown(generic_type=word_of(item.get("type")), raw=item)
