"""Conversation: a session replayed, call by call, over all its traces.

A page reads the lists of hashes of its calls and of some before them, then the content of what is new, a few calls at a
time, and ends where that has become heavy.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from headwater.pricing import PriceBook
from headwater.query.answers import SessionListed
from headwater.query.ask import Asker, Column
from headwater.query.breaks import breaks_of, prices_of
from headwater.query.conditions import IN_WINDOW, IS_CALL, Conditions
from headwater.query.content import Contents, Hash, hashes_of, said, with_endings
from headwater.query.cursors import Cursor, write_cursor
from headwater.query.found import COST
from headwater.query.lists import Listing, page_of
from headwater.query.people import show_session
from headwater.query.prefixes import Break, Sent, goes_on_from
from headwater.query.times import milliseconds, milliseconds_or_none, read_time, show_time
from headwater.query.turns import Continued, Conversation, Said, Turn, continued, is_same_answer
from headwater.query.windows import Window, whole

_LOOKED_BACK = 50
"""How many calls before a page are held against it."""
_AT_ONCE = 10
_READERS = 2
_CACHED_BEFORE = 20
_HEAVY_CHARACTERS = 8_000_000


class _Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A call as the store has it."""

    trace_id: str
    span_id: str
    name: str
    operation: str
    provider: str
    model: str
    status: str
    status_message: str
    error_type: str
    start_ns: int
    end_ns: int
    ttft_ns: int | None
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int
    reasoning_tokens: int
    cost_usd: float | None
    finish_reasons: tuple[str, ...]
    input: tuple[Hash, ...]
    output: tuple[Hash, ...]
    tools: tuple[Hash, ...]
    written_5m: int
    written_1h: int
    price_lines: str

    @property
    def key(self) -> tuple[int, str, str]:
        """Its place in the session."""
        return self.start_ns, self.trace_id, self.span_id

    @property
    def sent(self) -> Sent:
        """As much of it as its prefix depends on."""
        return Sent(
            trace_id=self.trace_id,
            span_id=self.span_id,
            provider=self.provider,
            model=self.model,
            start_ns=self.start_ns,
            end_ns=self.end_ns,
            tools=self.tools,
            input=self.input,
            output=self.output,
            input_tokens=self.input_tokens or 0,
            read=self.cache_read_tokens,
            written_5m=self.written_5m,
            written_1h=self.written_1h,
            usd_per_million=prices_of(self.price_lines),
        )


_TOLD = (
    "trace_id", "span_id", "name", "operation", "provider", "model", "status", "status_message", "error_type",
    "input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens",
)  # fmt: skip
_START = "toUnixTimestamp64Nano(start_time)"
_CALLS: Listing[_Heard] = Listing(
    table="spans",
    shape=_Heard,
    columns={
        **{name: Column(name) for name in _TOLD},
        "start_ns": Column(_START),
        "end_ns": Column("toUnixTimestamp64Nano(end_time)"),
        "ttft_ns": Column("ttft_ns"),
        "cost_usd": COST,
        "finish_reasons": Column("finish_reasons", tuple),
        "input": Column("input", hashes_of),
        "output": Column("output", hashes_of),
        "tools": Column("tools", hashes_of),
        "written_5m": Column("cache_write_5m_tokens"),
        "written_1h": Column("cache_write_1h_tokens"),
        "price_lines": Column("price_lines"),
    },
    ids=("trace_id", "span_id"),
    sorts={"start_time": _START},
    terms=(IS_CALL,),
)

# A sender may name the session on a trace's first span only, so its calls are found by their traces.
_OF_SESSION = (
    "trace_id IN (SELECT trace_id FROM headwater.traces FINAL WHERE project = {project:String}"
    " AND start_time >= fromUnixTimestamp64Nano({session_start:Int64}, 'UTC')"
    " AND start_time <= fromUnixTimestamp64Nano({session_end:Int64}, 'UTC') AND session_id = {session:String})"
)
_CONTENT = (
    "SELECT hex(hash), content FROM headwater.messages WHERE project = {project:String}"
    " AND hash IN (SELECT toFixedString(unhex(arrayJoin({hashes:Array(String)})), 16))"
)


class _Sums(msgspec.Struct, frozen=True):
    """What the calls before a page come to."""

    calls: int = 0
    tokens: int = 0
    cost_usd: float | None = None

    def plus(self, call: _Heard) -> "_Sums":
        known = [each for each in (self.cost_usd, call.cost_usd) if each is not None]
        tokens = self.tokens + (call.input_tokens or 0) + (call.output_tokens or 0)
        return _Sums(self.calls + 1, tokens, sum(known) if known else None)


class _Placed(msgspec.Struct, frozen=True):
    """A call of the page, how it goes on, and what the session comes to with it; `earlier` is what it goes on from."""

    call: _Heard
    how: Continued
    so_far: _Sums
    earlier: _Heard | None
    goes_on_from: int | None
    gap_ns: int | None
    before: Sent | None


class _Session(msgspec.Struct, frozen=True):
    """Where the calls of a session are found."""

    listed: SessionListed
    conditions: Conditions
    bounds: Window


def show_conversation(
    ask: Asker, book: PriceBook, session_id: str, sort: str, cursor: str | None, limit: int
) -> Conversation:
    """Return a page of a session's calls, of which fewer than `limit` where they are heavy; raises NotFound."""
    session = _session(ask, session_id)
    page = page_of(ask, _CALLS, session.conditions, session.bounds, sort=sort, cursor=cursor, limit=limit)
    is_first = not (cursor or sort.startswith("-"))
    placed = _placed(ask, session, sorted(page.items, key=lambda call: call.key), is_first=is_first)
    if sort.startswith("-"):
        placed.reverse()
    breaks = _breaks(ask, book, placed)
    turns: list[Turn] = []
    characters = 0
    for some, contents in _portions(ask, placed):
        turns += [_turn(each, contents, breaks.get(each.call.key)) for each in some]
        characters += sum(map(len, contents.values()))
        if characters > _HEAVY_CHARACTERS:
            break
    following = page.next
    if len(turns) < len(placed):
        start_ns, *ids = placed[len(turns) - 1].call.key
        following = write_cursor(Cursor(sort, start_ns, tuple(ids)))
    return Conversation(session=session.listed, turns=tuple(turns), next=following, is_partial=page.is_partial)


def _portions(ask: Asker, placed: Sequence[_Placed]) -> Iterator[tuple[Sequence[_Placed], Contents]]:
    """A few calls at a time, each with its content; while one portion is taken, the next is read."""
    portions = [placed[begin : begin + _AT_ONCE] for begin in range(0, len(placed), _AT_ONCE)]
    with ThreadPoolExecutor(_READERS) as pool:
        reading = [pool.submit(_contents, ask, some) for some in portions[:_READERS]]
        for at, some in enumerate(portions):
            yield some, reading[at].result()
            reading += [pool.submit(_contents, ask, each) for each in portions[at + _READERS : at + _READERS + 1]]


def _session(ask: Asker, session_id: str) -> _Session:
    listed = show_session(ask, session_id)
    start_ns, end_ns = read_time(listed.start_time, "start") or 0, read_time(listed.end_time, "end") or 0
    parameters = {"session": session_id, "session_start": start_ns, "session_end": end_ns}
    return _Session(listed, Conditions((_OF_SESSION,), parameters), whole(start_ns, end_ns + 1))


def _placed(ask: Asker, session: _Session, calls: Sequence[_Heard], *, is_first: bool) -> list[_Placed]:
    """Put the calls of a page, in the order of their start, behind those before them."""
    if not calls:
        return []
    so_far, earlier = (_Sums(), list[_Heard]()) if is_first else _before(ask, session, calls[0])
    unseen = so_far.calls - len(earlier)
    told = [Said(each.input, each.output) for each in earlier]
    placed: list[_Placed] = []
    for call in calls:
        how = continued(Said(call.input, call.output), told[-2 * _LOOKED_BACK :])
        at = None if how.before is None else how.before + max(0, len(told) - 2 * _LOOKED_BACK)
        so_far = so_far.plus(call)
        placed.append(
            _Placed(
                call,
                how,
                so_far,
                None if at is None else earlier[at],
                None if at is None or not how.goes_on else unseen + at + 1,
                call.start_ns - earlier[-1].end_ns if earlier else None,
                goes_on_from(call.sent, [each.sent for each in earlier[-_CACHED_BEFORE:]]),
            )
        )
        earlier.append(call)
        told.append(Said(call.input, call.output))
    return placed


def _before(ask: Asker, session: _Session, call: _Heard) -> tuple[_Sums, list[_Heard]]:
    """What the calls before one come to, and the last of them; the two do not need each other."""
    with ThreadPoolExecutor(1) as pool:
        sums = pool.submit(_sums_before, ask, session, call)
        earlier = _calls_before(ask, session, call)
        return sums.result(), earlier


def _sums_before(ask: Asker, session: _Session, call: _Heard) -> _Sums:
    where = session.conditions.sql(IN_WINDOW, IS_CALL)
    sql = (
        "SELECT count(), sum(ifNull(input_tokens, 0) + ifNull(output_tokens, 0)), toFloat64(sum(cost_usd))"
        f" FROM headwater.spans FINAL WHERE {where}"
        f" AND ({_START}, trace_id, span_id) < ({{at:Int64}}, {{trace_id:String}}, {{span_id:String}})"
    )
    at = {"at": call.start_ns, "trace_id": call.trace_id, "span_id": call.span_id}
    bounds = {"low": session.bounds.low, "high": call.start_ns + 1}
    count, tokens, cost = ask.rows(sql, {**session.conditions.parameters, **at, **bounds})[0]
    return _Sums(count, tokens, cost)


def _calls_before(ask: Asker, session: _Session, call: _Heard) -> list[_Heard]:
    start_ns, *ids = call.key
    cursor = write_cursor(Cursor("-start_time", start_ns, tuple(ids)))
    bounds, conditions = session.bounds, session.conditions
    page = page_of(ask, _CALLS, conditions, bounds, sort="-start_time", cursor=cursor, limit=_LOOKED_BACK)
    return list(reversed(page.items))


def _contents(ask: Asker, placed: Sequence[_Placed]) -> Contents:
    """The content of what these calls are the first to say, and of the answers that they may repeat."""
    wanted: set[Hash] = set()
    for each in placed:
        wanted.update(each.call.input[at] for at in each.how.new_at)
        wanted.update(each.call.output, each.earlier.output if each.earlier else ())
    if not wanted:
        return {}
    rows = ask.rows(_CONTENT, {"hashes": sorted(hash_.hex() for hash_ in wanted)})
    return {bytes.fromhex(hash_): content for hash_, content in rows}


def _breaks(ask: Asker, book: PriceBook, placed: Sequence[_Placed]) -> Mapping[tuple[int, str, str], Break | None]:
    pairs = [(each.before, each.call.sent) for each in placed if each.before is not None]
    keys = [each.call.key for each in placed if each.before is not None]
    return dict(zip(keys, breaks_of(ask, book, pairs), strict=True))


def _turn(placed: _Placed, contents: Contents, cache_break: Break | None) -> Turn:
    call, how = placed.call, placed.how
    gave = said(placed.earlier.output, contents) if placed.earlier else ()
    given = dict(zip(how.new_at, said([call.input[at] for at in how.new_at], contents), strict=True))
    new = {at: message for at, message in given.items() if not is_same_answer(message, gave)}
    told: Mapping[str, Any] = {name: getattr(call, name) for name in _TOLD}
    return Turn(
        number=placed.so_far.calls,
        start_time=show_time(call.start_ns),
        duration_ms=milliseconds(max(0, call.end_ns - call.start_ns)),
        ttft_ms=milliseconds_or_none(call.ttft_ns),
        gap_ms=milliseconds_or_none(placed.gap_ns),
        tokens_so_far=placed.so_far.tokens,
        cost_usd=call.cost_usd,
        cost_so_far_usd=placed.so_far.cost_usd,
        finish_reasons=call.finish_reasons,
        goes_on_from=placed.goes_on_from,
        repeated=len(call.input) - len(new),
        left_out=how.left_out,
        input=tuple(new.values()),
        input_at=tuple(new),
        output=with_endings(said(call.output, contents), call.finish_reasons),
        cache_break=cache_break,
        **told,
    )
