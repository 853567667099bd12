"""Previous: the call that a call goes on from, known by what both were told.

In:  the hashes of a call's input.   Out: the call whose whole input it begins with, and how far that goes.
Rule 1: content is addressed by its hash, so what was sent again is known without reading it.
Rule 2: the trace is asked first, then the session, no further back than a day.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from headwater.query.ask import Asker
from headwater.query.content import Hash
from headwater.query.times import show_time
from headwater.query.traced import PreviousTurn

_CANDIDATES = 40

_CALLS_BEFORE = (
    "SELECT trace_id, span_id, toUnixTimestamp64Nano(start_time), input, output FROM headwater.spans FINAL"
    " WHERE project = {project:String} AND kind = 'call' AND folded_into = ''"
    " AND span_id != {span_id:String} AND has(input, toFixedString(unhex({first:String}), 16))"
    " AND start_time <= fromUnixTimestamp64Nano({start_ns:Int64})"
)
_LATEST = f" ORDER BY start_time DESC LIMIT {_CANDIDATES}"
_IN_TRACE = f"{_CALLS_BEFORE} AND start_time >= lies.1 AND trace_id = {{trace_id:String}}{_LATEST}"
_IN_SESSION = (
    f"{_CALLS_BEFORE} AND start_time >= fromUnixTimestamp64Nano({{start_ns:Int64}}) - INTERVAL 1 DAY"
    f" AND session_id = {{session_id:String}}{_LATEST}"
)


def find_previous(
    ask: Asker, of_trace: str, key: Mapping[str, str], start_ns: int, session_id: str, given: Sequence[Any]
) -> PreviousTurn | None:
    """Return the call that one with the input `given` goes on from; `of_trace` says where in time its trace lies."""
    if len(given) < 2:
        return None
    asked = {**key, "start_ns": start_ns, "first": _hex(given[0])}
    found = _longest(ask.rows(of_trace + _IN_TRACE, asked), given)
    if found is None and session_id:
        found = _longest(ask.rows(_IN_SESSION, {**asked, "session_id": session_id}), given)
    return found


def _longest(rows: Sequence[Sequence[Any]], given: Sequence[Any]) -> PreviousTurn | None:
    best: PreviousTurn | None = None
    for trace_id, span_id, start_ns, was_given, gave in rows:
        shared = _shared(given, [*was_given, *gave])
        if shared >= len(was_given) and (best is None or shared > best.shared):
            best = PreviousTurn(trace_id=trace_id, span_id=span_id, start_time=show_time(start_ns), shared=shared)
    return best


def _shared(given: Sequence[Any], before: Sequence[Any]) -> int:
    count = 0
    for one, other in zip(given, before, strict=False):
        if one != other:
            break
        count += 1
    return count


def _hex(hash_: Hash | str) -> str:
    return (hash_ if isinstance(hash_, bytes) else hash_.encode("utf-8", "surrogateescape")).hex()
