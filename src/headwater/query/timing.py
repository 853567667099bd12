"""Timing: where the time of a trace went: what each span took itself, and the path that its duration hangs on.

In:  a tree, and the twigs below a span.   Out: nanoseconds.
Rule 1: a span's own time is what is left of it when no child runs; children that run at once count once.
Rule 2: the critical path is walked from the end backwards: of a span's children the one that ended last held it up,
        before that one began one that was running then (the longest), or else the last to have ended, and so on; what
        lies between is the span's own. Only a shorter path can make the trace shorter.
Rule 3: a folded duplicate takes no time: it is another telling of its sibling.
"""

from collections.abc import Mapping, Sequence

from headwater.query.tree import Tree, Twig

_Part = tuple[Twig, int, int]
"""A span and the time that it counts for, within that of the one above: a child's clock may run ahead."""


def own_time_ns(twig: Twig, below: Sequence[Twig]) -> int:
    """Return how long a span ran while none of its children did, in nanoseconds."""
    own = max(0, twig.end_ns - twig.start_ns)
    reached = twig.start_ns
    for child in below:  # by start, as a tree keeps them
        if child.is_folded:
            continue
        start, end = max(child.start_ns, reached), min(child.end_ns, twig.end_ns)
        if end > start:
            own -= end - start
            reached = end
    return own


def critical_ns(tree: Tree) -> Mapping[str, int]:
    """Return the spans on the critical path by id, each with what of the path it took itself, in nanoseconds."""
    found: dict[str, int] = {}
    tops = [place.twig for place in tree.places if place.depth == 0]
    if not tops:
        return found
    begin, end = min(twig.start_ns for twig in tops), max(twig.end_ns for twig in tops)
    waiting = _held_up_by(tops, begin, end)[0]
    while waiting:
        twig, since, until = waiting.pop()
        if twig.span_id in found:
            continue
        below, own = _held_up_by(tree.below(twig.span_id), since, until)
        found[twig.span_id] = own
        waiting.extend(below)
    return found


def _held_up_by(twigs: Sequence[Twig], start_ns: int, until_ns: int) -> tuple[list[_Part], int]:
    """The twigs that hold up a span that lies between two times, and what is left of its time."""
    chosen: list[_Part] = []
    at, own = until_ns, 0
    running: Twig | None = None
    for twig in sorted(twigs, key=lambda twig: twig.end_ns, reverse=True):
        if twig.is_folded or twig.start_ns >= until_ns or twig.end_ns < twig.start_ns:
            continue
        if twig.end_ns < at:
            if running is not None and running.start_ns < at:
                chosen.append((running, max(running.start_ns, start_ns), at))
                at = max(running.start_ns, start_ns)
            if twig.end_ns < at:
                own += at - max(twig.end_ns, start_ns)
                at = max(twig.end_ns, start_ns)
        if running is None or twig.start_ns < running.start_ns:
            running = twig
        if at <= start_ns:
            break
    if running is not None and running.start_ns < at and at > start_ns:
        chosen.append((running, max(running.start_ns, start_ns), at))
        at = max(running.start_ns, start_ns)
    return chosen, own + max(0, at - start_ns)
