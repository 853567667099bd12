"""The order of a trace's spans, whatever shape was sent."""

from hypothesis import given
from hypothesis import strategies as st

from headwater.query.tree import Twig, grow


def _twig(span: str, parent: str = "", start: int = 0, end: int = 10) -> Twig:
    return Twig(span, parent, start, end)


def _shape(*twigs: Twig) -> list[tuple[str, int, int, bool]]:
    return [(place.twig.span_id, place.depth, place.child_count, place.is_orphan) for place in grow(twigs).places]


def test_children_follow_their_parent_in_the_order_they_started() -> None:
    """Depth first; of two that start together the longer comes first."""
    assert _shape(
        _twig("late", "root", 5),
        _twig("root"),
        _twig("leaf", "early", 3),
        _twig("early", "root", 2),
        _twig("other", "", 1),
    ) == [
        ("root", 0, 2, False),
        ("early", 1, 1, False),
        ("leaf", 2, 0, False),
        ("late", 1, 0, False),
        ("other", 0, 0, False),
    ]


def test_a_span_whose_parent_never_came_stands_at_the_top() -> None:
    assert _shape(_twig("child", "lost", 1), _twig("root")) == [("root", 0, 0, False), ("child", 0, 0, True)]


def test_a_ring_is_shown_from_its_earliest_span() -> None:
    assert _shape(_twig("b", "a", 2), _twig("a", "c", 1), _twig("c", "b", 3)) == [
        ("a", 0, 1, True),
        ("b", 1, 1, False),
        ("c", 2, 1, False),
    ]


def test_a_span_that_is_its_own_parent_is_an_orphan() -> None:
    assert _shape(_twig("self", "self")) == [("self", 0, 0, True)]


def test_a_trace_may_be_thirty_thousand_deep() -> None:
    chain = [_twig(str(n), str(n - 1) if n else "", n) for n in range(30_000)]
    assert grow(chain).places[-1].depth == 29_999


def test_what_is_odd_is_counted() -> None:
    """A child before its parent and an end before its start are clocks apart."""
    tree = grow(
        [
            _twig("a", "gone", 5_000_000, 6_000_000),
            _twig("b", "a", 0, 6_000_000),
            _twig("c", "a", 5_000_000, 1),
            Twig("d", "a", 5_000_000, 6_000_000, is_folded=True),
        ]
    )
    assert (tree.orphans, tree.folded, tree.skewed, tree.is_rootless) == (("a",), ("d",), ("b", "c"), True)


_TWIGS = st.lists(
    st.builds(
        Twig,
        span_id=st.sampled_from("abcdefgh"),
        parent_span_id=st.sampled_from(["", *"abcdefgh", "x"]),
        start_ns=st.integers(0, 5),
        end_ns=st.integers(0, 5),
    ),
    unique_by=lambda twig: twig.span_id,
)


@given(_TWIGS)
def test_every_span_has_one_place_below_its_parent(twigs: list[Twig]) -> None:
    """Whatever is sent, each span stands once, at the top or directly below the one it names, one deeper."""
    places = grow(twigs).places
    assert sorted(place.twig.span_id for place in places) == sorted(twig.span_id for twig in twigs)
    above: list[str] = []
    for place in places:
        del above[place.depth :]
        assert place.depth == 0 or above[-1] == place.twig.parent_span_id
        above.append(place.twig.span_id)
