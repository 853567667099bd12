"""What a demo waits for: that all it sent can be queried."""

import threading
from collections.abc import Callable
from typing import Literal, TypeVar

import msgspec
import urllib3

from headwater.access import NewKey
from headwater.clock import monotonic_s, sleep
from headwater.errors import HeadwaterError
from headwater.query import Questions, TraceFilters
from headwater.server import Settings, local_store

_READY_S = 30.0
# A call that both saw is one: of the proxy's telling, only what the SDK did not see stands.
_CALLS = """
    SELECT
        countIf(source = '{source}' AND folded_into = '') AS calls,
        countIf(source = '{source}' AND folded_into = '' AND status != 'error' AND input_tokens > 0 AND cost_usd > 0),
        countIf(source != '{source}' AND folded_into = ''),
        countIf(folded_into != ''),
        ifNull(sumIf(cost_usd, folded_into = ''), 0)
    FROM spans
    WHERE kind = 'call' AND source IN ('headwater', 'headwater.proxy')
        AND start_time >= fromUnixTimestamp64Nano(toInt64({since_ns}))
"""
Found = TypeVar("Found")


class Calls(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that were told of: all, those with tokens and a price, those that the other one told of alone, those that
    were told of twice, and what they cost."""

    calls: int
    priced: int
    others: int
    folded: int
    cost_usd: float


def await_ready(base_url: str, stop: threading.Event) -> None:
    """Wait until the server takes and answers. Raises HeadwaterError where it does not in time."""
    deadline_s = monotonic_s() + _READY_S
    while not stop.is_set():
        try:
            if urllib3.request("GET", f"{base_url}/ready", retries=False, timeout=2.0).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass
        if monotonic_s() > deadline_s:
            raise HeadwaterError(f"{base_url} is not ready after {_READY_S:g} s: see the log above")
        sleep(0.05)


def await_spans(settings: Settings, key: NewKey, sent: int) -> int:
    """Wait until every span that was sent is in a trace that a list shows; return how many traces there are.

    Raises HeadwaterError where they are not in time.
    """

    def look(questions: Questions) -> tuple[int, int]:
        traces = questions.traces(TraceFilters(), limit=200).items
        return len(traces), sum(trace.span_count for trace in traces)

    traces, _ = _await(settings, key, look, lambda found: found[1] >= sent, f"{sent} spans")
    return traces


def await_calls(
    settings: Settings, key: NewKey, since_ns: int, source: Literal["headwater", "headwater.proxy"], answered: int
) -> Calls:
    """Wait until each answer since then is a call that the SDK (`headwater`) or the proxy told of, once, with tokens
    and a cost.

    Raises HeadwaterError where they are not in time.
    """
    statement = _CALLS.format(source=source, since_ns=since_ns)

    def look(questions: Questions) -> Calls:
        (row,) = questions.sql(statement).rows
        calls, priced, others, folded, cost_usd = row
        return Calls(calls=calls, priced=priced, others=others, folded=folded, cost_usd=cost_usd)

    def are_all(found: Calls) -> bool:
        return found.priced >= answered and not found.others

    return _await(settings, key, look, are_all, f"{answered} live calls")


def _await(
    settings: Settings, key: NewKey, look: Callable[[Questions], Found], is_all: Callable[[Found], bool], what: str
) -> Found:
    deadline_s = monotonic_s() + _READY_S
    with local_store(settings) as store:
        questions = Questions(store, key.project_id)
        while not is_all(found := look(questions)):
            if monotonic_s() > deadline_s:
                raise HeadwaterError(f"{what} cannot be queried after {_READY_S:g} s, only {found}")
            sleep(0.1)
    return found
