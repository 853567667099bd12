"""Stored: whether every call is in the store, once, with the bytes and tokens that it had; asked in SQL as users do."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from bench.harness import Api
from bench.proxy.load import Came
from bench.proxy.text import ANSWER_BYTES, POOL_BYTES, Kind, call_id, kind_of, pool

_PAGE = 20_000
_PAGE_BYTES = 16 * 1024 * 1024
_IDS = 10_000
_DRAIN_S = 600.0
Ask = Callable[[str], Sequence[Sequence[Any]]]
"""A statement, and its rows."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that a gateway of ours has answered: which, of what kinds, and when, in seconds of Unix time. `bad` are
    those that did not get a whole and right answer: they may be in the store or not.
    """

    first: int
    calls: int
    kinds: tuple[Kind, ...]
    bad: frozenset[int]
    began_unix_s: float
    ended_unix_s: float

    @property
    def last(self) -> int:
        """The last one's number."""
        return self.first + self.calls - 1


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What the store says of calls that got their answers."""

    expected: int = 0
    found: int = 0
    doubled: int = 0
    wrong_tokens: int = 0
    wrong_requests: int = 0
    wrong_answers: int = 0

    @property
    def right(self) -> int:
        """Calls that are there as they were."""
        return self.found - max(self.wrong_tokens, self.wrong_requests, self.wrong_answers)

    def __add__(self, other: "Checked") -> "Checked":
        return Checked(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


def taken(came: Came, first: int, kinds: tuple[Kind, ...]) -> list[Taken]:
    """What is to be asked for later of a load's calls, some thousand at a time."""
    # The texts of a page are made anew by the store, all at once.
    page = max(1, min(_PAGE, _PAGE_BYTES // max(kind.text_bytes + 1 for kind in kinds)))
    places = range(0, came.summary.calls, page)
    begun, ended = [came.summary.ended_ns for _ in places], [came.summary.began_ns for _ in places]
    bad: list[set[int]] = [set() for _ in places]
    for one in came.outcomes:
        place = (one.serial - first) // page
        begun[place], ended[place] = min(begun[place], one.start_ns), max(ended[place], one.end_ns)
        if not one.is_good:
            bad[place].add(one.serial)
    unix_ns = int(came.began_unix_s * 1e9) - came.summary.began_ns
    return [
        Taken(
            first=first + at,
            calls=min(page, came.summary.calls - at),
            kinds=kinds,
            bad=frozenset(bad[place]),
            began_unix_s=(unix_ns + begun[place]) / 1e9,
            ended_unix_s=(unix_ns + ended[place]) / 1e9,
        )
        for place, at in enumerate(places)
    ]


def await_stored(api: Api) -> None:
    """Wait until the loader has stored all that was journaled. Raises RuntimeError when it takes too long."""
    deadline_s = time.monotonic() + _DRAIN_S
    while any(each["depth"] for each in _journals(api)):
        if time.monotonic() > deadline_s:
            raise RuntimeError(f"the loader has not stored everything within {_DRAIN_S:g} s")
        time.sleep(0.2)


def check(ask: Ask, all_calls: Iterable[Taken]) -> Checked:
    """Ask for all of these calls, kind by kind."""
    whole = Checked()
    for calls in all_calls:
        serials = (serial for serial in range(calls.first, calls.last + 1) if serial not in calls.bad)
        for place, expected in Counter(kind_of(serial, calls.kinds) for serial in serials).items():
            counts = map(int, ask(_statement(calls, place))[0])
            names = ("found", "doubled", "wrong_tokens", "wrong_requests", "wrong_answers")
            whole += Checked(expected=expected, **dict(zip(names, counts, strict=True)))
    return whole


def stored_ids(ask: Ask) -> Counter[str]:
    """The ids of all calls in the store, and how often each is there."""
    found: Counter[str] = Counter()
    for page in _pages(ask):
        found.update(page)
    return found


def _pages(ask: Ask) -> Iterator[list[str]]:
    after = ""
    while True:
        rows = ask(
            f"SELECT substring(response_id, 10) AS id, count() FROM calls WHERE response_id > 'chatcmpl-{after}' "
            f"AND startsWith(response_id, 'chatcmpl-') GROUP BY id ORDER BY id LIMIT {_IDS}"
        )
        yield [str(identifier) for identifier, count in rows for _ in range(int(count))]
        if len(rows) < _IDS:
            return
        after = str(rows[-1][0])


def _journals(api: Api) -> list[dict[str, Any]]:
    _, body = api.get("/health")
    return msgspec.json.decode(body)["journals"]


def _statement(calls: Taken, place: int) -> str:
    """One row: calls, calls that are there more than once, and those that are not what they were."""
    kind = calls.kinds[place]
    below = sum(each.weight for each in calls.kinds[:place])
    left_out = f"AND serial NOT IN ({', '.join(map(str, sorted(calls.bad)))})" if calls.bad else ""
    return f"""
        WITH '{pool()}' AS pool, substring(response_id, 10) AS id, toUInt64OrZero(substring(id, 1, 10)) AS serial,
            toUInt32OrZero(substring(id, 12, 4)) AS tokens_in, toUInt32OrZero(substring(id, 17, 4)) AS tokens_out,
            bitShiftRight(serial * 2654435761, 16) % {sum(each.weight for each in calls.kinds)} AS point
        SELECT uniqExact(id), count() - uniqExact(id),
            countIf(NOT (ifNull(input_tokens = tokens_in, false) AND ifNull(output_tokens = tokens_out, false))),
            countIf(position(input, concat('"call=', id, '{kind.mark}', {_cut(kind.text_bytes)}, '"')) = 0),
            countIf({_answer(kind)})
        FROM calls
        WHERE start_time >= fromUnixTimestamp64Milli(toInt64({int((calls.began_unix_s - 2) * 1000)}))
            AND start_time <= fromUnixTimestamp64Milli(toInt64({int((calls.ended_unix_s + 2) * 1000)}))
            AND response_id BETWEEN 'chatcmpl-{call_id(calls.first)}' AND 'chatcmpl-{call_id(calls.last)}'
            AND point >= {below} AND point < {below + kind.weight} {left_out}
    """


def _cut(length: int) -> str:
    """The text of a call, in SQL."""
    return f"substring(repeat(pool, {length // POOL_BYTES + 2}), serial * 37 % {POOL_BYTES} + 1, {length})"


def _answer(kind: Kind) -> str:
    if kind.chunks:
        return f"position(replaceRegexpAll(output, '@[0-9a-f]{{16}} ', ''), '\"{kind.pieces}\"') = 0"
    return f"position(output, concat('\"answer to ', id, ': ', {_cut(ANSWER_BYTES)}, '\"')) = 0"
