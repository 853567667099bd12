"""Where the time of a trace went."""

from hypothesis import given
from hypothesis import strategies as st

from headwater.query.timing import critical_ns, own_time_ns
from headwater.query.tree import Twig, grow


def _twig(span: str, parent: str = "", start: int = 0, end: int = 10, is_folded: bool = False) -> Twig:
    return Twig(span, parent, start, end, is_folded)


def test_the_path_goes_through_what_ended_last() -> None:
    """Of two that ran at once the longer one holds the trace up; the gap is the parent's own."""
    tree = grow(
        [
            _twig("root", "", 0, 100),
            _twig("quick", "root", 10, 30),
            _twig("slow", "root", 10, 60),
            _twig("last", "root", 70, 95),
            _twig("deep", "slow", 20, 60),
        ]
    )
    assert critical_ns(tree) == {"root": 10 + 10 + 5, "slow": 10, "deep": 40, "last": 25}


def test_before_one_began_the_path_goes_through_what_was_running() -> None:
    """So what of the path is a span's own is never more than its own time."""
    tree = grow(
        [_twig("root", "", 0, 20), _twig("a", "root", 1, 10), _twig("b", "root", 2, 12), _twig("c", "root", 9, 20)]
    )
    assert critical_ns(tree) == {"root": 1, "a": 8, "c": 11}


def test_what_ran_at_once_counts_once_in_own_time() -> None:
    below = [_twig("a", "p", 2, 6), _twig("b", "p", 4, 8), _twig("c", "p", 9, 30)]
    assert own_time_ns(_twig("p", "", 0, 10), below) == 3


def test_a_folded_duplicate_takes_no_time() -> None:
    tree = grow([_twig("root"), _twig("told", "root", 1, 9), _twig("twice", "root", 0, 10, is_folded=True)])
    assert critical_ns(tree) == {"root": 2, "told": 8}
    assert own_time_ns(tree.places[0].twig, tree.below("root")) == 2


def test_a_child_that_outlives_its_parent_counts_until_the_parent_ends() -> None:
    tree = grow([_twig("root"), _twig("late", "root", 5, 50)])
    assert critical_ns(tree) == {"root": 5, "late": 5}


def test_time_before_the_first_orphan_belongs_to_nobody() -> None:
    assert critical_ns(grow([_twig("a", "gone", 0, 4), _twig("b", "gone", 6, 10)])) == {"a": 4, "b": 4}


def test_a_chain_of_thirty_thousand_is_walked() -> None:
    chain = [_twig(str(n), str(n - 1) if n else "", n, 60_000 - n) for n in range(30_000)]
    assert len(critical_ns(grow(chain))) == 30_000


_TWIGS = st.lists(
    st.builds(
        Twig,
        span_id=st.sampled_from("abcdefgh"),
        parent_span_id=st.sampled_from(["", *"abcdefgh", "x"]),
        start_ns=st.integers(0, 20),
        end_ns=st.integers(0, 20),
        is_folded=st.booleans(),
    ),
    unique_by=lambda twig: twig.span_id,
)


@given(_TWIGS)
def test_no_time_is_below_nothing_or_longer_than_the_whole(twigs: list[Twig]) -> None:
    """Whatever was sent, clocks that run backwards and rings among it."""
    tree = grow(twigs)
    whole = max((twig.end_ns for twig in twigs), default=0) - min((twig.start_ns for twig in twigs), default=0)
    found = critical_ns(tree)
    assert all(own >= 0 for own in found.values())
    assert sum(found.values()) <= max(0, whole)
    for twig in twigs:
        assert found.get(twig.span_id, 0) <= own_time_ns(twig, tree.below(twig.span_id))
        assert 0 <= own_time_ns(twig, tree.below(twig.span_id)) <= max(0, twig.end_ns - twig.start_ns)
