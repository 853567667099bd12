"""Sample trees: a window of a trace held in memory, grown and outlined as the query room does it."""

from collections.abc import Mapping, Sequence

from headwater.errors import NotFound
from headwater.query import Hit, SpanListed, SpanShown, TraceListed, TraceShown, read_time
from headwater.query.outline import outline_of, survey
from headwater.query.said import Said
from headwater.query.timing import own_time_ns
from headwater.query.tree import Place, Tree, Twig, grow
from tests.pages.sample_spans import listed


def hits_of(spans: Sequence[SpanShown], text: str) -> tuple[Hit, ...]:
    """What among these spans has exactly this id."""
    hits = {Hit(kind="span", id=text, trace_id=span.trace_id) for span in spans if span.span_id == text}
    hits |= {Hit(kind="trace", id=text, trace_id=text) for span in spans if span.trace_id == text}
    hits |= {Hit(kind="session", id=text) for span in spans if span.session_id == text}
    hits |= {Hit(kind="user", id=text) for span in spans if span.user_id == text}
    return tuple(sorted(hits, key=lambda hit: hit.trace_id)) if text else ()


def shown_trace(
    spans: Sequence[SpanShown], totals: TraceListed, window: tuple[int, int, str | None], is_outlined: bool
) -> TraceShown:
    """The window (offset, limit, focus) of a trace."""
    offset, limit, focus = window
    known = {span.span_id: span for span in spans}
    grown = survey(grow([_twig(span) for span in spans]))
    tree, critical = grown.tree, grown.critical
    if focus is not None:
        if focus not in known:
            raise NotFound(f"no span {focus!r} in this trace")
        offset = [place.twig.span_id for place in tree.places].index(focus) // limit * limit
    named = {each: _named(known[each]) for each in grown.named_ids}
    scores = tuple(score for span in spans for score in span.scores)
    comments = tuple(comment for span in spans for comment in span.comments)
    begin = min(place.twig.start_ns for place in tree.places)
    return TraceShown(
        trace=totals,
        spans=tuple(_listed(known, place, tree, begin, critical) for place in tree.places[offset : offset + limit]),
        offset=offset,
        total_spans=len(tree.places),
        health=grown.health,
        outline=outline_of(grown, named, Said(scores, comments)) if is_outlined else None,
    )


def _listed(
    known: Mapping[str, SpanShown], place: Place, tree: Tree, begin_ns: int, critical: Mapping[str, int]
) -> SpanListed:
    twig = place.twig
    own = critical.get(twig.span_id)
    return listed(
        known[twig.span_id],
        place.depth,
        place.child_count,
        begin_ns,
        place.is_orphan,
        self_ms=own_time_ns(twig, tree.below(twig.span_id)) / 1e6,
        critical_ms=None if own is None else own / 1e6,
    )


def _twig(span: SpanShown) -> Twig:
    start, end = (read_time(time, "time") or 0 for time in (span.start_time, span.end_time))
    return Twig(
        span.span_id,
        span.parent_span_id,
        start,
        end,
        is_folded=bool(span.folded_into),
        is_failed=span.status == "error",
        is_cut="length" in span.finish_reasons,
        kind=span.kind,
    )


def _named(span: SpanShown) -> tuple[str, ...]:
    return span.span_id, span.name, span.kind, span.error_type, span.status_message
