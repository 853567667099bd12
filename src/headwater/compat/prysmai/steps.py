"""Steps: what Prysm's clients tell of an agent's work, as spans.

Rule 1: a step that a monitor named (run, call, event) or the client timed has ids made of what was said, so that it may
be told twice. One that has neither is told apart by the request it came in: two equal ones in a row are two, as a loop
is what people look for here.
Rule 2: a client tells a step when it is over, so its time is the step's end.
Rule 3: what has no field of its own stays among the span's attributes, under the client's name for it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from headwater.compat.reading import (
    count_in,
    duration_in,
    list_in,
    merged,
    metadata_in,
    moment_in,
    number_in,
    span_id_from,
    text_in,
)
from headwater.event import Call, Failure, Span, SpanKind, Usage
from headwater.provider import messages_from, usage_from

SOURCE = "prysm"
WORD = "prysm.event_type"
"""The attribute with the client's word for a step."""


class Frame(NamedTuple):
    """Where steps belong. `governance` is the id of their governance session, "" outside of one; `request` tells the
    request that they came in from all others. `is_monitored`: a framework's monitor names the run that a step is, and
    the one around it; elsewhere such names may mean anything."""

    trace_id: str
    parent_id: str
    session_id: str
    governance: str
    received_ns: int
    request: str
    scope: str = ""
    is_monitored: bool = False


class Step(NamedTuple):
    """The client's word for a step, what it said of it, and its own time where it told one."""

    word: str
    said: Mapping[str, Any]
    at: Any = None


_CALL_WORDS = {"llm_call", "llm_error", "llm_call_end", "llamaindex_llm", "llamaindex_embedding"}
_KINDS: dict[str, SpanKind] = {
    "tool_call": "tool",
    "tool_result": "tool",
    "tool_invocation": "tool",
    "tool_error": "tool",
    "tool_call_end": "tool",
    "tool_usage_completed": "tool",
    "tool_usage_error": "tool",
    "llamaindex_function_call": "tool",
    "agent_finish": "agent",
    "agent_run_end": "agent",
    "agent_execution_completed": "agent",
    "delegation": "agent",
    "llamaindex_agent_step": "agent",
    "crew_kickoff_completed": "chain",
    "task_execution_completed": "chain",
    "node_execution": "chain",
    "node_error": "chain",
    "chain_execution": "chain",
    "chain_error": "chain",
    "llamaindex_query": "chain",
    "llamaindex_synthesize": "chain",
    "llamaindex_retrieve": "retrieval",
    "llamaindex_reranking": "reranker",
}
# They happen within the run whose id they carry.
_ASIDE = {"agent_action", "agent_finish"}
_OWN_IDS = ("run_id", "call_id", "event_id")
_PARENT_IDS = ("parent_run_id", "parent_id")
_NO_PARENT = {"", "root"}
# What the clients write where they know no model; the last stands for an agent's beginning.
_NO_MODELS = {"", "unknown", "crewai_agent"}
_INPUTS = ("input", "tool_input", "arguments", "inputs", "query", "task_description", "content")
_OUTPUTS = ("output", "tool_output", "outputs", "response", "nodes", "completion_preview")
_MESSAGES = ("messages", "prompts", "prompt", "messages_preview", "input")
_COMPLETIONS = ("completion", "completions", "completion_preview", "output")
_LABELS = ("tool_name", "tool", "node_name", "agent_name", "to_agent", "path", "selected_action", "chain_type")
_PLACED = {"metadata", "prysm_metadata", "tags", "user_id"}
_PARAMETERS = ("temperature", "max_tokens", "top_p")
_FAILED = {"error", "failed", "failure", "timeout"}
_FAILED_STATUS = 400
_LABEL_CHARS = 80


def spans_of(steps: Iterable[Step], frame: Frame) -> list[Span]:
    """The spans of steps, in their order."""
    seen: Counter[bytes] = Counter()
    found: list[Span] = []
    for step in steps:
        content = msgspec.json.encode((step.word, step.said, step.at))
        seen[content] += 1
        found.append(_span(step, frame, content, seen[content]))
    return found


def _span(step: Step, frame: Frame, content: bytes, count: int) -> Span:
    said = step.said
    end_ns = moment_in(step.at) or frame.received_ns
    length = duration_in(first(said, ("latency_ms", "duration_ms")), "ms") or 0
    call = _call(step, frame)
    kind: SpanKind = "call" if call is not None else _KINDS.get(step.word, "span")
    span_id, parent_id = _ids(step, frame, content, count)
    return Span(
        trace_id=frame.trace_id,
        span_id=span_id,
        parent_span_id=parent_id,
        name=_name(step, call),
        kind=kind,
        start_ns=max(end_ns - length, 0),
        end_ns=end_ns,
        **_outcome(step),
        source=SOURCE,
        scope=frame.scope,
        session_id=frame.session_id,
        user_id=text_in(said.get("user_id")),
        tags=tuple(tag for tag in list_in(said.get("tags")) if isinstance(tag, str)),
        metadata=_metadata(said, frame),
        tool_name=text_in(first(said, ("tool_name", "tool"))) if kind == "tool" else "",
        agent_name=text_in(first(said, ("agent_name", "agent_id", "to_agent"))),
        input=first(said, _INPUTS) if call is None else None,
        output=first(said, _OUTPUTS) if call is None else None,
        call=call,
        attributes={WORD: step.word, **_rest(said, (_INPUTS, _OUTPUTS) if call is None else (_MESSAGES, _COMPLETIONS))},
    )


def _ids(step: Step, frame: Frame, content: bytes, count: int) -> tuple[str, str]:
    said, trace_id = step.said, frame.trace_id
    own = text_in(first(said, _OWN_IDS)) if frame.is_monitored else ""
    parent = text_in(first(said, _PARENT_IDS)) if frame.is_monitored else ""
    if step.word in _ASIDE:
        own, parent = "", own
    parent_id = frame.parent_id if parent in _NO_PARENT else span_id_from(SOURCE, trace_id, parent)
    if own and not step.word.endswith("_start"):
        return span_id_from(SOURCE, trace_id, own), parent_id
    request = frame.request if moment_in(step.at) is None else ""
    return span_id_from(SOURCE, trace_id, request, str(count), content.decode()), parent_id


def first(said: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The first of these fields that says something."""
    name = _first_name(said, names)
    return said[name] if name else None


def _first_name(said: Mapping[str, Any], names: Iterable[str]) -> str:
    return next((name for name in names if said.get(name) not in (None, "")), "")


def _rest(said: Mapping[str, Any], placed: Iterable[Iterable[str]]) -> dict[str, Any]:
    """What has no other place in the span; of each of `placed`, the first that says something has."""
    gone = {*_PLACED, *(_first_name(said, names) for names in placed)}
    return {name: value for name, value in said.items() if value is not None and name not in gone}


def _name(step: Step, call: Call | None) -> str:
    if call is not None:
        return f"{call.operation} {call.model}".rstrip()
    label = text_in(first(step.said, _LABELS))[:_LABEL_CHARS]
    if _KINDS.get(step.word) == "tool" and label:
        return label
    return f"{step.word} {label}".rstrip()


def _metadata(said: Mapping[str, Any], frame: Frame) -> dict[str, str]:
    found = metadata_in(merged(metadata_in(said.get("metadata")), metadata_in(said.get("prysm_metadata"))))
    if frame.governance:
        found.setdefault("governance_session_id", frame.governance)
    return found


def _outcome(step: Step) -> dict[str, Any]:
    """Status and failure, as far as the client told them."""
    said = step.said
    status, code = text_in(said.get("status")), count_in(said.get("status_code"))
    error = first(said, ("error", "error_message"))
    is_failed = (
        error is not None
        or said.get("success") is False
        or status in _FAILED
        or step.word.endswith("error")
        or (code is not None and code >= _FAILED_STATUS)
    )
    if not is_failed:
        return {"status": "ok" if said.get("success") is True or status == "success" else "unset"}
    kind = text_in(said.get("error_type")) or (str(code) if code else "error")
    message = error if isinstance(error, str) else "" if error is None else msgspec.json.encode(error).decode()
    return {"status": "error", "failure": Failure(type=kind, message=message, http_status=code)}


# Calls.


def _call(step: Step, frame: Frame) -> Call | None:
    """The call that a step tells; None where it tells none, or one that is told more fully elsewhere.

    The monitors of frameworks report each call to the governance session too, without what was said: counted here it
    would be counted twice.
    """
    said = step.said
    if step.word not in _CALL_WORDS or (frame.governance and "langgraph_node" in said):
        return None
    model = text_in(said.get("model"))
    model = "" if model in _NO_MODELS else model
    usage, answered = _usage(said), messages_from(first(said, _COMPLETIONS), "assistant")
    if not model and usage is None and not answered and step.word == "llm_call":
        return None
    reason = text_in(said.get("finish_reason"))
    streams = said.get("is_streaming")
    return Call(
        operation="embeddings" if step.word == "llamaindex_embedding" else "chat",
        provider=text_in(said.get("provider")).strip().lower(),
        request_model=model,
        input=messages_from(first(said, _MESSAGES)),
        output=answered,
        finish_reasons=(reason,) if reason else (),
        parameters={name: said[name] for name in _PARAMETERS if number_in(said.get(name)) is not None},
        usage=usage,
        reported_cost_usd=number_in(said.get("cost_usd")),
        is_stream=streams if isinstance(streams, bool) else None,
    )


def _usage(said: Mapping[str, Any]) -> Usage | None:
    """The tokens of a call. Zeros for all are what a monitor writes that was told no numbers."""
    names = [name for name in said if name.endswith("_tokens") and name not in _PARAMETERS]
    told = {name: count for name in names if (count := count_in(said[name])) is not None}
    return usage_from(told) if any(told.values()) else None
