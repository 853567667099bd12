"""Tree: the order in which the spans of a trace are shown: depth first, siblings by start.

In:  twigs, in any order, of any shape: senders lose spans, and some send rings.   Out: one place for every twig.
Rule 1: a span whose parent never came is an orphan and stands at the top.
Rule 2: of spans that are each other's ancestors, the earliest stands at the top, as an orphan.
Rule 3: nothing here recurses, so a trace may be as deep as it likes.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

_SKEW_NS = 1_000_000
"""A child may seem to start this much before its parent before their clocks are called apart."""


class Twig(msgspec.Struct, frozen=True, gc=False):
    """As much of a span as its place in the tree depends on."""

    span_id: str
    parent_span_id: str
    start_ns: int
    end_ns: int
    is_folded: bool = False
    is_failed: bool = False
    is_cut: bool = False
    kind: str = ""


class Place(msgspec.Struct, frozen=True, gc=False):
    """A span's place in the tree. `depth` counts from 0 at the top."""

    twig: Twig
    depth: int
    child_count: int
    is_orphan: bool


class Tree(msgspec.Struct, frozen=True):
    """The places of a trace's spans in the order they are shown, and what is odd about them."""

    places: tuple[Place, ...]
    skewed: tuple[str, ...]
    is_rootless: bool
    children: Mapping[str, Sequence[Twig]]

    def below(self, span_id: str) -> Sequence[Twig]:
        """Return the children of a span, by start."""
        return self.children.get(span_id, ())

    @property
    def orphans(self) -> tuple[str, ...]:
        """The spans that stand at the top for want of their parent."""
        return tuple([place.twig.span_id for place in self.places if place.is_orphan])

    @property
    def folded(self) -> tuple[str, ...]:
        """The spans that are folded into another."""
        return tuple([place.twig.span_id for place in self.places if place.twig.is_folded])

    @property
    def cut(self) -> tuple[str, ...]:
        """The spans whose answer ended because it might not be longer."""
        return tuple([place.twig.span_id for place in self.places if place.twig.is_cut and not place.twig.is_folded])


def grow(twigs: Iterable[Twig]) -> Tree:
    """Put every twig in its place."""
    known = {twig.span_id: twig for twig in twigs}
    children: dict[str, list[Twig]] = {}
    tops: list[Twig] = []
    ordered = sorted(known.values(), key=_by_start)
    for twig in ordered:
        has_parent = twig.parent_span_id in known and twig.parent_span_id != twig.span_id
        (children.setdefault(twig.parent_span_id, []) if has_parent else tops).append(twig)
    places: dict[str, Place] = {}
    _place(tops, children, places)
    for twig in ordered:
        if twig.span_id not in places:
            _place([twig], children, places, is_ring=True)
    return Tree(
        places=tuple(places.values()),
        skewed=tuple([twig.span_id for twig in ordered if _is_skewed(twig, known.get(twig.parent_span_id))]),
        is_rootless=all(twig.parent_span_id for twig in known.values()),
        children=children,
    )


def _place(
    tops: Sequence[Twig], children: dict[str, list[Twig]], places: dict[str, Place], is_ring: bool = False
) -> None:
    waiting = [(twig, 0) for twig in reversed(tops)]
    while waiting:
        twig, depth = waiting.pop()
        if twig.span_id in places:
            continue
        below = children.get(twig.span_id, [])
        is_orphan = depth == 0 and (is_ring or bool(twig.parent_span_id))
        places[twig.span_id] = Place(twig, depth, len(below), is_orphan)
        waiting.extend((child, depth + 1) for child in reversed(below))


def _by_start(twig: Twig) -> tuple[int, int, str]:
    return twig.start_ns, -twig.end_ns, twig.span_id


def _is_skewed(twig: Twig, parent: Twig | None) -> bool:
    return twig.end_ns < twig.start_ns or (parent is not None and twig.start_ns < parent.start_ns - _SKEW_NS)
