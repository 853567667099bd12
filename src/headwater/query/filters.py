"""Filters: what a list or a chart is narrowed by.

Values of one field are alternatives; fields narrow each other. An empty field does not narrow. Times are Unix
nanoseconds or RFC 3339 text, from `start` (inclusive) to `end` (exclusive), compared with when the thing started.
"""

from collections.abc import Mapping

import msgspec

from headwater.query.times import Time


class Filters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every list can be narrowed by.

    `name` and `text` look for a part, without regard to the case of ASCII letters: `name` in the name, `text` in the
    text of the messages, values and tool calls that went in and came out. Costs are US dollars, tokens input plus
    output, durations milliseconds; bounds are inclusive. A thing of unknown cost is within no bound of cost. `keys`
    are ids of the project keys that the proxy let in. `among` are ids of traces, at most 10,000: only these and what
    belongs to them.
    """

    start: Time | None = None
    end: Time | None = None
    statuses: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    error_types: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    name: str = ""
    text: str = ""
    metadata: Mapping[str, str] = {}
    has_error: bool | None = None
    min_cost_usd: float | None = None
    max_cost_usd: float | None = None
    min_tokens: int | None = None
    max_tokens: int | None = None
    min_duration_ms: float | None = None
    max_duration_ms: float | None = None
    among: tuple[str, ...] = ()


class TraceFilters(Filters, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What traces are narrowed by. A trace has a kind, model, tool, ... when one of its spans has it.

    `names` and `name` are of the trace; `has_error` asks for a span in error, `statuses` for the trace's own status.
    """

    kinds: tuple[str, ...] = ()


class CallFilters(Filters, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What calls are narrowed by, in lists and in charts. `ttft` is the time to the first token. `marks` are calls by
    `<trace id>:<span id>`, at most 10,000."""

    trace_ids: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    min_ttft_ms: float | None = None
    max_ttft_ms: float | None = None


class SpanFilters(CallFilters, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What spans are narrowed by. Folded duplicates are left out unless `with_folded`."""

    kinds: tuple[str, ...] = ()
    with_folded: bool = False
