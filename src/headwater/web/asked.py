"""Asked: what a query string asks for, the same words for pages and API, so that a page's address is its API call.

In:  a query string.   Out: filters of the query room, and the query string again, in one spelling.
Rule 1: a name that is given more than once is a choice of values; different names narrow each other.
Rule 2: the empty value is no value, because forms send what nobody filled in.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.datastructures import QueryParams

from headwater.errors import BadRequest
from headwater.query import CallFilters, Filters, SpanFilters, TraceFilters
from headwater.web.shown.times import rfc3339

RANGES: Mapping[str, tuple[str, int | None]] = {
    "15m": ("Last 15 minutes", 900),
    "1h": ("Last hour", 3600),
    "6h": ("Last 6 hours", 6 * 3600),
    "24h": ("Last 24 hours", 24 * 3600),
    "7d": ("Last 7 days", 7 * 86400),
    "30d": ("Last 30 days", 30 * 86400),
    "all": ("All time", None),
}
PLURAL: Mapping[str, str] = {
    "status": "statuses",
    "kind": "kinds",
    "model": "models",
    "provider": "providers",
    "operation": "operations",
    "user": "users",
    "session": "sessions",
    "tag": "tags",
    "environment": "environments",
    "service": "services",
    "release": "releases",
    "key": "keys",
    "source": "sources",
    "error_type": "error_types",
    "tool": "tools",
    "agent": "agents",
    "trace": "trace_ids",
}
"""Names that take several values, and the filter each of them fills."""


def _filled(value: Any) -> Any:
    return None if value == "" else value


def _words(value: Any) -> Any:
    return [word for word in ([value] if isinstance(value, str) else value) if word != ""]


Words = Annotated[list[str], BeforeValidator(_words)]
Number = Annotated[float | None, BeforeValidator(_filled)]
Whole = Annotated[int | None, BeforeValidator(_filled)]
Fact = Annotated[bool | None, BeforeValidator(_filled)]


class Asked(BaseModel):
    """The words of a query string that choose and narrow. Costs are US dollars, durations milliseconds."""

    model_config = ConfigDict(frozen=True)

    project: str = Field(
        default="", description="project id; needed only with a browser session that sees several projects"
    )
    range: str = Field(
        default="", description=f"time up to now, one of {', '.join(RANGES)}; takes the place of start and end"
    )
    start: str = Field(default="", description="first moment, RFC 3339 or Unix nanoseconds")
    end: str = Field(default="", description="moment after the last, RFC 3339 or Unix nanoseconds")
    status: Words = Field(default=[], description="ok, error or unset")
    kind: Words = Field(default=[], description="traces only: kinds of spans, such as call, agent, tool")
    model: Words = []
    provider: Words = []
    operation: Words = []
    user: Words = []
    session: Words = []
    tag: Words = []
    environment: Words = []
    service: Words = []
    release: Words = []
    key: Words = Field(default=[], description="ids of the project keys that the proxy let in")
    source: Words = []
    error_type: Words = []
    tool: Words = []
    agent: Words = []
    trace: Words = Field(default=[], description="calls only: trace ids")
    name: str = Field(default="", description="part of the name")
    text: str = Field(default="", description="part of the text of messages, values and tool calls")
    metadata: Words = Field(default=[], description="key=value, as the sender attached it")
    has_error: Fact = Field(default=None, description="whether a span failed")
    min_cost_usd: Number = None
    max_cost_usd: Number = None
    min_tokens: Whole = None
    max_tokens: Whole = None
    min_duration_ms: Number = None
    max_duration_ms: Number = None
    min_ttft_ms: Number = Field(default=None, description="calls only: time to the first token")
    max_ttft_ms: Number = Field(default=None, description="calls only: time to the first token")
    set: str = Field(
        default="", description="lists of traces and calls only: id of a saved set, whose traces are looked at"
    )
    sort: str = Field(default="", description="order, with - before it for descending; newest first when not given")

    @property
    def has_own_times(self) -> bool:
        """Whether start or end are given, and no range that takes their place."""
        return bool(self.start or self.end) and not self.range


class Explored(Asked):
    """What the lists of traces and calls are asked for besides: which columns they show."""

    column: Words = Field(default=[], description="columns to show; those that most people need when not given")


TRACE_ONLY = frozenset({"kind"})
CALL_ONLY = frozenset({"trace", "min_ttft_ms", "max_ttft_ms"})
_NOT_FILTERS = frozenset({"project", "range", "start", "end", "sort", "metadata", "set"})
_SEVERAL = frozenset({*PLURAL, "metadata", "column"})
Chosen = TypeVar("Chosen", bound=Filters)
Read = TypeVar("Read", bound=Asked)


def read_asked(query: QueryParams, default_range: str) -> Asked:
    """Read a page's address; names that no page knows are passed over. Raises BadRequest that names the field."""
    return _read(Asked, query, default_range)


def read_explored(query: QueryParams, default_range: str) -> Explored:
    """Read the address of a list with columns to choose; as `read_asked`."""
    return _read(Explored, query, default_range)


def _read(kind: type[Read], query: QueryParams, default_range: str) -> Read:
    given: dict[str, Any] = {
        name: query.getlist(name) if name in _SEVERAL else query[name] for name in kind.model_fields if name in query
    }
    if not (given.get("range") or given.get("start") or given.get("end")):
        given["range"] = default_range
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadRequest(f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}") from error


def trace_filters(asked: Asked, now_ns: int) -> TraceFilters:
    """Return the filters of traces; raises BadRequest for a word that only calls know."""
    return _filters(TraceFilters, asked, now_ns, CALL_ONLY)


def call_filters(asked: Asked, now_ns: int) -> CallFilters:
    """Return the filters of calls, in lists and in charts; raises BadRequest for a word that only traces know."""
    return _filters(CallFilters, asked, now_ns, TRACE_ONLY)


def span_filters(asked: Asked, now_ns: int) -> SpanFilters:
    """Return the filters of spans."""
    return _filters(SpanFilters, asked, now_ns, frozenset())


def times(asked: Asked, now_ns: int) -> tuple[str, str]:
    """Return start and end, each "" when open. A range ends with now, open, so that what arrives next is in it."""
    if not asked.range:
        return asked.start, asked.end
    if asked.range not in RANGES:
        raise BadRequest(f"range: unknown range {asked.range!r}; use one of {', '.join(RANGES)}")
    seconds = RANGES[asked.range][1]
    # Whole seconds: finer ones would only make two equal questions look different.
    return ("" if seconds is None else rfc3339((now_ns // 1_000_000_000 - seconds) * 1_000_000_000)), ""


def query_pairs(asked: Asked, **changed: Any) -> list[tuple[str, str]]:
    """Return what was asked as pairs for a query string; `changed` replaces values, None takes them away."""
    whole = {**asked.model_dump(), **changed}
    return [(name, word) for name, value in whole.items() for word in _spelled(value)]


def _spelled(value: Any) -> Iterable[str]:
    if value is None or value == "":
        return ()
    if isinstance(value, list):
        return [str(each) for each in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # a list of str by the model
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return (str(int(value)) if isinstance(value, float) and value.is_integer() else str(value),)


def _filters(kind: type[Chosen], asked: Asked, now_ns: int, foreign: frozenset[str]) -> Chosen:
    start, end = times(asked, now_ns)
    if asked.set:
        raise BadRequest("set: nothing here is narrowed by it; leave it out")
    chosen: dict[str, Any] = {"start": start or None, "end": end or None, "metadata": _metadata(asked.metadata)}
    for name in Asked.model_fields:
        value = getattr(asked, name)
        if name in _NOT_FILTERS or value in (None, "", []):
            continue
        if name in foreign:
            raise BadRequest(f"{name}: nothing here is narrowed by it; leave it out")
        chosen[PLURAL.get(name, name)] = tuple(value) if isinstance(value, list) else value  # pyright: ignore[reportUnknownArgumentType]  # a list of str by the model
    return kind(**chosen)


def _metadata(words: list[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    for key, sign, _ in pairs:
        if not (key and sign):
            raise BadRequest(f"metadata: {key!r} is no pair; write key=value")
    return {key: value for key, _, value in pairs}
