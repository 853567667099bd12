"""LlamaIndex: `Settings.callback_manager.add_handler(prysm.llamaindex_handler())`."""

from collections.abc import Mapping
from typing import Any, cast

from headwater import clock
from headwater.compat.prysmai.client.integrations.telemetry import (
    Telemetry,
    become,
    cut,
    new_id,
    quietly,
    remember,
    shown,
    since_ms,
)

_MOST_MESSAGES = 10
_MOST_NODES = 5
_PREVIEW = 200


class PrysmSpanHandler(Telemetry):
    """Tells what a pipeline does: calls to models, embeddings, retrievals, queries. See Telemetry for the arguments.

    Where llama-index-core is installed it is one of its callback handlers.
    """

    source = "llamaindex"
    agent_type = "llamaindex"

    def __init__(
        self,
        client: Any = None,
        api_key: str | None = None,
        base_url: str | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        event_starts_to_ignore: list[Any] | None = None,
        event_ends_to_ignore: list[Any] | None = None,
    ) -> None:
        self._begin(client, api_key, base_url, session_id, user_id, metadata)
        self.event_starts_to_ignore = tuple(event_starts_to_ignore or ())
        self.event_ends_to_ignore = tuple(event_ends_to_ignore or ())
        self._open: dict[str, dict[str, Any]] = {}
        become(self, "llama_index.core.callbacks.base_handler.BaseCallbackHandler")

    def on_event_start(
        self,
        event_type: Any,
        payload: dict[str, Any] | None = None,
        event_id: str = "",
        parent_id: str = "",
        **kwargs: Any,
    ) -> str:
        """Something begins; returns its id."""
        known = event_id or new_id()
        told = {"begun_s": clock.monotonic_s(), "parent_id": parent_id}
        payload_told = quietly(_told_at_start, _name_of(event_type), _plain(payload))
        remember(self._open, known, told | {"payload": payload_told})
        return known

    def on_event_end(
        self, event_type: Any, payload: dict[str, Any] | None = None, event_id: str = "", **kwargs: Any
    ) -> None:
        """Something has ended."""
        quietly(self._ended, event_type, payload, event_id)

    def start_trace(self, trace_id: str | None = None) -> None:
        """A trace begins; others, in other threads, may be open."""
        return

    def end_trace(self, trace_id: str | None = None, trace_map: dict[str, list[str]] | None = None) -> None:
        """A trace has ended: what was collected is sent, without waiting for it."""
        quietly(self._batch.hand_over)

    def _ended(self, event_type: Any, payload: dict[str, Any] | None, event_id: str) -> None:
        begun, kind = self._open.pop(event_id, {}), _name_of(event_type)
        told = {"event_id": event_id, "parent_id": begun.get("parent_id")}
        told |= {"latency_ms": since_ms(begun["begun_s"]) if begun else 0, "start_payload": begun.get("payload")}
        self._tell(f"llamaindex_{kind}", {**told, "end_payload": _told_at_end(kind, _plain(payload))})


def _name_of(event_type: Any) -> str:
    return str(getattr(event_type, "value", event_type))


def _plain(payload: Mapping[Any, Any] | None) -> dict[str, Any]:
    """A payload by the texts of its names, which LlamaIndex has as members of an enumeration."""
    return {_name_of(name): value for name, value in (payload or {}).items()}


def _told_at_start(kind: str, payload: dict[str, Any]) -> dict[str, Any] | None:
    serialized: Any = payload.get("serialized") or {}
    model = serialized.get("model") or serialized.get("model_name")
    found: dict[str, Any] = {
        "messages": [_message_of(message) for message in _list(payload.get("messages"))[:_MOST_MESSAGES]],
        "prompt": cut(payload.get("formatted_prompt")),
        "model": model,
        "query": _query_of(payload.get("query_str")),
        "exception": cut(payload.get("exception")),
    }
    if payload.get("chunks"):
        found["input_chunk_count" if kind == "chunking" else "chunk_count"] = len(_list(payload["chunks"]))
    return {name: value for name, value in found.items() if value} or None


def _told_at_end(kind: str, payload: dict[str, Any]) -> dict[str, Any] | None:
    response, chunks, nodes = payload.get("response"), _list(payload.get("chunks")), _list(payload.get("nodes"))
    found: dict[str, Any] = {"exception": cut(payload.get("exception"))}
    if response is not None or payload.get("completion") is not None:
        answer = response if response is not None else payload["completion"]
        found |= _completion(answer) if kind == "llm" else {"response": cut(answer)}
    if nodes:
        found |= {"node_count": len(nodes), "nodes": [_node_of(node) for node in nodes[:_MOST_NODES]]}
    if chunks and kind == "chunking":
        lengths = [len(str(chunk)) for chunk in chunks]
        found |= {"output_chunk_count": len(chunks), "avg_chunk_size": sum(lengths) / len(lengths)}
    elif payload.get("embeddings") is not None:
        vectors = _list(payload["embeddings"])
        found |= {"embedding_count": len(vectors), "dimensions": len(_list(vectors[0])) if vectors else 0}
    return {name: value for name, value in found.items() if value is not None} or None


def _completion(answer: Any) -> dict[str, Any]:
    message = getattr(answer, "message", None)
    text = getattr(answer, "text", None) if message is None else getattr(message, "content", message)
    raw: Any = getattr(answer, "raw", None)
    usage: Any = _field(raw, "usage")
    names = ("prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens")
    counts = {name: _field(usage, name) for name in names}
    model = _field(raw, "model")
    told: dict[str, Any] = {"completion": cut(answer if text is None else text), "model": model}
    return {**told, **{name: count for name, count in counts.items() if isinstance(count, int)}}


def _field(thing: Any, name: str) -> Any:
    return cast("Mapping[str, Any]", thing).get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


def _message_of(message: Any) -> dict[str, Any]:
    return {
        "role": _name_of(getattr(message, "role", "unknown")),
        "content": shown(getattr(message, "content", message)),
    }


def _node_of(node: Any) -> dict[str, Any]:
    return {"score": getattr(node, "score", None), "text_preview": cut(getattr(node, "text", node), _PREVIEW)}


def _query_of(query: Any) -> str | None:
    return cut(getattr(query, "query_str", query))


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(cast("list[Any]", value)) if isinstance(value, list | tuple) else [value]
