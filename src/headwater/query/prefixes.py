"""Prefixes: where a call's prompt departs from one that the provider had in its cache, and what that cost.

Providers cache a prompt from its beginning: tools, then messages in order; what comes after the first difference is
read anew. What was in the cache after a call is what that call read and wrote there; where a provider caches by itself
and tells no writes, it is the whole prompt in blocks of 128 tokens.

In:  two calls, the one that the other goes on from first; hashes of what they were told.   Out: a `Break`, or none.
Rule 1: less than `LEAST_TOKENS` is no break: no provider caches less, and marks move a little from turn to turn.
Rule 2: a cause is looked for in the order in which a prompt is read: model, tools, system, messages; where all of the
earlier prompt is there again, time; and where time was short too, only the provider knows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from headwater.query.answers import Answer
from headwater.query.content import Hash

LEAST_TOKENS = 1_024
_BLOCK_TOKENS = 128
_MINUTE_NS = 60 * 1_000_000_000
_SHORT_NS, _LONG_NS = 5 * _MINUTE_NS, 60 * _MINUTE_NS

BY_THEMSELVES = frozenset({"openai", "azure.ai.openai", "azure", "deepseek", "x_ai"})
"""Providers that cache every long prompt without being asked, and read it back more often than not."""

CAUSES = ("model", "tools", "system", "message", "expired", "provider")
"""Why a prefix was not read from the cache. `provider`: nothing that can be seen here had changed."""


class Break(Answer, frozen=True, kw_only=True):
    """A prefix that was in the provider's cache, and was not read from there.

    `cause` is one of `CAUSES`; `at` is the first place where the tools (cause tools) or the messages (system, message)
    differ, counted from 0, None for the other causes. Of `cached_tokens` that were in the cache after the call
    `before_span_id` of `before_trace_id`, `missed_tokens` were not read. `lost_usd` is what they cost more than if they
    had been, None where a price is not known. `gap_ms` is from the end of that call to the start of this one.
    """

    cause: str
    at: int | None
    cached_tokens: int
    missed_tokens: int
    lost_usd: float | None
    gap_ms: float
    before_trace_id: str
    before_span_id: str
    before_model: str


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a call as its prefix depends on. `usd_per_million` are its prices by bucket."""

    trace_id: str
    span_id: str
    provider: str
    model: str
    start_ns: int
    end_ns: int
    tools: Sequence[Hash]
    input: Sequence[Hash]
    output: Sequence[Hash]
    input_tokens: int
    read: int
    written_5m: int = 0
    written_1h: int = 0
    usd_per_million: Mapping[str, float] = {}

    @property
    def cached(self) -> int:
        """How many tokens of its prompt were in the provider's cache after it."""
        told = self.read + self.written_5m + self.written_1h
        if self.provider not in BY_THEMSELVES or self.input_tokens < LEAST_TOKENS:
            return told
        return max(told, self.input_tokens // _BLOCK_TOKENS * _BLOCK_TOKENS)

    @property
    def kept_ns(self) -> int:
        """How long its provider keeps what is cached, from the last time that it was used."""
        return _LONG_NS if self.written_1h else _SHORT_NS


def goes_on_from(call: Sent, earlier: Iterable[Sent]) -> Sent | None:
    """Return the call whose conversation this one carries on: the answer of one is told to the other, or what it was
    asked last is asked again under the same first message or with the same tools. None where there is no such call.

    Of several it is the one that shares most, of the same model before others, the latest.
    """
    given = frozenset(call.input)
    best: tuple[bool, int, bool, int] | None = None
    found: Sent | None = None
    for each in sorted(earlier, key=lambda sent: len(sent.input), reverse=True):
        is_same = each.model == call.model
        # It shares no more than it has, so most need not be compared hash by hash.
        if best is not None and (True, len(each.input), is_same, each.start_ns) <= best:
            continue
        is_answered = not given.isdisjoint(each.output)
        if each.end_ns > call.start_ns or not (is_answered or _asks_again(each, call, given)):
            continue
        worth = (is_answered, len(given.intersection(each.input)), is_same, each.start_ns)
        if best is None or worth > best:
            best, found = worth, each
    return found


def differing(before: Sent, call: Sent) -> tuple[Hash, ...]:
    """Return the two messages that differ first, of which a rule may ask whether they are the system's."""
    at = first_difference(before.input, call.input)
    return () if at is None else (before.input[at], call.input[at])


def break_of(before: Sent, call: Sent, is_system: Callable[[Hash], bool]) -> Break | None:
    """Return where and why a call did not read what the one before it had left in the cache, None where it did."""
    cached = min(before.cached, call.input_tokens)
    missed = cached - call.read
    if missed < LEAST_TOKENS or call.start_ns < before.end_ns:
        return None
    cause, at = _cause(before, call, is_system)
    return Break(
        cause=cause,
        at=at,
        cached_tokens=cached,
        missed_tokens=missed,
        lost_usd=_lost(before, call, missed),
        gap_ms=(call.start_ns - before.end_ns) / 1e6,
        before_trace_id=before.trace_id,
        before_span_id=before.span_id,
        before_model=before.model,
    )


def first_difference(before: Sequence[Hash], now: Sequence[Hash]) -> int | None:
    """Return the first place where `now` departs from `before`; None where it holds all of it, or is cut off within."""
    for at, (one, other) in enumerate(zip(before, now, strict=False)):
        if one != other:
            return at
    return None


def _asks_again(before: Sent, call: Sent, given: frozenset[Hash]) -> bool:
    if not before.input or not call.input or before.input[-1] not in given:
        return False
    return before.input[0] == call.input[0] or (bool(before.tools) and tuple(before.tools) == tuple(call.tools))


def _cause(before: Sent, call: Sent, is_system: Callable[[Hash], bool]) -> tuple[str, int | None]:
    if (before.provider, before.model) != (call.provider, call.model):
        return "model", None
    if tuple(before.tools) != tuple(call.tools):
        at = first_difference(before.tools, call.tools)
        return "tools", min(len(before.tools), len(call.tools)) if at is None else at
    at = first_difference(before.input, call.input)
    if at is not None:
        return "system" if is_system(before.input[at]) or is_system(call.input[at]) else "message", at
    return "expired" if call.start_ns - before.end_ns > before.kept_ns else "provider", None


def _lost(before: Sent, call: Sent, missed: int) -> float | None:
    """What was missed was written to the cache anew as far as the call wrote, and else paid as plain input."""
    prices = {**before.usd_per_million, **call.usd_per_million}
    plain, read = prices.get("input"), prices.get("cache_read")
    if read is None:
        return None
    short, long = min(missed, call.written_5m), min(missed, call.written_1h)
    long = min(long, missed - short)
    rest = missed - short - long
    charged = [(short, prices.get("cache_write_5m", plain)), (long, prices.get("cache_write_1h", plain)), (rest, plain)]
    if any(tokens and price is None for tokens, price in charged):
        return None
    return sum(tokens * ((price or 0) - read) for tokens, price in charged) / 1e6
