"""Folding: one call seen by several instruments is one call.

The rules, over one trace (what forces them: tests/recorded/otlp/README.md):

a. A call within a call, whatever other spans lie between, is the same call, unless their response ids differ.
b. Calls with one response id are one call.
c. Calls side by side (one parent, one model, different scopes) that overlap in time are one, if one of them has no
   response id.
d. The span that Logfire makes at a stream's end belongs to the call that opened the stream.
e. Halves of a call, of which each was told by a request of its own, are one: `halves` has the rule.

Calls with different response ids are never one, whatever leads from one to the other. A call around several separate
calls is a wrapper, whose usage (if any) is theirs once more: it is folded into the first of them, and they stay. An
attempt that failed without an answer is no separate call: a client's tries, each of which the proxy sees, are one.

Of the spans of one call the outermost is kept. All is judged anew whenever a span arrives, so the order of arrival does
not matter, and a kept span whose gaps were filled from the others is judged as it was before.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from headwater.loader.halves import ASKED, FURTHER, HALVES, half_pairs
from headwater.store import SpanBrief

_LOG_GAP_NS = 1_000_000_000
"""How long after the opening call's end Logfire's stream may begin: the two are one moment but for scheduling."""

_PROXY = "headwater.proxy"

_LOOK_AHEAD = 8
"""How many simultaneous siblings are compared for the best fit, so that thousands of them take no square of time."""


def fold(spans: Mapping[str, SpanBrief]) -> dict[str, str]:
    """Return the spans of one trace that repeat a call: span id to the id of the span that is kept for it.

    Of one call, the result lists the spans in the order in which they should fill the gaps of the kept one.
    """
    calls = {span_id: span for span_id, span in spans.items() if span.kind == "call"}
    if len(calls) < 2:
        return {}
    # Spans arrive in any order; what folds into what must not depend on it, not even where parents go in a circle.
    calls = dict(sorted(calls.items()))
    groups = _Groups(calls)
    _join_same_ids(calls, groups)
    siblings = _siblings(calls)
    for side_by_side in siblings:
        for one, other in half_pairs(side_by_side):
            groups.join(one, other)
        _join_log_spans(side_by_side, groups)
        _join_other_scopes(side_by_side, groups)
    outer = _outer_calls(spans, calls)
    wrappers = _join_nested(calls, outer, groups)
    return _kept(groups, outer, wrappers)


class _Groups:
    """Calls known to be one; each group has at most one response id."""

    def __init__(self, calls: Mapping[str, SpanBrief]) -> None:
        self._up = {span_id: span_id for span_id in calls}
        self._members = {span_id: [span] for span_id, span in calls.items()}
        self._response_id = {span_id: span.response_id for span_id, span in calls.items()}

    def of(self, span_id: str) -> str:
        """Return the name of a call's group."""
        up = self._up
        while up[span_id] != span_id:
            up[span_id] = up[up[span_id]]
            span_id = up[span_id]
        return span_id

    def join(self, one: str, other: str) -> bool:
        """Make two groups one, unless their response ids differ."""
        one, other = self.of(one), self.of(other)
        if one == other:
            return True
        ids = {self._response_id[one], self._response_id[other]} - {""}
        if len(ids) > 1:
            return False
        if len(self._members[one]) < len(self._members[other]):
            one, other = other, one
        self._up[other] = one
        self._members[one] += self._members.pop(other)
        self._response_id[one] = next(iter(ids), "")
        return True

    def response_id(self, group: str) -> str:
        """Return the response id of a group, or nothing."""
        return self._response_id[group]

    def members(self, group: str) -> list[SpanBrief]:
        """Return the calls of a group."""
        return self._members[group]

    def several(self) -> Iterable[list[SpanBrief]]:
        """Return the groups of more than one call."""
        return [members for members in self._members.values() if len(members) > 1]


def _join_same_ids(calls: Mapping[str, SpanBrief], groups: _Groups) -> None:
    first: dict[str, str] = {}
    for span_id, call in calls.items():
        if call.response_id:
            groups.join(first.setdefault(call.response_id, span_id), span_id)


def _siblings(calls: Mapping[str, SpanBrief]) -> list[list[SpanBrief]]:
    """Return the calls of each parent that has several, by start."""
    by_parent: dict[str, list[SpanBrief]] = defaultdict(list)
    for call in calls.values():
        by_parent[call.parent_span_id].append(call)
    return [sorted(found, key=_by_start) for found in by_parent.values() if len(found) > 1]


def _by_start(call: SpanBrief) -> tuple[int, int, str]:
    return call.start_ns, -call.end_ns, call.span_id


def _join_log_spans(siblings: list[SpanBrief], groups: _Groups) -> None:
    """Give each log span the call of its scope and model that ended last before it began and has none yet.

    A call that was given its log span before ends with it.
    """
    logs: dict[tuple[str, str, int], list[SpanBrief]] = defaultdict(list)
    for call in siblings:
        if call.is_log_span:
            logs[_opening(call)].append(call)
    if not logs:
        return
    moments: list[tuple[int, bool, str, SpanBrief]] = []
    for call in siblings:
        if call.is_log_span:
            continue
        if given := logs.get(_opening(call)):
            groups.join(call.span_id, given.pop().span_id)
        else:
            moments.append((call.end_ns, False, call.span_id, call))
    moments += [(log.start_ns, True, log.span_id, log) for found in logs.values() for log in found]
    openers: dict[tuple[str, str], list[SpanBrief]] = defaultdict(list)
    for moment, is_log, _, call in sorted(moments, key=lambda one: one[:3]):
        waiting = openers[call.scope, call.request_model or call.model]
        if not is_log:
            waiting.append(call)
        elif waiting and moment - waiting[-1].end_ns <= _LOG_GAP_NS:
            groups.join(waiting.pop().span_id, call.span_id)


def _opening(call: SpanBrief) -> tuple[str, str, int]:
    return call.scope, call.request_model or call.model, call.end_ns


def _join_other_scopes(siblings: list[SpanBrief], groups: _Groups) -> None:
    """Pair calls of different scopes that run at the same time, each with the one that fits its times best."""
    told = [call for call in siblings if not call.is_log_span and call.scope not in HALVES]
    scopes = sorted({call.scope for call in told})
    if len(scopes) < 2:
        return
    queues: dict[tuple[str, str, str], _Running] = defaultdict(_Running)
    for call in told:
        models = {call.request_model, call.model} - {""} or {""}
        for scope in scopes:
            if scope == call.scope:
                continue
            twin = _best_twin(call, [queues[scope, call.scope, model] for model in sorted(models)], groups)
            if twin is not None:
                groups.join(twin.span_id, call.span_id)
                continue
            for model in models:
                queues[call.scope, scope, model].add(call)


class _Running:
    """Calls of one scope and model that wait for their twin of another scope, by start."""

    def __init__(self) -> None:
        self._calls: list[SpanBrief] = []
        self._head = 0
        self._taken: set[str] = set()

    def add(self, call: SpanBrief) -> None:
        self._calls.append(call)

    def take(self, call: SpanBrief) -> None:
        self._taken.add(call.span_id)

    def at(self, moment_ns: int) -> list[SpanBrief]:
        """Return the first few that are still running at a moment; those that are not will never be again."""
        calls = self._calls
        while self._head < len(calls) and not self._is_free(calls[self._head], moment_ns):
            self._head += 1
        near = calls[self._head : self._head + _LOOK_AHEAD]
        return [call for call in near if self._is_free(call, moment_ns)]

    def _is_free(self, call: SpanBrief, moment_ns: int) -> bool:
        return call.end_ns >= moment_ns and call.span_id not in self._taken


def _best_twin(call: SpanBrief, queues: list[_Running], groups: _Groups) -> SpanBrief | None:
    found = [
        (abs(twin.start_ns - call.start_ns) + abs(twin.end_ns - call.end_ns), twin.start_ns, twin.span_id, twin)
        for queue in queues
        for twin in queue.at(call.start_ns)
        if _may_be_twins(call, twin, groups)
    ]
    if not found:
        return None
    twin = min(found)[3]
    for queue in queues:
        queue.take(twin)
    return twin


def _may_be_twins(one: SpanBrief, other: SpanBrief, groups: _Groups) -> bool:
    ids = groups.response_id(groups.of(one.span_id)), groups.response_id(groups.of(other.span_id))
    return not (ids[0] and ids[1]) or ids[0] == ids[1]


def _outer_calls(spans: Mapping[str, SpanBrief], calls: Mapping[str, SpanBrief]) -> dict[str, str]:
    """Return each nested call with the nearest call around it. Spans that go round in a circle have none."""
    nearest: dict[str, str] = {}
    outer: dict[str, str] = {}
    for span_id, call in calls.items():
        path: list[str] = []
        at = call.parent_span_id
        while at in spans and at not in calls and at not in nearest:
            nearest[at] = ""
            path.append(at)
            at = spans[at].parent_span_id
        found = at if at in calls else nearest.get(at, "")
        for passed in path:
            nearest[passed] = found
        if found and found != span_id:
            outer[span_id] = found
    return outer


def _innermost_first(outer: Mapping[str, str]) -> list[str]:
    """Return the calls that have others within them, so that each comes after those within it."""
    depths: dict[str, int] = {}
    for start in outer.values():
        path: list[str] = []
        at = start
        while at not in depths:
            depths[at] = 0
            path.append(at)
            at = outer.get(at, "")
            if not at:
                break
        depth = depths.get(at, -1)
        for passed in reversed(path):
            depth += 1
            depths[passed] = depth
    return sorted(depths, key=lambda span_id: (-depths[span_id], span_id))


def _join_nested(calls: Mapping[str, SpanBrief], outer: Mapping[str, str], groups: _Groups) -> set[str]:
    """Join calls with those around them; return the wrappers."""
    within: dict[str, list[str]] = defaultdict(list)
    for span_id, around in outer.items():
        within[around].append(span_id)
    wrappers: set[str] = set()
    for span_id in _innermost_first(outer):
        own = groups.of(span_id)
        inner = sorted({groups.of(each) for each in within[span_id] if each not in wrappers})
        separate = _separate(inner, groups)
        has_own_answer = groups.response_id(own) and own not in inner
        if len(separate) > 1 and not has_own_answer:
            wrappers.add(span_id)
            if own not in inner:
                first = min((min(groups.members(group), key=_by_start) for group in separate), key=_by_start)
                groups.join(span_id, first.span_id)
            if span_id in outer:
                # Whatever is around it wraps the same calls; two of them suffice to tell.
                for group in separate[:2]:
                    standing = (call.span_id for call in groups.members(groups.of(group)))
                    within[outer[span_id]].append(next((each for each in standing if each not in wrappers), span_id))
            continue
        for group in inner:
            groups.join(span_id, group)
    return wrappers


def _separate(inner: Iterable[str], groups: _Groups) -> list[str]:
    """Return the groups that are calls by themselves, not mere failed attempts."""
    names = dict.fromkeys(groups.of(group) for group in inner)
    return [name for name in names if not all(_is_failed_attempt(call) for call in groups.members(name))]


def _is_failed_attempt(call: SpanBrief) -> bool:
    """A relay keeps what came of an answer that broke off, and its client tried again all the same."""
    is_answered = call.response_id or call.input_tokens is not None or (call.has_output and call.scope != _PROXY)
    return call.status == "error" and not is_answered


def _kept(groups: _Groups, outer: Mapping[str, str], wrappers: set[str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for members in groups.several():
        ordered = sorted(members, key=_by_start)
        ids = {call.span_id for call in members} - wrappers
        standing = [call for call in ordered if call.span_id not in wrappers] or ordered
        standing = [call for call in standing if not call.is_log_span] or standing
        standing = [call for call in standing if call.scope not in (ASKED, FURTHER)] or standing
        standing = [call for call in standing if call.scope != ASKED] or standing
        standing = [call for call in standing if outer.get(call.span_id, "") not in ids] or standing
        keeper = standing[0].span_id
        kept.update({call.span_id: keeper for call in ordered if call.span_id != keeper})
    return kept
