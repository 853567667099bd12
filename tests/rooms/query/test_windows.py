"""Walking time in windows."""

from hypothesis import given
from hypothesis import strategies as st

from headwater.query.windows import FIRST_NS, LAST_NS, Stride, Window, walk, whole

_MOMENTS = st.integers(0, 5_000)


@given(st.sets(_MOMENTS), _MOMENTS, _MOMENTS, st.booleans())
def test_windows_meet_every_moment_once_and_in_order(
    moments: set[int], low: int, high: int, is_descending: bool
) -> None:
    def nearest(window: Window) -> Window:
        within = [each for each in moments if window.low <= each < window.high]
        if not within:
            return Window(window.low, window.low)
        return Window(window.low, max(within) + 1) if is_descending else Window(min(within), window.high)

    met = [
        each
        for window in walk(Window(low, high), is_descending, nearest, Stride(10, 3))
        for each in sorted(moments, reverse=is_descending)
        if window.low <= each < window.high
    ]
    assert met == sorted((each for each in moments if low <= each < high), reverse=is_descending)


def test_bounds_are_those_of_stored_times() -> None:
    assert (whole(None, None), whole(-5, 10**19)) == (Window(FIRST_NS, LAST_NS), Window(FIRST_NS, LAST_NS))
