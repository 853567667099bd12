"""Runs: calls that passed the proxy and belong together though nobody says so, as an agent without a session's id makes
them. One continues another when its messages are that one's, then that one's answer, then more.

Rule 1: whoever repeats a prompt starts anew: only what goes on from an answer belongs to it.
Rule 2: what follows is that answer by its tool calls' ids or its words. Where it is neither (a client may rewrite what
was said), it counts only if no other call asked the same, and none has continued that one before.
Rule 3: a run is named after its first call, so that the same journal gives the same names, whatever its blocks are.
Rule 4: memory is bounded for each client and over all: what is forgotten is a first call when it goes on.

System messages do not count: many an agent writes the time of day into them. A call that names the response that it
goes on from continues that.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from hashlib import blake2b

import msgspec

from headwater.event import Message, Span, Text, ToolCall
from headwater.loader.made import RunCall, SpanKey, Step
from headwater.store import SpanRow

RUN = "run-"
"""How the names of sessions begin that were found here."""

_PROXY = "headwater.proxy"
_INSTRUCTIONS = frozenset({"system", "developer"})
_ANY = b"*"
_STEPS = 8
_SAME = 64
_CALLS_OF_CLIENT = 2_000
_CALLS = 30_000


def run_call_of(span: Span, row: SpanRow) -> RunCall | None:
    """Look at a span and its row; None for what no run can hold, or what says itself where it belongs."""
    call = span.call
    if call is None or call.operation != "chat" or span.source != _PROXY or span.session_id or span.parent_span_id:
        return None
    told = (span.attributes.get("headwater.key_id", ""), span.attributes.get("user_agent.original", ""))
    client = _hash(row.project, *map(str, told))
    asked, steps = _asked(client, call.input, row.input)
    previous = call.parameters.get("previous_response.id")
    if previous:
        steps = [(_hash(client, str(previous)), _ANY)]
    if not asked:
        return None
    return RunCall(
        key=(row.project, row.trace_id, row.span_id),
        client=client,
        start_ns=row.start_ns,
        asked=asked,
        response=_hash(client, call.response_id) if call.response_id else b"",
        answers=tuple(filter(None, dict.fromkeys([_answer(call.output), *(_answer([each]) for each in call.output)]))),
        steps=tuple(steps),
    )


def _hash(*parts: str | bytes) -> bytes:
    return blake2b(msgspec.msgpack.encode(parts), digest_size=16).digest()


def _asked(client: bytes, messages: Sequence[Message], hashes: Sequence[bytes]) -> tuple[bytes, list[Step]]:
    """The hash of all messages, "" of none, and the last steps among them, the last first."""
    asked = blake2b(client, digest_size=16)
    found: list[tuple[bytes, list[Message]]] = []
    is_answering, is_empty = False, True
    for message, digest in zip(messages, hashes, strict=True):
        if message.role in _INSTRUCTIONS:
            continue
        is_answer = message.role == "assistant"
        if is_answer and not is_answering:
            found.append((asked.digest(), []))
        if is_answer:
            found[-1][1].append(message)
        asked.update(digest)
        is_answering, is_empty = is_answer, False
    steps = [(before, _answer(answer)) for before, answer in found[: -_STEPS - 1 : -1]]
    return b"" if is_empty else asked.digest(), steps


def _answer(messages: Sequence[Message]) -> bytes:
    """An answer by its tool calls' ids, else by its words; nothing where it has neither."""
    parts = [part for message in messages for part in message.parts]
    ids = sorted(part.id for part in parts if isinstance(part, ToolCall) and part.id)
    if ids:
        return _hash("ids", *ids)
    words = " ".join(part.content for part in parts if isinstance(part, Text)).split()
    return _hash("words", *words) if words else b""


class _Known:
    """A call that is remembered. `near` are those that it continues or that continue it."""

    __slots__ = ("call", "continued_by", "near", "session")

    def __init__(self, call: RunCall) -> None:
        self.call = call
        self.session = ""
        self.continued_by = b""
        self.near: list[SpanKey] = []

    def told(self) -> dict[SpanKey, str]:
        """Its run, and that of those near it."""
        return dict.fromkeys([self.call.key, *self.near], self.session) if self.session else {}


class Runs:
    """The calls of late, by client. For one thread."""

    def __init__(self, calls: int = _CALLS, calls_of_client: int = _CALLS_OF_CLIENT) -> None:
        self._bound = calls
        self._bound_of_client = calls_of_client
        self._clients: OrderedDict[bytes, _Client] = OrderedDict()
        self._calls = 0

    def take(self, calls: Iterable[RunCall]) -> dict[SpanKey, str]:
        """Remember calls; return whose run is known by them, earlier calls among them.

        A block that could not be stored is made again: to take a call again tells the same again.
        """
        told: dict[SpanKey, str] = {}
        for call in sorted(calls, key=lambda call: (call.start_ns, call.key)):
            client = self._clients.setdefault(call.client, _Client())
            self._clients.move_to_end(call.client)
            self._calls -= len(client)
            told |= client.take(call)
            client.forget_all_but(self._bound_of_client)
            self._calls += len(client)
            while self._calls > self._bound and len(self._clients) > 1:
                self._calls -= len(self._clients.popitem(last=False)[1])
        return told


class _Client:
    """The calls of one client. Those that continue something unknown wait for it: journals are read side by side."""

    def __init__(self) -> None:
        self._known: OrderedDict[SpanKey, _Known] = OrderedDict()
        self._asked: dict[bytes, list[_Known]] = {}
        self._waiting: dict[bytes, list[_Known]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def take(self, call: RunCall) -> dict[SpanKey, str]:
        """Remember a call; return whose run is known by it."""
        known = self._known.get(call.key)
        if known is not None:
            return known.told()
        known = self._known[call.key] = _Known(call)
        told: dict[SpanKey, str] = {}
        base = self._base_of(call)
        if base is not None:
            told |= _link(base, known)
            self._known.move_to_end(base.call.key)
            # Only who waits must still know what for.
            known.call = msgspec.structs.replace(call, steps=())
        else:
            _add(self._waiting, [before for before, _ in call.steps], known)
        for later in self._waiting_for(call):
            told |= _link(known, later)
            _drop(self._waiting, [before for before, _ in later.call.steps], later)
        _add(self._asked, [call.asked, call.response], known)
        return told

    def forget_all_but(self, bound: int) -> None:
        """Forget what was not needed for the longest."""
        while len(self._known) > bound:
            _, known = self._known.popitem(last=False)
            _drop(self._asked, [known.call.asked, known.call.response], known)
            _drop(self._waiting, [before for before, _ in known.call.steps], known)

    def _base_of(self, call: RunCall) -> _Known | None:
        for before, answer in call.steps:
            found = [each for each in self._asked.get(before, ()) if each.call.start_ns < call.start_ns]
            given = [each for each in found if _is_given(each.call, answer)]
            if given:
                return next((each for each in given if not each.continued_by), given[-1])
            if len(found) == 1 and found[0].continued_by in (b"", call.asked):
                return found[0]
        return None

    def _waiting_for(self, call: RunCall) -> list[_Known]:
        found = [*self._waiting.get(call.asked, ()), *self._waiting.get(call.response, ())]
        return [each for each in dict.fromkeys(found) if _is_continued(call, each.call)]


def _is_given(call: RunCall, answer: bytes) -> bool:
    return answer == _ANY or answer in call.answers


def _is_continued(call: RunCall, later: RunCall) -> bool:
    wanted = (call.asked, call.response)
    is_later = later.start_ns > call.start_ns
    return is_later and any(before in wanted and _is_given(call, answer) for before, answer in later.steps)


def _link(base: _Known, later: _Known) -> dict[SpanKey, str]:
    """Make two calls one run; return what was not known of them. Of two runs that meet, each stays what it is."""
    session = base.session or later.session or RUN + base.call.key[1]
    told = {each.call.key: session for each in (base, later) if not each.session}
    base.session = base.session or session
    later.session = later.session or session
    base.continued_by = base.continued_by or later.call.asked
    if base.session == later.session:
        base.near = [*base.near[1 - _SAME :], later.call.key]
        later.near = [*later.near[1 - _SAME :], base.call.key]
    return told


def _add(index: dict[bytes, list[_Known]], names: Iterable[bytes], known: _Known) -> None:
    for name in filter(None, names):
        same = index.setdefault(name, [])
        same.append(known)
        del same[:-_SAME]


def _drop(index: dict[bytes, list[_Known]], names: Iterable[bytes], known: _Known) -> None:
    for name in names:
        same = index.get(name, [])
        if known in same:
            same.remove(known)
        if not same:
            index.pop(name, None)
