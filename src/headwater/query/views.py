"""The views that SQL is asked over, with what each column means: what the console and the tools of MCP tell of them.

A test compares names and meanings with docs/sql.md, and types with the engine's.
"""

import re
from typing import NamedTuple


class ViewColumn(NamedTuple):
    """A column; `type` is the engine's, without how it is stored."""

    name: str
    type: str
    what: str

    @property
    def short_type(self) -> str:
        """The type for a narrow place: Nullable(Decimal(18, 9)) is Decimal."""
        return re.sub(r"\(\d[^)]*\)", "", re.sub(r"^Nullable\((.*)\)$", r"\1", self.type))


class View(NamedTuple):
    """A view; `what` is a sentence."""

    name: str
    what: str
    columns: tuple[ViewColumn, ...]


VIEWS = (
    View(
        "calls",
        "Requests to models; duplicates seen by a second instrument are left out.",
        (
            ViewColumn("trace_id", "String", "the trace, 32 hex digits"),
            ViewColumn("span_id", "String", "the call itself, 16 hex digits"),
            ViewColumn("parent_span_id", "String", "the step that made it, or empty"),
            ViewColumn("name", "String", "the span's name"),
            ViewColumn("source", "String", "which instrumentation told of it"),
            ViewColumn("operation", "String", "chat, text_completion, embeddings, …"),
            ViewColumn("provider", "String", "openai, anthropic, …"),
            ViewColumn("request_model", "String", "the model asked for"),
            ViewColumn("model", "String", "the model that answered, or the one asked for"),
            ViewColumn("response_id", "String", "the provider's id of the answer"),
            ViewColumn("status", "String", "ok, error or unset"),
            ViewColumn("status_message", "String", "what the instrumentation said of it"),
            ViewColumn("error_type", "String", "the class or code of the error, or empty"),
            ViewColumn("start_time", "DateTime64(9, 'UTC')", "when it began"),
            ViewColumn("end_time", "DateTime64(9, 'UTC')", "when it ended"),
            ViewColumn("duration_ms", "Float64", "between the two"),
            ViewColumn("ttft_ms", "Nullable(Float64)", "time to the first token, NULL when unknown"),
            ViewColumn("is_stream", "Nullable(UInt8)", "1 for a streamed answer, NULL when unknown"),
            ViewColumn("service_tier", "String", "the provider's tier, when it says so"),
            ViewColumn("finish_reasons", "Array(String)", "why each choice ended"),
            ViewColumn("parameters", "String", "temperature and the like, as JSON"),
            ViewColumn("attempts", "Int64", "how often it was tried"),
            ViewColumn("input_tokens", "Nullable(Int64)", "all tokens in"),
            ViewColumn("output_tokens", "Nullable(Int64)", "all tokens out"),
            ViewColumn("cache_read_tokens", "Int64", "those of the input that came from a cache"),
            ViewColumn("cache_write_tokens", "Int64", "those of the input that were written to one"),
            ViewColumn("reasoning_tokens", "Int64", "those of the output that were reasoning"),
            ViewColumn("input_audio_tokens", "Int64", "those of the input that were audio"),
            ViewColumn("output_audio_tokens", "Int64", "those of the output that were audio"),
            ViewColumn("usage_estimated", "UInt8", "1 when the counts were not reported by the provider"),
            ViewColumn(
                "cost_usd", "Nullable(Decimal(18, 9))", "our price, NULL when the price or the usage is unknown"
            ),
            ViewColumn("price_version", "String", "which edition of the price list it came from"),
            ViewColumn("reported_cost_usd", "Nullable(Float64)", "the cost that the sender gave"),
            ViewColumn("user_id", "String", "the end user"),
            ViewColumn("session_id", "String", "the session"),
            ViewColumn("environment", "String", "production, staging, …"),
            ViewColumn("service_name", "String", "the program"),
            ViewColumn("release", "String", "its version"),
            ViewColumn("tags", "Array(String)", "array of words"),
            ViewColumn("metadata", "Map(String, String)", "map of text to text"),
            ViewColumn("input", "String", "the messages that were sent, as JSON"),
            ViewColumn("output", "String", "the messages that came back, as JSON"),
            ViewColumn("tools", "String", "the tool definitions that were sent, as JSON"),
            ViewColumn("input_preview", "String", "the beginning of the input"),
            ViewColumn("output_preview", "String", "the beginning of the output"),
            ViewColumn("received_time", "DateTime64(9, 'UTC')", "when the server took it"),
        ),
    ),
    View(
        "spans",
        "Every step, calls too, and duplicates too: they have `folded_into` set.",
        (
            ViewColumn("trace_id", "String", "the trace"),
            ViewColumn("span_id", "String", "the step"),
            ViewColumn("parent_span_id", "String", "the step around it, or empty"),
            ViewColumn("name", "String", "its name"),
            ViewColumn("kind", "String", "call, agent, chain, tool, retriever, … or span"),
            ViewColumn("source", "String", "which instrumentation told of it"),
            ViewColumn("scope", "String", "the instrumentation library's name"),
            ViewColumn("operation", "String", "what a call did"),
            ViewColumn("provider", "String", "as in calls"),
            ViewColumn("request_model", "String", "as in calls"),
            ViewColumn("model", "String", "as in calls"),
            ViewColumn("tool_name", "String", "the tool that ran"),
            ViewColumn("agent_name", "String", "the agent that ran"),
            ViewColumn("status", "String", "ok, error or unset"),
            ViewColumn("status_message", "String", "what the instrumentation said of it"),
            ViewColumn("error_type", "String", "the class or code of the error, or empty"),
            ViewColumn("stacktrace", "String", "as recorded with an exception"),
            ViewColumn("start_time", "DateTime64(9, 'UTC')", "when it began"),
            ViewColumn("end_time", "DateTime64(9, 'UTC')", "when it ended"),
            ViewColumn("duration_ms", "Float64", "between the two"),
            ViewColumn("ttft_ms", "Nullable(Float64)", "as in calls"),
            ViewColumn("input_tokens", "Nullable(Int64)", "as in calls"),
            ViewColumn("output_tokens", "Nullable(Int64)", "as in calls"),
            ViewColumn("cache_read_tokens", "Int64", "as in calls"),
            ViewColumn("cache_write_tokens", "Int64", "as in calls"),
            ViewColumn("reasoning_tokens", "Int64", "as in calls"),
            ViewColumn("cost_usd", "Nullable(Decimal(18, 9))", "as in calls"),
            ViewColumn("user_id", "String", "the end user"),
            ViewColumn("session_id", "String", "the session"),
            ViewColumn("environment", "String", "production, staging, …"),
            ViewColumn("service_name", "String", "the program"),
            ViewColumn("release", "String", "its version"),
            ViewColumn("tags", "Array(String)", "array of words"),
            ViewColumn("metadata", "Map(String, String)", "map of text to text"),
            ViewColumn("input", "String", "what went in, as JSON"),
            ViewColumn("output", "String", "what came out, as JSON"),
            ViewColumn("input_preview", "String", "the beginning of the input"),
            ViewColumn("output_preview", "String", "the beginning of the output"),
            ViewColumn(
                "attributes", "Map(String, String)", "every short attribute as it was sent, map of text to text"
            ),
            ViewColumn("resource", "Map(String, String)", "the resource's attributes, map of text to text"),
            ViewColumn("events", "String", "events and joined log records, as JSON"),
            ViewColumn("links", "String", "links to other spans, as JSON"),
            ViewColumn("folded_into", "String", "for a duplicate, the call that it is a duplicate of; else empty"),
            ViewColumn("received_time", "DateTime64(9, 'UTC')", "when the server took it"),
        ),
    ),
    View(
        "traces",
        "A line a trace; sums are over its calls, duplicates left out.",
        (
            ViewColumn("trace_id", "String", "the trace"),
            ViewColumn("name", "String", "the name of its root"),
            ViewColumn("root_span_id", "String", "its root, or empty while that has not come"),
            ViewColumn("status", "String", "error when the root failed, else ok or unset"),
            ViewColumn("start_time", "DateTime64(9, 'UTC')", "when the first step began"),
            ViewColumn("end_time", "DateTime64(9, 'UTC')", "when the last step ended"),
            ViewColumn("duration_ms", "Float64", "between the two"),
            ViewColumn("ttft_ms", "Nullable(Float64)", "time to the first token of its first call that has one"),
            ViewColumn("span_count", "UInt32", "its steps"),
            ViewColumn("call_count", "UInt32", "its calls"),
            ViewColumn("error_count", "UInt32", "its steps that failed"),
            ViewColumn("folded_count", "UInt32", "its duplicates"),
            ViewColumn("orphan_count", "UInt32", "steps whose parent has not come"),
            ViewColumn("input_tokens", "Int64", "sum over its calls"),
            ViewColumn("output_tokens", "Int64", "sum over its calls"),
            ViewColumn("cache_read_tokens", "Int64", "sum over its calls"),
            ViewColumn("cache_write_tokens", "Int64", "sum over its calls"),
            ViewColumn("reasoning_tokens", "Int64", "sum over its calls"),
            ViewColumn("cost_usd", "Nullable(Decimal(18, 9))", "sum over its priced calls, NULL when none has a price"),
            ViewColumn("unpriced_calls", "UInt32", "its calls without a price"),
            ViewColumn("session_id", "String", "the session"),
            ViewColumn("user_id", "String", "the end user"),
            ViewColumn("environment", "String", "production, staging, …"),
            ViewColumn("service_name", "String", "the program"),
            ViewColumn("tags", "Array(String)", "array of words, of all its steps"),
            ViewColumn("kinds", "Array(String)", "the kinds of its steps"),
            ViewColumn("models", "Array(String)", "the models of its calls"),
            ViewColumn("providers", "Array(String)", "the providers of its calls"),
            ViewColumn("sources", "Array(String)", "the instrumentations that told of it"),
            ViewColumn("error_types", "Array(String)", "the errors of its steps"),
            ViewColumn("input_preview", "String", "the beginning of its input"),
            ViewColumn("output_preview", "String", "the beginning of its output"),
        ),
    ),
    View(
        "sessions",
        "A line a session: the traces that share its id.",
        (
            ViewColumn("session_id", "String", "the session"),
            ViewColumn("start_time", "DateTime64(9, 'UTC')", "when its first trace began"),
            ViewColumn("end_time", "DateTime64(9, 'UTC')", "when its last trace ended"),
            ViewColumn("trace_count", "UInt64", "its traces"),
            ViewColumn("call_count", "UInt64", "its calls"),
            ViewColumn("error_count", "UInt64", "its steps that failed"),
            ViewColumn("input_tokens", "Int64", "sum over its calls"),
            ViewColumn("output_tokens", "Int64", "sum over its calls"),
            ViewColumn("cost_usd", "Nullable(Decimal(38, 9))", "sum over its priced calls"),
            ViewColumn("unpriced_calls", "UInt64", "its calls without a price"),
            ViewColumn("user_ids", "Array(String)", "the end users seen in it"),
            ViewColumn("models", "Array(String)", "the models used in it"),
        ),
    ),
    View(
        "messages",
        "Each distinct message, step value and tool definition once, under the hash of its content.",
        (
            ViewColumn("hash", "String", "32 hex digits"),
            ViewColumn("kind", "String", "message, value, tool, or raw (a piece of a long attribute)"),
            ViewColumn("role", "String", "system, user, assistant, tool, or empty"),
            ViewColumn("content", "String", "the message as JSON"),
            ViewColumn("text", "String", "its text, which search looks through"),
            ViewColumn("first_seen_time", "DateTime64(9, 'UTC')", "when it was stored first"),
        ),
    ),
)
