"""Requests: items put together into requests, each with the number of records of the file that it ends."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, cast

import msgspec

from headwater.compat.exports.formats import Format
from headwater.compat.exports.told import Item, Whole
from headwater.errors import BadRequest

_BYTES = 2 * 1024 * 1024
_ITEMS = 500
_WORDS = {
    "traces": (b"resourceSpans", b"scopeSpans", b"spans"),
    "logs": (b"resourceLogs", b"scopeLogs", b"logRecords"),
}
Signal = Literal["traces", "logs"]
_SIGNALS: tuple[Signal, ...] = ("traces", "logs")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A body for `/v1/<signal>`. `items` are those in it.

    `records` counts the file's that are sent with it and before it, so that who has sent this may go on behind them; 0
    where it ends none. `problems` are records on the way that nothing could be made of.
    """

    signal: Signal
    body: bytes = b""
    items: int = 0
    records: int = 0
    problems: tuple[str, ...] = ()


def requests_of(records: Iterable[Any], form: Format, skip: int = 0) -> Iterator[Request]:
    """Read records behind the first `skip`, and put them into requests; one without a body only tells problems."""
    waiting: dict[Signal, list[bytes]] = {"traces": [], "logs": []}
    size = 0
    count = 0
    problems: list[str] = []
    for count, record in enumerate(records, 1):
        if count <= skip:
            continue
        try:
            items = _read(record, form)
        except BadRequest as error:
            problems.append(f"record {count}: {error}")
            items = []
        for item in items:
            if isinstance(item, Whole):
                yield Request(signal=item.signal, body=item.body, items=item.items, records=count)
            else:
                waiting[item.signal].append(item.body)
                size += len(item.body)
        if size >= _BYTES or sum(map(len, waiting.values())) >= _ITEMS or len(problems) >= _ITEMS:
            yield from _sent(form, waiting, count, problems)
            size = 0
    yield from _sent(form, waiting, max(count, skip), problems)


def _read(record: Any, form: Format) -> list[Item | Whole]:
    if isinstance(record, BadRequest):
        raise record
    if not isinstance(record, dict):
        raise BadRequest("it is no JSON object")
    return form.read(cast("dict[str, Any]", record))


def _sent(form: Format, waiting: dict[Signal, list[bytes]], count: int, problems: list[str]) -> Iterator[Request]:
    full: list[Signal] = [signal for signal in _SIGNALS if waiting[signal]]
    for signal in full[:-1]:
        # Not the last of these records: whoever stops here has not sent them all.
        yield Request(signal=signal, body=_body(form, signal, waiting[signal]), items=len(waiting[signal]))
    last: Signal = full[-1] if full else "traces"
    items = waiting[last]
    body = _body(form, last, items) if items else b""
    yield Request(signal=last, body=body, items=len(items), records=count, problems=tuple(problems))
    problems.clear()
    for each in waiting.values():
        each.clear()


def _body(form: Format, signal: Signal, items: list[bytes]) -> bytes:
    groups, scopes, records = _WORDS[signal]
    scope = msgspec.json.encode({"name": form.scope})
    return b'{"%b":[{"%b":[{"scope":%b,"%b":[%b]}]}]}' % (groups, scopes, scope, records, b",".join(items))
