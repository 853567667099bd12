"""Outline: a trace at a glance: its map, what failed first, what its duration hangs on.

In:  a tree, its critical path, the names of a few spans.   Out: a `TraceOutline`, bounded whatever the trace's size.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from headwater.query.ask import Row
from headwater.query.said import Said
from headwater.query.times import milliseconds
from headwater.query.timing import critical_ns
from headwater.query.traced import MapCell, Notable, TraceHealth, TraceOutline
from headwater.query.tree import Place, Tree, Twig

MAP_COLUMNS = 120
MAP_DEPTHS = 6
_FAILURES = 20
_ON_PATH = 5
_EXAMPLES = 5


class Grown(msgspec.Struct, frozen=True, kw_only=True):
    """A tree and what is read off it alone. `failures` are the failed spans without a failed span below them."""

    tree: Tree
    critical: Mapping[str, int]
    failures: tuple[Twig, ...]
    causes: int
    failed: int
    on_path: tuple[Twig, ...]
    map: tuple[MapCell, ...]
    health: TraceHealth

    @property
    def named_ids(self) -> list[str]:
        """The spans that an outline names."""
        return [*dict.fromkeys(twig.span_id for twig in (*self.failures, *self.on_path))]


def survey(tree: Tree) -> Grown:
    """Read off a tree what its outline needs."""
    critical = critical_ns(tree)
    failed = [place.twig for place in tree.places if place.twig.is_failed and not place.twig.is_folded]
    causes = [twig for twig in failed if not any(child.is_failed for child in tree.below(twig.span_id))]
    causes.sort(key=lambda twig: (twig.start_ns, twig.span_id))
    on_path = [place.twig for place in tree.places if place.twig.span_id in critical]
    on_path.sort(key=lambda twig: -critical[twig.span_id])
    return Grown(
        tree=tree,
        critical=critical,
        failures=tuple(causes[:_FAILURES]),
        causes=len(causes),
        failed=len(failed),
        on_path=tuple(on_path[:_ON_PATH]),
        map=map_of(tree.places),
        health=health_of(tree),
    )


def outline_of(grown: Grown, named: Mapping[str, Row], said: Said) -> TraceOutline:
    """Make an outline. `named` holds (span id, name, kind, error type, status message) of the spans that it names."""
    begin_ns = min((place.twig.start_ns for place in grown.tree.places), default=0)

    def notable(twig: Twig, critical_ms: float | None = None) -> Notable:
        _, name, kind, error_type, status_message = named[twig.span_id]
        return Notable(
            span_id=twig.span_id,
            name=name,
            kind=kind,
            offset_ms=milliseconds(twig.start_ns - begin_ns),
            duration_ms=milliseconds(max(0, twig.end_ns - twig.start_ns)),
            error_type=error_type,
            status_message=status_message,
            critical_ms=critical_ms,
        )

    on_path = [twig for twig in grown.on_path if twig.span_id in named]
    return TraceOutline(
        failures=tuple([notable(twig) for twig in grown.failures if twig.span_id in named]),
        causes=grown.causes,
        failed=grown.failed,
        critical_path=tuple([notable(twig, milliseconds(grown.critical[twig.span_id])) for twig in on_path]),
        critical_ms=_by_kind(grown.tree, grown.critical),
        map=grown.map,
        scores=said.scores,
        comments=said.comments,
    )


def health_of(tree: Tree) -> TraceHealth:
    """Say what is odd about a trace."""
    odd = {"orphans": tree.orphans, "folded": tree.folded, "clock_skewed": tree.skewed, "cut": tree.cut}
    counts = {name: len(found) for name, found in odd.items()}
    examples = {name: found[:_EXAMPLES] for name, found in odd.items() if found}
    return TraceHealth(missing_root=tree.is_rootless, examples=examples, **counts)


def map_of(places: Sequence[Place]) -> tuple[MapCell, ...]:
    """Draw spans into `MAP_COLUMNS` columns and `MAP_DEPTHS` depths; what lies deeper stands in the last one."""
    shown = [place for place in places if not place.twig.is_folded]
    if not shown:
        return ()
    begin = min(place.twig.start_ns for place in shown)
    width = max(1, max(place.twig.end_ns for place in shown) - begin) / MAP_COLUMNS
    cells: dict[tuple[int, int], list[Place]] = {}
    for place in shown:
        depth = min(place.depth, MAP_DEPTHS - 1)
        column = min(int((place.twig.start_ns - begin) / width), MAP_COLUMNS - 1)
        cells.setdefault((depth, column), []).append(place)
    return tuple([_cell(depth, held, begin) for (depth, _), held in sorted(cells.items(), key=lambda item: item[0])])


def _by_kind(tree: Tree, critical: Mapping[str, int]) -> dict[str, float]:
    sums: dict[str, int] = {}
    for place in tree.places:
        if place.twig.span_id in critical:
            sums[place.twig.kind] = sums.get(place.twig.kind, 0) + critical[place.twig.span_id]
    return {kind: milliseconds(sums[kind]) for kind in sorted(sums, key=lambda kind: -sums[kind])}


def _cell(depth: int, held: Sequence[Place], begin_ns: int) -> MapCell:
    first = min(held, key=lambda place: place.twig.start_ns).twig
    return MapCell(
        depth=depth,
        start_ms=milliseconds(first.start_ns - begin_ns),
        end_ms=milliseconds(max(_ends(held)) - begin_ns),
        spans=len(held),
        errors=sum(1 for place in held if place.twig.is_failed),
        kind=first.kind,
        span_id=next((place.twig.span_id for place in held if place.twig.is_failed), first.span_id),
    )


def _ends(held: Iterable[Place]) -> Iterable[int]:
    return (max(place.twig.end_ns, place.twig.start_ns) for place in held)
