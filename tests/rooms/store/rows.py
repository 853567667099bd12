"""Rows as a loader would make them, with all their fields set."""

import secrets
from typing import Any

from headwater.store import LogRow, MessageRow, SpanRow, TraceRow

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
NOON_NS = 1_795_003_200 * SECOND_NS
"""2026-11-18T12:00:00Z."""


def a_hash() -> bytes:
    """16 bytes that are nobody else's; the last is 0, which SQL functions on strings like to drop."""
    return secrets.token_bytes(15) + b"\0"


def a_span(project: str, **fields: Any) -> SpanRow:
    """A call at noon that took a second; ids are random."""
    told: dict[str, Any] = {
        "trace_id": secrets.token_hex(16),
        "span_id": secrets.token_hex(8),
        "name": "chat gpt-5",
        "kind": "call",
        "status": "ok",
        "start_ns": NOON_NS,
        "end_ns": NOON_NS + SECOND_NS,
        "source": "otel",
        "operation": "chat",
        "provider": "openai",
        "model": "gpt-5",
        "version": 1,
    }
    return SpanRow(project=project, **{**told, **fields})


def a_whole_span(project: str) -> SpanRow:
    """A span in which no field has its default."""
    annotations = SpanRow.__annotations__.items()
    times = {"start_ns": NOON_NS + 123_456_789, "end_ns": NOON_NS + 987_654_321, "received_ns": NOON_NS + 1}
    flags = {"is_stream": 1, "usage_estimated": 1, "is_deleted": 0}
    told: dict[str, Any] = {
        **{name: f"{name} 'quoted' \\ \t\n\0 é 🙂" for name, kind in annotations if kind is str},
        **{name: number for number, (name, kind) in enumerate(annotations, 1) if kind in (int, int | None)},
        **times,
        **flags,
        "project": project,
        "trace_id": secrets.token_hex(16),
        "span_id": secrets.token_hex(8),
        "tags": ("a", "ü"),
        "finish_reasons": ("stop", "length"),
        "metadata": {"k": "v", "": "empty"},
        "input": (a_hash(), a_hash()),
        "output": (a_hash(),),
        "tools": (a_hash(),),
        "attributes": {"a": "1", "b": "\0"},
        "resource": {"service.name": "s"},
        "content_attributes": {"gen_ai.input.messages": (a_hash(), a_hash())},
        "reported_cost_usd": 0.1,
    }
    return SpanRow(**told)


def a_message(project: str, text: str, **fields: Any) -> MessageRow:
    """A message of the user."""
    told: dict[str, Any] = {"hash": a_hash(), "kind": "message", "role": "user", "first_seen_ns": NOON_NS}
    return MessageRow(project=project, content=f'{{"role":"user","text":"{text}"}}', text=text, **{**told, **fields})


def a_log(project: str, trace_id: str, **fields: Any) -> LogRow:
    """A log event of a trace."""
    told: dict[str, Any] = {
        "span_id": secrets.token_hex(8),
        "event_id": a_hash(),
        "time_ns": NOON_NS + 7,
        "name": "gen_ai.user.message",
        "severity": "INFO",
        "scope": "instrumentation",
        "body": '{"content":"hi"}',
        "attributes": {"a": "b"},
        "resource": {},
        "input": (a_hash(),),
        "output": (),
        "version": 1,
    }
    return LogRow(project=project, trace_id=trace_id, **{**told, **fields})


def a_trace(project: str, trace_id: str, **fields: Any) -> TraceRow:
    """Totals of a trace with one call."""
    counts = dict.fromkeys(("span_count", "call_count", "input_tokens", "output_tokens", "reasoning_tokens"), 1)
    nothing = dict.fromkeys(
        ("error_count", "folded_count", "orphan_count", "cache_read_tokens", "cache_write_tokens"), 0
    )
    words = {"name": "chat", "root_span_id": "", "status": "ok", "session_id": "s", "user_id": "u", "environment": ""}
    lists = dict.fromkeys(("tags", "kinds", "models", "providers", "sources", "error_types"), ("a",))
    rest = {"service_name": "", "input_preview": "", "output_preview": "", "version": 1, "unpriced_calls": 0}
    money = {"cost_nanousd": 1_500_000_000, "ttft_ns": None, "start_ns": NOON_NS, "end_ns": NOON_NS + SECOND_NS}
    told: dict[str, Any] = {**counts, **nothing, **words, **lists, **rest, **money}
    return TraceRow(project=project, trace_id=trace_id, **{**told, **fields})
