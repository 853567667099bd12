"""Columns: what the lists of traces and of calls can show, one line each, and which of it was chosen.

A column says which fields of an answer it shows, so that an export of a list holds what the list shows. Only orders
that a page can be continued in have a `sort`.
"""

from collections.abc import Iterable, Sequence

import msgspec

from headwater.errors import BadRequest

NEWEST = "-start_time"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """Something a list can show; `fields` are those of the answer that it shows."""

    key: str
    name: str
    hint: str
    fields: tuple[str, ...]
    sort: str = ""
    is_usual: bool = False
    is_number: bool = False


def _usual(
    key: str, name: str, hint: str, fields: tuple[str, ...], sort: str = "", *, is_number: bool = False
) -> Column:
    return Column(key=key, name=name, hint=hint, fields=fields, sort=sort, is_usual=True, is_number=is_number)


def _number(key: str, name: str, hint: str, fields: tuple[str, ...], sort: str = "") -> Column:
    return Column(key=key, name=name, hint=hint, fields=fields, sort=sort, is_number=True)


def _word(key: str, name: str, hint: str, *fields: str) -> Column:
    return Column(key=key, name=name, hint=hint, fields=fields)


_TIME = _usual("time", "Started", "When it began", ("start_time",), "start_time")
_TOKENS = ("input_tokens", "output_tokens")
_USER = _usual("user", "User, session", "As the sender named them", ("user_id", "session_id"))
_CACHED = _number("cached", "Cached", "Input tokens read from a provider's cache", ("cache_read_tokens",))
_WRITTEN = _number("written", "Cache write", "Input tokens written to a provider's cache", ("cache_write_tokens",))
_REASONING = _number("reasoning", "Reasoning", "Output tokens spent on reasoning", ("reasoning_tokens",))
_ENVIRONMENT = _word("environment", "Environment", "Where it ran", "environment")
_TAGS = _word("tags", "Tags", "As the sender attached them", "tags")
_OUTPUT = _word("output", "Output", "The beginning of what came out", "output_preview")

TRACE_COLUMNS: tuple[Column, ...] = (
    _TIME,
    _usual("name", "Trace", "Its name, and what went in", ("trace_id", "name", "input_preview")),
    _usual("status", "Status", "Whether it went well, and what failed", ("status", "error_types"), "errors"),
    _usual(
        "duration", "Duration", "From the first start to the last end", ("duration_ms",), "duration", is_number=True
    ),
    _usual(
        "ttft", "First token", "Time until the first token of its first streamed call", ("ttft_ms",), is_number=True
    ),
    _usual("tokens", "Tokens", "Input and output, of all its calls", _TOKENS, "tokens", is_number=True),
    _usual(
        "cost",
        "Cost",
        "US dollars; a dash where no price is known",
        ("cost_usd", "unpriced_calls"),
        "cost",
        is_number=True,
    ),
    _usual("models", "Models", "That answered", ("models",)),
    _usual("user", "User, session", "As the sender named them", ("user_id", "session_id")),
    _number("spans", "Spans", "Steps of all kinds", ("span_count",)),
    _number("calls", "Calls", "Requests to models", ("call_count",)),
    _number("errors", "Errors", "Steps that failed", ("error_count",), "errors"),
    _CACHED,
    _WRITTEN,
    _REASONING,
    _word("providers", "Providers", "Of the models that answered", "providers"),
    _ENVIRONMENT,
    _word("service", "Service", "The program that sent it", "service_name"),
    _TAGS,
    _word("sources", "Told by", "The instruments that told of it", "sources"),
    _OUTPUT,
)

CALL_COLUMNS: tuple[Column, ...] = (
    _TIME,
    _usual("name", "Call", "Its name, and what went in", ("trace_id", "span_id", "name", "input_preview")),
    _usual("model", "Model", "That answered, and its provider", ("model", "provider")),
    _usual("status", "Status", "Whether it went well, and what failed", ("status", "error_type")),
    _usual("duration", "Duration", "From the request to the last byte", ("duration_ms",), "duration", is_number=True),
    _usual("ttft", "First token", "Time until the first token, of a stream", ("ttft_ms",), "ttft", is_number=True),
    _usual("tokens", "Tokens", "Input and output", _TOKENS, "tokens", is_number=True),
    _usual("cost", "Cost", "US dollars; a dash where no price is known", ("cost_usd",), "cost", is_number=True),
    _USER,
    _CACHED,
    _WRITTEN,
    _REASONING,
    _word("operation", "Operation", "What was asked of the model", "operation"),
    _ENVIRONMENT,
    _TAGS,
    _word("metadata", "Metadata", "As the sender attached it", "metadata"),
    _word("source", "Told by", "The instrument that told of it", "source"),
    _word("trace", "Trace id", "The trace that it is a step of", "trace_id"),
    _OUTPUT,
)


def chosen(columns: Sequence[Column], keys: Iterable[str]) -> tuple[Column, ...]:
    """Return the columns of these keys, or the usual ones for none, in the table's order; raises BadRequest.

    The name is always among them: it is what leads to the thing.
    """
    wanted = set(keys)
    unknown = sorted(wanted - {column.key for column in columns})
    if unknown:
        known = ", ".join(column.key for column in columns)
        raise BadRequest(f"column: unknown column {unknown[0][:40]!r}; use some of {known}")
    return tuple(
        [column for column in columns if (column.key in wanted if wanted else column.is_usual) or column.key == "name"]
    )


def fields(columns: Iterable[Column]) -> tuple[str, ...]:
    """Return the fields of the answers that these columns show, each once."""
    return tuple(dict.fromkeys(field for column in columns for field in column.fields))
